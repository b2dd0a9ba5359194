"""The tokenizer, and the scenes cut into tokens that each have one successor."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TAGS = ("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")
WORDS = 1500
PIECE = re.compile("|".join(map(re.escape, TAGS)) + r"|\w+|[^\w\s<]+|<|\s+")


class Script:
    """A scene is a list of replies. A reply begins with its marker, which the template writes. Each of its pieces
    is a numbered token of its own, so that the last token alone tells what comes next; the decoder drops the
    number."""

    def __init__(self, scenes: Mapping[str, Sequence[str]]) -> None:
        self._scenes = scenes
        self._replies = {
            f"<|{name} {turn}|>": tuple(
                f"⟦{name} {turn} {number}⟧{piece}" for number, piece in enumerate(PIECE.findall(text))
            )
            for name, replies in scenes.items()
            for turn, text in enumerate(replies)
        }

    @property
    def tokens(self) -> list[str]:
        """Markers and pieces."""
        return [token for marker, pieces in self._replies.items() for token in (marker, *pieces)]

    def lengths(self) -> dict[str, int]:
        return {name: len(replies) for name, replies in self._scenes.items()}

    def follows(self) -> Iterator[tuple[str, str]]:
        """Each token with the one that comes after it."""
        for marker, pieces in self._replies.items():
            yield from zip((marker, *pieces), (*pieces, "<|im_end|>"), strict=True)


def build_tokenizer(script: Script, corpus: Sequence[str]) -> Tokenizer:
    """Byte-level, as the model's own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace(Regex("⟦[^⟧]*⟧"), ""), decoders.ByteLevel()])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS, initial_alphabet=alphabet, special_tokens=[], show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_special_tokens([AddedToken(each, special=True, normalized=False) for each in SPECIAL])
    own = [AddedToken(each, special=False, normalized=False) for each in (*TAGS, *script.tokens)]
    tokenizer.add_tokens(own)
    return tokenizer
