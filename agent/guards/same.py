"""When two calls are the same call, and two results the same result."""

import json
import re

from model_runtime.messages import ToolCall
from tools.base import ToolResult

# What differs between two runs of the same thing: durations and addresses.
CHANCE = re.compile(r"\b\d+(?:\.\d+)?\s?(?:ms|s|sec|secs|seconds)\b|0x[0-9a-fA-F]{4,}")


def call_key(call: ToolCall) -> tuple[str, str]:
    """Equal for calls that ask for the same, however their arguments are spaced or ordered."""
    try:
        arguments = json.dumps(json.loads(call.arguments), sort_keys=True)
    except ValueError:
        arguments = call.arguments
    return call.name.strip(), arguments


def result_key(result: ToolResult) -> int:
    """Equal for results that tell the same."""
    return hash((result.is_error, CHANCE.sub("", result.content)))
