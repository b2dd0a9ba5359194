"""What a tool says of itself to the model: the `description.md` beside its code."""

from importlib.resources import files
from string import Template


def load_description(package: str, **values: str) -> str:
    """The text of `description.md` in `package`, with `$names` filled in. It is part of the frozen head of
    every session, so `values` are settings and never anything that changes."""
    text = files(package).joinpath("description.md").read_text(encoding="utf-8")
    return Template(text).substitute(values).strip()
