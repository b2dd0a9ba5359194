"""`mimosa acp` as an editor sees it, through the client of the protocol's own package."""

import asyncio
import sys
from pathlib import Path

import pytest
from acp import PROTOCOL_VERSION, RequestError, text_block
from acp.schema import EnvVariable, McpServerStdio, ResourceContentBlock
from editor import Editor, agent_of
from fix_bench import BUGGY, EDIT, FIXED, Mimosa
from model_server import Call, Hang, ModelServer, Reply

STAND = Path(__file__).parent.parent / "mcp_servers" / "mcp_stand.py"


async def test_it_says_who_it_is_and_what_it_can(mimosa: Mimosa) -> None:
    async with agent_of(mimosa, Editor()) as agent:
        said = await agent.initialize(protocol_version=PROTOCOL_VERSION)
    assert said.protocol_version == PROTOCOL_VERSION
    assert said.agent_info is not None and said.agent_info.name == "mimosa"
    assert said.agent_capabilities is not None and said.agent_capabilities.load_session


async def test_a_prompt_streams_thoughts_calls_with_diffs_and_the_answer(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(
        Reply(reasoning="It is off by one.", calls=(EDIT,)),
        Reply(calls=(Call("bash", {"command": "echo looked; exit 3"}),)),
        Reply(content="The middle is the middle now."),
    )
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        ended = await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    assert ended.stop_reason == "end_turn"
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


async def test_what_changes_files_is_asked_for_and_a_no_reaches_the_model(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(content="Then I leave it."))
    editor = Editor(choose=lambda options: next(o.option_id for o in options if o.kind == "reject_once"))
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    ((asked, _),) = editor.asked
    assert asked.title == "Edit stats.py"
    result = server.asked[1].json["messages"][-1]
    assert result["role"] == "tool" and "the user said no" in result["content"]
    assert (repository / "stats.py").read_text() == BUGGY


async def test_in_read_only_mode_nobody_is_asked_and_nothing_is_changed(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(content="I may not."))
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        assert session.modes is not None
        assert {mode.id for mode in session.modes.available_modes} == {"read-only", "ask", "auto"}
        await agent.set_session_mode(session_id=session.session_id, mode_id="read-only")
        await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    assert not editor.asked, "nor is there anything to apply"
    assert "read-only" in server.asked[1].json["messages"][-1]["content"]


async def test_cancel_ends_a_command_and_the_turn(mimosa: Mimosa, server: ModelServer, repository: Path) -> None:
    server.will(Reply(calls=(Call("bash", {"command": "echo begun; sleep 100"}),)))
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        turn = asyncio.create_task(agent.prompt(session_id=session.session_id, prompt=[text_block("wait")]))
        await editor.until("tool_call_update")
        await agent.cancel(session_id=session.session_id)
        ended = await asyncio.wait_for(turn, 30)
        assert ended.stop_reason == "cancelled"
        server.will(Reply(content="Here I am."))
        again = await agent.prompt(session_id=session.session_id, prompt=[text_block("and now?")])
    assert again.stop_reason == "end_turn"


async def test_cancel_ends_a_reply_that_never_comes(mimosa: Mimosa, server: ModelServer, repository: Path) -> None:
    server.will(Hang(Reply(content="I think ")))
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        turn = asyncio.create_task(agent.prompt(session_id=session.session_id, prompt=[text_block("wait")]))
        await editor.until("agent_message_chunk")
        await agent.cancel(session_id=session.session_id)
        assert (await asyncio.wait_for(turn, 30)).stop_reason == "cancelled"


async def test_a_session_is_listed_and_loaded_with_all_that_was_said(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(content="It is done."))
    async with agent_of(mimosa, Editor()) as agent:
        session = await agent.new_session(cwd=str(repository))
        await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    later = Editor()
    async with agent_of(mimosa, later) as agent:
        (listed,) = (await agent.list_sessions(cwd=str(repository))).sessions
        assert listed.session_id == session.session_id
        await agent.load_session(cwd=str(repository), session_id=listed.session_id)
        assert later.text("user_message_chunk") == "mend middle()"
        assert later.text("agent_message_chunk") == "It is done."
        assert [call.title for call in later.of("tool_call")] == ["Edit stats.py"]
        server.will(Reply(content="I remember."))
        await agent.prompt(session_id=listed.session_id, prompt=[text_block("what did you do?")])
    told = [message["content"] for message in server.asked[-1].json["messages"] if message["role"] == "user"]
    assert told[0] == "mend middle()" and told[-1] == "what did you do?"


async def test_changes_are_offered_after_the_turn_and_applied_if_wanted(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(content="Done."))
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    offered, options = editor.asked[-1]
    assert offered.title == "Apply 1 changed file"
    assert [option.name for option in options] == ["Apply to my files", "Not now"]
    assert offered.content is not None and offered.content[0].path == str(repository / "stats.py")
    assert (repository / "stats.py").read_text() == FIXED


async def test_changes_that_are_not_wanted_stay_in_the_sandbox(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(calls=(EDIT,)), Reply(content="Done."))
    editor = Editor(choose=lambda options: None if len(options) == 2 else options[0].option_id)
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        await agent.set_session_mode(session_id=session.session_id, mode_id="auto")
        await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    assert [asked.title for asked, _ in editor.asked] == ["Apply 1 changed file"], "auto asks for nothing else"
    assert (repository / "stats.py").read_text() == BUGGY


async def test_servers_of_the_editor_bring_their_tools(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    stand = McpServerStdio(
        name="stand", command=sys.executable, args=[str(STAND)], env=[EnvVariable(name="STAND_MOOD", value="joy")]
    )
    server.will(Reply(calls=(Call("stand__add", {"a": 1, "b": 2}),)), Reply(content="Three."))
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository), mcp_servers=[stand])
        await agent.prompt(session_id=session.session_id, prompt=[text_block("add")])
    assert "3 in joy" in server.asked[1].json["messages"][-1]["content"]
    assert editor.asked[0][0].title == "stand__add", "what leaves the sandbox is asked for"


