"""From the settings of `[serve]` to a server that is started, or found running."""

import sys
from dataclasses import dataclass
from pathlib import Path

from agent.config.settings import ServeSettings
from agent.errors import UsageError
from agent.serving.front import Front
from model_runtime.serving.card import Card
from model_runtime.serving.cards import family, find_card
from model_runtime.serving.checkpoint import read_checkpoint
from model_runtime.serving.detect import detect_gpus
from model_runtime.serving.errors import ServerNotReady
from model_runtime.serving.gpus import Machines, parse_gpus
from model_runtime.serving.local.health import is_ready
from model_runtime.serving.local.instance import Care, Instance
from model_runtime.serving.local.launch import Order, launch
from model_runtime.serving.local.ready import wait_ready
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.plan import Plan, make_plan
from model_runtime.weights.cache import newest_snapshot


@dataclass(frozen=True)
class Wish:
    """What is to be planned beside the settings. context: tokens; None as many as the model takes. nodes: equal
    machines."""

    context: int | None = None
    precision: str | None = None
    nodes: int = 1
    replicas: int = 1


def card_of(settings: ServeSettings) -> Card:
    """The model that the settings name. Raises PlanRefused."""
    if settings.model_path:
        # The server works in a folder of its own, so a relative path would mean something else there.
        return read_checkpoint(Path(settings.model_path).expanduser().absolute(), family())
    return _with_drafter(find_card(settings.profile))


def _with_drafter(card: Card) -> Card:
    """SGLang takes a block drafter as a folder of this machine: it is used once the weights are here."""
    snapshot = newest_snapshot(card.repository) if card.drafter and not card.launch.draft_model_path else None
    if snapshot is None or card.drafter is None or not (snapshot / card.drafter.folder / "config.json").is_file():
        return card
    launch = card.launch.model_copy(update={"draft_model_path": str(snapshot / card.drafter.folder)})
    return card.model_copy(update={"launch": launch})


def plan_of(settings: ServeSettings, card: Card, wish: Wish) -> Plan:
    """Raises PlanRefused, NoGpus, UsageError."""
    return make_plan(
        card,
        machines_of(settings, wish.nodes),
        context=wish.context,
        precision=wish.precision,
        replicas=wish.replicas,
        others=family(),
    )


def machines_of(settings: ServeSettings, nodes: int = 1) -> Machines:
    if nodes < 1:
        raise UsageError("--nodes starts at 1")
    return parse_gpus(settings.gpus, nodes) if settings.gpus else detect_gpus(nodes)


def start(servers: Servers, settings: ServeSettings, plan: Plan) -> Instance:
    """The server of a plan that fits. Raises LaunchRefused, PortTaken, ServerFailed."""
    care = Care(restarts=settings.restarts, idle_s=settings.idle_minutes * 60)
    command = plan.commands[0].with_port(settings.port)
    python = settings.python or sys.executable
    instance, _ = launch(servers, Order(plan.fit.card.name, command, python, settings.flags, care))
    return instance


def wait_for(servers: Servers, instance: Instance, wait_s: float, front: Front) -> Instance:
    """Raises ServerFailed, ServerNotReady."""
    if instance.ready_after_s is not None:
        if is_ready(instance):
            return instance
        raise ServerNotReady(
            f"{instance.name} was ready and answers no more, but its process {instance.process.pid} lives. "
            f"Look at `mimosa logs {instance.name}`; `mimosa stop {instance.name}` ends it, then start it again."
        )
    with front.waits(instance) as report:
        return wait_ready(servers, instance, limit_s=wait_s, report=report)
