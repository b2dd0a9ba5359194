"""What an endpoint that somebody else looks after lets one see."""

import asyncio
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.text import Text

from agent.serving.endpoint import Named
from agent.serving.top_screen import server_rows
from model_runtime.errors import ModelError
from model_runtime.metrics.base import Reading, ServerFacts
from model_runtime.metrics.reader import MetricsReader
from model_runtime.metrics.watch import View
from model_runtime.retry import RetryPolicy
from model_runtime.served import Card, list_models
from model_runtime.transport import Timeouts, open_http

ONCE = RetryPolicy(attempts=1)
SHOWN = 5
"""So many models are told by name."""


@dataclass(frozen=True)
class Seen:
    """models: None where it has no list of them. problem: "" if it answers."""

    named: Named
    models: tuple[Card, ...] | None = None
    reading: Reading | None = None
    facts: ServerFacts | None = None
    problem: str = ""

    @property
    def answers(self) -> bool:
        return not self.problem


def look_at(named: Named) -> Seen:
    """Asks it; blocks for some seconds at most."""
    return asyncio.run(_look_at(named))


async def _look_at(named: Named) -> Seen:
    reader = MetricsReader(named.endpoint)
    try:
        async with open_http(named.endpoint) as http:
            models = await list_models(http, named.endpoint, ONCE, Timeouts(connect_s=5, asking_s=10))
        return Seen(named, models, await reader.read(), await reader.facts())
    except ModelError as error:
        return Seen(named, problem=str(error))
    finally:
        await reader.close()


def show_endpoint(seen: Seen, console: Console) -> None:
    state = Text("answers", style="green") if seen.answers else Text("does not answer", style="red")
    console.print(Text.assemble((seen.named.endpoint.shown(), "bold"), "  ", state, f"  ({seen.named.by})"))
    lines = [seen.problem.replace("\n", "\n  ")] if seen.problem else [*_about(seen)]
    for line in lines:
        console.print(Text(f"  {line}"), soft_wrap=True)


def _about(seen: Seen) -> list[str]:
    lines = [_models(seen.models)]
    if (facts := seen.facts) is not None:
        parsers = " and ".join(filter(None, (facts.reasoning_parser, facts.tool_call_parser))) or "none"
        drafts = f"{facts.speculation}, {facts.draft_tokens} draft tokens" if facts.speculation else "no drafts"
        lines.append(f"{facts.server}, {facts.gpus} GPUs, {drafts}, parsers {parsers}")
    figures = [f"{name}: {words.plain}" for name, words in server_rows(View(seen.reading))]
    return [*lines, *(figures or ["it tells nothing of its load"])]


def _models(models: tuple[Card, ...] | None) -> str:
    if models is None:
        return "it does not list its models"
    told = [_model(card) for card in models[:SHOWN]]
    more = f" and {len(models) - SHOWN} more" if len(models) > SHOWN else ""
    return f"serves {', '.join(told) or 'nothing'}{more}"


def _model(card: Card) -> str:
    return f"{card.model} ({card.context_length:,} tokens)" if card.context_length else card.model


def endpoint_json(seen: Seen) -> dict[str, object]:
    return {
        "kind": "endpoint",
        "name": seen.named.endpoint.shown(),
        "state": "answers" if seen.answers else "away",
        "base_url": seen.named.endpoint.shown(),
        "from": seen.named.by,
        "problem": seen.problem,
        "models": [asdict(card) for card in seen.models] if seen.models is not None else None,
        "reading": asdict(seen.reading) if seen.reading is not None else None,
        "facts": asdict(seen.facts) if seen.facts is not None else None,
    }