async def test_the_models_todo_list_is_the_editors_plan(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    items = [{"text": "look", "status": "done"}, {"text": "mend", "status": "doing"}]
    server.will(Reply(calls=(Call("todo", {"items": items}),)), Reply(content="I begin."))
    editor = Editor()
    async with agent_of(mimosa, editor) as agent:
        session = await agent.new_session(cwd=str(repository))
        await agent.prompt(session_id=session.session_id, prompt=[text_block("mend middle()")])
    (plan,) = editor.of("plan")
    assert [(entry.content, entry.status) for entry in plan.entries] == [
        ("look", "completed"),
        ("mend", "in_progress"),
    ]


async def test_files_that_the_editor_names_are_named_as_in_the_sandbox(
    mimosa: Mimosa, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(content="I see."))
    link = ResourceContentBlock(type="resource_link", name="stats", uri=(repository / "stats.py").as_uri())
    async with agent_of(mimosa, Editor()) as agent:
        session = await agent.new_session(cwd=str(repository))
        await agent.prompt(session_id=session.session_id, prompt=[text_block("read "), link])
    assert server.asked[0].json["messages"][-1]["content"] == "read stats.py"


async def test_errors_say_what_is_wrong_and_leave_the_agent_alive(
    mimosa: Mimosa, server: ModelServer, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    async with agent_of(mimosa, Editor()) as agent:
        with pytest.raises(RequestError, match="git repository"):
            await agent.new_session(cwd=str(tmp_path / "empty"))
        with pytest.raises(RequestError):
            await agent.prompt(session_id="nobody", prompt=[text_block("hello")])
        server.will(Reply(content="Hello."))
        session = await agent.new_session(cwd=str(repository))
        await agent.prompt(session_id=session.session_id, prompt=[text_block("hello")])
