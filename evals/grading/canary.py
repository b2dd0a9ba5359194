"""A test that must fail, added to the deciding ones: a runner that lets it pass lets everything pass."""

import secrets
import shlex
from pathlib import PurePosixPath

from evals.exercises.go import GO
from evals.exercises.javascript import JAVASCRIPT
from evals.exercises.known import language_of_instance
from evals.exercises.python import PYTHON
from evals.instances.base import Instance

PREFIX = "test_mimosa_canary_"
PARSERS_WITHOUT = frozenset({"parse_log_django"})
"""These tell of test classes alone, and a canary is a function."""

SUFFIXES = {language.log_parser: language.test_suffix for language in (GO, JAVASCRIPT)}
"""Test files that are not in Python. One of them is enough: their ids name no file."""

_JAVA = (
    "class CanaryTest {{ @org.junit.jupiter.api.Test void {name}() "
    "{{ org.assertj.core.api.Assertions.assertThat(1).isEqualTo(2); }} }}"
)


def canary_name() -> str:
    """A name that no patch can know."""
    return PREFIX + secrets.token_hex(8)


def canary_files(instance: Instance, deciding: list[str]) -> list[str]:
    """The files among `deciding` in which a canary is bound to be collected; none where nobody can tell."""
    if instance.log_parser in PARSERS_WITHOUT:
        return []
    if suffix := _suffix(instance):
        return [path for path in deciding if path.endswith(suffix)][:1]
    ids = (*instance.FAIL_TO_PASS, *instance.PASS_TO_PASS)
    named = {test.partition("::")[0] for test in ids if "::" in test}
    python = [path for path in deciding if PurePosixPath(path).suffix == ".py"]
    if named:
        return [path for path in python if path in named]
    # sympy's own runner tells no file, and collects each that it is given.
    return python if instance.log_parser == "parse_log_sympy" else []


def _suffix(instance: Instance) -> str:
    """How test files end that are not in Python, "" for those that are."""
    language = language_of_instance(instance)
    if language is None:
        return SUFFIXES.get(instance.log_parser, "")
    return language.test_suffix if language is not PYTHON else ""


def plant_command(name: str, files: list[str]) -> str:
    """Adds the canary to the end of each file."""
    return "\n".join(
        f"printf '%s' {shlex.quote(_text(name, path))} >>{shlex.quote(path)} || exit 1" for path in files
    )


def _text(name: str, path: str) -> str:
    match PurePosixPath(path).suffix:
        case ".go":
            return f'\n\nfunc Test_{name}(t *testing.T) {{\n\tt.Fatal("a canary")\n}}\n'
        case ".js":
            return f"\n\ntest('{name}', () => {{ expect('a canary').toBe('dead'); }});\n"
        case ".cpp":
            return f'\n\nTEST_CASE("{name}") {{ REQUIRE(1 == 2); }}\n'
        case ".java":
            return f"\n\n{_JAVA.format(name=name)}\n"
        case ".rs":
            return f'\n\n#[test]\nfn {name}() {{\n    assert_eq!(1, 2, "a canary");\n}}\n'
        case _:
            return f"\n\ndef {name}():\n    assert False, 'a canary'\n"


def is_alive(name: str, files: list[str], statuses: dict[str, str]) -> bool:
    """Whether the canary of some file did not fail, or was not reported."""
    failed = [test for test, status in statuses.items() if name in test and status in ("FAILED", "ERROR")]
    others = [test for test, status in statuses.items() if name in test and status not in ("FAILED", "ERROR")]
    by_file = any("::" in test for test in failed)
    expected = len(files) if by_file else 1
    return bool(others) or len(failed) < expected
