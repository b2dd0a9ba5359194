"""A checkpoint that is ready to answer, read once in a process."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from model_runtime.nano.engine import Engine, open_engine
from model_runtime.nano.errors import CheckpointBroken
from model_runtime.nano.tokenizer import Tokenizer
from model_runtime.nano.words import Learned

_lock = threading.Lock()
_loaded: dict[tuple[Path, bool], "Loaded"] = {}


@dataclass(frozen=True)
class Loaded:
    """ends: the ids that end a reply. learned: the words that it says unread. finished: how greedy replies that
    begin with these ids went on (`second_try.py`)."""

    engine: Engine
    tokenizer: Tokenizer
    ends: frozenset[int]
    learned: Learned | None
    finished: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    @property
    def context_length(self) -> int:
        return self.engine.model.config.context_length


def load(checkpoint: Path, *, lookup: bool = True) -> Loaded:
    """The one of this process for the folder `checkpoint`; `lookup`: see `Engine`. Raises CheckpointBroken."""
    folder = checkpoint.resolve()
    with _lock:
        if (folder, lookup) not in _loaded:
            engine, tokenizer = open_engine(folder, lookup=lookup), Tokenizer.read(folder / "tokenizer.json")
            ends, learned = _ends(folder / "generation_config.json"), Learned.read(folder)
            _loaded[folder, lookup] = Loaded(engine, tokenizer, ends, learned)
        return _loaded[folder, lookup]


def _ends(path: Path) -> frozenset[int]:
    try:
        ids = json.loads(path.read_text(encoding="utf-8"))["eos_token_id"]
        return frozenset([ids] if isinstance(ids, int) else map(int, ids))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointBroken(f"{path} does not say which tokens end a reply: {error!r}.") from error
