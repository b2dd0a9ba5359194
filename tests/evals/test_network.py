"""What agents may reach of the network: nothing, or the hosts that the user named; and the run says which."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sessions_of_calls import session, shell
from typer.testing import CliRunner
from written_runs import WrittenRun, instance

from agent.cli.app import app
from agent.errors import UsageError
from agent.events import SessionStarted, UserSaid
from agent.log import read_log
from evals.errors import EvalError
from evals.instances.dataset import load_dataset
from evals.manifest import read_manifest
from evals.reports.build import build_report
from evals.reports.model import Network
from evals.running.folder import RunFolder
from evals.running.network import Grant
from evals.running.reading import read_run
from sandbox.errors import HostUnknown
from sandbox.gate.visits import Visit

ROOT = Path(__file__).parents[2]


def task(root: Path, name: str, network: str, dockerfile: str = "FROM scratch\nWORKDIR /app\n") -> None:
    """A task in Harbor's format. Its verifier wants what the web server says, and to have no network itself."""
    files = {
        "task.toml": network,
        "instruction.md": "Make answer.txt say what the server does.\n",
        "environment/Dockerfile": dockerfile,
        "tests/test.sh": (
            '[ "$(cat /app/answer.txt)" = served ] && [ "$(ls /sys/class/net)" = lo ] && ! env | grep -i proxy\n'
            "echo $((1 - $?)) > /logs/verifier/reward.txt\n"
        ),
    }
    for path, text in files.items():
        (root / name / path).parent.mkdir(parents=True, exist_ok=True)
        (root / name / path).write_text(text)


@pytest.mark.parametrize(
    ("network", "mode", "hosts"),
    [
        ("", "", ()),
        ("[environment]\nallow_internet = true\n", "public", ()),
        ("[environment]\nallow_internet = false\n", "no-network", ()),
        ('[environment]\nnetwork_mode = "no-network"\nallow_internet = true\n', "no-network", ()),
        ('[environment]\nnetwork_mode = "allowlist"\nallowed_hosts = ["PyPI.org"]\n', "allowlist", ("pypi.org",)),
        (
            '[environment]\nnetwork_mode = "public"\n'
            '[agent]\nnetwork_mode = "allowlist"\nallowed_hosts = ["a.org"]\n',
            "allowlist",
            ("a.org",),
        ),
        ('[environment]\nnetwork_mode = "no-network"\n[verifier]\nnetwork_mode = "public"\n', "no-network", ()),
    ],
)
def test_a_task_says_what_it_wants_of_the_network(
    tmp_path: Path, network: str, mode: str, hosts: tuple[str, ...]
) -> None:
    task(tmp_path, "a", network)
    (row,) = load_dataset(str(tmp_path))
    assert (row.network_mode, row.allowed_hosts) == (mode, hosts)


def test_a_task_whose_wish_cannot_be_read_is_told(tmp_path: Path) -> None:
    task(tmp_path, "a", '[agent]\nnetwork_mode = "some"\n')
    with pytest.raises(EvalError, match=r"a/task.toml: network_mode is public, no-network, or allowlist"):
        load_dataset(str(tmp_path))


SILENT = instance("a__a-1")
OPEN = instance("a__a-2", network_mode="public")
CLOSED = instance("a__a-3", network_mode="no-network")
NAMING = instance("a__a-4", network_mode="allowlist", allowed_hosts=["own.org"])


@pytest.mark.parametrize(
    ("given", "reached"),
    [
        (Grant(), ((), (), (), ())),
        (Grant(task_hosts=True), ((), (), (), ("own.org",))),
        (Grant(hosts=("pypi.org",)), (("pypi.org",), ("pypi.org",), (), ("pypi.org",))),
        (Grant(hosts=("b.org",), task_hosts=True), (("b.org",), ("b.org",), (), ("b.org", "own.org"))),
    ],
)
def test_the_user_decides_and_an_instance_opens_nothing_by_itself(
    given: Grant, reached: tuple[tuple[str, ...], ...]
) -> None:
    assert tuple(map(given.hosts_for, (SILENT, OPEN, CLOSED, NAMING))) == reached


def test_what_is_not_given_is_told_before_the_run() -> None:
    rows = (SILENT, OPEN, CLOSED, NAMING)
    assert Grant().notes((SILENT, CLOSED)) == ()
    (unmet,) = Grant().notes(rows)
    assert "less than is asked for by 2 instances (a__a-2, a__a-4)" in unmet
    reached, closed, _ = Grant(hosts=("pypi.org",)).notes(rows)
    assert "the agents of 3 of 4 instances reach pypi.org, and nothing else" in reached
    assert "none for 1 instance (a__a-3)" in closed


def test_what_cannot_be_allowed_is_told_before_the_run() -> None:
    with pytest.raises(HostUnknown, match=r"'https://pypi\.org' is no host"):
        Grant.parse("b.org,https://pypi.org", task_hosts=False)
    with pytest.raises(EvalError, match=r"a__a-5: '\*' is no host"):
        Grant(task_hosts=True).check((instance("a__a-5", allowed_hosts=["*"]),), "docker")
    with pytest.raises(UsageError, match="in Docker sandboxes alone"):
        Grant.parse("pypi.org", task_hosts=False).check((SILENT,), "local")
    Grant.parse("", task_hosts=True).check((SILENT,), "local")


