"""One instance: an issue in a repository at a commit, and the tests that say whether it is solved.

The fields are those of a row of SWE-bench 5.x, under their own names, so that a data set goes in and out
unchanged.
"""

import json
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict

from model_runtime.messages import Frozen


def _listed(value: object) -> object:
    """The public rows hold lists as JSON text."""
    return json.loads(value) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]

NetworkMode = Literal["", "public", "no-network", "allowlist"]
"""What an instance says of the agent's network, in Harbor's words; "" is nothing."""


class Instance(Frozen):
    """`patch` is the gold patch and `test_patch` brings the tests that decide; the agent sees neither.

    `image`, `eval_script` and `log_parser` are "" where a row has none (SWE-bench 4.x): the grader then finds
    them out. `log_parser` names an entry of swebench's PARSER_REGISTRY. `source` says which adapter made the
    row. `network_mode` and `allowed_hosts` are what the agent should reach, which is a wish: `running.network`
    decides.
    """

    model_config = ConfigDict(extra="ignore")

    instance_id: str
    repo: str
    base_commit: str
    problem_statement: str
    patch: str
    test_patch: str
    FAIL_TO_PASS: Texts
    PASS_TO_PASS: Texts = ()
    version: str = ""
    hints_text: str = ""
    created_at: str = ""
    environment_setup_commit: str = ""
    difficulty: str = ""
    image: str = ""
    eval_script: str = ""
    log_parser: str = ""
    eval_type: Literal["", "pass_and_fail", "fail_only"] = ""
    test_command: str = ""
    task: str = ""
    network_mode: NetworkMode = ""
    allowed_hosts: Texts = ()
    source: str = "swebench"
