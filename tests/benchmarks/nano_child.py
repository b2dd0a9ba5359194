"""One process that loads a checkpoint and answers a session, with and without guesses; prints what it took.

python nano_child.py CHECKPOINT SESSION ROUNDS
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(checkpoint: Path, session: Path, rounds: int) -> dict[str, Any]:
    began = time.perf_counter()
    from model_runtime.nano.engine import Engine
    from model_runtime.nano.loaded import load

    loaded = load(checkpoint)
    took: dict[str, Any] = {"load": time.perf_counter() - began}
    model, text = loaded.engine.model, json.loads(session.read_text(encoding="utf-8"))
    prompts = [loaded.tokenizer.encode(prompt) for prompt in turns(text)]
    took["prefill"] = [reading(Engine(model), prompts[-1]) for _ in range(3)]
    sides = {
        "both": Engine(model),
        "mtp": Engine(model, lookup=False),
        "plain": Engine(model, drafts=0, lookup=False),
    }
    for engine in sides.values():
        for ids in prompts:
            answer(engine, ids, loaded.ends)  # what they read is kept from here on
    for name in sides:
        took[name] = {"seconds": [], "tokens": 0, "passes": 0}
    for number in range(rounds):
        for ids in prompts:
            for name in sorted(sides, reverse=bool(number % 2)):
                seconds, tokens, passes = answer(sides[name], ids, loaded.ends)
                took[name]["seconds"].append(seconds)
                took[name]["tokens"] += tokens
                took[name]["passes"] += passes
    took["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return took


def turns(session: dict[str, Any]) -> Iterator[str]:
    """The prompt of each of the session's replies."""
    from model_runtime.base import ToolSchema
    from model_runtime.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage
    from model_runtime.nano.template import render

    tools = [ToolSchema.model_validate(tool) for tool in session["tools"]]
    said: list[Message] = [SystemMessage(content=session["system"])]
    for wire in session["messages"]:
        if wire["role"] == "assistant":
            yield render(said, tools)
            calls = tuple(ToolCall(id=call["id"], **call["function"]) for call in wire.get("tool_calls", ()))
            said.append(AssistantMessage(reasoning_content=wire["reasoning_content"], tool_calls=calls))
        elif wire["role"] == "tool":
            said.append(ToolMessage(tool_call_id=wire["tool_call_id"], content=wire["content"]))
        else:
            said.append(UserMessage(content=wire["content"]))


def reading(engine: Any, ids: list[int]) -> float:
    """Seconds until the first token of a prompt of 2,000 tokens that was never read."""
    from model_runtime.base import Sampling
    from model_runtime.nano.engine import Tally

    prompt = (ids * (2000 // len(ids) + 1))[:2000]
    began = time.perf_counter()
    for tokens in engine.generate(prompt, Sampling(temperature=0, max_tokens=4), tally=Tally(len(prompt))):
        if tokens:
            break
    return time.perf_counter() - began


def answer(engine: Any, ids: list[int], ends: frozenset[int]) -> tuple[float, int, int]:
    """Seconds, tokens and passes of a greedy reply of at most 300 tokens, its first pass left out."""
    from model_runtime.base import Sampling
    from model_runtime.nano.engine import Tally

    tally, began, first = Tally(len(ids)), 0.0, 0
    for _ in engine.generate(ids, Sampling(temperature=0, max_tokens=300), tally=tally, stop=ends):
        if tally.passes == 1:
            began, first = time.perf_counter(), tally.made
    return time.perf_counter() - began, tally.made - first, tally.passes - 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
