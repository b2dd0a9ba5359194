"""Compaction: when, what is asked, what takes the history's place, and what happens when it fails."""

import asyncio
from collections.abc import Sequence

import pytest
from scripted import ScriptedModel, Silence, answer, bash, end, finish, history, kind, played, said, user_words

from agent.compaction import NEARLY_FULL, TRIES, CompactionFailed, Compactor, own_words
from agent.events import Compacted, RequestRetried, ToolFinished
from agent.history import History
from agent.readable import readable
from agent.shrink import without_oldest_results
from agent.stop import Stop
from agent.turn import Turn
from model_runtime.base import Sampling, Usage
from model_runtime.errors import ContextOverflow, ModelUnavailable
from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from prompts.render import render
from tools.toolbox import Toolbox

FULL = Usage(prompt_tokens=59_000, completion_tokens=1_000)
SUMMARY = answer("Decided: it is the parser. Next action: edit parse.py.")


class Archives:
    """Keeps histories in memory, as a session keeps them in files."""

    def __init__(self) -> None:
        self.kept: list[tuple[Message, ...]] = []

    async def __call__(self, messages: Sequence[Message]) -> str:
        self.kept.append(tuple(messages))
        return f"/home/archive/{len(self.kept):03d}.md"


def compacting(
    model: ScriptedModel, toolbox: Toolbox, archives: Archives | None = None, threshold: float = 0.6
) -> Turn:
    sampling = Sampling(max_tokens=1000)
    compactor = Compactor(model, model.server, archives or Archives(), threshold, sampling)
    return Turn(history("fix the parser"), model, toolbox, compactor=compactor, sampling=sampling)


async def test_past_the_threshold_the_summary_takes_the_place_of_the_history(toolbox: Toolbox) -> None:
    model = ScriptedModel(said(bash("echo x"), usage=FULL), said(SUMMARY, usage=FULL), finish())
    archives = Archives()
    turn = compacting(model, toolbox, archives)
    events = await played(turn)
    order = [name for name in kind(events) if name != "tool_output"]
    assert order[3:6] == ["compaction_started", "compacted", "replied"]
    new = next(event for event in events if isinstance(event, Compacted))
    text = new.messages[0].content
    assert text.startswith("fix the parser\n")
    assert "Next action: edit parse.py." in text
    assert new.archive in text
    assert new.usage == FULL
    assert new.tokens_before >= 60_000
    assert model.requests[2].messages == (turn.history.system, *new.messages)
    assert "echo x" in readable(archives.kept[0])
    assert end(events).reason == "finished"


async def test_the_summary_is_asked_of_the_very_same_messages_and_tools(toolbox: Toolbox) -> None:
    model = ScriptedModel(said(bash("echo x"), usage=FULL), SUMMARY, finish())
    turn = compacting(model, toolbox)
    await played(turn)
    first, asked, _ = model.requests
    assert asked.messages[: len(first.messages)] == first.messages
    assert asked.messages[-1] == UserMessage(content=render("summary", why=NEARLY_FULL))
    assert (asked.tools, asked.sampling) == (first.tools, first.sampling)


@pytest.mark.parametrize(("owner", "choice"), [("vllm", "none"), ("sglang", "auto")])
async def test_tools_stay_in_the_prompt(toolbox: Toolbox, owner: str, choice: str) -> None:
    """SGLang drops them from it where the choice is "none", and the whole prefix would be computed again."""
    model = ScriptedModel(said(bash("true"), usage=FULL), SUMMARY, finish(), owned_by=owner)
    await played(compacting(model, toolbox))
    assert [request.tool_choice for request in model.requests] == ["auto", choice, "auto"]


async def test_below_the_threshold_nothing_is_compacted(toolbox: Toolbox) -> None:
    below = Usage(prompt_tokens=50_000, completion_tokens=1_000)
    model = ScriptedModel(said(bash("true"), usage=below), finish())
    assert "compacted" not in kind(await played(compacting(model, toolbox)))


async def test_what_joined_since_the_last_count_is_estimated(toolbox: Toolbox) -> None:
    below = Usage(prompt_tokens=59_000, completion_tokens=500)
    model = ScriptedModel(said(bash("seq 3000"), usage=below), SUMMARY, finish())
    assert "compacted" in kind(await played(compacting(model, toolbox)))


@pytest.mark.parametrize(
    "bad",
    [said(answer("")), said(bash("ls")), said(SUMMARY, "length"), said(AssistantMessage(reasoning_content="hm"))],
    ids=["empty", "a call", "cut off", "thinking only"],
)
async def test_a_failed_summary_is_tried_again_and_the_third_failure_stops(toolbox: Toolbox, bad: object) -> None:
    model = ScriptedModel(said(bash("true"), usage=FULL), bad, SUMMARY, finish())  # type: ignore[arg-type]
    events = await played(compacting(model, toolbox))
    assert "summary" in next(event.reason for event in events if isinstance(event, RequestRetried))
    assert end(events).reason == "finished"

    model = ScriptedModel(said(bash("true"), usage=FULL), *[bad] * TRIES)  # type: ignore[list-item]
    turn = compacting(model, toolbox)
    with pytest.raises(CompactionFailed, match="3 times") as failure:
        await played(turn)
    assert failure.value.exit_code == 4
    assert turn.history.steps == 1


