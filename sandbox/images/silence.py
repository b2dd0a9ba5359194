"""Why an engine is silent, in words: what docker and requests raise names their insides first, the cause last."""

import socket
from collections.abc import Iterator


def why_silent(error: BaseException) -> str:
    """In a few words, to go on a sentence with; the error's own where the cause is of a kind not known here."""
    for cause in _causes(error, set()):
        match cause:
            case ConnectionRefusedError() | FileNotFoundError():
                return "nothing listens there"
            case PermissionError():
                return "this user may not open it"
            case TimeoutError():
                return "it does not answer in time"
            case ConnectionResetError() | BrokenPipeError():
                return "it broke the connection off"
            case socket.gaierror():
                return "no machine of that name is known"
    return " ".join(str(error).split()).rstrip(".")


def _causes(error: object, seen: set[int]) -> Iterator[object]:
    """The error, what is among its arguments, and what it was raised from: requests hands its cause on as an
    argument, urllib3 as a tuple in one, or as `reason`."""
    if id(error) in seen:
        return
    seen.add(id(error))
    match error:
        case BaseException():
            yield error
            inner = (*error.args, getattr(error, "reason", None), error.__cause__, error.__context__)
        case tuple():
            inner = error
        case _:
            return
    for cause in inner:
        yield from _causes(cause, seen)
