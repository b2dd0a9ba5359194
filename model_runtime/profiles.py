"""How a model is talked to: one TOML file a model, shipped in `profiles/` or the user's own.

A later section of such a file may belong to another part of Mimosa (hardware, for one), so tables that are not
known here are left alone; a key that is not known is an error.
"""

import os
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from model_runtime.base import Sampling
from model_runtime.errors import ModelRefused
from model_runtime.messages import Frozen

SHIPPED = Path(__file__).parent / "profiles"
FALLBACK = "generic"


class Profile(Frozen):
    """One profile.

    name: the file's name without `.toml`. matches: shell patterns for the served model's name, in lower case.
    identity: which identity opens the system prompt. context_length: tokens, where the server does not say.
    chat_template_kwargs: sent as they are; none are sent if empty. send_reasoning: whether earlier assistant
    messages carry `reasoning_content`: always ("" if there was none), only the ones that had some, or never.
    tool_calls: the text form of a tool call in the model's own output, for repairs. base_url, model: where a
    hosted model is and what it is called there; a profile that has them is all that an endpoint needs. tools: the
    only ones that the model is offered, in this order; empty for all.
    """

    name: str
    description: str = ""
    base_url: str = ""
    model: str = ""
    matches: tuple[str, ...] = ()
    identity: Literal["mimo", "generic", "nano"] = "generic"
    context_length: int = Field(default=131_072, gt=0)
    send_reasoning: Literal["always", "when_given", "never"] = "when_given"
    tool_calls: Literal["mimo", "none"] = "none"
    images: bool = False
    tools: tuple[str, ...] = ()
    sampling: Sampling = Sampling()
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)

    @property
    def thinking(self) -> bool | None:
        """Whether the model is asked to think; None where that is left to the server."""
        value = self.chat_template_kwargs.get("enable_thinking")
        return value if isinstance(value, bool) else None

    @property
    def has_one_head(self) -> bool:
        """Whether the model was trained with one constant system prompt, which nothing may join."""
        return self.identity == "nano"

    def matches_model(self, model: str) -> bool:
        return any(fnmatchcase(model.lower(), pattern.lower()) for pattern in self.matches)

    def sampling_within(self, context_length: int) -> Sampling:
        """The profile's sampling for a server with `context_length` tokens. A server refuses a request whose
        prompt and `max_tokens` together are longer than that, so a reply gets a quarter of it at most."""
        limit = max(1, min(self.sampling.max_tokens, context_length // 4))
        return self.sampling.model_copy(update={"max_tokens": limit})


def user_profiles() -> Path:
    """The folder of the user's own profiles."""
    config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(config).expanduser() / "mimosa" / "profiles"


def profile_files(user: Path | None = None) -> dict[str, Path]:
    """Every profile's file by name, the user's own first and in place of a shipped one of the same name."""
    folders = (user_profiles() if user is None else user, SHIPPED)
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            files.setdefault(path.stem, path)
    return files


def find_profile(name: str, *, user: Path | None = None) -> Profile:
    """The profile called `name`; `user` is the folder of the user's own. Raises ModelRefused."""
    files = profile_files(user)
    if name not in files:
        known = ", ".join(sorted(files))
        raise ModelRefused(
            f"There is no profile {name!r}. Known are: {known}. Your own belong in {user_profiles()}."
        )
    return read_profile(files[name])


def match_profile(model: str, *, user: Path | None = None) -> Profile:
    """The first profile, the user's own before the shipped, whose patterns match the served model's name."""
    generic = None
    for name, path in profile_files(user).items():
        profile = read_profile(path)
        if name == FALLBACK:
            generic = profile
        elif profile.matches_model(model):
            return profile
    return generic or Profile(name=FALLBACK)


def read_profile(path: Path) -> Profile:
    """Read one profile. Raises ModelRefused with the file, the key, and what was expected."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # tomllib's errors and broken UTF-8 are ValueErrors
        raise ModelRefused(f"The profile {path} cannot be read: {error}.") from error
    known = {
        key: value for key, value in data.items() if key in Profile.model_fields or not isinstance(value, dict)
    }
    try:
        return Profile.model_validate({**known, "name": path.stem})
    except ValidationError as error:
        what = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ModelRefused(f"The profile {path} is not right: {what}.") from error
