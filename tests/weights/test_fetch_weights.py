"""`mimosa fetch` brings a model here whole, or says what is missing."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hub_server import COMMIT, HubServer

from agent.commands.fetch import FetchOptions, run_fetch

Environment = Mapping[str, str]
Fetch = Callable[..., "Done"]
LIMIT_S = 60.0


def shard(size: int) -> bytes:
    header = json.dumps({"weight": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + os.urandom(size)


@pytest.fixture
def files() -> dict[str, bytes]:
    return {
        "config.json": b'{"architectures": ["X"]}',
        "model.safetensors": shard(300_000),
        "sub/tokenizer.json": b"{}",
    }


def installed(home: Environment, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it: the hub's client reads where its cache is when it is imported."""
    return subprocess.run(
        [sys.executable, "-m", "agent.cli", "fetch", *words],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def fetch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Environment) -> Fetch:
    monkeypatch.setenv("MIMOSA_STATE_DIR", home["MIMOSA_STATE_DIR"])

    def run(name: str, source: str = "", to: Path | None = None, *, check: bool = False) -> Done:
        try:
            code = run_fetch(FetchOptions(name, to, source, check=check))
        except SystemExit as ended:
            assert isinstance(ended.code, int)
            code = ended.code
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


def test_a_model_is_fetched_whole_into_a_folder(fetch: Fetch, files: dict[str, bytes], tmp_path: Path) -> None:
    target = tmp_path / "model"
    with HubServer(files) as hub:
        done = fetch("org/tiny", hub.url, target)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(target)
    assert {name: (target / name).read_bytes() for name in files} == files
    assert "the hash that the hub lists" in done.stderr
    checked = fetch("org/tiny", to=target, check=True)
    assert checked.returncode == 0, checked.stderr
    assert "3 files with the right hashes" in checked.stderr


def test_without_a_folder_it_goes_where_sglang_looks_for_it(home: Environment, files: dict[str, bytes]) -> None:
    with HubServer(files) as hub:
        first = installed({**home, "HF_ENDPOINT": hub.url}, "org/tiny")
        asked = len(hub.asked)
        second = installed({**home, "HF_ENDPOINT": hub.url}, "org/tiny")
        again = [line for line in hub.asked[asked:] if line.startswith("GET") and "resolve" in line]
    assert first.returncode == 0, first.stderr
    folder = Path(first.stdout.strip())
    assert folder == Path(home["HF_HOME"]) / "hub/models--org--tiny/snapshots" / COMMIT
    assert (folder / "sub/tokenizer.json").read_bytes() == b"{}"
    assert second.returncode == 0, second.stderr
    assert not again, "what is here is not downloaded again"
    checked = installed(home, "org/tiny", "--check")
    assert checked.returncode == 0, checked.stderr


def test_a_broken_connection_is_taken_up_where_it_was(
    fetch: Fetch, files: dict[str, bytes], tmp_path: Path
) -> None:
    files["model.safetensors"] = shard(25_000_000)  # the client keeps pieces of 10 MB
    with HubServer(files, cut={"model.safetensors": [15_000_000]}) as hub:
        done = fetch("org/tiny", hub.url, tmp_path / "model")
        ranges = [line for line in hub.asked if "bytes=" in line]
    assert done.returncode == 0, done.stderr
    assert ranges, "the rest was asked for, not the whole"
    assert (tmp_path / "model/model.safetensors").read_bytes() == files["model.safetensors"]


def test_a_download_that_is_cut_off_for_good_keeps_what_is_whole_and_goes_on_later(
    fetch: Fetch, files: dict[str, bytes], tmp_path: Path
) -> None:
    target = tmp_path / "model"
    with HubServer(files, cut={"model.safetensors": [0] * 50}) as hub:
        cut = fetch("org/tiny", hub.url, target)
        assert cut.returncode in (1, 75), cut.stderr
        assert "run it again to go on" in cut.stderr
        assert not (target / "model.safetensors").exists()
        assert (target / "config.json").read_bytes() == files["config.json"]
        hub.cut.clear()
        done = fetch("org/tiny", hub.url, target)
    assert done.returncode == 0, done.stderr
    assert (target / "model.safetensors").read_bytes() == files["model.safetensors"]


def test_a_damaged_file_is_fetched_once_more(fetch: Fetch, files: dict[str, bytes], tmp_path: Path) -> None:
    with HubServer(files, rotten={"model.safetensors": 1}) as hub:
        done = fetch("org/tiny", hub.url, tmp_path / "model")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model/model.safetensors").read_bytes() == files["model.safetensors"]


def test_a_mirror_that_hands_out_something_else_is_named(
    fetch: Fetch, files: dict[str, bytes], tmp_path: Path
) -> None:
    with HubServer(files, rotten={"model.safetensors": 9}) as hub:
        done = fetch("org/tiny", hub.url, tmp_path / "model")
    assert done.returncode == 1
    assert "model.safetensors is damaged" in done.stderr
    assert hub.url in done.stderr


@pytest.mark.parametrize("harm", ["cut", "damaged", "gone"])
def test_a_check_names_the_file_that_is_not_right(
    fetch: Fetch, files: dict[str, bytes], tmp_path: Path, harm: str
) -> None:
    target = tmp_path / "model"
    with HubServer(files) as hub:
        fetch("org/tiny", hub.url, target)
    weights = target / "model.safetensors"
    data = weights.read_bytes()
    match harm:
        case "cut":
            weights.write_bytes(data[:-1])
        case "damaged":
            weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "gone":
            weights.unlink()
    done = fetch("org/tiny", to=target, check=True)
    assert done.returncode == 1
    assert "model.safetensors" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_offline_folder_is_copied_and_checked(fetch: Fetch, files: dict[str, bytes], tmp_path: Path) -> None:
    stick, target = tmp_path / "stick", tmp_path / "model"
    with HubServer(files) as hub:
        fetch("org/tiny", hub.url, stick)
    done = fetch("org/tiny", str(stick), target)
    assert done.returncode == 0, done.stderr
    assert "with the right hashes" in done.stderr
    assert (target / "model.safetensors").read_bytes() == files["model.safetensors"]
    (stick / "model.safetensors").write_bytes(b"short")
    assert fetch("org/tiny", str(stick)).returncode == 1


def test_a_model_that_is_not_there_is_told(fetch: Fetch, files: dict[str, bytes]) -> None:
    with HubServer(files) as hub:
        done = fetch("org/other", hub.url)
    assert done.returncode == 2
    assert "has no model org/other" in done.stderr


def test_a_hub_that_does_not_answer_is_worth_another_try(fetch: Fetch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    done = fetch("org/tiny", address)
    assert done.returncode == 75
    assert "--from with a mirror's address" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_profile_s_name_stands_for_its_repository(fetch: Fetch, files: dict[str, bytes], tmp_path: Path) -> None:
    with HubServer(files, repository="XiaomiMiMo/MiMo-7B-RL") as hub:
        done = fetch("mimo-7b-rl", hub.url, tmp_path / "model")
    assert done.returncode == 0, done.stderr


def test_ctrl_c_ends_a_download_and_leaves_nothing_half_done(home: Environment, tmp_path: Path) -> None:
    target = tmp_path / "model"
    with HubServer({"model.safetensors": shard(200_000_000)}, pace_s=0.02) as hub:
        process = subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "fetch", "org/tiny", "--from", hub.url, "--to", str(target)],
            env={**os.environ, **home},
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + LIMIT_S
        while not any(line.startswith("GET") and "resolve" in line for line in hub.asked):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not [path for path in target.rglob("*") if path.suffix in (".safetensors", ".incomplete")]
