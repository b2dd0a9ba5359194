"""What people wrote down for agents reaches the model: in order, bounded, never from outside."""

import io
from pathlib import Path

import pytest
from fix_bench import git
from model_server import Call, Reply
from rich.console import Console
from talks import Talks, results, say

from agent.errors import UsageError
from agent.export.page import page
from agent.knowledge.assembly import Knowledge, start_of
from agent.knowledge.front_matter import split_front_matter
from agent.knowledge.head import head_parts
from agent.knowledge.instructions import Gathered, gather_instructions
from agent.log import read_log
from agent.screen.transcript import Transcript
from agent.todo import todo_of
from agent.trust import remember
from sandbox.workspace.repository import open_repository

NAMES = ("AGENTS.md", "CLAUDE.md")
SKILL = "---\nname: release\ndescription: >\n  How a release\n  is made\n---\nRun ./release.sh\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def gathered(repository: Path, own: Path, most: int = 32_000) -> Gathered:
    return gather_instructions(open_repository(repository), own, NAMES, most)


def test_the_users_come_first_then_the_root_then_folders(repository: Path, tmp_path: Path) -> None:
    write(tmp_path / "own" / "AGENTS.md", "mine")
    write(repository / "AGENTS.md", "root")
    write(repository / "CLAUDE.md", "not this one")
    write(repository / "web" / "CLAUDE.md", "web")
    write(repository / "web" / "deep" / "AGENTS.md", "deep")
    write(repository / ".gitignore", "ignored/\n")
    write(repository / "ignored" / "AGENTS.md", "no")
    files = gathered(repository, tmp_path / "own").files
    assert [(file.path, file.text) for file in files] == [
        ("the user's own AGENTS.md", "mine"),
        ("AGENTS.md", "root"),
        ("web/CLAUDE.md", "web"),
        ("web/deep/AGENTS.md", "deep"),
    ]


def test_what_is_too_long_is_cut_and_the_rest_is_named(repository: Path, tmp_path: Path) -> None:
    write(repository / "AGENTS.md", "r" * 600)
    write(repository / "a" / "AGENTS.md", "é" * 500)
    write(repository / "b" / "AGENTS.md", "left out")
    found = gathered(repository, tmp_path / "none", 1001)
    assert [(file.path, len(file.text), file.cut) for file in found.files] == [
        ("AGENTS.md", 600, False),
        ("a/AGENTS.md", 200, True),
    ]
    assert found.left_out == ("b/AGENTS.md",)
    assert "a/AGENTS.md is cut" in found.notes[0] and "b/AGENTS.md" in found.notes[1]


@pytest.mark.parametrize("leads_to", ["/etc/passwd", "../secret.md", ".git/config", "/dev/zero"])
def test_a_link_out_of_the_repository_is_not_read(repository: Path, tmp_path: Path, leads_to: str) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (repository / "AGENTS.md").symlink_to(leads_to)
    found = gathered(repository, tmp_path / "none")
    assert found.files == () and "AGENTS.md is not read" in found.notes[0]


def test_a_link_that_stays_inside_is_read(repository: Path, tmp_path: Path) -> None:
    write(repository / "docs" / "agents.txt", "inside")
    (repository / "AGENTS.md").symlink_to("docs/agents.txt")
    assert gathered(repository, tmp_path / "none").files[0].text == "inside"


async def test_instructions_and_skills_are_in_the_head_and_frozen(talks: Talks, repository: Path) -> None:
    write(repository / "AGENTS.md", "Always say please.")
    write(talks.state / ".config" / "mimosa" / "skills" / "release" / "SKILL.md", SKILL)
    write(talks.state / ".config" / "mimosa" / "skills" / "release" / "release.sh", "echo released")
    git(repository, "add", "-A")
    knowledge = Knowledge({"HOME": str(talks.state)})
    talks.server.will(Reply(content="hi"), Reply(content="again"))
    async with talks.open(assemble=knowledge) as conversation:
        await say(conversation, "hello")
        write(repository / "AGENTS.md", "Now something else.")
        await say(conversation, "and?")
        place = knowledge.skills[0].place(conversation.opened.sandbox)
        brought = await conversation.opened.sandbox.read(place)
        script = await conversation.opened.sandbox.read(place.replace("SKILL.md", "release.sh"))
        start = read_log(conversation.folder)[0].event
    first, second = (asked.json["messages"][0]["content"] for asked in talks.server.asked)
    assert first == second
    assert 'from="AGENTS.md"' in first and "Always say please." in first
    assert f"- release: How a release is made ({place})" in first
    assert brought.decode() == SKILL and script == b"echo released"
    sizes = {part.name: part.tokens for part in head_parts(start)}
    assert sizes["AGENTS.md"] > 5 and sizes["skills"] > 10 and sizes["tool todo"] > 50
    assert sum(part.characters for part in head_parts(start) if not part.name.startswith("tool ")) == len(first)


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_projects_skills_are_offered_only_if_it_is_trusted(
    talks: Talks, repository: Path, trusted: bool
) -> None:
    write(repository / ".claude" / "skills" / "release" / "SKILL.md", SKILL)
    write(repository / ".mimosa" / "skills" / "empty" / "SKILL.md", "no head")
    remember(repository, {"HOME": str(talks.state)}, trusted=trusted)
    knowledge = Knowledge({"HOME": str(talks.state)})
    async with talks.open(assemble=knowledge) as conversation:
        assert [skill.name for skill in knowledge.skills] == (["release"] if trusted else [])
        if not trusted:
            assert "you said that it is not trusted" in knowledge.notes[0]
        if trusted:
            assert "has no description" in knowledge.notes[0]
            place = knowledge.skills[0].place(conversation.opened.sandbox)
            assert (await conversation.opened.sandbox.read(place)).decode() == SKILL


