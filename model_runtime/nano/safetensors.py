"""The safetensors format: eight bytes of length, a JSON header that says where each tensor is, and the data."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model_runtime.nano.errors import CheckpointBroken

Tensor = NDArray[np.float32]


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of the file as float32, row by row as it is stored. Raises CheckpointBroken."""
    try:
        return dict(_tensors(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointBroken(f"The weights {path} cannot be read: {error}.") from error


def _tensors(raw: bytes) -> Iterator[tuple[str, Tensor]]:
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    data = memoryview(raw)[8 + length :]
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        yield name, _float32(data[begin:end], entry["dtype"]).reshape(entry["shape"])


def _float32(data: memoryview, dtype: str) -> Tensor:
    match dtype:
        case "F32":
            return np.frombuffer(data, "<f4").astype(np.float32)
        case "F16":
            return np.frombuffer(data, "<f2").astype(np.float32)
        case "BF16":  # the upper half of a float32
            return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    raise ValueError(f"tensors of type {dtype} are not known here")
