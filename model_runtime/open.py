"""From what the user named to a model that answers."""

from typing import TYPE_CHECKING

from model_runtime.base import ChatModel
from model_runtime.errors import ModelRefused, ModelUnavailable
from model_runtime.nano.at_hand import checkpoint_of, is_nano
from model_runtime.profiles import find_profile

if TYPE_CHECKING:
    from model_runtime.client import Limits

REPLAY = "replay:"


def is_own(spec: str) -> bool:
    """Whether the name means something that answers in this process: no endpoint is asked then."""
    return spec.startswith(REPLAY) or is_nano(spec)


def open_model(
    spec: str = "", *, base_url: str = "", api_key: str = "", profile: str = "", limits: "Limits | None" = None
) -> ChatModel:
    """The model called `spec`: `replay:FILE`, `nano`, `nano:FOLDER`, or the name of a model served at `base_url`
    ("" for the only one).

    `profile` names a profile; without one, the served model's name chooses. Nothing is asked of the endpoint yet.
    Raises ModelUnavailable if there is nothing to ask, ModelRefused if what was named cannot be used.
    """
    if spec.startswith(REPLAY):
        return open_replay(spec.removeprefix(REPLAY))
    if is_nano(spec):
        return open_nano(spec)
    if not base_url.strip():
        raise ModelUnavailable(
            "No model to ask: name a chat-completions endpoint with --base-url or MIMOSA_BASE_URL,\n"
            "or play a recorded session back with --model replay:FILE,\n"
            "or start a server on this machine and use --base-url http://127.0.0.1:30000/v1."
        )
    from model_runtime.client import ChatClient
    from model_runtime.endpoint import Endpoint

    return ChatClient(Endpoint(base_url, api_key, spec), find_profile(profile) if profile else None, limits=limits)


def open_replay(file: str) -> ChatModel:
    from model_runtime.replay import Replay

    if not file:
        raise ModelRefused("--model replay: names no file. Give a session log: --model replay:FILE")
    return Replay(file)


def open_nano(spec: str) -> ChatModel:
    """Raises ModelError."""
    folder = checkpoint_of(spec)
    from model_runtime.nano.client import NanoModel

    return NanoModel(folder)
