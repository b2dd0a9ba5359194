"""`mimosa acp` as an editor sees it, through the client of the protocol's own package."""

import asyncio
import sys
from pathlib import Path

import pytest
from acp import PROTOCOL_VERSION, RequestError
from acp.schema import EnvVariable, McpServerStdio, ResourceContentBlock
from editor import Desk, Editor, agent_of
from fix_bench import BUGGY, EDIT, FIXED, Mimosa
from model_server import Call, Hang, Reply

pytestmark = pytest.mark.asyncio(loop_scope="module")
STAND = Path(__file__).parent.parent / "mcp_servers" / "mcp_stand.py"
TASK = "mend middle()"


async def test_it_says_who_it_is_and_what_it_can(desk: Desk) -> None:
    said = await desk.agent.initialize(protocol_version=PROTOCOL_VERSION)
    assert said.protocol_version == PROTOCOL_VERSION
    assert said.agent_info is not None and said.agent_info.name == "mimosa"
    assert said.agent_capabilities is not None and said.agent_capabilities.load_session


async def test_a_prompt_streams_thoughts_calls_with_diffs_and_the_answer(desk: Desk, repository: Path) -> None:
    desk.server.will(
        Reply(reasoning="It is off by one.", calls=(EDIT,)),
        Reply(calls=(Call("bash", {"command": "echo looked; exit 3"}),)),
        Reply(content="The middle is the middle now."),
    )
    assert await desk.prompt(await desk.open(repository), TASK) == "end_turn"
    editor = desk.editor
    assert editor.text("agent_thought_chunk") == "It is off by one."
    assert editor.text("agent_message_chunk") == "The middle is the middle now."
    edit, command, offered = editor.of("tool_call")
    assert offered.title == "Apply 1 changed file"
    assert (edit.kind, edit.title) == ("edit", "Edit stats.py")
    assert edit.locations[0].path == str(repository / "stats.py"), "the user's file, not the sandbox's"
    assert (command.kind, command.title) == ("execute", "echo looked; exit 3")
    ends = {update.tool_call_id: update for update in editor.of("tool_call_update") if update.status}
    diff = ends[edit.tool_call_id].content[0]
    assert (diff.type, diff.path) == ("diff", str(repository / "stats.py"))
    assert "// 2 + 1" in diff.old_text and "// 2 + 1" not in diff.new_text
    assert ends[edit.tool_call_id].status == "completed"
    assert ends[command.tool_call_id].status == "failed"
    assert "looked" in ends[command.tool_call_id].content[0].content.text


async def test_what_changes_files_is_asked_for_and_a_no_reaches_the_model(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(calls=(EDIT,)), Reply(content="Then I leave it."))
    desk.editor.choose = lambda options: next(o.option_id for o in options if o.kind == "reject_once")
    await desk.prompt(await desk.open(repository), TASK)
    ((asked, _),) = desk.editor.asked
    assert asked.title == "Edit stats.py"
    result = desk.server.asked[1].json["messages"][-1]
    assert result["role"] == "tool" and "the user said no" in result["content"]
    assert (repository / "stats.py").read_text() == BUGGY


async def test_in_read_only_mode_nobody_is_asked_and_nothing_is_changed(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(calls=(EDIT,)), Reply(content="I may not."))
    await desk.prompt(await desk.open(repository, mode="read-only"), TASK)
    assert not desk.editor.asked, "nor is there anything to apply"
    assert "read-only" in desk.server.asked[1].json["messages"][-1]["content"]


async def test_the_modes_are_those_of_the_permissions(desk: Desk, repository: Path) -> None:
    session = await desk.agent.new_session(cwd=str(repository))
    assert session.modes is not None and session.modes.current_mode_id == "ask"
    assert [mode.id for mode in session.modes.available_modes] == ["read-only", "ask", "auto"]
    with pytest.raises(RequestError):
        await desk.agent.set_session_mode(session_id=session.session_id, mode_id="yolo")


async def test_cancel_ends_a_command_and_the_turn(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(calls=(Call("bash", {"command": "echo begun; sleep 100"}),)))
    session = await desk.open(repository, mode="auto")
    turn = asyncio.create_task(desk.prompt(session, "wait"))
    await desk.editor.until("tool_call_update")
    await desk.agent.cancel(session_id=session)
    assert await asyncio.wait_for(turn, 30) == "cancelled"
    desk.server.will(Reply(content="Here I am."))
    assert await desk.prompt(session, "and now?") == "end_turn"


async def test_cancel_ends_a_reply_that_never_comes(desk: Desk, repository: Path) -> None:
    desk.server.will(Hang(Reply(content="I think ")))
    session = await desk.open(repository)
    turn = asyncio.create_task(desk.prompt(session, "wait"))
    await desk.editor.until("agent_message_chunk")
    await desk.agent.cancel(session_id=session)
    assert await asyncio.wait_for(turn, 30) == "cancelled"


