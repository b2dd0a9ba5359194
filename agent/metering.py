"""What a session took of its server, measured from its beginning, or from where it goes on, to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from agent.config.load import Loaded
from agent.equip import meter_of
from agent.events import Compacted, Record, Replied, ServerMeasured
from model_runtime.base import ChatModel, Usage
from model_runtime.metrics.session import SessionFigures, SessionMeter


@dataclass(frozen=True)
class Metering:
    """`first`: the number of records that the session had before. The figures of a recording are empty."""

    meter: SessionMeter | None
    first: int

    @classmethod
    async def begin(cls, loaded: Loaded, model: ChatModel, records: int) -> Self:
        meter = meter_of(loaded, model)
        if meter is not None:
            await meter.begin()
        return cls(meter, records)

    async def measured(self, records: Sequence[Record]) -> ServerMeasured | None:
        """From all of the session's records; None where `figures` has none."""
        figures = await self.figures(*spent(records[self.first :]))
        return ServerMeasured(figures=figures) if figures is not None else None

    async def figures(self, usage: Usage, seconds: float) -> SessionFigures | None:
        """`usage` and `seconds` of waiting are those since the beginning; None if nothing was asked since, or
        nobody can tell anything."""
        if self.meter is None or not seconds:
            return None
        figures = await self.meter.figures(usage, seconds)
        return figures if figures != SessionFigures() else None

    @property
    def acceptance(self) -> float | None:
        """Tokens a decoding step, of all that the server does, as it said last."""
        latest = self.meter.latest if self.meter is not None else None
        return latest.acceptance if latest is not None else None

    async def close(self) -> None:
        if self.meter is not None:
            await self.meter.close()


def spent(records: Sequence[Record]) -> tuple[Usage, float]:
    """The tokens of all requests, and the seconds of waiting for them."""
    events = [record.event for record in records if isinstance(record.event, Replied | Compacted)]
    usage = Usage(
        prompt_tokens=sum(event.usage.prompt_tokens for event in events),
        completion_tokens=sum(event.usage.completion_tokens for event in events),
        cached_tokens=sum(event.usage.cached_tokens for event in events),
    )
    return usage, sum(event.seconds for event in events)


def figures_in(records: Sequence[Record]) -> SessionFigures | None:
    """The last that were measured; None if none were."""
    found = [record.event.figures for record in records if isinstance(record.event, ServerMeasured)]
    return found[-1] if found else None
