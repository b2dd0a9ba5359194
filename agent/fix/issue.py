"""Where the issue's text comes from: the command line, a file, standard input, or a GitHub issue."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.errors import AgentError, UsageError

ISSUE_URL = re.compile(
    r"https://(?P<host>[^/\s]+)/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/issues/(?P<number>\d+)/?(#.*)?"
)
MAX_COMMENTS = 30


class IssueUnreachable(AgentError):
    """The issue could not be fetched: worth retrying where there is a network."""

    exit_code = 75


def read_issue(text: str | None, source: str | None, environment: Mapping[str, str]) -> str:
    """The task in the user's own words, never empty.

    `source` is a file, `-` for standard input, or the URL of a GitHub issue; a URL may also be given as `text`.
    Raises UsageError, IssueUnreachable.
    """
    if text and source:
        raise UsageError("give the issue either as text or with --issue, not both")
    if text and ISSUE_URL.fullmatch(text.strip()):
        source, text = text.strip(), None
    issue = text if text is not None else _from_source(source, environment)
    if not issue.strip():
        raise UsageError("the issue is empty: say in a sentence or two what is wrong")
    return issue.strip()


def _from_source(source: str | None, environment: Mapping[str, str]) -> str:
    if source is None:
        raise UsageError('say what to fix: mimosa fix "what is wrong", or --issue FILE, --issue -, --issue URL')
    if source == "-":
        return sys.stdin.read()
    if url := ISSUE_URL.fullmatch(source):
        return _from_github(url, environment)
    if source.startswith(("http://", "https://")):
        raise UsageError(f"{source} is not a GitHub issue; expected https://HOST/OWNER/NAME/issues/NUMBER")
    try:
        return Path(source).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"--issue {source}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--issue {source}: cannot be read as UTF-8 text: {error}") from error


def _from_github(url: re.Match[str], environment: Mapping[str, str]) -> str:
    """Title, body and comments through GitHub's REST API; `GITHUB_API_URL` names another server, as in Actions."""
    api = f"{_api_root(url['host'], environment)}/repos/{url['owner']}/{url['name']}/issues/{url['number']}"
    issue = _get(api, environment)
    parts = [f"# {issue.get('title', '')}", issue.get("body") or ""]
    if issue.get("comments"):
        comments = _get(f"{api}/comments?per_page={MAX_COMMENTS}", environment)
        parts += [f"Comment by {comment['user']['login']}:\n{comment['body']}" for comment in comments]
    return "\n\n".join(parts)


def _api_root(host: str, environment: Mapping[str, str]) -> str:
    if named := environment.get("GITHUB_API_URL"):
        return named.rstrip("/")
    return "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"


def _get(url: str, environment: Mapping[str, str]) -> Any:
    import httpx

    token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN")
    headers = {"Accept": "application/vnd.github+json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = httpx.get(url, headers=headers, timeout=20, follow_redirects=True)
    except httpx.HTTPError as error:
        raise IssueUnreachable(
            f"cannot fetch {url}: {error}. Without a network, save the issue's text and use --issue FILE."
        ) from error
    if answer.status_code in (401, 403, 404):
        raise UsageError(
            f"{url} answered HTTP {answer.status_code}: no such issue, or it needs a token (set GITHUB_TOKEN)"
        )
    if answer.status_code >= 400:
        raise IssueUnreachable(f"{url} answered HTTP {answer.status_code}: try again, or use --issue FILE")
    try:
        return answer.json()
    except ValueError as error:
        raise IssueUnreachable(f"{url} did not answer with JSON: is it a GitHub server?") from error
