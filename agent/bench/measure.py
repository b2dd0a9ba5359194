"""One server, measured: levels of sessions side by side, one session alone turn by turn, and a compaction."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice

from agent.bench.figures import CompactionCost, Level, Turn, level_of, turns_of
from agent.bench.recording import Recording
from agent.bench.replay import ask, replay
from agent.compaction import NEARLY_FULL
from model_runtime.base import ChatModel, ChatRequest, Sampling
from model_runtime.messages import Frozen, UserMessage
from model_runtime.metrics.base import Reading, ServerFacts
from model_runtime.metrics.reader import MetricsReader
from prompts.render import render


class ServerBench(Frozen):
    """What was measured of one server. speculation: "" where it does not tell, or has none."""

    name: str
    server: str
    speculation: str
    gpus: int
    levels: tuple[Level, ...]
    turns: tuple[Turn, ...]
    compaction: CompactionCost | None


@dataclass(frozen=True)
class Bench:
    """`levels`: numbers of sessions side by side. `tell` gets a line now and then."""

    recordings: Sequence[Recording]
    levels: Sequence[int]
    sampling: Sampling
    tell: Callable[[str], None]

    async def run(self, name: str, model: ChatModel, reader: MetricsReader) -> ServerBench:
        """Raises ModelError."""
        facts = await reader.facts() or ServerFacts()
        self.tell(f"{name}: warming up")
        await ask(model, self._fresh(1)[0].steps[0].request)
        levels = [await self._level(name, model, reader, count) for count in self.levels]
        self.tell(f"{name}: one session alone")
        alone = self._fresh(1)
        turns = turns_of((await replay(model, alone, lambda: None)).sessions[0])
        self.tell(f"{name}: a compaction")
        compaction = await self._compaction(model, alone[0], turns)
        return ServerBench(
            name=name,
            server=facts.server,
            speculation=facts.speculation,
            gpus=facts.gpus,
            levels=tuple(levels),
            turns=turns,
            compaction=compaction,
        )

    async def _level(self, name: str, model: ChatModel, reader: MetricsReader, count: int) -> Level:
        recordings = self._fresh(count)
        asked, whole = 0, sum(len(each.steps) for each in recordings)

        def count_up() -> None:
            nonlocal asked
            asked += 1
            self.tell(f"{name}: {count} side by side, {asked} of {whole} requests")

        before: Reading | None = await reader.read()
        replayed = await replay(model, recordings, count_up)
        return level_of(replayed, before, await reader.read())

    async def _compaction(self, model: ChatModel, recording: Recording, turns: Sequence[Turn]) -> CompactionCost:
        """Right after the session was replayed, so that the cache holds its history, as it does at work."""
        last = recording.steps[-1].request
        asked = UserMessage(content=render("summary", why=NEARLY_FULL))
        summary = await ask(model, replace(last, messages=(*last.messages, asked), sampling=self.sampling))
        task = next(message for message in last.messages if isinstance(message, UserMessage))
        words = render("compacted", task=task.content, summary="-" * 1000, archive="/archive/001.md")
        new = ChatRequest(
            (last.messages[0], UserMessage(content=words)), last.tools, sampling=last.sampling, stream=True
        )
        following = await ask(model, new)
        return CompactionCost(
            tokens=summary.usage.prompt_tokens,
            summary_s=round(summary.whole_s, 3),
            written=summary.usage.completion_tokens,
            first_s=round(following.first_s, 3) if following.first_s is not None else None,
            before_s=turns[-1].first_s,
        )

    def _fresh(self, count: int) -> list[Recording]:
        """As many as wanted, none of which the cache has seen."""
        return [
            each.marked(f"Session {secrets.token_hex(4)}.", self.sampling)
            for each in islice(cycle(self.recordings), count)
        ]
