"""What is known to end a server, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """name: for programs. pattern: what the log holds, any of several lines. what: in a sentence. todo: what cures
    it. also: a second thing that the log must hold."""

    name: str
    pattern: str
    what: str
    todo: str
    also: str = ""


# The first that fits is told: what is certain comes before what may follow from something else. The words are
# those of SGLang 0.5.23, PyTorch, huggingface_hub and the operating system.
CAUSES = (
    Cause(
        "disk-full",
        r"No space left on device|Errno 28\b|Disk quota exceeded",
        "a disk is full",
        "Make room where the weights are kept (`df -h ~/.cache/huggingface`), or set HF_HOME to a larger disk. "
        "What was downloaded is kept.",
    ),
    Cause(
        "unknown-flag",
        r"error: (unrecognized arguments|ambiguous option|argument --[\w-]+: (invalid|expected))",
        "this SGLang does not know a flag",
        "",
    ),
    Cause(
        "port-taken",
        r"address already in use|Errno 98\b|Port is already in use|is not available in \d+ seconds",
        "a port that it needs is taken",
        "End what listens there (`ss -ltnp` shows it), or take another with --port.",
    ),
    Cause(
        "driver",
        r"NVIDIA driver on your system is too old|CUDA driver version is insufficient|Found no NVIDIA driver"
        r"|no kernel image is available|forward compatibility was attempted|Driver/library version mismatch",
        "the GPU's driver and this PyTorch do not fit together",
        "`nvidia-smi` shows the driver and the newest CUDA it can run. Update the driver (then "
        "restart the machine), or install a PyTorch made for an older CUDA into SGLang's environment.",
    ),
    Cause(
        "corrupt-weights",
        r"SafetensorError|HeaderTooLarge|MetadataIncompleteBuffer|InvalidHeader",
        "a file of the weights is damaged or cut short",
        "Remove the file that the log names, and start again: it is downloaded anew. Into a folder of your "
        "own, copy it again.",
    ),
    Cause(
        "missing-weights",
        r"Cannot find any model weights|does not appear to have a file named|RepositoryNotFoundError"
        r"|LocalEntryNotFoundError|is not a local folder and is not a valid model identifier"
        r"|OfflineModeIsEnabled|FileNotFoundError: .*(safetensors|config\.json)",
        "the weights are not there, and cannot be fetched",
        "Check the network and the name; for a copy on disk give its folder as --model-path. A closed model needs "
        "HF_TOKEN; HF_HUB_OFFLINE=1 forbids downloads.",
    ),
    Cause(
        "no-cache-memory",
        r"Not enough memory\. Please try to increase --mem-fraction-static",
        "the weights leave no GPU memory for the cache",
        "See `nvidia-smi` for other programs on the GPUs. Otherwise give it more of the memory, such as "
        "`mimosa serve -- --mem-fraction-static 0.9`, or more GPUs; `mimosa serve --plan` computes it.",
    ),
    Cause(
        "gpu-memory",
        r"CUDA out of memory|OutOfMemoryError|Capture cuda graph failed|CUBLAS_STATUS_ALLOC_FAILED"
        r"|CUDA error: out of memory|HIP out of memory",
        "a GPU ran out of memory",
        "See `nvidia-smi` for other programs on the GPUs. Otherwise leave more for graphs and workspace, such as "
        "`mimosa serve -- --mem-fraction-static 0.7`, or ask for less with --context.",
    ),
    Cause(
        "jit-timeout",
        r"watchdog timeout|Watchdog caught collective operation timeout|DeepEP error: timeout"
        r"|Timed out after [\d.]+s waiting for|Read timed out|Timeout.*(compil|lock)",
        "compiling kernels took longer than SGLang waits",
        "Start it again: what was compiled is kept, and the second start is quicker.",
        also=r"DeepGEMM|JIT|Compiling|ninja",
    ),
    Cause(
        "host-memory",
        r"exit code: -9\b|Cannot allocate memory|std::bad_alloc|DefaultCPUAllocator: can't allocate memory",
        "the machine ran out of main memory",
        "`dmesg -T | grep -i oom` tells for certain. End other programs, or load with fewer threads: "
        "`mimosa serve -- --model-loader-extra-config '{}'`.",
    ),
)
