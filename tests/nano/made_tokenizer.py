"""A byte-level BPE of the checkpoint's kind, trained on the prompts by the `tokenizers` library."""

from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PATTERN = r"\r?\n[ ]*| ?[A-Za-z]+| ?[0-9]| ?[^A-Za-z0-9\s]+|[ ]+|\s"
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MARKUP = (
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
ROOT = Path(__file__).parents[2]


def made_tokenizer(size: int = 512) -> Tokenizer:
    """The same at every call."""
    tokenizer = Tokenizer(models.BPE())
    words = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    added = [AddedToken(text, special=text in SPECIAL, normalized=False) for text in (*SPECIAL, *MARKUP)]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=added,
        show_progress=False,
    )
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "prompts").glob("*.md"))]
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
