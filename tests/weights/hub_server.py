"""A hub on 127.0.0.1, as huggingface_hub 2.4 speaks to it: what a model has, and its files, by ranges too.

What it does wrong is scripted: `cut` breaks the connection after so many bytes of a file, each number once;
`rotten` files come with other bytes than their hash promises, as often as the number says; `pace_s` is a pause
before each megabyte.
"""

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

COMMIT = "a" * 40


@dataclass
class HubServer:
    """files: by name. large: names that the hub keeps as LFS objects, with a SHA-256."""

    files: Mapping[str, bytes]
    repository: str = "org/tiny"
    cut: dict[str, list[int]] = field(default_factory=dict)
    rotten: dict[str, int] = field(default_factory=dict)
    pace_s: float = 0.0
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        hub = self

        class Handler(HubHandler):
            room = hub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def digest(self, name: str) -> tuple[str, bool]:
        """The hash, and whether it is a large file's."""
        data = self.files[name]
        if name.endswith(".safetensors"):
            return hashlib.sha256(data).hexdigest(), True
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), False

    def about(self) -> dict[str, object]:
        return {"id": self.repository, "sha": COMMIT, "siblings": [self._sibling(name) for name in self.files]}

    def _sibling(self, name: str) -> dict[str, object]:
        digest, large = self.digest(name)
        size = len(self.files[name])
        lfs = {"sha256": digest, "size": size, "pointerSize": 130} if large else None
        return {"rfilename": name, "size": size, "blobId": "b" * 40 if large else digest, "lfs": lfs}


class HubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    room: HubServer

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub = self.room
        path = self.path.partition("?")[0]
        hub.asked.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
        name = path.partition(f"/{hub.repository}/resolve/")[2].partition("/")[2]
        if path.startswith(f"/api/models/{hub.repository}"):
            self.send(200, json.dumps(hub.about()).encode(), {"Content-Type": "application/json"})
        elif name in hub.files:
            self.file(name)
        else:
            self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def file(self, name: str) -> None:
        hub = self.room
        digest, _ = hub.digest(name)
        data = hub.files[name]
        if self.command == "GET" and hub.rotten.get(name, 0) > 0:
            hub.rotten[name] -= 1
            data = bytes(len(data))
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.send(206 if start else 200, data[start:], headers, name)

    def send(self, status: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        cuts = self.room.cut.get(name)
        if cuts:
            self.wfile.write(body[: cuts.pop(0)])
            self.close_connection = True
            return
        for start in range(0, len(body), 1_000_000):
            time.sleep(self.room.pace_s)
            self.wfile.write(body[start : start + 1_000_000])
