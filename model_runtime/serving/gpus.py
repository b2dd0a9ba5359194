"""GPUs: a table of the common ones, and `8xH200` read from the command line."""

import re
from dataclasses import dataclass

from model_runtime.serving.errors import PlanRefused

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True)
class Gpu:
    """One kind of GPU. memory: bytes. capability: CUDA's (major, minor), None for AMD and unknown cards.
    link: NVLink or Infinity Fabric between the cards of a machine; None if not known. taken: bytes in use by
    others."""

    name: str
    memory: int
    capability: tuple[int, int] | None
    link: bool | None
    vendor: str = "nvidia"
    taken: int = 0


@dataclass(frozen=True)
class Machines:
    """`nodes` equal machines with `per_node` equal GPUs each."""

    gpu: Gpu
    per_node: int
    nodes: int = 1

    @property
    def count(self) -> int:
        return self.per_node * self.nodes


# MiB as `nvidia-smi` prints them. The cards marked nominal count the vendor's decimal gigabytes, which is a
# little less than the card has.
_NVIDIA = (
    ("B200", 183_359, (10, 0), True),
    ("B300", 288 * 10**9 // MIB, (10, 3), True),  # nominal
    ("H200", 143_771, (9, 0), True),
    ("H100", 81_559, (9, 0), True),
    ("H800", 81_559, (9, 0), True),
    ("H20", 97_871, (9, 0), True),
    ("A100", 81_920, (8, 0), True),
    ("A100-40", 40_960, (8, 0), True),
    ("RTX-PRO-6000", 97_887, (12, 0), False),
    ("L40S", 46_068, (8, 9), False),
    ("RTX5090", 32_607, (12, 0), False),
    ("RTX4090", 24_564, (8, 9), False),
    ("RTX3090", 24_576, (8, 6), False),
    ("L4", 23_034, (8, 9), False),
    ("A10", 23_028, (8, 6), False),
)
_AMD = (("MI300X", 192), ("MI325X", 256), ("MI355X", 288))  # nominal gigabytes

TABLE = {
    **{name: Gpu(name, memory * MIB, capability, link) for name, memory, capability, link in _NVIDIA},
    **{name: Gpu(name, gigabytes * 10**9, None, True, "amd") for name, gigabytes in _AMD},
}
_SPELLED = re.compile(r"\s*(\d+)\s*[x×*]\s*(\S+)\s*", re.IGNORECASE)  # noqa: RUF001
_PLAIN_SIZE = re.compile(r"(\d+)GB", re.IGNORECASE)


def parse_gpus(text: str, nodes: int = 1) -> Machines:
    """`8xH200` (a machine), or `4x96GB` for a card that is not in the table. Raises PlanRefused."""
    match = _SPELLED.fullmatch(text)
    if match is None or int(match[1]) < 1:
        raise PlanRefused(f"--gpus {text!r} is not COUNTxNAME, such as 8xH200 or 4x96GB.")
    return Machines(find_gpu(match[2]), int(match[1]), nodes)


def find_gpu(name: str) -> Gpu:
    """A card of the table, in any spelling; or one known by its memory alone. Raises PlanRefused."""
    wanted = _bare(name)
    for known, gpu in TABLE.items():
        if _bare(known) == wanted or _bare(known) + "80" == wanted or _bare(known) + "80GB" == wanted:
            return gpu
    size = _PLAIN_SIZE.fullmatch(name)
    if size is not None and int(size[1]) > 0:
        return Gpu(f"{int(size[1])}GB", int(size[1]) * 10**9, None, None, "unknown")
    raise PlanRefused(
        f"The GPU {name!r} is not known. Known are: {', '.join(TABLE)}; any other by its memory, such as 96GB."
    )


def _bare(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())
