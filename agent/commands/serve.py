"""`mimosa serve`: what a model would make of the GPUs, and its server, started and waited for."""

import json as json_format
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agent.commands.guard import told
from agent.errors import INTERRUPTED, UsageError
from agent.state import servers_folder
from model_runtime.serving.card import Card
from model_runtime.serving.cards import family, find_card
from model_runtime.serving.checkpoint import read_checkpoint
from model_runtime.serving.detect import detect_gpus
from model_runtime.serving.errors import ServerNotReady
from model_runtime.serving.gpus import Machines, parse_gpus
from model_runtime.serving.local.health import is_ready
from model_runtime.serving.local.instance import Instance, name_of
from model_runtime.serving.local.launch import Order, launch
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.ready import wait_ready
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.local.show import start_bar
from model_runtime.serving.plan import Plan, make_plan
from model_runtime.serving.report import plan_json
from model_runtime.serving.show import show_plan

DEFAULT = "mimo-v2-flash"
DOES_NOT_FIT = 1


@dataclass(frozen=True)
class PlanOptions:
    """profile and model_path exclude each other; neither means MiMo-V2-Flash. gpus: such as 8xH200, a machine;
    None looks at this one. context: tokens; None as many as the model takes. nodes: equal machines."""

    profile: str | None = None
    model_path: Path | None = None
    gpus: str | None = None
    context: int | None = None
    precision: str | None = None
    nodes: int = 1
    replicas: int = 1
    json: bool = False


@dataclass(frozen=True)
class ServeOptions:
    """python: the interpreter that has SGLang; "" is Mimosa's own. wait_s: seconds of patience, 0 for none.
    extra: further flags for SGLang."""

    port: int
    python: str
    wait_s: float
    extra: tuple[str, ...] = ()


def run_plan(options: PlanOptions) -> int:
    """Print the plan. 0 if it fits, 1 if it does not."""
    with told():
        plan = _plan(options, _card(options))
        if options.json:
            print(plan_json(plan))
        else:
            show_plan(plan, Console())
    return DOES_NOT_FIT if plan.verdict == "no" else 0


def run_serve(plan_options: PlanOptions, options: ServeOptions) -> int:
    """Find or start the server, and wait for it. 0 if it is ready (or started, if nothing is waited for), 1 if it
    does not fit or failed."""
    with told():
        if plan_options.nodes > 1 or plan_options.replicas > 1:
            raise UsageError("one server on one machine is started; for more, `--plan` prints the commands")
        card = _card(plan_options)
        servers = Servers(servers_folder())
        instance = servers.read(name_of(card.name, options.port))
        if instance is not None and is_alive(instance.process):
            _tell_found(instance, options)
        else:
            # A running server's memory counts as taken, so planning comes only now.
            plan = _plan(plan_options, card)
            if not plan.commands:
                show_plan(plan, Console(stderr=True))
                return DOES_NOT_FIT
            print(f"{card.name}: {plan.headline}", file=sys.stderr)
            command = plan.commands[0].with_port(options.port)
            instance, _ = launch(
                servers, Order(card.name, command, options.python or sys.executable, options.extra)
            )
        try:
            instance = _wait(servers, instance, options.wait_s)
        except KeyboardInterrupt:
            print(f"\n{instance.name} goes on starting; `mimosa stop` ends it", file=sys.stderr)
            return INTERRUPTED
        _tell(instance, json=plan_options.json)
    return 0


def _wait(servers: Servers, instance: Instance, wait_s: float) -> Instance:
    if not wait_s:
        return instance
    if instance.ready_after_s is not None:
        if is_ready(instance):
            return instance
        raise ServerNotReady(
            f"{instance.name} was ready and answers no more, but its process {instance.process.pid} lives. "
            f"Look at `mimosa logs {instance.name}`; `mimosa stop {instance.name}` ends it, then start it again."
        )
    with start_bar(instance, Console(stderr=True)) as report:
        return wait_ready(servers, instance, limit_s=wait_s, report=report)


def _tell_found(instance: Instance, options: ServeOptions) -> None:
    print(f"{instance.name} runs already, as process {instance.process.pid}", file=sys.stderr)
    if options.extra and instance.command[-len(options.extra) :] != options.extra:
        print("it was started with other flags; `mimosa stop` it first to change them", file=sys.stderr)


def _tell(instance: Instance, *, json: bool) -> None:
    if json:
        about = {"name": instance.name, "model": instance.model, "base_url": instance.base_url}
        print(json_format.dumps({**about, "pid": instance.process.pid, "ready_after_s": instance.ready_after_s}))
    elif instance.ready_after_s is None:
        print(f"{instance.name} is starting; `mimosa status` says how far it is")
    else:
        print(f"{instance.model} is ready at {instance.base_url}")


def _plan(options: PlanOptions, card: Card) -> Plan:
    return make_plan(
        card,
        _machines(options),
        context=options.context,
        precision=options.precision,
        replicas=options.replicas,
        others=family(),
    )


def _card(options: PlanOptions) -> Card:
    if options.profile is not None and options.model_path is not None:
        raise UsageError("give either --profile or --model-path, not both")
    if options.model_path is not None:
        # The server works in a folder of its own, so a relative path would mean something else there.
        return read_checkpoint(options.model_path.absolute(), family())
    return find_card(options.profile or DEFAULT)


def _machines(options: PlanOptions) -> Machines:
    if options.nodes < 1:
        raise UsageError("--nodes starts at 1")
    return parse_gpus(options.gpus, options.nodes) if options.gpus else detect_gpus(options.nodes)