class Served(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served\n")

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    """Its address and port. Not 127.0.0.1, which programs do not ask a proxy for."""
    with ThreadingHTTPServer(("127.0.0.2", 0), Served) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.2:{server.server_port}"
        server.shutdown()


def eval_run(rows: Path, recording: Path, output: Path, *options: str) -> str:
    """Run the command; returns what it said."""
    command = "from evals.cli import app; app()"
    arguments = ("run", str(rows), "--model", f"replay:{recording}", "--output", str(output), "--workers", "1")
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments, *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(output.parent)},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.docker
def test_a_run_with_an_allow_list_from_the_command_to_the_report(
    tmp_path: Path, base_image: str, server: str
) -> None:
    dockerfile = f"FROM {base_image}\nWORKDIR /app\nRUN echo nothing >answer.txt\n"
    task(tmp_path / "tasks", "given", "", dockerfile)
    wish = f'[agent]\nnetwork_mode = "allowlist"\nallowed_hosts = ["{server}"]\n'
    task(tmp_path / "tasks", "named", wish, dockerfile)
    calls = (
        shell(f"curl -sSf http://{server}/ >/workspace/answer.txt"),
        shell("curl -sS https://evil.example.org/"),
        *[("finish", json.dumps({"summary": "as the server says"}))] * 3,
    )
    recording = tmp_path / "recording.jsonl"
    recording.write_text("".join(f"{record.model_dump_json()}\n" for record in session(*calls)))

    said = eval_run(tmp_path / "tasks", recording, tmp_path / "named", "--task-hosts")

    assert "Network: the agents of 1 of 2 instances reach" in said
    folder = RunFolder(tmp_path / "named")
    run = read_run(folder)
    given, named = (result.counted for result in run.results)
    assert given is not None and given.ended is not None and named is not None and named.ended is not None
    assert (given.ended.hosts, given.ended.visits, given.grade and given.grade.resolved) == ((), (), False)
    assert named.ended.hosts == (server,)
    assert named.ended.visits == (Visit(server, 1, 0), Visit("evil.example.org", 0, 1))
    assert named.grade is not None and named.grade.resolved, named.grade
    first, told = _begin(folder, "named")
    assert first.sandbox.endswith(f"network to {server} alone")
    assert f"The network reaches {server} and nothing else, over HTTP and HTTPS" in told
    assert "Expect no network; what the project needs is installed." in _begin(folder, "given")[1]
    manifest = read_manifest(folder.path)
    assert manifest.request.network == Grant(task_hosts=True)
    assert (manifest.hosts, manifest.visits) == ((server,), named.ended.visits)
    network = build_report(run).network
    assert network == Network(hosts=(server,), attempts=2, reaching=1, visits=named.ended.visits, unmet=())


def _begin(folder: RunFolder, instance_id: str) -> tuple[SessionStarted, str]:
    """The first two things in the session of an instance: its start, and what the model was told."""
    events = [record.event for record in read_log(folder.attempt(instance_id, 1, 1) / "session")]
    start = next(event for event in events if isinstance(event, SessionStarted))
    return start, next(event.message.content for event in events if isinstance(event, UserSaid))


def test_every_form_of_a_report_says_which_hosts_there_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIMOSA_STATE_DIR", str(tmp_path))
    run = WrittenRun(tmp_path / "runs" / "20261129-100000-abcd", (SILENT, OPEN))
    run.solve("a__a-1", hosts=("pypi.org", "*.b.org"), visits=(Visit("c.org", 0, 2), Visit("x.b.org", 3, 0)))
    run.solve("a__a-2")
    run.finish()
    page = tmp_path / "report.html"
    ran = CliRunner()
    shown, markdown, as_json = (
        ran.invoke(app, ["eval", "report", "last", *form]).stdout for form in ((), ("--md",), ("--json",))
    )
    ran.invoke(app, ["eval", "report", "last", "--html", str(page)])

    for text in (shown, markdown.replace("\\", ""), page.read_text()):
        assert "allow-list: pypi.org, *.b.org" in text
        assert "In 1 of 2 attempts the agent could reach hosts of an allow-list, and nothing else" in text
        assert "1 instance asked for more of it than was given: a__a-2." in text
        assert "x.b.org" in text
    network = json.loads(as_json)["runs"][0]["network"]
    assert (network["hosts"], network["reaching"], network["unmet"]) == (["pypi.org", "*.b.org"], 1, ["a__a-2"])
    assert {"host": "c.org", "allowed": 0, "refused": 2} in network["visits"]


def test_a_run_without_a_network_says_nothing_of_one(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path / "run", (SILENT, CLOSED))
    run.solve("a__a-1")
    assert build_report(read_run(run.folder)).network is None
