"""What SGLang 0.5.23 writes while it starts, and what it writes when a start fails; read from its source
and compared with a real log (tests/recorded).

A line that begins with `[` gets the time; tqdm's counters overwrite theirs with a carriage return.
"""

from collections.abc import Iterator
from dataclasses import dataclass


def before_binding(model: str) -> Iterator[str]:
    yield f"[ ] server_args={{'model_path': '{model}'}}"
    for done in (0, 1, 2):
        yield f"\rFetching 2 files:  {done * 50}%|{'#' * done:2}| {done}/2 [00:0{done}<00:04,  1.00s/it]"
    yield "\n[ TP0] Init torch distributed ends. elapsed=1.32 s, mem usage=0.60 GB"
    yield "[ TP0] Load weight begin. avail mem=139.10 GB"
    for done in (0, 1, 2):
        yield (
            f"\rMulti-thread loading shards:  {done * 50}% Completed | {done}/2 [00:0{done}<00:3{done},  1.1it/s]"
        )
    yield (
        "\n[ TP0] Load weight end. elapsed=41.70 s, type=MiMoV2FlashForCausalLM, quant=fp8, avail mem=98.10 GB, "
        "mem usage=41.00 GB."
    )
    yield "[ TP0] Load weight begin. avail mem=98.10 GB"
    yield "\rMulti-thread loading shards: 100% Completed | 2/2 [00:01<00:00, 34.0it/s]"
    yield "\n[ TP0] Load weight end. elapsed=0.90 s, type=MiMoV2MTP, avail mem=97.70 GB, mem usage=0.40 GB."
    yield "[ TP0] KV Cache is allocated. dtype: torch.bfloat16, #tokens: 65536, K size: 8.00 GB, V size: 6.00 GB"
    yield ("[ TP0] Capture target verify CUDA graph begin. backend=full, num_tokens_per_req=4, avail mem=20.00 GB")
    for done in (0, 1, 2):
        counter = f"{done * 50}%|{'#' * done:2}| {done}/2 [00:01<00:02, 1it/s]"
        yield f"\rCapturing batches (bs={2 - done} avail_mem=19.00 GB):  {counter}"
    yield "\n[ TP0] Capture target verify CUDA graph end. bs=[1, 2], elapsed=2.00 s, mem usage=1.00 GB."
    yield "[ TP0] Entering DeepGEMM JIT Pre-Compile session. It may take a long time (typically 10-20 mins)"
    yield "DeepGEMM warmup:  50%|#####     | 64/128 [00:10<00:10,  6.4it/s]"
    yield "[ TP0] max_total_num_tokens=65536, chunked_prefill_size=8192, max_running_requests=128"


def after_binding(host: str, port: int) -> Iterator[str]:
    yield "[] INFO:     Application startup complete."
    yield f"[] INFO:     Uvicorn running on http://{host}:{port} (Press CTRL+C to quit)"
    yield "[] The server is fired up and ready to roll!"


@dataclass(frozen=True)
class Failure:
    """after: the beginning of the line that is the last one before it."""

    after: str
    text: str
    exit_code: int = 1


LOADING = "[ TP0] Load weight begin"
CAPTURING = "[ TP0] Capture target verify CUDA graph begin"
JIT = "[ TP0] Entering DeepGEMM"


def scheduler(error: str) -> str:
    return (
        f"[ TP0] Scheduler hit an exception: Traceback (most recent call last):\n"
        f"{error}\n\n[] Received sigquit from a child process. It usually means the child failed."
    )


FAILURES = {
    "gpu-memory": Failure(
        CAPTURING,
        scheduler(
            "Exception: Capture cuda graph failed: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a "
            "total capacity of 139.81 GiB of which 1.10 GiB is free.\nPossible solutions:\n"
            "1. set --mem-fraction-static to a smaller value (e.g., 0.8 or 0.7)"
        ),
        -9,
    ),
    "no-cache-memory": Failure(
        LOADING,
        scheduler(
            "RuntimeError: Not enough memory. Please try to increase --mem-fraction-static. Current value: 0.6"
        ),
        -9,
    ),
    "driver": Failure(
        "[ ] server_args",
        "RuntimeError: The NVIDIA driver on your system is too old (found version 12020).",
    ),
    "missing-weights": Failure(
        LOADING, scheduler("RuntimeError: Cannot find any model weights with `/models/mimo`"), -9
    ),
    "corrupt-weights": Failure(
        LOADING,
        scheduler("safetensors_rust.SafetensorError: Error while deserializing header: MetadataIncompleteBuffer"),
        -9,
    ),
    "disk-full": Failure(
        "[ ] server_args", "OSError: [Errno 28] No space left on device: 'model-00001-of-00145.safetensors'"
    ),
    "jit-timeout": Failure(
        JIT, "[ TP0] Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)", -9
    ),
    "host-memory": Failure(
        LOADING,
        "RuntimeError: Rank 0 scheduler died during initialization (exit code: -9). If exit code is -9 (SIGKILL), "
        "a common cause is the OS OOM killer.",
    ),
    "unknown": Failure(LOADING, scheduler("ValueError: the flux capacitor is not aligned")),
}
