"""A server that loads nothing. How it behaves is told by the environment:

STANDIN_FAIL   a key of FAILURES: end as SGLang does for that reason
STANDIN_PAUSE  seconds before each line of the start
STANDIN_BUSY   requests that are said to run
STANDIN_DEAF   1: a signal to end is not heard, and a child process sleeps beside it
STANDIN_KILLED a file: if it is there, it is removed, and the server is killed in the middle of its next reply
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

from sglang.srt.server_args import ServerArgs
from sglang.start_lines import FAILURES, after_binding, before_binding


def main() -> None:
    parser = argparse.ArgumentParser(prog="sglang serve")
    ServerArgs.add_cli_args(parser)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    if os.environ.get("STANDIN_DEAF"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(f"child {subprocess.Popen(['sleep', '600']).pid}", flush=True)
    failure = os.environ.get("STANDIN_FAIL", "")
    pause = float(os.environ.get("STANDIN_PAUSE", "0"))
    for line in before_binding(arguments.model_path):
        time.sleep(pause)
        say(line)
        if failure and line.startswith(FAILURES[failure].after):
            say(FAILURES[failure].text)
            sys.exit(FAILURES[failure].exit_code)
    server = bind(arguments.host, arguments.port, arguments.served_model_name)
    for line in after_binding(arguments.host, arguments.port):
        say(line)
    server.serve_forever()


def say(text: str) -> None:
    stamped = text.startswith("[")
    print(time.strftime("[%Y-%m-%d %H:%M:%S") + text[1:] if stamped else text, flush=True)


def leave(_number: int, _frame: FrameType | None) -> None:
    say("[] Gracefully exiting... Remaining number of requests 0. Remaining requests remaining_rids=[].")
    sys.exit(0)


def bind(host: str, port: int, model: str) -> ThreadingHTTPServer:
    class Routes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            answers = {"/health": b"", "/v1/models": models(model), "/v1/loads": loads()}
            body = answers.get(path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(chunk(model, {"role": "assistant", "content": "hello "}))
            fatal = Path(os.environ.get("STANDIN_KILLED") or os.devnull)
            if fatal.is_file():
                fatal.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            self.wfile.write(chunk(model, {"content": "again"}) + chunk(model, {}, "stop") + b"data: [DONE]\n\n")

        def log_message(self, format: str, *arguments: object) -> None:
            """Silent, unlike SGLang: a test's log stays short."""

    try:
        return ThreadingHTTPServer((host, port), Routes)
    except OSError as error:  # The words are uvicorn's.
        say(f"ERROR:    [Errno {error.errno}] error while attempting to bind on address ('{host}', {port}): ")
        say("address already in use")
        sys.exit(1)


def chunk(model: str, delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}
    return f"data: {json.dumps(event)}\n\n".encode()


def models(model: str) -> bytes:
    return json.dumps(
        {"object": "list", "data": [{"id": model, "object": "model", "owned_by": "sglang"}]}
    ).encode()


def loads() -> bytes:
    rank = {
        "dp_rank": 0,
        "num_running_reqs": int(os.environ.get("STANDIN_BUSY", "0")),
        "num_waiting_reqs": 0,
        "num_used_tokens": 1200,
        "max_total_num_tokens": 65_536,
        "token_usage": 0.018,
    }
    return json.dumps({"version": "0.5.23", "loads": [rank]}).encode()


main()
