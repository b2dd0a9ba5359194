"""One lesson from one seed: a problem, a walk through it, and the record of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from evals.lessons.expert import Unteachable, Walk
from evals.lessons.imitation.modules import NotImitated
from evals.lessons.mistakes import DETOURS
from evals.lessons.outside import outside
from evals.lessons.problems import Problem, make_problem
from evals.lessons.talk import Talk
from evals.lessons.time_limit import Hung

IN_REPAIRS = (0, 0, 0, 1, 1, 2)
"""How many other functions there are, where only the repair is wanted."""
REFUSALS = (0, 0, 0, 0, 0, 0, 1, 1, 2, 3)
"""How often a repair has the function written as it stands, and refused, before it is put right."""
OUTSIDE_SHARE = 0.05
MOST_CHARACTERS = 7_400
"""Of a session without its head: about 1,800 tokens."""
MOST_TRIES = 50


@dataclass(frozen=True)
class Lesson:
    """`detour` is the mistake that is in it, "" for none. `slips` are positions in `messages` of what is there to
    be seen and not to be learned. `files` is the repository that it begins with, by path."""

    seed: int
    kind: str
    style: str
    detour: str
    messages: tuple[dict[str, Any], ...]
    slips: tuple[int, ...]
    files: dict[str, str]

    def to_wire(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "kind": self.kind,
            "style": self.style,
            "detour": self.detour,
            "slips": list(self.slips),
            "messages": list(self.messages),
            "files": self.files,
        }


def make_lesson(seed: int, *, held_out: bool = False) -> Lesson:
    """The same lesson for the same seed, but for the times that test runners print."""
    rng = Random(f"lesson {held_out} {seed}")
    way = _drawn_way(rng)
    for _ in range(MOST_TRIES):
        problem = make_problem(rng, held_out=held_out)
        try:
            kind, talk = _walked(way, problem, rng, held_out=held_out)
        except (Unteachable, NotImitated, Hung):
            continue
        messages = tuple(message.to_wire() for message in talk.messages)
        if length_of(messages) <= MOST_CHARACTERS:
            detour = "" if way == "outside" else way
            return Lesson(seed, kind, problem.package.style, detour, messages, tuple(talk.slips), talk.files)
    raise RuntimeError(f"Seed {seed} comes to no lesson of the way {way!r}.")


def make_repair(seed: int) -> Lesson:
    """Of a session only what decides, two fifths of its length: the failing test, the function, its repair."""
    rng = Random(f"repair {seed}")
    for _ in range(MOST_TRIES):
        problem = make_problem(rng, held_out=False, company=IN_REPAIRS)
        walk = Walk.begin(problem, rng)
        try:
            failure = walk.reproduce("Run the tests.")
            begins = len(walk.talk.messages)
            walk.find(failure)
            walk.look()
            thought = ""
            for _ in range(rng.choice(REFUSALS)):
                thought = walk.leave_as_it_is(thought)
            walk.edit(thought)
        except (Unteachable, NotImitated, Hung):
            continue
        messages = tuple(message.to_wire() for message in walk.talk.messages[begins:-1])
        slips = tuple(position - begins for position in walk.talk.slips)
        return Lesson(seed, problem.bug.kind, problem.package.style, "", messages, slips, walk.talk.files)
    raise RuntimeError(f"Seed {seed} comes to no repair.")


def _drawn_way(rng: Random) -> str:
    """ "", "outside" or a detour's name."""
    drawn = rng.random()
    for name, share in [("outside", OUTSIDE_SHARE), *((name, share) for name, (_, share) in DETOURS.items())]:
        if drawn < share:
            return name
        drawn -= share
    return ""


def _walked(way: str, problem: Problem, rng: Random, *, held_out: bool) -> tuple[str, Talk]:
    if way == "outside":
        talk, what = outside(problem, rng, held_out=held_out)
        return f"outside: {what}", talk
    walk = Walk.begin(problem, rng)
    return problem.bug.kind, DETOURS[way][0](walk) if way else walk.straight()


def length_of(messages: Sequence[dict[str, Any]]) -> int:
    """About how many characters a session has in the model's template."""
    return sum(_characters(message) for message in messages)


def _characters(message: dict[str, Any]) -> int:
    calls = sum(len(c["function"]["arguments"]) + 60 for c in message.get("tool_calls", ()))
    return len(message["content"]) + len(message.get("reasoning_content", "")) + calls + 30
