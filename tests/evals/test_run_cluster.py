"""The same run on a Ray cluster of two nodes on this machine, with token authentication."""

import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from running_bench import TinyRun, assert_whole, verdicts

from evals.running.breaker import Patience
from evals.running.cluster.executor import RayExecutor

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra ray: pip install .[ray]"),
    pytest.mark.timeout(300),
]
MEMORY = 80 * 2**20
"""Of a node's object store: the smallest that Ray takes."""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Cluster"]:
    """Two nodes; whoever has no token cannot join or ask."""
    token = tmp_path / "token"
    token.write_text("0123456789abcdef" * 4)
    token.chmod(0o600)
    here = Path(__file__).parent
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (here.parents[1], here.parent, here))))
    made = _started_cluster(tries=3)
    try:
        yield made
    finally:
        made.shutdown()


def _started_cluster(tries: int) -> "Cluster":
    """Ray gives each node 30 seconds to start, whatever else the machine does: then it is tried again."""
    from ray.cluster_utils import Cluster

    made = Cluster()
    try:
        made.add_node(num_cpus=1, object_store_memory=MEMORY, include_dashboard=False)
        made.add_node(num_cpus=1, object_store_memory=MEMORY)
    except Exception as error:  # Ray raises a bare one
        made.shutdown()
        if tries == 1 or "timed out during startup" not in str(error):
            raise
        return _started_cluster(tries - 1)
    return made


def on_cluster(run: TinyRun, cluster: "Cluster") -> TinyRun:
    run.executor = lambda kit: RayExecutor(kit, cluster.address)
    run.patience = Patience(first_wait_s=0.2, most_wait_s=2.0)
    return run


def when_graded(run: TinyRun, number: int, act: Callable[[], object]) -> threading.Thread:
    """Do something when so many verdicts are journalled."""

    def wait() -> None:
        journal = run.folder.journal
        while not journal.exists() or journal.read_bytes().count(b'"attempt_graded"') < number:
            time.sleep(0.02)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_two_nodes_come_to_the_same_result_also_when_one_of_them_dies(tmp_path: Path, cluster: "Cluster") -> None:
    local = TinyRun(tmp_path / "local", number=8)
    local.go()
    whole = on_cluster(TinyRun(tmp_path / "whole", number=8), cluster)
    assert whole.go().reason == "complete"
    assert_whole(whole.read())
    assert by_number(whole) == by_number(local)
    end = whole.ends()[0]
    assert (whole.folder.path / end.patch).read_text().endswith("-wrong\n+right\n"), "files are streamed back"
    assert (whole.folder.session(end.instance_id, 1, end.attempt) / "events.jsonl").is_file()
    assert not [path for path in whole.folder.path.rglob("*") if path.suffix in (".unfinished", ".tar")]

    halved = on_cluster(TinyRun(tmp_path / "halved", number=8), cluster)
    node = next(iter(cluster.worker_nodes))
    thread = when_graded(halved, 2, lambda: cluster.remove_node(node, allow_graceful=False))
    assert halved.go().reason == "complete"
    thread.join()
    assert_whole(halved.read())
    assert by_number(halved) == by_number(local)
    lost = [end for end in halved.ends() if end.outcome == "infrastructure"]
    assert {end.infrastructure for end in lost} <= {"node"}


def by_number(run: TinyRun) -> dict[str, bool | None]:
    return {name: resolved for (name, _), resolved in verdicts(run.read()).items()}
