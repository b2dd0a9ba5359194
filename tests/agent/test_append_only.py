"""Request N is a byte prefix of request N + 1, whatever happens in between: a server prefills only what is new."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from model_server import Call, ModelServer, Reply, Status
from scripted import end
from sessions import begun, make_snapshot, only, play, resumed

from agent.events import Event, GuardNoticed, ReplyRepaired, RequestRetried, ToolFinished, ToolStarted, UserSaid
from agent.guards.standard import chat_guards
from agent.limits import StepLimit
from agent.session import Session
from model_runtime.client import ChatClient, Limits
from model_runtime.endpoint import Endpoint
from model_runtime.retry import RetryPolicy
from model_runtime.wire import CLOSING
from sandbox.workspace.snapshot import Snapshot

CALL_IN_THINKING = """I look first.
<tool_call>
<function=bash>
<parameter=command>echo repaired</parameter>
</function>
</tool_call>"""


def bash(command: str, thinking: str = "hm") -> Reply:
    return Reply(reasoning=thinking, calls=(Call("bash", {"command": command}),))


STORY = (
    bash("echo 'ü \u2028 \"quoted\"' && exit 3"),
    Reply(calls=(Call("bash", {"cmd": "ls"}), Call("no_such_tool", {}))),
    Reply(reasoning=CALL_IN_THINKING),
    *[bash("echo again") for _ in range(4)],
    Reply(reasoning="two at once", calls=(Call("bash", {"command": "ls"}), Call("bash", {"command": "ls"}))),
    Status(503, "starting"),
    Reply(reasoning="only thinking"),
    Reply(content="cut o", finish_reason="length"),
    Reply(calls=(Call("str_replace", {"path": "a.txt", "old_str": "one", "new_str": "uno"}),)),
    Reply(content="I will go on.", calls=(Call("bash", {"command": "printf 'no newline'"}),)),
    *[bash(f"echo {n}", thinking=f"thought {n}") for n in range(12)],
    Reply(content="That is it.", reasoning="done"),
)
"""Tool errors, a repair, the repeat ladder, duplicates, a retry, an empty and a cut-off reply, edits."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return make_snapshot(tmp_path_factory.mktemp("snapshot"))


def client(server: ModelServer) -> ChatClient:
    return ChatClient(Endpoint(server.url), limits=Limits(retry=RetryPolicy(first_wait_s=0.01)))


def steer_after(session: Session, number: int) -> Callable[[Event], None]:
    """Says something to the session while its call `number` runs."""
    started = 0

    def watch(event: Event) -> None:
        nonlocal started
        started += isinstance(event, ToolStarted)
        if isinstance(event, ToolStarted) and started == number:
            session.say("and leave b.txt alone, s'il te plaît")

    return watch


def check_prefixes(bodies: list[bytes]) -> None:
    assert len(bodies) > 15
    for number, (body, following) in enumerate(pairwise(bodies), start=1):
        assert body.endswith(CLOSING)
        assert following.startswith(body.removesuffix(CLOSING)), f"request {number} is no prefix of the next"


def roles(body: bytes) -> list[str]:
    messages: list[dict[str, Any]] = json.loads(body)["messages"]
    return [message["role"] for message in messages]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_every_request_begins_the_next_over_a_long_session(
    tmp_path: Path, snapshot: Snapshot, stream: bool
) -> None:
    with ModelServer(*STORY, Reply(content="Thank you.")) as server:
        model = client(server)
        session, _ = await begun(
            tmp_path,
            snapshot,
            model,
            server=await model.info(),
            guards=chat_guards,
            limits=(StepLimit(25),),
            stream=stream,
        )
        events = await play(session, "make it right", steer_after(session, 4))
        assert end(events).reason == "answered", end(events)
        events += await play(session, "thanks")
        await session.close()
        assert {event.guard for event in events if isinstance(event, GuardNoticed)} == {
            *("repeat", "stuck", "flood", "steps"),
        }
        assert only(events, ReplyRepaired)
        assert only(events, RequestRetried)
        assert any(event.is_error for event in events if isinstance(event, ToolFinished))
        assert "user" in {event.by for event in events[5:] if isinstance(event, UserSaid)}

        await model.close()
        server.will(Reply(content="Here I am again."))
        model = client(server)
        session, _ = await resumed(tmp_path, snapshot, model, server=await model.info(), stream=stream)
        await play(session)
        await session.close()
        await model.close()
        check_prefixes(server.bodies)
        assert roles(server.bodies[-1]).count("system") == 1
        messages = json.loads(server.bodies[-1])["messages"]
        assert all("reasoning_content" in message for message in messages if message["role"] == "assistant")
