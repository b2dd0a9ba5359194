"""A chat-completions endpoint on 127.0.0.1 that says what a test scripts, byte for byte where that matters.

It stands where an SGLang server would: same routes, same shapes, same streamed deltas. Each POST takes the next
step of the script; when the script is over, it answers 400. What was asked is kept as raw bytes.

    with ModelServer(Reply(calls=(Call("bash", {"command": "ls"}),)), Reply(content="done")) as server:
        client = ChatClient(Endpoint(server.url))
        ...
    assert server.asked[0].json["messages"][0]["role"] == "system"
"""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Literal, Self

from quiet_server import QuietServer


@dataclass(frozen=True)
class Call:
    """A tool call in a reply. `arguments` is an object, or the raw text to send as it is."""

    name: str | None
    arguments: dict[str, Any] | str | None = field(default_factory=dict)
    id: str | None = "auto"

    def text(self) -> str | None:
        return json.dumps(self.arguments) if isinstance(self.arguments, dict) else self.arguments


@dataclass(frozen=True)
class Reply:
    """A whole reply, streamed if the request asks for it.

    chunk: characters a streamed delta. drop_after: the connection breaks after that many bytes of the body.
    cut: the bytes at which the streamed body is split into network writes, everywhere if 1. delay_s: pause before
    each streamed event, and before an unstreamed answer.
    """

    content: str | None = None
    reasoning: str | None = None
    calls: tuple[Call, ...] = ()
    finish_reason: str | None = "auto"
    usage: dict[str, Any] | None = None
    chunk: int = 12
    drop_after: int | None = None
    cut: int | None = None
    delay_s: float = 0.0


@dataclass(frozen=True)
class Status:
    """An HTTP error in SGLang's shape, or with `body` as it is."""

    status: int
    message: str = "an error of the test server"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True)
class Raw:
    """Any answer at all. The body is written in `pieces`; `drop`: the connection breaks at its end."""

    pieces: Sequence[bytes]
    content_type: str = "text/event-stream"
    status: int = 200
    drop: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Stream `reply` without its end, then say nothing until the client goes away (`server.gone` is set)."""

    reply: Reply = Reply()


Step = Reply | Status | Raw | Hang
Script = Step | Callable[[dict[str, Any]], Step]
"""A step, or a function from the request's JSON to a step."""


def html(title: str, status: int = 200) -> Raw:
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>Hello</body></html>"
    return Raw((page.encode(),), "text/html; charset=utf-8", status)


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value


def usage_of(reply: Reply, body: bytes) -> dict[str, Any]:
    if reply.usage is not None:
        return reply.usage
    prompt, completion = len(body) // 4, len(str(reply)) // 4
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def finish_of(reply: Reply) -> str | None:
    if reply.finish_reason != "auto":
        return reply.finish_reason
    return "tool_calls" if reply.calls else "stop"


def wire_call(call: Call, number: int, index: int) -> dict[str, Any]:
    id_ = f"call_{number:04d}_{index}" if call.id == "auto" else call.id
    function = {"name": call.name, "arguments": call.text()}
    return {"id": id_, "index": index, "type": "function", "function": function}


def completion(reply: Reply, number: int, model: str, body: bytes) -> dict[str, Any]:
    """The unstreamed answer, null fields and all, as SGLang gives it."""
    message = {
        "role": "assistant",
        "content": reply.content,
        "reasoning_content": reply.reasoning,
        "tool_calls": [wire_call(call, number, i) for i, call in enumerate(reply.calls)] or None,
    }
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": finish_of(reply),
        "matched_stop": None,
    }
    head = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1_700_000_000, "model": model}
    return {**head, "choices": [choice], "usage": usage_of(reply, body), "metadata": None}


def deltas(reply: Reply, number: int) -> Iterator[dict[str, Any]]:
    """The streamed deltas: a role first, then text and arguments in pieces, null fields and all."""
    nothing = {"role": None, "content": None, "reasoning_content": None, "tool_calls": None}
    yield {**nothing, "role": "assistant", "content": ""}
    for key, text in (("reasoning_content", reply.reasoning), ("content", reply.content)):
        for start in range(0, len(text or ""), reply.chunk):
            yield {**nothing, key: (text or "")[start : start + reply.chunk]}
    for index, call in enumerate(reply.calls):
        first = wire_call(call, number, index)
        arguments = first["function"]["arguments"] or ""
        first["function"]["arguments"] = ""
        yield {**nothing, "tool_calls": [first]}
        for start in range(0, len(arguments), reply.chunk):
            piece = {"name": None, "arguments": arguments[start : start + reply.chunk]}
            more = {"id": None, "index": index, "type": "function", "function": piece}
            yield {**nothing, "tool_calls": [more]}


