"""`mimosa eval validate DATASET`."""

from collections import Counter
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from agent.commands.guard import told
from agent.export.words import plural
from evals.commands.images import REFUSED, Wanted
from evals.errors import EvalError
from evals.grading.grader import DockerGrader
from evals.grading.validation import Validation, validate
from sandbox.progress import shown_on

ALL_VALID, SOME_NOT = 0, 1
NAME = "validated.jsonl"


def run_validate(wanted: Wanted, output: Path) -> int:
    """Exit code 1 if some instance is not to be believed, or could not be run."""
    with told():
        console = Console(stderr=True, highlight=False)
        instances = wanted.instances()
        output.mkdir(parents=True, exist_ok=True)
        known, failed = _read(output / NAME), 0
        with shown_on(console) as report:
            # No canary: gold is run twice anyway, and is not suspected.
            grader = DockerGrader(wanted.images(report), canary=False)
            for number, instance in enumerate(instances, start=1):
                if instance.instance_id not in known:
                    try:
                        found = validate(instance, grader, output / instance.instance_id)
                    except REFUSED as error:
                        failed += 1
                        print(f"[{number}/{len(instances)}] {instance.instance_id}  not run: {error}", flush=True)
                        continue
                    _append(output / NAME, found)
                    known[instance.instance_id] = found
                print(f"[{number}/{len(instances)}] {_told(known[instance.instance_id])}", flush=True)
        return _told_sum([known[row.instance_id] for row in instances if row.instance_id in known], failed)


def _told(found: Validation) -> str:
    words = [found.instance_id, found.state, f"{found.seconds:.0f} s"]
    if found.why:
        words.append(found.why)
    if found.flaky:
        words.append(f"not always alike: {', '.join(found.flaky)}")
    return "  ".join(words)


def _told_sum(found: list[Validation], failed: int) -> int:
    states = Counter(entry.state for entry in found)
    summary = ", ".join(f"{count} {state}" for state, count in states.most_common())
    print(
        f"{plural(len(found), 'instance')}: {summary or 'none was run'}{f', {failed} not run' if failed else ''}"
    )
    return ALL_VALID if states["valid"] == len(found) and not failed else SOME_NOT


def _append(path: Path, found: Validation) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(found.model_dump_json() + "\n")


def _read(path: Path) -> dict[str, Validation]:
    """What an earlier run found. A torn last line is dropped, and its instance run again."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    try:
        found = [Validation.model_validate_json(line) for line in whole.splitlines()]
    except ValidationError as error:
        raise EvalError(f"{path} is damaged; name another folder with --output. ({error})") from error
    return {entry.instance_id: entry for entry in found}
