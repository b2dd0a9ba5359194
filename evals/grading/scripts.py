"""What is run to grade an instance: the row's own script, or one made as SWE-bench makes it."""

import shlex

from evals.errors import EvalError
from evals.grading.patches import test_files
from evals.instances.base import Instance
from evals.swebench import grader_module
from model_runtime.messages import Frozen

HEREDOC = "EOF_114329324912"
"""As in SWE-bench's own scripts."""


class EvalScript(Frozen):
    """`prepare` brings the tests in; `tests` runs them, and its exit code is theirs. Both are lines of bash."""

    prepare: str
    tests: str


def eval_script(instance: Instance, test_command: str, folder: str) -> str:
    """The whole script in SWE-bench's form, the row's own if it has one. `test_command` runs tests that are
    appended to it; `folder` is the repository's. Raises EvalError where nobody knows how the tests are run."""
    if instance.eval_script:
        return instance.eval_script
    test_command = instance.test_command or test_command
    if not test_command:
        raise EvalError(
            f"{instance.instance_id}: the row has no eval_script, and no command is known that runs its tests."
        )
    constants = grader_module("constants")
    files = test_files(instance.test_patch)
    at_base = " ".join(shlex.quote(name) for name, is_new in files if not is_new)
    reset = f"git checkout {instance.base_commit} {at_base}" if at_base else "true"
    remove = " ".join(shlex.quote(name) for name, is_new in files if is_new)
    lines = (
        "#!/bin/bash",
        "set -uxo pipefail",
        f"cd {folder}",
        reset,
        *((f"rm -f {remove}",) if remove else ()),
        f"git apply -v - <<'{HEREDOC}'\n{instance.test_patch.rstrip()}\n\n{HEREDOC}",
        f": '{constants.START_TEST_OUTPUT}'",
        f"{_reporting(test_command)} {directives(instance)}",
        f": '{constants.END_TEST_OUTPUT}'",
        reset,
    )
    return "\n".join(lines) + "\n"


def split(script: str, instance_id: str) -> EvalScript:
    """The two parts of a script in SWE-bench's form. What follows the tests is left out: the container is thrown
    away. Raises EvalError for one without the markers between which tests run."""
    constants = grader_module("constants")
    lines = script.splitlines()
    start = [number for number, line in enumerate(lines) if constants.START_TEST_OUTPUT in line]
    end = [number for number, line in enumerate(lines) if constants.END_TEST_OUTPUT in line]
    if not start or not end or end[-1] <= start[0]:
        raise EvalError(f"{instance_id}: its eval_script does not mark where the output of the tests is.")
    return EvalScript(prepare="\n".join(lines[: start[0]]), tests="\n".join(lines[start[0] + 1 : end[-1]]))


def directives(instance: Instance) -> str:
    """The files of the test patch that are given to the test command, quoted."""
    not_tests = tuple(grader_module("constants").NON_TEST_EXTS)
    return " ".join(
        shlex.quote(name) for name, _ in test_files(instance.test_patch) if not name.endswith(not_tests)
    )


def _reporting(test_command: str) -> str:
    """pytest tells the names of the tests that passed only where it is asked to."""
    words = test_command.split()
    is_pytest = any(word.rpartition("/")[2] == "pytest" for word in words)
    return f"{test_command} -rA" if is_pytest and "-rA" not in words else test_command
