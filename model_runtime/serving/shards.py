"""The bytes of a checkpoint's weights, from the headers of its safetensors files; no tensor is read.

A file begins with the length of its header (8 bytes, little endian), then JSON: the tensors' names and offsets.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_runtime.serving.errors import PlanRefused

INDEX = "model.safetensors.index.json"
MTP_LAYER = re.compile(r"(?:^|\.)mtp(?:_layers|\.layers)?\.(\d+)\.")


@dataclass(frozen=True)
class WeightBytes:
    """model: bytes without the MTP layers. mtp: bytes of those. mtp_layers: how many there are."""

    model: int
    mtp: int
    mtp_layers: int


def weight_bytes(folder: Path) -> WeightBytes:
    """Raises PlanRefused where a shard is missing, cut short or unreadable."""
    files = _files(folder)
    if not files:
        raise PlanRefused(f"{folder} has no *.safetensors files; fetch the weights first.")
    model = mtp = 0
    layers = set()
    for file in files:
        for name, size in _tensors(file).items():
            found = MTP_LAYER.search(name)
            if found is None:
                model += size
                continue
            mtp += size
            layers.add(found[1])
    return WeightBytes(model, mtp, len(layers))


def _files(folder: Path) -> list[Path]:
    """The shards that the index names, or all there are without an index."""
    index = folder / INDEX
    if not index.is_file():
        return sorted(folder.glob("*.safetensors"))
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanRefused(f"{index} cannot be read ({error!r}); fetch it again.") from error
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise PlanRefused(f"{folder} lacks {missing[0]}{more} of {len(names)} shards; fetch the weights again.")
    return [folder / name for name in names]


def _tensors(file: Path) -> dict[str, int]:
    """Bytes by tensor. Raises PlanRefused where the file is shorter or longer than its header says."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if length > size:
                raise ValueError("its header is longer than the file")
            header: dict[str, Any] = json.loads(stream.read(length))
        spans = {name: each["data_offsets"] for name, each in header.items() if name != "__metadata__"}
        end = 8 + length + max((span[1] for span in spans.values()), default=0)
        tensors = {name: int(span[1]) - int(span[0]) for name, span in spans.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanRefused(f"{file} is not a safetensors file ({error}); fetch it again.") from error
    if end != size:
        raise PlanRefused(f"{file} has {size:,} bytes where its header says {end:,}; fetch it again.")
    return tensors
