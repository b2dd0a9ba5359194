"""What a session took of its server."""

import pytest
from figures import INFO, metrics
from model_server import ModelServer

from model_runtime.base import Usage
from model_runtime.endpoint import Endpoint
from model_runtime.metrics.base import Counters, Reading
from model_runtime.metrics.reader import MetricsReader
from model_runtime.metrics.session import SessionFigures, SessionMeter, Snapshot, figures_of

USAGE = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=900)


def moment(generated: int, steps: int, joules: float | None = None) -> Snapshot:
    return Snapshot(0.0, Reading(0.0, counters=Counters(generated * 10, 0, generated, steps)), joules)


def test_a_session_that_is_alone_has_the_server_s_figures() -> None:
    found = figures_of(moment(50, 25, 1000.0), moment(150, 56, 9000.0), USAGE, 10.0, gpus=4)
    assert found == SessionFigures(
        acceptance=3.23, hit_rate=0.9, tokens_per_s=10.0, share=1.0, gpus=4, gpu_seconds=40.0, joules=8000.0
    )


def test_two_sessions_share_time_and_energy_by_what_they_wrote() -> None:
    found = figures_of(moment(0, 0, 0.0), moment(400, 100, 8000.0), USAGE, 10.0, gpus=4)
    assert (found.share, found.gpu_seconds, found.joules) == (0.25, 10.0, 2000.0)


def test_without_nvml_there_is_no_energy_and_no_gpu_time() -> None:
    found = figures_of(moment(0, 0), moment(100, 40), USAGE, 10.0, gpus=4)
    assert (found.acceptance, found.gpus, found.gpu_seconds, found.joules) == (2.5, 0, None, None)


def test_an_endpoint_that_tells_nothing_leaves_what_the_replies_told() -> None:
    found = figures_of(Snapshot(0.0, None), Snapshot(1.0, None), USAGE, 0.0, gpus=0)
    assert found == SessionFigures(hit_rate=0.9)


@pytest.mark.parametrize("here", [True, False])
async def test_a_meter_measures_between_its_beginning_and_now(here: bool) -> None:
    with ModelServer() as server:
        server.routes |= {"/server_info": INFO, "/metrics": metrics(500, 0, 50, 25)}
        meter = SessionMeter(MetricsReader(Endpoint(server.url)), here=here)
        await meter.begin()
        server.routes["/metrics"] = metrics(1500, 900, 150, 56)
        figures = await meter.figures(USAGE, 4.0)
        await meter.close()
    assert (figures.acceptance, figures.hit_rate, figures.tokens_per_s) == (3.23, 0.9, 25.0)
    assert meter.latest is not None
    assert meter.latest.running == 3
