"""The Docker engine is restarted in the middle of a run: the sandboxes die, and no instance loses its result."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from running_bench import TinyRun, assert_whole, verdicts
from tiny import TEST, TinyPreparer

from agent.place import ARCHIVE, Place
from evals.instances.base import Instance
from evals.running.base import HistoryProof, Prepared
from evals.running.breaker import Patience
from sandbox.container.options import agent_gid, agent_uid
from sandbox.images.daemon import DaemonOptions, start_daemon
from sandbox.progress import Progress, Report, silent
from sandbox.workspace.snapshot import take_snapshot
from tests.images.test_engine import end_daemon, private

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("dockerd") is None, reason="only root can start an engine"
    ),
]


@pytest.fixture
def own_engine(
    engine: docker.DockerClient, base_image: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DaemonOptions]:
    """An engine of the test's own, with the base image in it, which every client here talks to."""
    folder = Path(f"/tmp/mimosa-engine-{os.getpid()}")  # the path of a socket may have 107 bytes at most
    folder.mkdir()
    options = private(folder)
    start_daemon(options, silent)
    try:
        client = docker.DockerClient(base_url=f"unix://{options.socket}", timeout=300)
        client.images.load(engine.images.get(base_image).save(named=base_image))
        client.close()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{options.socket}")
        yield options
    finally:
        end_daemon(folder)


class InContainers(TinyPreparer):
    image = ""

    def prepare(self, instance: Instance, folder: Path, report: Report = silent) -> Prepared:
        archive = folder / ARCHIVE
        report(Progress("workspace", f"copying {instance.repo}"))
        snapshot = take_snapshot(Path(instance.repo), archive, uid=agent_uid(), gid=agent_gid())
        place = Place(backend="docker", snapshot=snapshot, image=self.image, test_command=TEST)
        return Prepared(instance=instance, place=place, history=HistoryProof(commits=1, digest=""))


def test_the_engine_restarted_costs_nobody_a_result(
    tmp_path: Path, own_engine: DaemonOptions, base_image: str
) -> None:
    run = TinyRun(
        tmp_path,
        number=8,
        new_preparer=type("InBase", (InContainers,), {"image": base_image}),
        flags={"sandbox__backend": "docker"},
        patience=Patience(first_wait_s=0.5, most_wait_s=4),
    )

    def restart() -> None:
        journal = run.folder.journal
        while not journal.exists() or journal.read_bytes().count(b'"attempt_graded"') < 2:
            time.sleep(0.02)
        pid = own_engine.pid_file
        os.kill(int(pid.read_text()), 15)
        while pid.exists():
            time.sleep(0.05)
        start_daemon(own_engine, silent)

    thread = threading.Thread(target=restart)
    thread.start()
    assert run.go().reason == "complete"
    thread.join()
    assert_whole(run.read())
    assert set(verdicts(run.read()).values()) == {True}
    lost = [end for end in run.ends() if end.outcome == "infrastructure"]
    assert lost, "the engine was restarted too late"
    assert {end.infrastructure for end in lost} <= {"engine", "sandbox"}
