"""A test that must fail, added to the deciding ones: a runner that lets it pass lets everything pass."""

import secrets
from pathlib import PurePosixPath

from evals.instances.base import Instance

PREFIX = "test_mimosa_canary_"
PARSERS_WITHOUT = frozenset({"parse_log_django"})
"""These tell of test classes alone, and a canary is a function."""


def canary_name() -> str:
    """A name that no patch can know."""
    return PREFIX + secrets.token_hex(8)


def canary_files(instance: Instance, deciding: list[str]) -> list[str]:
    """The Python files among `deciding` in which a canary is bound to be collected; none where nobody can tell."""
    if instance.log_parser in PARSERS_WITHOUT:
        return []
    ids = (*instance.FAIL_TO_PASS, *instance.PASS_TO_PASS)
    named = {test.partition("::")[0] for test in ids if "::" in test}
    python = [path for path in deciding if PurePosixPath(path).suffix == ".py"]
    if named:
        return [path for path in python if path in named]
    # sympy's own runner tells no file, and collects each that it is given.
    return python if instance.log_parser == "parse_log_sympy" else []


def plant_command(name: str, files: list[str]) -> str:
    """Adds the canary to the end of each file."""
    text = f"\\n\\ndef {name}():\\n    assert False, 'a canary'\\n"
    quoted = " ".join(f"'{path}'" for path in files)
    return f'for file in {quoted}; do printf "{text}" >>"$file" || exit 1; done'


def is_alive(name: str, files: list[str], statuses: dict[str, str]) -> bool:
    """Whether the canary of some file did not fail, or was not reported."""
    failed = [test for test, status in statuses.items() if name in test and status in ("FAILED", "ERROR")]
    others = [test for test, status in statuses.items() if name in test and status not in ("FAILED", "ERROR")]
    by_file = any("::" in test for test in failed)
    expected = len(files) if by_file else 1
    return bool(others) or len(failed) < expected
