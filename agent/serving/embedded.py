"""A session needs no `mimosa serve` before it: with GPUs and a profile the server is started on the way."""

import sys
from pathlib import Path

from agent.config.load import Loaded
from agent.config.settings import ServeSettings
from agent.serving.endpoint import named_endpoint
from agent.serving.start import Wish, card_of, plan_of, start, wait_for
from agent.state import servers_folder, state_folder
from model_runtime.errors import ModelUnavailable
from model_runtime.open import REPLAY
from model_runtime.serving.errors import NoGpus
from model_runtime.serving.local.look import find_running
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.plan import Plan

CHOICES = """\
  an endpoint:   --base-url http://HOST:30000/v1, or MIMOSA_BASE_URL and MIMOSA_API_KEY
  your own GPUs: `mimosa serve` on the machine that has them; what it takes: `mimosa serve --plan --gpus 8xH200`
  a recording:   --model replay:FILE plays a recorded session back"""


def see_to_server(loaded: Loaded) -> None:
    """After this, `agent.equip.model_of` finds a model: an endpoint or a recording that the settings name, a
    server that runs here, or one that is started now. Blocks for as long as that takes, and shows its progress on
    standard error. Raises ModelError; ModelUnavailable with the choices where there is neither."""
    model, settings = loaded.settings.model, loaded.settings.serve
    servers = Servers(servers_folder())
    if model.name.startswith(REPLAY) or named_endpoint(loaded) or find_running(servers.folder):
        return
    underway = servers.running()
    if underway:
        wait_for(servers, underway[0], settings.wait_s)
        return
    plan = _planned(settings)
    if not _agreed(settings, plan):
        raise _no_model("it may not be started from here (see the setting serve.start)")
    _tell(f"{plan.fit.card.name}: {plan.headline}")
    instance = start(servers, settings, plan)
    try:
        wait_for(servers, instance, settings.wait_s)
    except KeyboardInterrupt:
        _tell(f"\n{instance.name} goes on starting; `mimosa stop` ends it")
        raise
    _tell(f"{instance.name} stays up afterwards; `mimosa stop` ends it")


def _planned(settings: ServeSettings) -> Plan:
    """Raises ModelUnavailable where nothing can be served."""
    try:
        plan = plan_of(settings, card_of(settings), Wish())
    except NoGpus as error:
        raise _no_model(f"no GPU can be seen ({str(error).partition('. ')[0].partition(', which')[0]})") from error
    if not plan.commands:
        raise _no_model(f"{plan.fit.card.name} {plan.headline} (`mimosa serve --plan` says more)")
    return plan


def _no_model(why: str) -> ModelUnavailable:
    return ModelUnavailable(f"No model to ask: no endpoint is set, no server runs here, and {why}.\n{CHOICES}")


def _agreed(settings: ServeSettings, plan: Plan) -> bool:
    """Asks once on a terminal; a yes is remembered, a no is not."""
    remembered = state_folder() / "start-server"
    if settings.start != "ask":
        return settings.start == "always"
    if remembered.exists():
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _tell(f"No model server runs. {plan.fit.card.name} on this machine {plan.headline}.")
    _tell("Loading it takes minutes; it stays up for the next session.")
    _tell("Start it, now and whenever it is needed? [Y/n]", end=" ")
    if _answer() not in ("", "y", "yes"):
        return False
    _remember(remembered)
    return True


def _answer() -> str:
    try:
        return input().strip().lower()
    except EOFError:
        return "no"


def _remember(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text("yes: the setting serve.start says more\n", encoding="utf-8")


def _tell(text: str, end: str = "\n") -> None:
    print(text, file=sys.stderr, end=end, flush=True)
