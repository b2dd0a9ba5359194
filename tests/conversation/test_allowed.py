"""What the user allows for a session holds as long as the session does, until it is taken back."""

import io

from model_server import ModelServer, Reply
from rich.console import Console
from talks import Person, Talks, bash, results, say

from agent.export import export, show
from agent.log import read_log
from agent.permission.base import Answer

PATTERN = Answer(allowed=True, pattern="touch *")
NO = Answer(allowed=False, reason="no more")


async def allowed_once_for_all(talks: Talks, server: ModelServer) -> str:
    """A session in which `touch *` was allowed; returns its id."""
    server.will(bash("touch one"), Reply(content="."))
    async with talks.open("ask", person=Person(PATTERN)) as conversation:
        await say(conversation, "go")
        return conversation.id


async def test_it_holds_when_the_session_is_resumed(talks: Talks, server: ModelServer) -> None:
    session = await allowed_once_for_all(talks, server)
    server.will(bash("touch two && ls"), bash("touch three; rm one"), Reply(content="."))
    person = Person(NO)
    async with talks.open("ask", session=session, person=person) as again:
        assert again.permissions.allowed_for_session == ("touch *",)
        first, second = results(await say(again, "on"))
    assert "one\ntwo" in first and "no more" in second
    assert [request.detail for request in person.asked] == ["touch three; rm one"]


async def test_it_holds_where_nobody_can_be_asked(talks: Talks, server: ModelServer) -> None:
    session = await allowed_once_for_all(talks, server)
    server.will(bash("touch two && ls"), bash("rm one"), Reply(content="."))
    async with talks.open("ask", session=session) as again:
        first, second = results(await say(again, "on"))
    assert "two" in first and "nobody is there to be asked" in second


async def test_a_mode_or_a_rule_that_refuses_still_refuses(talks: Talks, server: ModelServer) -> None:
    session = await allowed_once_for_all(talks, server)
    server.will(bash("touch two"), Reply(content="."), bash("touch two"), Reply(content="."))
    async with talks.open("read-only", session=session) as again:
        assert "read-only" in results(await say(again, "on"))[0]
    async with talks.open("ask", session=session, flags={"permission.deny": ["touch *"]}) as again:
        assert "settings refuse" in results(await say(again, "on"))[0]


async def test_it_holds_in_a_fork_and_after_an_undo_but_in_no_other_session(
    talks: Talks, server: ModelServer
) -> None:
    session = await allowed_once_for_all(talks, server)
    async with talks.open("ask", session=session, fork=True) as fork:
        await fork.timeline.undo()
        assert fork.permissions.allowed_for_session == ("touch *",)
        copy = fork.id
    async with talks.open("ask", session=copy) as again:
        assert again.permissions.allowed_for_session == ("touch *",)
    async with talks.open("ask") as other:
        assert other.permissions.allowed_for_session == ()


async def test_what_was_taken_back_stays_taken_back(talks: Talks, server: ModelServer) -> None:
    session = await allowed_once_for_all(talks, server)
    async with talks.open("ask", session=session) as again:
        again.forget_allowed()
        assert again.permissions.allowed_for_session == ()
    server.will(bash("touch two"), Reply(content="."))
    person = Person(NO)
    async with talks.open("ask", session=session, person=person) as again:
        assert "no more" in results(await say(again, "on"))[0]
        folder = again.folder
    assert len(person.asked) == 1
    screen = io.StringIO()
    show(read_log(folder), Console(file=screen, width=200))
    assert "took back all that was allowed" in screen.getvalue()
    assert "took back all that was allowed" in export(folder, "html").decode()
