"""A session needs no `mimosa serve` before it: with GPUs and a profile the server is started on the way."""

from agent.config.load import Loaded
from agent.config.settings import ServeSettings
from agent.serving.endpoint import named_endpoint
from agent.serving.front import Front, TerminalFront
from agent.serving.start import Wish, card_of, plan_of, start, wait_for
from agent.state import servers_folder, state_folder
from model_runtime.errors import ModelUnavailable
from model_runtime.open import is_own
from model_runtime.serving.errors import NoGpus
from model_runtime.serving.local.launch import start_again
from model_runtime.serving.local.look import find_running
from model_runtime.serving.local.process import is_alive
from model_runtime.serving.local.servers import Servers
from model_runtime.serving.plan import Plan

CHOICES = """\
  an endpoint:   --base-url http://HOST:30000/v1, or MIMOSA_BASE_URL and MIMOSA_API_KEY
  your own GPUs: `mimosa serve` on the machine that has them; what it takes: `mimosa serve --plan --gpus 8xH200`
  a recording:   --model replay:FILE plays a recorded session back"""
REMEMBERED = "start-server"
"""A file of the state directory: the user has agreed."""


def see_to_server(loaded: Loaded, front: Front | None = None) -> None:
    """After this, `agent.equip.model_of` finds a model: an endpoint or a recording that the settings name, a
    server that runs here, or one that is started now. Blocks for as long as that takes; `front` is the terminal
    if none is given. Raises ModelError; ModelUnavailable with the choices where there is neither."""
    front = front or TerminalFront()
    settings, servers = loaded.settings.serve, Servers(servers_folder())
    if named := named_endpoint(loaded):
        _bring_back(servers, named.endpoint.base_url, settings, front)
        return
    if not _needs_server(loaded, servers):
        return
    if underway := servers.running():
        wait_for(servers, underway[0], settings.wait_s, front)
        return
    plan = _planned(settings)
    if not _may_start(settings):
        if settings.start == "never" or not front.agrees(_question(plan)):
            raise _no_model("it may not be started from here (see the setting serve.start)")
        agree()
    front.says(f"{plan.fit.card.name}: {plan.headline}")
    instance = start(servers, settings, plan)
    try:
        wait_for(servers, instance, settings.wait_s, front)
    except KeyboardInterrupt:
        front.says(f"{instance.name} goes on starting; `mimosa stop` ends it")
        raise
    front.says(f"{instance.name} stays up afterwards; `mimosa stop` ends it")


def question_of(loaded: Loaded) -> str | None:
    """What to ask before `see_to_server`, where the front cannot ask in the middle; None if nothing has to be
    asked. A yes is told to `agree`. Raises ModelError as `see_to_server` does."""
    settings, servers = loaded.settings.serve, Servers(servers_folder())
    if not _needs_server(loaded, servers) or servers.running() or settings.start != "ask" or _may_start(settings):
        return None
    return _question(_planned(settings))


def still_starting() -> str:
    """What to tell who leaves before the server that a session waited for was ready; "" if none is starting."""
    starting = [each for each in Servers(servers_folder()).running() if each.ready_after_s is None]
    return f"{starting[0].name} goes on starting; `mimosa stop` ends it" if starting else ""


def agree() -> None:
    """Remember that servers may be started. A no is not remembered."""
    file = state_folder() / REMEMBERED
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text("yes: the setting serve.start says more\n", encoding="utf-8")


def _bring_back(servers: Servers, base_url: str, settings: ServeSettings, front: Front) -> None:
    """A named endpoint may be a server of this machine that still starts, or that stopped because it was idle."""
    here = next((each for each in servers.all() if each.base_url == base_url.rstrip("/")), None)
    if here is None:
        return
    if here.idle and not is_alive(here.process):
        here = start_again(servers, here)
    if is_alive(here.process) and here.ready_after_s is None:
        wait_for(servers, here, settings.wait_s, front)


def _needs_server(loaded: Loaded, servers: Servers) -> bool:
    if is_own(loaded.settings.model.name) or named_endpoint(loaded):
        return False
    return find_running(servers.folder) is None


def can_answer(loaded: Loaded) -> bool:
    """Whether a model is there, or on its way: named, or served on this machine."""
    servers = Servers(servers_folder())
    return not _needs_server(loaded, servers) or bool(servers.running())


def _may_start(settings: ServeSettings) -> bool:
    return settings.start == "always" or (settings.start == "ask" and (state_folder() / REMEMBERED).exists())


def _question(plan: Plan) -> str:
    return (
        f"No model server runs. {plan.fit.card.name} on this machine {plan.headline}.\n"
        "Loading it takes minutes; it stays up for the next session.\n"
        "Start it, now and whenever it is needed?"
    )


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
