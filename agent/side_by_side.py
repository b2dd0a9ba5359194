"""Several courses of events at once, with what each comes to told in the order in which they were given."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing

from agent.events import Event, GuardNoticed, ToolFinished


async def side_by_side(
    courses: Iterable[AsyncGenerator[Event, None]], most: int, emit: Callable[[Event], None]
) -> None:
    """Run `courses`, at most `most` at the same time. Results and what guards say of them wait for those before
    them; all else is emitted as it comes. Raises what the first that fails raises; the others are ended then."""
    room = asyncio.Semaphore(most)

    async def results(course: AsyncGenerator[Event, None]) -> list[Event]:
        held: list[Event] = []
        async with room, aclosing(course) as events:
            async for event in events:
                if isinstance(event, ToolFinished | GuardNoticed):
                    held.append(event)
                else:
                    emit(event)
        return held

    tasks = [asyncio.create_task(results(course)) for course in courses]
    try:
        for task in tasks:
            for event in await task:
                emit(event)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
