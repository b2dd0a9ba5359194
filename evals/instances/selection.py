"""Which instances of a data set are meant: the options of the command line, in the order in which they act."""

import random
import re
from collections.abc import Sequence

from evals.errors import EvalError
from evals.instances.base import Instance
from model_runtime.messages import Frozen


class Selection(Frozen):
    """`ids` are instance ids, all of which must be there; `filter` is a regular expression that must occur in the
    id. Then the order is shuffled with `seed`, and `slice` takes a part of it, as Python does ("5:10", ":20",
    "::3")."""

    ids: tuple[str, ...] = ()
    filter: str = ""
    shuffle: bool = False
    seed: int = 0
    slice: str = ""


def select(instances: Sequence[Instance], selection: Selection) -> tuple[Instance, ...]:
    """The chosen instances. Raises EvalError for options that cannot be understood, and when none is left."""
    chosen = _filtered(_named(instances, selection.ids), selection.filter)
    if selection.shuffle:
        # By id first: the order then depends on the seed alone, and not on the file that the rows came from.
        chosen.sort(key=lambda instance: instance.instance_id)
        random.Random(selection.seed).shuffle(chosen)
    chosen = chosen[_slice(selection.slice)]
    if not chosen:
        raise EvalError(
            f"None of the {len(instances)} instances is chosen; look at --ids, --filter and --slice again."
        )
    return tuple(chosen)


def _named(instances: Sequence[Instance], ids: tuple[str, ...]) -> list[Instance]:
    if not ids:
        return list(instances)
    known = {instance.instance_id: instance for instance in instances}
    if missing := [wanted for wanted in ids if wanted not in known]:
        raise EvalError(f"The data set has no instance {', '.join(missing)}; it has {_some(list(known))}.")
    return [known[wanted] for wanted in dict.fromkeys(ids)]


def _filtered(instances: list[Instance], pattern: str) -> list[Instance]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise EvalError(f"--filter: expected a regular expression, found '{pattern}' ({error}).") from error
    return [instance for instance in instances if expression.search(instance.instance_id)]


def _slice(text: str) -> slice:
    parts = text.split(":") if text else [""]
    try:
        numbers = [int(part) if part.strip() else None for part in parts]
        if len(numbers) == 1 and numbers[0] is not None:
            return slice(numbers[0])
        return slice(*numbers) if len(numbers) > 1 else slice(None)
    except (ValueError, TypeError) as error:
        raise EvalError(f"--slice: expected START:STOP or START:STOP:STEP, found '{text}'.") from error


def _some(ids: list[str], most: int = 5) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
