"""Train the tokenizer: byte-level BPE with the family's special tokens, in the format of `tokenizers`."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

BEFORE_A_SPACE = (
    "a|an|and|are|as|assert|at|be|by|class|def|do|elif|except|for|from|if|import|in|is|it|its|lambda|not|of|on|or|"
    "raise|return|that|the|there|this|to|was|while|with|yield|you|your"
)
"""Words that are no names take the space behind them along."""
SPLIT = "|".join(
    (
        r"\r?\n[ ]*",
        rf"(?<![A-Za-z0-9_])(?:{BEFORE_A_SPACE}) ",
        r"[A-Za-z]+",
        r"[0-9]",
        r"\./",
        r" ?(?:(?!\./)[^A-Za-z0-9\s])+ ?",
        r"[ ]+",
        r"\s",
    )
)
"""A name has the same tokens wherever it stands, so no space belongs to it: all this model does is copy names. A
line break takes the next line's indentation along; digits stand alone, and so does the beginning of a path."""
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MARKS = (
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<function=",
    "</function>",
    "<parameter=",
    "</parameter>",
)
SHORTEST_LINE = 24
"""In characters. Shorter lines are left to the merges."""
OFTEN = 0.2


def unchanging_lines(head: str, sessions: Sequence[str]) -> list[str]:
    """The lines of the head, and those that many sessions have: the product's own prompt and what frames a test's
    output. Each becomes one token: there is nothing in them to be copied, and all of them are read each time."""
    counts = Counter(line for text in sessions for line in set(text.split("\n")))
    often = [line for line, count in counts.items() if count > OFTEN * len(sessions)]
    lines = {line for line in (*head.split("\n"), *often) if len(line) >= SHORTEST_LINE}
    return sorted(line for line in lines if not any(mark in line for mark in (*SPECIAL, *MARKS)))


def train_vocabulary(head: str, sessions: Sequence[str], size: int) -> Tokenizer:
    """A tokenizer of `size` tokens, the added ones among them, which have the lowest ids."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    added = [AddedToken(text, special=True, normalized=False) for text in SPECIAL]
    lines = unchanging_lines(head, sessions)
    added += [AddedToken(text, special=False, normalized=False) for text in (*MARKS, *lines)]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=added,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([head, *sessions], trainer)
    return tokenizer


def save_vocabulary(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json. Only the turns' marks are special there: those of a call must survive decoding, and
    the trainer knows no other way to give a token a place of its own."""
    data = json.loads(tokenizer.to_str())
    for token in data["added_tokens"]:
        token["special"] = token["content"] in SPECIAL
    (folder / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
