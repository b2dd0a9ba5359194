"""Recorded sessions: the same words again, from where a session stands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from model_asking import HEAD, request

from model_runtime.base import ChatRequest, Completed, ContentDelta, Delta, Usage
from model_runtime.errors import ModelRefused, ModelUnavailable
from model_runtime.messages import AssistantMessage, ToolCall, ToolMessage, UserMessage
from model_runtime.open import open_model
from model_runtime.replay import Replay

REPLIES = tuple(
    AssistantMessage(
        content=f"step {i}",
        reasoning_content="why",
        tool_calls=(ToolCall(id=f"call_{i}", name="bash", arguments='{"command": "ls"}'),),
    )
    for i in range(4)
)


def line(n: int, event: object) -> str:
    return json.dumps({"n": n, "at": 1.0, "event": event}) + "\n"


def record(path: Path, replies: tuple[AssistantMessage, ...] = REPLIES) -> Path:
    """A session log as Mimosa writes it, with events of other kinds between."""
    lines = [line(0, {"type": "session_started", "model": "mimo-v2-flash", "context_length": 1000})]
    for i, message in enumerate(replies):
        usage = {"prompt_tokens": 10 + i, "completion_tokens": 2, "cached_tokens": 3}
        reply = {"type": "replied", "step": i, "message": message.model_dump(mode="json"), "usage": usage}
        lines.append(line(2 * i + 1, {**reply, "finish_reason": "tool_calls", "seconds": 1.5}))
        lines.append(line(2 * i + 2, {"type": "tool_finished", "message": {"role": "tool"}}))
    path.write_text("".join(lines))
    return path


async def play(replay: Replay, what: ChatRequest) -> list[Delta]:
    return [delta async for delta in replay.chat(what)]


async def answer(replay: Replay, what: ChatRequest) -> AssistantMessage:
    last = (await play(replay, what))[-1]
    assert isinstance(last, Completed)
    return last.message


def after(count: int) -> ChatRequest:
    """The request of a session that has heard `count` replies."""
    said = [m for r in REPLIES[:count] for m in (r, ToolMessage(tool_call_id=r.tool_calls[0].id, content="ok"))]
    return request(*said)


async def test_a_recording_gives_its_replies_in_order_with_what_they_cost(tmp_path: Path) -> None:
    replay = Replay(record(tmp_path / "events.jsonl"))
    for i, expected in enumerate(REPLIES):
        completed = (await play(replay, after(i)))[-1]
        assert completed == Completed(
            expected, "tool_calls", Usage(prompt_tokens=10 + i, completion_tokens=2, cached_tokens=3), 1.5
        )


async def test_it_says_that_it_is_a_replay_and_of_what(tmp_path: Path) -> None:
    replay = Replay(record(tmp_path / "events.jsonl"))
    info = await replay.info()
    assert replay.name == info.model == "replay of mimo-v2-flash (events.jsonl)"
    assert (info.context_length, info.profile) == (1000, "mimo-v2-flash")
    assert not info.drops_tools_on_none


async def test_a_stream_comes_in_pieces_that_make_the_message() -> None:
    replay = Replay.of([AssistantMessage(content="one two three four")])
    deltas = await play(replay, request(stream=True))
    texts = [delta.text for delta in deltas if isinstance(delta, ContentDelta)]
    assert len(texts) > 1
    assert "".join(texts) == "one two three four"


@pytest.mark.parametrize("heard", [0, 1, 3])
async def test_a_resumed_session_goes_on_where_it_was(heard: int, tmp_path: Path) -> None:
    replay = Replay(record(tmp_path / "events.jsonl"))
    assert await answer(replay, after(heard)) == REPLIES[heard]


async def test_several_sessions_may_share_one_replay() -> None:
    replay = Replay.of(REPLIES)
    assert [await answer(replay, after(i)) for i in (0, 1, 2)] == list(REPLIES[:3])
    assert [await answer(replay, after(i)) for i in (0, 1)] == list(REPLIES[:2])


async def test_after_a_compaction_the_replies_go_on() -> None:
    replay = Replay.of(REPLIES)
    assert [await answer(replay, after(i)) for i in (0, 1)] == list(REPLIES[:2])
    compacted = ChatRequest((*HEAD, UserMessage(content="summary")))
    assert await answer(replay, compacted) == REPLIES[2]
    assert await answer(replay, ChatRequest((*compacted.messages, REPLIES[2]))) == REPLIES[3]


async def test_a_session_resumed_after_a_compaction_goes_on_after_its_last_reply() -> None:
    compacted = ChatRequest((*HEAD, UserMessage(content="summary"), REPLIES[2]))
    assert await answer(Replay.of(REPLIES), compacted) == REPLIES[3]


async def test_the_start_can_be_given() -> None:
    assert await answer(Replay.of(REPLIES, start_at=2), after(0)) == REPLIES[2]


async def test_a_session_that_was_not_recorded_is_refused() -> None:
    with pytest.raises(ModelRefused, match="not in the recording"):
        await answer(Replay.of(REPLIES), request(AssistantMessage(content="never said")))


async def test_more_replies_than_recorded_are_refused_and_say_so(tmp_path: Path) -> None:
    replay = Replay(record(tmp_path / "events.jsonl"))
    with pytest.raises(ModelRefused, match="has 4 replies, and reply 5 was asked for"):
        await answer(replay, after(4))


async def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    path = record(tmp_path / "events.jsonl")
    path.write_text(path.read_text() + '{"n": 99, "at": 1.0, "event": {"type": "repl')
    assert await answer(Replay(path), after(3)) == REPLIES[3]


async def test_a_last_line_without_its_newline_counts_if_it_is_whole(tmp_path: Path) -> None:
    path = record(tmp_path / "events.jsonl", REPLIES[:1])
    more = {"type": "replied", "message": REPLIES[1].model_dump(mode="json")}
    path.write_text(path.read_text() + line(9, more).rstrip())
    assert await answer(Replay(path), after(1)) == REPLIES[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no reply"),
        ("no json\n{}\n", "line 1"),
        ('{"n": 0}\n', "line 1"),
        ("[1]\n", "line 1"),
        (line(0, {"type": "replied", "message": {"role": "user", "content": "x"}}), "cannot be read"),
        (line(0, {"type": "replied"}), "cannot be read"),
        (line(0, {"type": "session_started", "model": "m"}), "holds no reply"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_with_the_reason(
    content: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(content)
    with pytest.raises(ModelRefused, match=reason) as caught:
        Replay(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("make", [lambda p: p / "missing", lambda p: p])
def test_a_file_that_cannot_be_read_is_refused(make: object, tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="cannot be read"):
        Replay(make(tmp_path))  # type: ignore[operator]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ModelRefused, match="cannot be read"):
        Replay(path)


def test_open_model_plays_a_recording(tmp_path: Path) -> None:
    path = record(tmp_path / "events.jsonl")
    assert open_model(f"replay:{path}").name == "replay of mimo-v2-flash (events.jsonl)"
    with pytest.raises(ModelRefused, match="names no file"):
        open_model("replay:")


def test_open_model_asks_an_endpoint_with_the_profile_that_was_named() -> None:
    assert open_model("m", base_url="http://127.0.0.1:1").name == "m"
    assert "127.0.0.1:1/v1" in open_model(base_url="http://127.0.0.1:1").name
    with pytest.raises(ModelRefused, match="There is no profile 'nonsense'"):
        open_model("m", base_url="http://127.0.0.1:1", profile="nonsense")


def test_without_a_model_the_three_choices_are_told() -> None:
    with pytest.raises(ModelUnavailable) as caught:
        open_model("mimo-v2-flash")
    assert caught.value.exit_code == 75
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "--base-url" in lines[0]
    assert "MIMOSA_BASE_URL" in lines[0]
    assert "--model replay:FILE" in lines[1]
    assert "server on this machine" in lines[2]


def test_nothing_heavy_is_imported_before_an_endpoint_is_asked() -> None:
    code = "import sys, model_runtime.client, model_runtime.open; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "model_runtime.client" in loaded
    assert not {"httpx", "agent", "tools", "sandbox"} & set(loaded)
