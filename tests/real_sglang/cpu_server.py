"""The real SGLang on this machine's CPU, started through `mimosa serve`."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from environment import interpreter

from model_runtime.serving.local.instance import Instance
from model_runtime.serving.local.process import end
from model_runtime.serving.local.servers import Servers

BRIDGE = Path(__file__).parent / "bridge"
START_LIMIT_S = 500
VARIABLES = {
    "PYTHONPATH": str(BRIDGE),
    "HF_HUB_OFFLINE": "1",
    "SGLANG_USE_CPU_ENGINE": "1",
    "TORCHDYNAMO_DISABLE": "1",
    "OMP_NUM_THREADS": "1",  # Two threads on two cores are many times slower.
    "FLASHINFER_DISABLE_VERSION_CHECK": "1",
}
# torch_native attention takes no sinks; the other backend does, and has to be named twice where there is no AMX.
FOR_A_CPU = (
    *("--device", "cpu", "--attention-backend", "torch_native"),
    *("--prefill-attention-backend", "intel_amx", "--decode-attention-backend", "intel_amx"),
    *("--max-total-tokens", "65536", "--mem-fraction-static", "0.2", "--max-running-requests", "8"),
    *("--chunked-prefill-size", "2048"),  # The sliding-window pool must hold a step.
    *("--decode-log-interval", "1"),  # The gauges are refreshed with each line.
)


@dataclass(frozen=True)
class CpuMachine:
    """home: holds the state directory and an interpreter. checkpoint: its folder's name is the served model's."""

    home: Path
    checkpoint: Path
    port: int

    @property
    def servers(self) -> Servers:
        return Servers(self.home / "state" / "servers")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def python(self) -> Path:
        """SGLang's interpreter, with the bridge on its path."""
        path = self.home / "python"
        lines = [f"export {name}='{value}'" for name, value in VARIABLES.items()]
        path.write_text("\n".join(("#!/bin/sh", *lines, f'exec {interpreter()} "$@"', "")))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MIMOSA_")}
        own = {"MIMOSA_STATE_DIR": str(self.home / "state"), "XDG_CONFIG_HOME": str(self.home / "config")}
        return {**kept, **own}

    def mimosa(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent.cli", *words],
            env=self.environment(),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_LIMIT_S + 30,
        )

    def serve(self, *options: str, extra: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """`mimosa serve` as on a GPU box, with the plan's flags and those that a CPU needs."""
        return self.mimosa(
            *("serve", "--model-path", str(self.checkpoint), "--gpus", "1xH200", "--port", str(self.port)),
            *("--python", str(self.python()), "--wait", str(START_LIMIT_S), *options),
            *("--", *FOR_A_CPU, *extra),
        )

    def instance(self) -> Instance:
        (found,) = self.servers.all()
        return found

    def end_all(self) -> None:
        for each in self.servers.all():
            end(each.process, grace_s=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
