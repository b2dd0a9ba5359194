"""What has to be known of a programming language for its exercises to be graded."""

from collections.abc import Callable
from dataclasses import dataclass, field

INSIDE = "/opt/exercises"
"""Where an image keeps the scripts that build an exercise and run its tests."""


def as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Language:
    """`find_tests` gives the ids of the tests in a file's name and text, as the parser `log_parser` tells them;
    `whole` is what makes every test of a file run. `test_command` is given the files of the tests.

    `suffix` is that of its code, `companions` of what else a solution may consist of, `test_suffix` how the files
    of tests end. `project` are patterns of further files that are needed to build it, which the agent sees.
    `packages` are the distribution's, to be installed in the image, "a | b" for the first of them that it has;
    `files` are (path, name in `inside`).
    """

    name: str
    suffix: str
    test_suffix: str
    test_command: str
    log_parser: str
    find_tests: Callable[[str, str], list[str]] = field(repr=False)
    whole: Callable[[str], str] = field(default=as_it_is, repr=False)
    companions: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
