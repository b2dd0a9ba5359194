"""Byte-level BPE, read from a `tokenizer.json`: text to token ids and back.

Text is cut at the added tokens, the rest into words by the file's own pattern, and each word is merged by rank
(Sennrich et al. 2016, arXiv 1508.07909) over bytes that stand as printable characters (GPT-2). A word is merged
once: its ids are kept.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from model_runtime.nano.errors import CheckpointBroken
from model_runtime.text import encodable

WHITE_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""Unicode's property White_Space. Python's own `\\s` has the four separators \\x1c to \\x1f besides."""

WORDS_KEPT = 65_536
"""After that many different words the cache begins anew, so that it cannot grow without end."""


NEVER = (2**31, 0)
"""The rank of a pair that does not merge."""


class Tokenizer:
    """Ids as the `tokenizers` library gives them for the same file."""

    def __init__(self, document: dict[str, Any]) -> None:
        """`document` is the parsed tokenizer.json. Raises CheckpointBroken for another kind."""
        model = document["model"]
        if model.get("type") != "BPE" or document.get("normalizer") or model.get("ignore_merges"):
            raise CheckpointBroken("tokenizer.json is no plain byte-level BPE: it needs the `tokenizers` library.")
        vocabulary: dict[str, int] = model["vocab"]
        added: dict[str, int] = {token["content"]: token["id"] for token in document["added_tokens"]}
        self._added = added
        self._split = re.compile("|".join(map(re.escape, sorted(added, key=len, reverse=True))) or r"(?!)")
        self._word = re.compile(_pattern(document["pre_tokenizer"]))
        self._merges = _merges(model["merges"], vocabulary)
        characters = byte_characters()
        self._byte_ids = [vocabulary[character] for character in characters]
        as_byte = {character: value for value, character in enumerate(characters)}
        self._bytes = {
            number: bytes(as_byte[c] for c in word) for word, number in vocabulary.items() if word not in added
        }
        self._bytes |= {number: text.encode() for text, number in added.items()}
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def read(cls, path: Path) -> "Tokenizer":
        """Raises CheckpointBroken."""
        try:
            return cls(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointBroken(f"The tokenizer {path} cannot be read: {error!r}.") from error

    @property
    def size(self) -> int:
        """One more than the largest id."""
        return max(self._bytes) + 1

    def id_of(self, added: str) -> int:
        """The id of an added token, such as `<|im_end|>`. Raises KeyError."""
        return self._added[added]

    def encode(self, text: str) -> list[int]:
        """Added tokens that stand in `text` become their own ids. A lone surrogate becomes U+FFFD."""
        text = encodable(text)
        ids: list[int] = []
        position = 0
        for found in self._split.finditer(text):
            ids.extend(self._plain(text[position : found.start()]))
            ids.append(self._added[found.group()])
            position = found.end()
        ids.extend(self._plain(text[position:]))
        return ids

    def token_bytes(self, token: int) -> bytes:
        """What one token stands for; no bytes for an id that no token has."""
        return self._bytes.get(token, b"")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        return b"".join(map(self.token_bytes, ids))

    def decode(self, ids: Iterable[int]) -> str:
        """Added tokens are written out; what is no UTF-8 becomes U+FFFD."""
        return self.decode_bytes(ids).decode("utf-8", "replace")

    def _plain(self, text: str) -> Iterator[int]:
        for word in _isolated(self._word, text):
            ids = self._known.get(word)
            if ids is None:
                if len(self._known) >= WORDS_KEPT:
                    self._known.clear()
                ids = self._known[word] = self._merged(word)
            yield from ids

    def _merged(self, word: str) -> tuple[int, ...]:
        """Merge the pair of the lowest rank, wherever it stands, until none is left that merges."""
        ids = [self._byte_ids[value] for value in word.encode("utf-8")]
        while len(ids) > 1:
            pair = min(pairwise(ids), key=lambda pair: self._merges.get(pair, NEVER))
            if pair not in self._merges:
                break
            ids = _joined(ids, pair, self._merges[pair][1])
        return tuple(ids)


class TokenStream:
    """Text out of ids that come one after another: a character appears once its last byte has."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, token: int) -> str:
        return self._decoder.decode(self._tokenizer.token_bytes(token))

    def end(self) -> str:
        """What an unfinished character leaves behind: U+FFFD, or nothing."""
        return self._decoder.decode(b"", final=True)


def _joined(ids: list[int], pair: tuple[int, int], whole: int) -> list[int]:
    """`ids` with each `pair`, from the left, replaced by `whole`."""
    out: list[int] = []
    at = 0
    while at < len(ids):
        if at + 1 < len(ids) and (ids[at], ids[at + 1]) == pair:
            out.append(whole)
            at += 2
        else:
            out.append(ids[at])
            at += 1
    return out


def byte_characters() -> list[str]:
    """The printable character that stands for each byte (GPT-2's table): Latin-1 where it is printable, and from
    U+0100 on for the other 68."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(value if value in printable else next(others)) for value in range(256)]


def _pattern(pre_tokenizer: dict[str, Any]) -> str:
    """The pattern of words. Raises CheckpointBroken if the text is cut in any other way."""
    match pre_tokenizer:
        case {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": str(pattern)}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
            ],
        }:
            return _translated(pattern)
    raise CheckpointBroken("tokenizer.json cuts text into words in a way that is not known here (pre_tokenizer).")


def _translated(pattern: str) -> str:
    r"""`pattern` with `\s` as Unicode has it, inside of `[...]` and outside."""
    parts: list[str] = []
    inside = False
    for piece in re.findall(r"\\.|.", pattern, re.DOTALL):
        if piece == r"\s":
            parts.append(WHITE_SPACE if inside else f"[{WHITE_SPACE}]")
            continue
        inside = piece == "[" or (inside and piece != "]")
        parts.append(piece)
    return "".join(parts)


def _isolated(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Every match, and what stands between matches."""
    position = 0
    for found in pattern.finditer(text):
        if found.start() > position:
            yield text[position : found.start()]
        yield found.group()
        position = found.end()
    if position < len(text):
        yield text[position:]


def _merges(
    listed: Sequence[str | list[str]], vocabulary: dict[str, int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Pair of ids to (rank, id of both together)."""
    merges: dict[tuple[int, int], tuple[int, int]] = {}
    for rank, pair in enumerate(listed):
        left, right = pair.split(" ") if isinstance(pair, str) else pair
        merges[vocabulary[left], vocabulary[right]] = rank, vocabulary[left + right]
    return merges
