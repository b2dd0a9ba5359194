"""`mimosa serve`: what a model would make of the GPUs, and its server, started and waited for."""

import json as json_format
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console

from agent.commands.guard import told
from agent.config import load_settings
from agent.config.settings import ServeSettings
from agent.errors import INTERRUPTED, UsageError
from agent.serving.front import TerminalFront
from agent.serving.start import Wish, card_of, plan_of, start, wait_for
from agent.state import servers_folder
from model_runtime.serving.local.instance import Instance, name_of
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.report import plan_json
from model_runtime.serving.show import show_plan

DOES_NOT_FIT = 1


@dataclass(frozen=True)
class ServeOptions:
    """The command line's options. flags: settings, by `section.key`. extra: further flags for SGLang, after those
    of the settings."""

    flags: Mapping[str, object]
    wish: Wish = Wish()
    extra: tuple[str, ...] = ()
    json: bool = False


def run_plan(options: ServeOptions) -> int:
    """Print the plan. 0 if it fits, 1 if it does not."""
    with told():
        settings = _settings(options)
        plan = plan_of(settings, card_of(settings), options.wish)
        if options.json:
            print(plan_json(plan))
        else:
            show_plan(plan, Console())
    return DOES_NOT_FIT if plan.verdict == "no" else 0


def run_serve(options: ServeOptions) -> int:
    """Find or start the server, and wait for it. 0 if it is ready (or started, if nothing is waited for), 1 if it
    does not fit or failed."""
    with told():
        if options.wish.nodes > 1 or options.wish.replicas > 1:
            raise UsageError("one server on one machine is started; for more, `--plan` prints the commands")
        settings = _settings(options)
        card = card_of(settings)
        servers = Servers(servers_folder())
        instance = servers.read(name_of(card.name, settings.port))
        if instance is not None and is_alive(instance.process):
            _tell_found(instance, settings)
        else:
            # A running server's memory counts as taken, so planning comes only now.
            plan = plan_of(settings, card, options.wish)
            if not plan.commands:
                show_plan(plan, Console(stderr=True))
                return DOES_NOT_FIT
            print(f"{card.name}: {plan.headline}", file=sys.stderr)
            instance = start(servers, settings, plan)
        try:
            instance = (
                wait_for(servers, instance, settings.wait_s, TerminalFront()) if settings.wait_s else instance
            )
        except KeyboardInterrupt:
            print(f"\n{instance.name} goes on starting; `mimosa stop` ends it", file=sys.stderr)
            return INTERRUPTED
        _tell(instance, json=options.json)
    return 0


def _settings(options: ServeOptions) -> ServeSettings:
    """A model that the command line names takes the place of any that a file names."""
    named = [key for key in ("serve.profile", "serve.model_path") if options.flags.get(key) is not None]
    if len(named) > 1:
        raise UsageError("give either --profile or --model-path, not both")
    instead = {"serve.model_path": ""} if named == ["serve.profile"] else {}
    settings = load_settings(None, os.environ, {**options.flags, **instead}).settings.serve
    return settings.model_copy(update={"flags": (*settings.flags, *options.extra)})


def _tell_found(instance: Instance, settings: ServeSettings) -> None:
    print(f"{instance.name} runs already, as process {instance.process.pid}", file=sys.stderr)
    if settings.flags and instance.command[-len(settings.flags) :] != settings.flags:
        print("it was started with other flags; `mimosa stop` it first to change them", file=sys.stderr)


def _tell(instance: Instance, *, json: bool) -> None:
    if json:
        about = {"name": instance.name, "model": instance.model, "base_url": instance.base_url}
        print(json_format.dumps({**about, "pid": instance.process.pid, "ready_after_s": instance.ready_after_s}))
    elif instance.ready_after_s is None:
        print(f"{instance.name} is starting; `mimosa status` says how far it is")
    else:
        print(f"{instance.model} is ready at {instance.base_url}")
