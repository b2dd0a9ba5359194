"""Blocking work beside the event loop, on a thread that nobody has to wait for at the end."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """What `function` returns or raises. Cancelling leaves it running: an image that is being built cannot be
    stopped from here, and must not keep a program from ending either."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: Exception | None) -> None:
        if result.done():
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]  # None is a T where the function returned it

    def work() -> None:
        try:
            value = function()
        except Exception as error:  # whatever it was, whoever waits gets it
            _hand_over(loop, settle, None, error)
        else:
            _hand_over(loop, settle, value, None)

    threading.Thread(target=work, daemon=True, name="mimosa-blocking").start()
    return await result


def _hand_over(loop: asyncio.AbstractEventLoop, settle: Callable[..., None], *outcome: object) -> None:
    try:
        loop.call_soon_threadsafe(settle, *outcome)
    except RuntimeError:
        return  # the loop is closed: the program ended meanwhile