async def test_changes_are_offered_after_the_turn_and_applied_if_wanted(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(calls=(EDIT,)), Reply(content="Done."))
    await desk.prompt(await desk.open(repository), TASK)
    offered, options = desk.editor.asked[-1]
    assert offered.title == "Apply 1 changed file"
    assert [option.name for option in options] == ["Apply to my files", "Not now"]
    assert offered.content is not None and offered.content[0].path == str(repository / "stats.py")
    assert (repository / "stats.py").read_text() == FIXED


async def test_changes_that_are_not_wanted_stay_in_the_sandbox(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(calls=(EDIT,)), Reply(content="Done."))
    desk.editor.choose = lambda _: None
    await desk.prompt(await desk.open(repository, mode="auto"), TASK)
    assert [asked.title for asked, _ in desk.editor.asked] == ["Apply 1 changed file"], (
        "auto asks for nothing else"
    )
    assert (repository / "stats.py").read_text() == BUGGY


async def test_servers_of_the_editor_bring_their_tools(desk: Desk, repository: Path) -> None:
    stand = McpServerStdio(
        name="stand", command=sys.executable, args=[str(STAND)], env=[EnvVariable(name="STAND_MOOD", value="joy")]
    )
    desk.server.will(Reply(calls=(Call("stand__add", {"a": 1, "b": 2}),)), Reply(content="Three."))
    await desk.prompt(await desk.open(repository, servers=[stand]), "add")
    assert "3 in joy" in desk.server.asked[1].json["messages"][-1]["content"]
    assert desk.editor.asked[0][0].title == "stand__add", "what leaves the sandbox is asked for"


async def test_the_models_todo_list_is_the_editors_plan(desk: Desk, repository: Path) -> None:
    items = [{"text": "look", "status": "done"}, {"text": "mend", "status": "doing"}]
    desk.server.will(Reply(calls=(Call("todo", {"items": items}),)), Reply(content="I begin."))
    await desk.prompt(await desk.open(repository), TASK)
    (plan,) = desk.editor.of("plan")
    assert [(entry.content, entry.status) for entry in plan.entries] == [
        ("look", "completed"),
        ("mend", "in_progress"),
    ]


async def test_files_that_the_editor_names_are_named_as_in_the_sandbox(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(content="I see."))
    link = ResourceContentBlock(type="resource_link", name="stats", uri=(repository / "stats.py").as_uri())
    await desk.prompt(await desk.open(repository), "read ", link)
    assert desk.server.asked[0].json["messages"][-1]["content"] == "read stats.py"


async def test_errors_say_what_is_wrong_and_leave_the_agent_alive(
    desk: Desk, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="git repository"):
        await desk.open(tmp_path / "empty")
    with pytest.raises(RequestError):
        await desk.prompt("nobody", "hello")
    desk.server.will(Reply(content="Hello."))
    assert await desk.prompt(await desk.open(repository), "hello") == "end_turn"


async def test_a_session_is_listed_and_loaded_with_all_that_was_said(
    desk: Desk, mimosa: Mimosa, repository: Path
) -> None:
    desk.server.will(Reply(calls=(EDIT,)), Reply(content="It is done."))
    session = await desk.open(repository)
    await desk.prompt(session, TASK)
    await desk.agent.close_session(session_id=session)
    later = Editor()
    async with agent_of(mimosa, later) as agent:
        (listed,) = (await agent.list_sessions(cwd=str(repository))).sessions
        assert listed.session_id == session
        await agent.load_session(cwd=str(repository), session_id=session)
        assert later.text("user_message_chunk") == TASK
        assert later.text("agent_message_chunk") == "It is done."
        assert [call.title for call in later.of("tool_call")] == ["Edit stats.py"]
        desk.server.will(Reply(content="I remember."))
        await Desk(agent, later, desk.server).prompt(session, "what did you do?")
    messages = desk.server.asked[-1].json["messages"]
    told = [message["content"] for message in messages if message["role"] == "user"]
    assert told[0] == TASK and told[-1] == "what did you do?"


async def test_a_session_is_resumed_in_silence_and_forked(desk: Desk, repository: Path) -> None:
    desk.server.will(Reply(content="One."))
    session = await desk.open(repository)
    await desk.prompt(session, "first")
    await desk.agent.close_session(session_id=session)
    await desk.agent.resume_session(session_id=session, cwd=str(repository))
    desk.editor.updates.clear()
    desk.server.will(Reply(content="Two."))
    forked = await desk.agent.fork_session(session_id=session, cwd=str(repository))
    assert forked.session_id != session and not desk.editor.updates
    await desk.prompt(forked.session_id, "second")
    told = [message["content"] for message in desk.server.asked[-1].json["messages"][1:]]
    assert told[0] == "first" and told[-1] == "second"
