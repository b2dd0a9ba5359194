"""A real browser for the tests of pages: headless Chromium, and a server that tells whether it was asked."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
DARK = "--blink-settings=preferredColorScheme=0"


class Browser:
    """Runs a headless Chromium, each time with a fresh profile."""

    def __init__(self, program: str, profile: Path) -> None:
        self.program = program
        self.profile = profile

    def dom(self, file: Path, *flags: str) -> str:
        """The document after it was loaded and its scripts ran."""
        shutil.rmtree(self.profile, ignore_errors=True)
        command = [self.program, *FLAGS, f"--user-data-dir={self.profile}", *flags, "--dump-dom", file.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def installed_browser(profile: Path) -> Browser:
    """Chromium with its profile in a folder of the test; the test is skipped where there is none."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    return Browser(program, profile)


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """The test reads `asked`; the console stays clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
