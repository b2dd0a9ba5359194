"""Servers and hooks in configuration files: read exactly, refused with file, line and key."""

from pathlib import Path

import pytest

from agent.config.mcp_json import servers_of_mcp_json
from agent.config.named import NamedTables, named_of_file
from agent.config.origin import Layer
from agent.errors import UsageError


def read(folder: Path, text: str) -> NamedTables:
    (folder / "config.toml").write_text(text)
    return named_of_file(folder / "config.toml", Layer.USER)


def test_servers_and_hooks_are_read_with_their_names(tmp_path: Path) -> None:
    tables = read(
        tmp_path,
        "[mcp.files]\ncommand = 'srv'\nargs = ['-v']\nenv = {A = 'b'}\n"
        "[mcp.web]\nurl = 'https://x/mcp'\nheaders = {Authorization = 'Bearer ${TOKEN}'}\n"
        "[hooks.lint]\non = 'after_tool'\ncommand = 'make lint'\ntools = ['str_*']\n",
    )
    files, web = tables.servers
    assert (files.name, files.settings.command, files.settings.args) == ("files", "srv", ("-v",))
    assert (web.settings.url, web.origin.line) == ("https://x/mcp", 5)
    assert tables.hooks[0].settings.tools == ("str_*",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mcp]\nfiles = 'srv'", ":2: mcp.files: expected a table, written [mcp.NAME]"),
        ("mcp = 3", ":1: mcp: expected tables such as [mcp.NAME]"),
        ("[mcp.a__b]\ncommand = 'x'", ":1: mcp.a__b: a name has letters"),
        ("[mcp.a]\ncommand = 'x'\nurl = 'http://y'", ":1: mcp.a: expected either a command or a url"),
        ("[mcp.a]\ncommand = 3", ":2: mcp.a.command: expected a text, found the number 3"),
        ("[mcp.a]\ncommand = 'x'\nargs = 'y'", ':3: mcp.a.args: expected a list of texts, found the text "y"'),
        ("[mcp.a]\ncmd = 'x'", ":2: unknown key mcp.a.cmd; known are command, args"),
        ("[mcp.a]\ncommand = 'x'\nenv = {API_KEY = 'abc'}", ":1: mcp.a: API_KEY looks like a secret"),
        ("[hooks.a]\ncommand = 'x'", ":1: hooks.a: on is missing; expected"),
        ("[hooks.a]\non = 'later'\ncommand = 'x'", ':2: hooks.a.on: expected "before_tool" or "after_tool"'),
        ("[hooks.a]\non = 'turn_end'\ncommand = 'x'\ntimeout_s = 0", ":4: hooks.a.timeout_s: expected a number"),
    ],
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as told:
        read(tmp_path, text)
    assert words in str(told.value).replace(str(tmp_path / "config.toml"), "")


def test_a_shared_file_gives_its_servers_and_tells_what_it_cannot(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text(
        '{"mcpServers": {"ok": {"command": "srv", "args": ["a"], "disabled": false}, "old": {"type": "sse", '
        '"url": "http://x"}, "bad name": {"command": "x"}, "none": {}, "text": 3}}'
    )
    servers, notes = servers_of_mcp_json(tmp_path)
    assert [server.name for server in servers] == ["ok"]
    assert [word for word in ("old", "bad name", "none", "text") if not any(word in note for note in notes)] == []


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": []}', "\x00"])
def test_a_broken_shared_file_is_a_note_and_no_error(tmp_path: Path, text: str) -> None:
    (tmp_path / ".mcp.json").write_text(text)
    servers, notes = servers_of_mcp_json(tmp_path)
    assert servers == () and len(notes) == 1


def test_a_shared_file_that_leads_out_of_the_repository_is_not_read(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (tmp_path / "mine.json").write_text('{"mcpServers": {"mine": {"command": "srv"}}}')
    (repository / ".mcp.json").symlink_to(tmp_path / "mine.json")
    servers, notes = servers_of_mcp_json(repository)
    assert servers == () and "leads out of the repository" in notes[0]