async def test_where_the_request_is_too_large_the_oldest_results_go_first(toolbox: Toolbox) -> None:
    big = said(bash("seq 100 400"), usage=Usage(prompt_tokens=100, completion_tokens=10))
    full = said(bash("seq 500 800"), usage=FULL)
    model = ScriptedModel(big, full, ContextOverflow("too long"), ContextOverflow("too long"), SUMMARY, finish())
    archives = Archives()
    turn = compacting(model, toolbox, archives)
    events = await played(turn)
    sizes = [sum(len(message.content) for message in request.messages) for request in model.requests[2:5]]
    assert sizes[0] > sizes[1] >= sizes[2]
    last = [message.content for message in model.requests[4].messages if isinstance(message, ToolMessage)]
    assert "left out" in last[0]
    assert "555" in last[1]
    assert "left out" not in readable(archives.kept[0])
    assert end(events).reason == "finished"


async def test_a_history_that_does_not_fit_even_without_results_stops_with_exit_code_4(toolbox: Toolbox) -> None:
    model = ScriptedModel(said(bash("true"), usage=FULL), *[ContextOverflow("too long")] * 9)
    with pytest.raises(CompactionFailed, match="not even without") as failure:
        await played(compacting(model, toolbox))
    assert failure.value.exit_code == 4


async def test_an_overflow_leads_to_a_compaction_and_the_request_is_made_again(toolbox: Toolbox) -> None:
    model = ScriptedModel(bash("true"), ContextOverflow("too long"), SUMMARY, finish())
    events = await played(compacting(model, toolbox))
    assert kind(events)[3:6] == ["request_retried", "compaction_started", "compacted"]
    assert end(events).reason == "finished"


async def test_an_overflow_right_after_a_compaction_passes(toolbox: Toolbox) -> None:
    model = ScriptedModel(bash("true"), ContextOverflow("too long"), SUMMARY, ContextOverflow("still too long"))
    with pytest.raises(ContextOverflow, match="still"):
        await played(compacting(model, toolbox))


async def test_without_a_compactor_an_overflow_passes(toolbox: Toolbox) -> None:
    with pytest.raises(ContextOverflow):
        await played(Turn(history(), ScriptedModel(ContextOverflow("too long")), toolbox))


async def test_a_summary_that_is_itself_past_the_threshold_is_not_summarised_again(toolbox: Toolbox) -> None:
    wordy = answer("word " * 60_000)
    big = Usage(prompt_tokens=85_000, completion_tokens=10)
    script = [
        said(bash("echo 1"), usage=FULL),
        said(wordy),
        *[said(bash(f"echo {n}"), usage=big) for n in range(3)],
    ]
    model = ScriptedModel(*script, finish())
    events = await played(compacting(model, toolbox))
    assert kind(events).count("compacted") == 1
    assert end(events).reason == "finished"


async def test_a_server_that_does_not_answer_is_no_failed_summary(toolbox: Toolbox) -> None:
    model = ScriptedModel(said(bash("true"), usage=FULL), ModelUnavailable("gone"))
    with pytest.raises(ModelUnavailable):
        await played(compacting(model, toolbox))


async def test_a_stop_ends_a_compaction_and_leaves_the_history(toolbox: Toolbox) -> None:
    silence, stop = Silence(), Stop()
    model = ScriptedModel(said(bash("true"), usage=FULL), silence)
    made = compacting(model, toolbox)
    turn = Turn(made.history, model, toolbox, compactor=made.compactor, stop=stop)
    playing = asyncio.create_task(played(turn))
    await silence.reached.wait()
    stop.set()
    events = await playing
    assert end(events).reason == "interrupted"
    assert silence.closed
    assert turn.history.messages[-1] == next(event for event in events if isinstance(event, ToolFinished)).message


async def test_the_users_words_outlive_every_compaction(toolbox: Toolbox) -> None:
    again = [said(bash("true"), usage=FULL), SUMMARY]
    model = ScriptedModel(*again, *again, finish())
    turn = compacting(model, toolbox)
    await played(turn)
    assert user_words(turn.history)[0].startswith("fix the parser\n")
    assert turn.history.own_words == ["fix the parser"]


def test_of_many_words_the_first_and_the_latest_are_kept() -> None:
    words = ["the task", *[f"{n} " + "x" * 15_000 for n in range(5)], "last"]
    text = own_words(words)
    assert text.startswith("the task\n")
    assert text.endswith("last")
    assert "0 xx" not in text
    assert "4 xx" in text


def test_results_are_left_out_from_the_oldest_on() -> None:
    messages = [
        SystemMessage(content="s"),
        *[ToolMessage(tool_call_id=str(n), content="x" * 1000) for n in range(4)],
    ]

    def left(share: float) -> list[int]:
        return [len(message.content) for message in without_oldest_results(messages, share)[1:]]

    assert left(0.0) == [1000] * 4
    assert left(0.5)[:2] != [1000] * 2 and left(0.5)[2:] == [1000] * 2
    assert max(left(1.0)) < 100


def test_an_unused_context_is_not_due() -> None:
    fresh = History(SystemMessage(content="s"))
    model = ScriptedModel(context_length=0)
    assert not Compactor(model, model.server, Archives()).due(fresh)
