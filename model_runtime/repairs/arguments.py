"""The text of a call's arguments. It must be a JSON object, for ever: servers parse it again whenever it comes
back as history, and SGLang answers HTTP 400 to anything else."""

import json
from typing import NoReturn

from model_runtime.text import encodable

MALFORMED = "malformed_arguments"
"""The one key of arguments that were no JSON object; its value is their raw text. The tools answer it."""


def object_text(raw: str) -> str | None:
    """`raw` if it is the text of a JSON object ("{}" if it is blank), or None."""
    if not raw.strip():
        return "{}"
    try:
        value = json.loads(raw, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    text = json.dumps(value, ensure_ascii=False)
    return raw if is_encodable(text) else encodable(text)


def malformed(raw: str) -> str:
    return json.dumps({MALFORMED: raw}, ensure_ascii=False)


def refuse(constant: str) -> NoReturn:
    """Python takes NaN and Infinity for JSON; servers do not."""
    raise ValueError(f"{constant} is not JSON")


def is_encodable(text: str) -> bool:
    return encodable(text) == text
