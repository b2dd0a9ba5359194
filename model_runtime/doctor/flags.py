"""How to mend a server that was started with the wrong flags."""

from typing import Literal

from model_runtime.doctor.asker import Asker
from model_runtime.errors import ModelError
from model_runtime.metrics.base import ServerFacts
from model_runtime.serving.cards import find_card


def parser_flags(asker: Asker) -> str:
    """The parsers that the model's profile names, as flags of SGLang."""
    try:
        launch = find_card(asker.profile.name).launch
    except ModelError:
        return "--reasoning-parser and --tool-call-parser of this model"
    flags = (("--reasoning-parser", launch.reasoning_parser), ("--tool-call-parser", launch.tool_call_parser))
    return " ".join(f"{name} {value}" for name, value in flags if value) or "the parsers of this model"


def restart(flags: str) -> str:
    """`mimosa serve` sets the right ones; whoever starts SGLang otherwise needs to know them."""
    return f"mimosa stop && mimosa serve (started otherwise: {flags})"


def runs_with(facts: ServerFacts | None, parser: Literal["reasoning_parser", "tool_call_parser"]) -> str:
    """Which parser the server says that it runs with, for the end of a sentence; "" if it does not say."""
    if facts is None:
        return ""
    flag = f"--{parser.replace('_', '-')}"
    value = facts.reasoning_parser if parser == "reasoning_parser" else facts.tool_call_parser
    return f"; the server runs with {flag} {value}" if value else f"; the server runs without {flag}"
