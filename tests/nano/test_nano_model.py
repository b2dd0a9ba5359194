"""The engine computes what the plain model computes, however the text is cut."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model_runtime.nano import products
from model_runtime.nano.drafter import Drafter
from model_runtime.nano.engine import open_engine
from model_runtime.nano.errors import CheckpointBroken
from model_runtime.nano.model import Model
from model_runtime.nano.products import FEW, product
from model_runtime.nano.safetensors import read_tensors
from model_runtime.nano.weights import Block
from tests.nano.made_checkpoint import SIZES
from tests.nano.plain_model import PlainModel

IDS = np.random.default_rng(5).integers(3, 512, 60).tolist()


@pytest.fixture(scope="module", params=[True, False], ids=["together", "one after the other"])
def both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few rows go through a matrix as on a processor on which that is fast together, and as on others."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(products, "small_products_are_fast", lambda: request.param)
        yield


@pytest.fixture(scope="module")
def model(checkpoint: Path, both_ways: None) -> Model:  # noqa: ARG001 - in force from here on
    return open_engine(checkpoint).model


@pytest.fixture(scope="module")
def plain(checkpoint: Path) -> PlainModel:
    return PlainModel(read_tensors(checkpoint / "model.safetensors"), SIZES)


@pytest.mark.parametrize("size", [60, 17, 4, 1])
def test_logits_do_not_depend_on_how_the_text_is_cut(model: Model, plain: PlainModel, size: int) -> None:
    caches = model.new_caches()
    pieces = [model.forward(IDS[at : at + size], caches, at) for at in range(0, len(IDS), size)]
    assert np.abs(model.logits(np.concatenate(pieces)) - plain.logits(IDS)).max() < 1e-4


def test_a_text_longer_than_the_sliding_buffers(model: Model) -> None:
    ids = np.random.default_rng(6).integers(3, 512, 900).tolist()
    caches, ones = model.new_caches(), model.new_caches()
    together = np.concatenate([model.forward(ids[at : at + 256], caches, at) for at in range(0, 900, 256)])
    single = np.concatenate([model.forward([token], ones, at) for at, token in enumerate(ids)])
    assert np.abs(together - single).max() < 1e-4


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize("columns", [8, 100, 528, 768, 2560])
def test_rows_times_panels_are_rows_times_the_matrix(columns: int) -> None:
    random = np.random.default_rng(3)
    rows, weight = (random.standard_normal(shape).astype(np.float32) for shape in ((FEW + 1, 192), (columns, 192)))
    panels = Block(weight.size + 16).panels(weight)
    for count in range(1, FEW + 2):
        out = np.empty((count, columns), np.float32)
        assert product(rows[:count], panels, out) is out
        assert np.abs(out - rows[:count] @ weight.T).max() < 1e-4


def test_what_was_written_on_trial_leaves_no_trace(model: Model) -> None:
    caches, untouched = model.new_caches(), model.new_caches()
    for at, token in enumerate(IDS):
        model.forward([token, 9, 10, 11], caches, at)
    for at, token in enumerate(IDS):
        model.forward([token], untouched, at)
    after, expected = (model.forward([7], each, len(IDS)) for each in (caches, untouched))
    assert np.abs(after - expected).max() < 1e-5


def test_a_copy_goes_on_by_itself(model: Model) -> None:
    caches = model.new_caches()
    model.forward(IDS, caches, 0)
    copies = [cache.copy(40) for cache in caches]
    other = model.forward([1, 2, 3], copies, 40)
    expected = model.forward([*IDS[:40], 1, 2, 3], model.new_caches(), 0)[-3:]
    assert np.abs(other - expected).max() < 1e-5


@pytest.mark.parametrize("size", [60, 5, 2, 1])
def test_drafts_are_those_of_the_plain_layers(model: Model, plain: PlainModel, size: int) -> None:
    """Each layer's guess, at every length of the text, with keys that were made on trial and made again."""
    drafter, caches = Drafter(model), model.new_caches()
    state = drafter.new_state()
    for at in range(0, len(IDS) - 1, size):
        end = min(at + size, len(IDS) - 1)
        drafter.observe(model.forward(IDS[at:end], caches, at), state)
        tokens = IDS[: end + 1]
        for number, guess in enumerate(drafter.draft(tokens, state, 3)):
            assert guess == plain.drafted(tokens, number)[-1].argmax()
            tokens = [*tokens, guess]


def test_half_precision_is_read_as_it_was_written(tmp_path: Path) -> None:
    numbers = np.array([1.0, -2.5, 3.0e-5], np.float32)
    halves = (numbers.view(np.uint32) >> 16).astype("<u2")
    header = json.dumps({"x": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + halves.tobytes())
    assert np.allclose(read_tensors(path)["x"], numbers, rtol=1e-2)


def test_a_damaged_file_is_named(checkpoint: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((checkpoint / name).read_bytes())
    with (tmp_path / "model.safetensors").open("r+b") as file:
        file.truncate(100_000)
    with pytest.raises(CheckpointBroken, match=r"model\.safetensors"):
        open_engine(tmp_path)


def test_weights_of_another_shape_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((checkpoint / "model.safetensors").read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({**SIZES, "vocab_size": 600}))
    with pytest.raises(CheckpointBroken, match=r"do not fit their config\.json"):
        open_engine(tmp_path)
