"""The function templates: small functions and classes with a docstring and example calls.

A template in `templates/*.template`:

    %% clamp limit bounded            its own name, then others that it may get
    ^ from datetime import date       what it imports, if anything
    def clamp(value, low, high):      the code as it should be
        ...
    ~ Return value, but ...           another wording of the docstring
    = 3: 2 3 4 5                      a number of the code and the docstring that may be another
    > clamp(5, 1, 10)                 an example; statements before the last expression are parted by "; "
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FIRST = ("numbers", "sequences", "text")
"""Files of the templates that the first checkpoint learned from; the held-out instances are drawn from these."""

LEARNED = (*FIRST, "mappings", "parsing")
"""Files that sessions to learn from are drawn from."""

UNSEEN = ("classes", "dates", "money")
"""Files that no model learns from: they show what it makes of functions that it has never seen."""


@dataclass(frozen=True)
class Template:
    """`names[0]` is the name in `code`. `choices` are pairs of a number in the text and what may stand for it."""

    names: tuple[str, ...]
    code: str
    docstrings: tuple[str, ...]
    examples: tuple[str, ...]
    imports: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_class(self) -> bool:
        return self.code.startswith("class ")


@cache
def read_templates(names: tuple[str, ...] = LEARNED) -> tuple[Template, ...]:
    """The templates of the files of those names."""
    folder = files("evals.lessons").joinpath("templates")
    texts = [folder.joinpath(f"{name}.template").read_text(encoding="utf-8") for name in names]
    return tuple(_parse(block) for text in texts for block in text.split("%% ")[1:])


def _parse(block: str) -> Template:
    head, *lines = block.rstrip("\n").split("\n")
    marked: dict[str, list[str]] = {"^": [], "~": [], "=": [], ">": []}
    code = []
    for line in lines:
        if line[:2].strip() in marked and line[1:2] == " ":
            marked[line[0]].append(line[2:])
        else:
            code.append(line)
    text = "\n".join(code)
    own = text.split('"""')[1]
    choices = []
    for choice in marked["="]:
        number, _, others = choice.partition(": ")
        choices.append((number, tuple(others.split())))
    return Template(
        tuple(head.split()),
        text,
        (own, *marked["~"]),
        tuple(marked[">"]),
        tuple(marked["^"]),
        tuple(choices),
    )
