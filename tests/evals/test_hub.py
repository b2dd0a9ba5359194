"""A public data set comes from the hub: here one on loopback, with what the client asks of it."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pyarrow
import pyarrow.parquet
import pytest

REPOSITORY = "SWE-bench/SWE-bench_Verified"
FILE = "data/test-00000-of-00001.parquet"
LOAD = "from evals.instances.dataset import load_dataset; print(load_dataset('swe-bench-verified')[0].instance_id)"
ROW = {
    "instance_id": "acme__tool-1",
    "repo": "acme/tool",
    "base_commit": "0" * 40,
    "problem_statement": "It is wrong.",
    "patch": "",
    "test_patch": "",
    "FAIL_TO_PASS": '["test_it"]',
    "PASS_TO_PASS": "[]",
}


class Hub(BaseHTTPRequestHandler):
    table: ClassVar[bytes] = b""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith(f"/api/datasets/{REPOSITORY}"):
            data = json.dumps({"siblings": [{"rfilename": "README.md"}, {"rfilename": FILE}]}).encode()
        elif path == f"/datasets/{REPOSITORY}/resolve/main/{FILE}":
            data = self.table
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", "a" * 40)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([ROW]), tmp_path / "rows.parquet")
    Hub.table = (tmp_path / "rows.parquet").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def load(endpoint: str, home: Path) -> "subprocess.CompletedProcess[str]":
    variables = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run([sys.executable, "-c", LOAD], env=variables, capture_output=True, text=True)


def test_it_is_downloaded_once_and_there_without_the_hub(hub: ThreadingHTTPServer, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{hub.server_address[1]}"

    first = load(endpoint, tmp_path / "home")
    assert first.stdout == "acme__tool-1\n", first.stderr
    kept = load("http://127.0.0.1:9", tmp_path / "home")
    assert kept.stdout == "acme__tool-1\n", kept.stderr


def test_without_the_hub_one_is_told_which_file_to_bring(tmp_path: Path) -> None:
    done = load("http://127.0.0.1:9", tmp_path / "home")

    assert done.returncode != 0
    assert "mimosa eval run swe-bench-verified.parquet" in done.stderr
