"""Is there an NVIDIA GPU? Asked of the driver's own library, so that nothing needs to be installed to ask.

    python tests/real_sglang/gpu_here.py

Prints which GPU CUDA would show first. Ends with 75 and says why if there is none.
"""

import ctypes
import os
import sys

LIBRARY = "libnvidia-ml.so.1"
CANNOT = 75


class NoGpu(Exception):
    """For the reason in the message."""


def first_gpu() -> str:
    """Its number or UUID, as CUDA_VISIBLE_DEVICES names it. Raises NoGpu."""
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    if shown is not None and not shown.strip():
        raise NoGpu("CUDA_VISIBLE_DEVICES hides all of them")
    try:
        driver = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise NoGpu(f"NVIDIA's driver is not installed ({LIBRARY} is missing)") from error
    code = driver.nvmlInit_v2()
    if code:
        raise NoGpu(f"NVIDIA's driver does not answer (NVML error {code})")
    count = ctypes.c_uint(0)
    code = driver.nvmlDeviceGetCount_v2(ctypes.byref(count))
    driver.nvmlShutdown()
    if code or not count.value:
        raise NoGpu("NVIDIA's driver sees none")
    return (shown or "0").split(",")[0].strip()


def tell(why: NoGpu) -> int:
    print(f"No GPU: {why}. Nothing was run, installed or written.", file=sys.stderr)
    return CANNOT


def main() -> int:
    try:
        print(first_gpu())
    except NoGpu as why:
        return tell(why)
    return 0


if __name__ == "__main__":
    sys.exit(main())