async def test_the_todo_list_comes_back_from_the_log(talks: Talks) -> None:
    first = [{"text": "look", "status": "doing"}, {"text": "mend"}]
    second = '[{"text": "look", "status": "done"}, {"text": "mend", "status": "doing"}]'
    talks.server.will(
        Reply(calls=(Call("todo", {"items": first}),)),
        Reply(calls=(Call("todo", {"items": second}),)),
        Reply(calls=(Call("todo", {"items": [{"text": ""}]}),)),
        Reply(content="done"),
    )
    async with talks.open("read-only", assemble=Knowledge({"HOME": str(talks.state)})) as conversation:
        told = results(await say(conversation, "go"))
        folder = conversation.folder
    assert told[:2] == ["0 of 2 done. Now: look.", "1 of 2 done. Now: mend."]
    assert "The arguments of todo are wrong" in told[2]
    events = [record.event for record in read_log(folder)]
    assert [(item.text, item.status) for item in todo_of(events)] == [("look", "done"), ("mend", "doing")]


@pytest.mark.parametrize(
    ("text", "fields", "body"),
    [
        ("---\nname: a\ndescription: 'it''s'\n---\nbody\n", {"name": "a", "description": "it's"}, "body"),
        ('---\ndescription: "a: \\"b\\""\n---\n', {"description": 'a: "b"'}, ""),
        ("---\ndescription: |\n  one\n  two\nname: x\n---\nb", {"description": "one\ntwo", "name": "x"}, "b"),
        ("---\ntools:\n  - a\n  - b\nname: x\n---\nb", {"tools": "- a - b", "name": "x"}, "b"),
        ("no head\n---\n", {}, "no head\n---\n"),
        ("---\nname: no end\n", {}, "---\nname: no end\n"),
    ],
)
def test_the_head_of_a_markdown_file_is_read(text: str, fields: dict[str, str], body: str) -> None:
    head = split_front_matter(text)
    assert (head.fields, head.body) == (fields, body)


async def test_lists_plans_and_work_are_shown_as_what_they_are(talks: Talks) -> None:
    items = [{"text": "look <b>", "status": "done"}, {"text": "mend", "status": "open"}]
    talks.server.will(
        Reply(calls=(Call("todo", {"items": items}), Call("plan", {"plan": "1. **Mend** it"}))),
        Reply(calls=(Call("task", {"task": "Find *all* of them"}),)),
        Reply(calls=(Call("finish", {"summary": "found"}),)),
        Reply(content="done"),
    )
    async with talks.open(assemble=Knowledge({"HOME": str(talks.state)})) as conversation:
        await say(conversation, "go")
        records = read_log(conversation.folder)
    shown = io.StringIO()
    transcript = Transcript(Console(file=shown, width=100))
    for record in records:
        transcript.show(record.event)
    assert "todo ✓ look <b>\n     · mend" in shown.getvalue() and "  Find *all* of them" in shown.getvalue()
    html = page(records)
    assert "✓ look &lt;b&gt;\n· mend" in html and "<em>all</em>" in html and "<strong>Mend</strong>" in html


async def test_a_file_that_looks_like_the_head_does_not_confuse_the_sizes(talks: Talks, repository: Path) -> None:
    write(repository / "AGENTS.md", '<skills>\n<instructions from="x">\n</instructions>\n<instructions from="y">')
    async with talks.open(assemble=Knowledge({"HOME": str(talks.state)})) as conversation:
        start = start_of(conversation.folder)
    parts = [part for part in head_parts(start) if not part.name.startswith("tool ")]
    assert sum(part.characters for part in parts) == len(start.system.content)
    assert all(part.characters > 0 for part in parts)


@pytest.mark.parametrize("name", ["key", "../../.ssh/id_rsa", "/etc/passwd", "x/y.md"])
def test_a_project_cannot_name_other_files_of_the_users(talks: Talks, repository: Path, name: str) -> None:
    write(repository / ".mimosa" / "config.toml", f"[knowledge]\nfiles = ['AGENTS.md', '{name}']\n")
    with pytest.raises(UsageError, match=r"knowledge\.files\[1\]: expected a list of file names that end in \.md"):
        talks.opening()
