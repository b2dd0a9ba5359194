"""Asks the real server, and keeps what it answers where MIMOSA_RECORD is set."""

import os
import re

import httpx
from cpu_server import CpuMachine
from sglang_cases import MODEL, Answer, Case

from model_runtime.base import ChatRequest
from model_runtime.profiles import match_profile
from model_runtime.wire import BodyWriter

RECORDS = bool(os.environ.get("RECORD_SGLANG"))
VARYING = (
    (re.compile(r'"id":"[0-9a-f]{32}"'), '"id":"0123456789abcdef0123456789abcdef"'),
    (re.compile(r'"created":\d+'), '"created":1795000000'),
    (re.compile(r'"call_[0-9a-f]{24}"'), None),
)
LIMIT_S = 120


def record_case(machine: CpuMachine, case: Case, *, stream: bool) -> None:
    if RECORDS:
        answer = post(machine, case.request(stream=stream))
        answer.save(case.recording(stream=stream))


def post(machine: CpuMachine, request: ChatRequest) -> Answer:
    """The answer to the chat client's own bytes."""
    done = httpx.post(
        f"{machine.base_url}/chat/completions",
        content=b"".join(BodyWriter(match_profile(MODEL)).body(request, MODEL).pieces),
        headers={"Content-Type": "application/json"},
        trust_env=False,
        timeout=LIMIT_S,
    )
    return Answer(done.status_code, done.headers["content-type"], settled(done.text))


def get(machine: CpuMachine, path: str) -> str:
    done = httpx.get(f"http://127.0.0.1:{machine.port}{path}", trust_env=False, timeout=LIMIT_S)
    assert done.status_code == 200, done.text
    return done.text


def settled(text: str) -> str:
    """Without what is other at every call, so that a new recording differs only where the server does."""
    for pattern, constant in VARYING:
        if constant is not None:
            text = pattern.sub(constant, text)
            continue
        ids = list(dict.fromkeys(pattern.findall(text)))
        for number, found in enumerate(ids):
            text = text.replace(found, f'"call_{number:024x}"')
    return text
