"""What a task on a cluster told before its node died counts, and counts once. Needs no cluster."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from tiny import TinyGrader, TinyPreparer, make_repository, settings, tiny_instances

from evals.running.base import Done, News, Work
from evals.running.cluster.executor import RayExecutor
from evals.running.cluster.task import Message
from evals.running.kit import Kit
from evals.running.records import GradingFailed


@pytest.mark.parametrize("error", [OSError("the node died"), asyncio.CancelledError()])
async def test_work_that_ended_is_not_lost_with_its_node(tmp_path: Path, error: BaseException) -> None:
    (instance,) = tiny_instances([make_repository(tmp_path / "a")], 1)
    work = Work(kind="grading", instance=instance, sample=1, attempt=1, folder=tmp_path)
    ended = GradingFailed(instance_id=instance.instance_id, sample=1, attempt=1, infrastructure="", detail="")

    async def sent(message: Message) -> Message:
        return message

    async def stream() -> AsyncIterator[Awaitable[Message]]:
        yield sent(Message(News(work, "grading")))
        yield sent(Message(Done(work, ended)))
        raise error

    told: list[News | Done] = []
    executor = RayExecutor(Kit(settings(), TinyPreparer, TinyGrader), "", 1)
    executor._tell = told.append
    await executor._follow(work, stream())
    assert [type(one) for one in told] == [News, Done]
