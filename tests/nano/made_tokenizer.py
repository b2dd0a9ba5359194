"""A tokenizer of the checkpoint's kind, trained on the prompts."""

from pathlib import Path

from tokenizers import Tokenizer

from model_runtime.nano.train.vocabulary import train_vocabulary

ROOT = Path(__file__).parents[2]


def made_tokenizer(size: int = 512) -> Tokenizer:
    """The same at every call."""
    prompts = sorted((ROOT / "prompts").glob("*.md"))
    return train_vocabulary("", [path.read_text(encoding="utf-8") for path in prompts], size)