def events(reply: Reply, number: int, model: str, body: bytes, *, with_usage: bool) -> Iterator[bytes]:
    """The streamed answer, one server-sent event after the other."""
    head = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model,
    }

    def event(choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> bytes:
        return f"data: {json.dumps({**head, 'choices': choices, 'usage': usage}, ensure_ascii=False)}\n\n".encode()

    for delta in deltas(reply, number):
        yield event([{"index": 0, "delta": delta, "finish_reason": None}])
    finish = finish_of(reply)
    if finish is not None:
        yield event([{"index": 0, "delta": {}, "finish_reason": finish}])
    if with_usage:
        yield event([], usage_of(reply, body))
    yield b"data: [DONE]\n\n"


class ModelServer:
    """The server, in a thread. `url` is the base URL; `asked` holds each POST, and `reached` is set
    at the first; `gone` is set when a client goes away early; `models` is what `GET /v1/models`
    answers: itself, a list of cards, a step of its own, or None for no such route. `routes` holds what other paths
    answer to a GET, such as `/metrics`; it may be changed at any time. With `tls` it is an https server."""

    def __init__(
        self,
        *script: Script,
        model: str = "mimo-v2-flash",
        context_length: int | None = 262_144,
        owned_by: str = "sglang",
        models: Step | list[dict[str, Any]] | Literal["itself"] | None = "itself",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        card = {"id": model, "object": "model", "owned_by": owned_by, "max_model_len": context_length}
        self.model = model
        self.models = [card] if models == "itself" else models
        self.asked: list[Asked] = []
        self.models_asked: list[Asked] = []
        self.routes: dict[str, str] = {}
        self.reached = threading.Event()
        self.gone = threading.Event()
        self._script = list(script)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = QuietServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:  # the handshake is for the thread of the connection: one that fails must not end the server
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/v1"

    def will(self, *script: Script) -> None:
        """Append to the script."""
        with self._lock:
            self._script.extend(script)

    @property
    def bodies(self) -> list[bytes]:
        return [asked.body for asked in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def next_step(self, asked: Asked) -> tuple[int, Step]:
        with self._lock:
            self.asked.append(asked)
            self.reached.set()
            step = self._script.pop(0) if self._script else Status(400, "the test scripted no more replies")
            number = len(self.asked)
        return number, step(asked.json) if callable(step) else step

    def wait_until_gone(self, connection: Any) -> None:
        """Until the client closes its end, or the test is over."""
        connection.settimeout(0.05)
        while not self._closing.is_set():
            try:
                if connection.recv(1) == b"":
                    self.gone.set()
                    return
            except TimeoutError:
                continue
            except OSError:
                self.gone.set()
                return

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(ModelHandler):
            room = server

        return Handler


class ModelHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    room: ModelServer

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the base class would write to the test's stderr."""

    def do_GET(self) -> None:
        if self.path == "/health":
            self.whole(200, b"{}")
            return
        if (text := self.room.routes.get(self.path)) is not None:
            self.whole(200, text.encode())
            return
        if self.path != "/v1/models" or self.room.models is None:
            self.whole(404, b'{"detail":"Not Found"}')
            return
        self.room.models_asked.append(Asked(self.path, dict(self.headers), b""))
        models = self.room.models
        if isinstance(models, list):
            self.whole(200, json.dumps({"object": "list", "data": models}).encode())
            return
        self.answer(1, models, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/v1/chat/completions":
            self.whole(404, b'{"detail":"Not Found"}')
            return
        number, step = self.room.next_step(Asked(self.path, dict(self.headers), body))
        try:
            self.answer(number, step, body)
        except (BrokenPipeError, ConnectionResetError):
            self.room.gone.set()
            self.close_connection = True

    def answer(self, number: int, step: Step, body: bytes) -> None:
        match step:
            case Status(status=status, message=message, headers=headers, body=text):
                error = {
                    "object": "error",
                    "message": message,
                    "type": "BadRequest",
                    "param": None,
                    "code": status,
                }
                self.whole(status, (text if text is not None else json.dumps(error)).encode(), headers=headers)
            case Raw():
                self.begin(step.status, step.content_type, step.headers)
                for piece in step.pieces:
                    self.piece(piece)
                self.end(drop=step.drop)
            case Reply():
                self.reply(number, step, body)
            case Hang(reply=reply):
                self.begin(200, "text/event-stream")
                for event in self.stream_of(number, reply, body)[:-3]:
                    self.piece(event)
                self.room.wait_until_gone(self.connection)
                self.close_connection = True

    def stream_of(self, number: int, reply: Reply, body: bytes) -> list[bytes]:
        options = json.loads(body).get("stream_options") or {}
        return list(events(reply, number, self.room.model, body, with_usage=bool(options.get("include_usage"))))

    def reply(self, number: int, reply: Reply, body: bytes) -> None:
        if not json.loads(body).get("stream"):
            time.sleep(reply.delay_s)
            data = json.dumps(completion(reply, number, self.room.model, body), ensure_ascii=False).encode()
            if reply.drop_after is not None:
                self.begin(200, "application/json")
                self.piece(data[: reply.drop_after])
                self.end(drop=True)
                return
            self.whole(200, data)
            return
        self.begin(200, "text/event-stream")
        stream = self.stream_of(number, reply, body)
        if reply.drop_after is not None:
            self.piece(b"".join(stream)[: reply.drop_after])
            self.end(drop=True)
            return
        if reply.cut is not None:
            whole = b"".join(stream)
            stream = [whole[start : start + reply.cut] for start in range(0, len(whole), reply.cut)]
        for event in stream:
            time.sleep(reply.delay_s)
            self.piece(event)
        self.end(drop=False)

    def whole(self, status: int, data: bytes, *, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self, status: int, content_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, data: bytes) -> None:
        if data:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end(self, *, drop: bool) -> None:
        """End the body, or break the connection in the middle of it."""
        if drop:
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")
