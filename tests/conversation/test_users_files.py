"""The sandbox follows the user's edits, and its changes come into the user's files only when they are wanted."""

import asyncio
from pathlib import Path

import pytest
from fix_bench import git
from model_server import ModelServer, Reply
from talks import Talks, bash, results, say

from agent.conversation.errors import NoSuchChange
from agent.events import CheckpointMade, FilesApplied, FilesFollowed
from agent.log import read_log
from sandbox.errors import PatchRefused

LINES = "".join(f"line {n}\n" for n in range(1, 31))


def user_words(server: ModelServer, request: int = -1) -> list[str]:
    messages = server.asked[request].json["messages"]
    return [message["content"] for message in messages if message["role"] == "user"]


async def test_changes_stay_in_the_sandbox_until_they_are_applied(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(
        bash("echo uno >a.txt; rm b.txt; mkdir d; echo x >d/new.sh; chmod +x d/new.sh"), Reply(content="done")
    )
    async with talks.open() as conversation:
        await say(conversation, "go")
        assert conversation.standing.changed == 3
        assert git(repository, "status", "--porcelain") == ""
    async with talks.open(session="last") as conversation:
        assert conversation.standing.changed == 3, "known as soon as it is open"
        diff = (await conversation.files.diff()).decode()
        assert "-one\n+uno\n" in diff and "new file mode 100755" in diff
        assert (await conversation.files.apply()).paths == ("a.txt", "b.txt", "d/new.sh")
        assert conversation.standing.changed == 0 and await conversation.files.diff() == b""
    assert (repository / "a.txt").read_text() == "uno\n"
    assert not (repository / "b.txt").exists()
    assert (repository / "d" / "new.sh").stat().st_mode & 0o111


async def test_files_and_parts_of_files_can_be_applied_alone(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    (repository / "long.txt").write_text(LINES)
    server.will(
        bash("sed -i 's/line 2$/two/; s/line 28$/end/' long.txt; echo x >a.txt; echo y >b.txt"), Reply(content=".")
    )
    async with talks.open() as conversation:
        await say(conversation, "go")
        change = next(change for change in await conversation.files.changes() if change.path == "long.txt")
        assert [hunk.number for hunk in change.diff.hunks] == [1, 2]
        await conversation.files.apply(hunks={"long.txt": [2]})
        assert (repository / "long.txt").read_text() == LINES.replace("line 28\n", "end\n")
        await conversation.files.apply(["a.txt"])
        assert (repository / "a.txt").read_text() == "x\n" and (repository / "b.txt").read_text() == "two\n"
        assert conversation.standing.changed == 2
        with pytest.raises(NoSuchChange, match="nowhere has no changes"):
            await conversation.files.apply(["nowhere"])
        with pytest.raises(NoSuchChange, match="has 1 hunk, counted from 1; 7 was named"):
            await conversation.files.apply(hunks={"long.txt": [7]})
        await conversation.files.apply()
    assert (repository / "long.txt").read_text() == LINES.replace("line 28\n", "end\n").replace(
        "line 2\n", "two\n"
    )


async def test_the_sandbox_follows_the_users_edits_before_a_turn(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(
        Reply(content="ready"), bash("cat a.txt new.txt; ls -A; od -c bin; ls -l run.sh"), Reply(content="seen")
    )
    async with talks.open() as conversation:
        await say(conversation, "hello")
        (repository / "a.txt").write_text("edited\n")
        (repository / "b.txt").unlink()
        (repository / "new.txt").write_text("new\n")
        (repository / "bin").write_bytes(b"\0\1")
        (repository / "run.sh").write_text("true\n")
        (repository / "run.sh").chmod(0o755)
        (repository / "x.log").write_text("ignored\n")
        events = await say(conversation, "look")
        assert conversation.standing.changed == 0
    assert isinstance(events[0], FilesFollowed)
    printed = results(events)[0]
    assert printed.startswith("edited\nnew\n") and "b.txt" not in printed and "x.log" not in printed
    assert "-rwx" in printed and "\\0 001" in printed
    assert user_words(server)[-2:] == [
        "The user changed files meanwhile, and your workspace has them now: "
        "a.txt (changed), b.txt (deleted), bin (new), new.txt (new), run.sh (new).",
        "look",
    ]


async def test_edits_of_both_in_one_file_go_together(talks: Talks, server: ModelServer, repository: Path) -> None:
    (repository / "long.txt").write_text(LINES)
    server.will(
        bash("sed -i 's/line 2$/two/' long.txt"),
        Reply(content="."),
        bash("grep -c . long.txt"),
        Reply(content="."),
    )
    async with talks.open() as conversation:
        await say(conversation, "go")
        (repository / "long.txt").write_text(LINES.replace("line 20\n", "twenty\n"))
        await say(conversation, "and now?")
        diff = (await conversation.files.diff()).decode()
        assert "+two" in diff and "twenty" not in diff, "the user's own edit is not offered to them"
        await conversation.files.apply()
    both = LINES.replace("line 20\n", "twenty\n").replace("line 2\n", "two\n")
    assert (repository / "long.txt").read_text() == both


async def test_an_edit_that_conflicts_is_never_overwritten(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(bash("echo agent >a.txt; echo x >b.txt"), Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "go")
        (repository / "a.txt").write_text("mine\n")
        applied = await conversation.files.apply()
        assert applied.paths == ("b.txt",)
        assert applied.conflicts == {"a.txt": "you and the agent changed the same lines"}
        assert (repository / "a.txt").read_text() == "mine\n"
        assert conversation.standing.conflicts == 1 and conversation.standing.changed == 1


@pytest.mark.parametrize(
    ("keep", "text", "told"),
    [
        ("mine", "mine\n", "your workspace has that now, without your changes"),
        ("agent", "agent\n", "the user took your version of it"),
        (
            "both",
            "<<<<<<< the agent's\nagent\n=======\nmine\n>>>>>>> yours\n",
            "with conflict markers where they differ",
        ),
    ],
)
async def test_a_conflict_is_decided_by_the_user(
    talks: Talks, server: ModelServer, repository: Path, keep: str, text: str, told: str
) -> None:
    server.will(bash("echo agent >a.txt"), Reply(content="."), bash("cat a.txt"), Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "go")
        (repository / "a.txt").write_text("mine\n")
        await conversation.files.apply(keep={"a.txt": keep})  # type: ignore[dict-item]
        assert (repository / "a.txt").read_text() == text
        assert conversation.standing.changed == 0 and not conversation.files.conflicts
        assert results(await say(conversation, "and?"))[0].startswith(text)
        read = [message["content"] for message in server.asked[-1].json["messages"]]
        assert any("a.txt: the user" in words and told in words for words in read)
        await conversation.timeline.rewind(conversation.timeline.points()[0].to)
        assert (await conversation.opened.sandbox.run("cat a.txt")).output == "mine\n", "what is the user's stays"
        await conversation.files.apply()
        assert (repository / "a.txt").read_text() == "mine\n"


async def test_the_model_reads_the_users_version_and_can_bring_both_together(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(
        bash("echo agent >a.txt"), Reply(content="."), bash('cat "$HOME"/../mimosa/user/a.txt'), Reply(content=".")
    )
    async with talks.open() as conversation:
        await say(conversation, "go")
        (repository / "a.txt").write_text("mine\n")
        assert results(await say(conversation, "look"))[0].startswith("mine\n")
        assert "a.txt was changed by the user too, where you did: yours stays" in user_words(server)[-2]
        server.will(bash('cp "$HOME"/../mimosa/user/a.txt a.txt'), Reply(content="."))
        await say(conversation, "take mine")
        await conversation.files.follow()
        assert not conversation.files.conflicts and conversation.standing.changed == 0


async def test_auto_apply_does_it_after_every_turn(talks: Talks, server: ModelServer, repository: Path) -> None:
    server.will(bash("echo uno >a.txt"), Reply(content="."))
    async with talks.open() as conversation:
        conversation.files.auto_apply = True
        events = await say(conversation, "go")
    assert isinstance(events[-1], FilesApplied) and events[-1].paths == ("a.txt",)
    assert (repository / "a.txt").read_text() == "uno\n"


async def test_what_leads_out_of_the_repository_is_refused_whole(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(bash("ln -s /etc/passwd out; echo uno >a.txt"), Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "go")
        with pytest.raises(PatchRefused, match="leads out of the repository"):
            await conversation.files.apply()
        assert git(repository, "status", "--porcelain") == ""
        await conversation.files.apply(["a.txt"])
    assert git(repository, "status", "--porcelain") == " M a.txt\n"


async def test_what_was_applied_and_what_was_not_is_known_after_a_resume(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(bash("echo uno >a.txt; echo dos >b.txt"), Reply(content="."))
    async with talks.open() as conversation:
        await say(conversation, "go")
        await conversation.files.apply(["a.txt"])
    (repository / "b.txt").write_text("mine\n")
    async with talks.open(session="last") as again:
        applied = await again.files.apply()
        assert applied.paths == () and set(applied.conflicts) == {"b.txt"}
    assert (repository / "a.txt").read_text() == "uno\n" and (repository / "b.txt").read_text() == "mine\n"


async def test_the_users_own_command_runs_in_the_sandbox_and_the_model_reads_it(
    talks: Talks, server: ModelServer, repository: Path
) -> None:
    server.will(Reply(content="I see."))
    seen: list[str] = []
    async with talks.open() as conversation:
        ran = await conversation.shell("echo hello; echo x >a.txt; false", seen.append)
        assert ran.exit_code == 1 and "".join(seen) == "hello\n"
        assert conversation.standing.changed == 1
        await say(conversation, "what did I do?")
    assert (repository / "a.txt").read_text() == "one\n"
    assert user_words(server)[0].startswith("The user ran this in the sandbox:\n$ echo hello;")
    assert "hello\n[exit code 1]" in user_words(server)[0]


async def test_a_session_in_which_only_commands_were_run_is_kept(talks: Talks) -> None:
    async with talks.open() as conversation:
        await conversation.shell("echo hello")
        assert conversation.begun
    async with talks.open(session="last") as again:
        assert again.id == conversation.id and again.begun
    async with talks.open() as empty:
        assert not empty.begun
    assert not empty.folder.exists()


async def test_looking_while_the_agent_works_disturbs_nothing(talks: Talks, server: ModelServer) -> None:
    server.will(
        bash("for i in 1 2 3 4 5 6; do echo $i >n$i; sleep 0.2; done"), bash("echo x >y"), Reply(content=".")
    )
    async with talks.open() as conversation:
        turn = asyncio.create_task(say(conversation, "go"))
        seen = 0
        while not turn.done():
            await asyncio.gather(conversation.files.changes(), conversation.files.diff())
            seen += 1
        assert (await turn)[-1].type == "turn_ended" and seen > 1
        assert len(await conversation.files.changes()) == 7
        made = [r.event for r in read_log(conversation.folder) if isinstance(r.event, CheckpointMade)]
    assert len({event.patch for event in made}) == len(made)
    async with talks.open(session="last") as again:
        assert len(await again.files.changes()) == 7
