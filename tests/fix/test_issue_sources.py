"""The issue may be given as text, a file, standard input or a GitHub URL; anything else is a clear error."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.fix.issue import IssueUnreachable, read_issue

ISSUE = {"title": "parse() forgets", "body": "It returns 16.", "comments": 1}
COMMENTS = [{"user": {"login": "ann"}, "body": "Same here."}]


class GitHub(BaseHTTPRequestHandler):
    """As much of GitHub's REST API as one issue needs."""

    authorizations: list[str | None]

    def do_GET(self) -> None:
        self.authorizations.append(self.headers.get("Authorization"))
        answers = {"/repos/o/r/issues/7": ISSUE, "/repos/o/r/issues/7/comments": COMMENTS}
        answer = answers.get(self.path.split("?")[0])
        self.send_response(200 if answer else 404)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() if self.path != "/repos/o/r/issues/8" else b"<html>")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def github() -> Iterator[str]:
    GitHub.authorizations = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_text_is_taken_as_it_is() -> None:
    assert read_issue("  it breaks\n", None, {}) == "it breaks"


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_text("größer als 3")
    assert read_issue(None, str(tmp_path / "issue.md"), {}) == "größer als 3"


@pytest.mark.parametrize("given_as", ["text", "source"])
def test_a_github_issue_is_fetched_with_its_comments_and_the_token(github: str, given_as: str) -> None:
    url = "https://github.com/o/r/issues/7"
    environment = {"GITHUB_API_URL": github, "GITHUB_TOKEN": "t0ken"}
    issue = read_issue(url if given_as == "text" else None, url if given_as == "source" else None, environment)
    assert issue == "# parse() forgets\n\nIt returns 16.\n\nComment by ann:\nSame here."
    assert GitHub.authorizations == ["Bearer t0ken", "Bearer t0ken"]


def test_a_missing_issue_names_the_token(github: str) -> None:
    with pytest.raises(UsageError, match="GITHUB_TOKEN"):
        read_issue("https://github.com/o/r/issues/9", None, {"GITHUB_API_URL": github})


def test_without_a_network_the_error_says_what_to_do_instead() -> None:
    environment = {"GITHUB_API_URL": "http://127.0.0.1:1"}
    with pytest.raises(IssueUnreachable, match="--issue FILE") as caught:
        read_issue("https://github.com/o/r/issues/7", None, environment)
    assert caught.value.exit_code == 75


@pytest.mark.parametrize(
    ("text", "source", "says"),
    [
        (None, None, "say what to fix"),
        ("   ", None, "empty"),
        ("a", "b", "not both"),
        (None, "/nowhere/issue.md", "no such file"),
        (None, "https://example.org/blog", "not a GitHub issue"),
    ],
)
def test_wrong_sources_are_usage_errors(text: str | None, source: str | None, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_issue(text, source, {})


def test_a_binary_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        read_issue(None, str(tmp_path / "issue.md"), {})
