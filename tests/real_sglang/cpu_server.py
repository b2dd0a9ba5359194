"""The real SGLang on this machine's CPU."""

from dataclasses import dataclass
from pathlib import Path

from environment import CPU
from served_machine import Ground, ServedMachine

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


# The plan is made for a GPU, and so are its flags.
ON_A_CPU = Ground(CPU.interpreter, VARIABLES, ("--gpus", "1xH200"), FOR_A_CPU, START_LIMIT_S)


@dataclass(frozen=True)
class CpuMachine(ServedMachine):
    """With the bridge on the interpreter's path."""

    on: Ground = ON_A_CPU
