"""Sessions outside of what the model can do: it looks, says so, and changes nothing."""

from random import Random

from evals.lessons.expert import run_tests
from evals.lessons.issue_texts import frames, outside_text
from evals.lessons.problems import Problem
from evals.lessons.talk import Talk
from evals.lessons.words import Words

LIMIT = "I repair small bugs in small Python packages with tests; this is something else. Nothing was changed."
FOREIGN_FILES = (
    {"package.json": '{"name": "$word"}\n', "index.js": "module.exports = {}\n"},
    {"Cargo.toml": '[package]\nname = "$word"\n', "src/main.rs": "fn main() {}\n"},
    {"go.mod": "module $word\n", "main.go": "package main\n"},
    {"Makefile": "all:\n\tcc main.c\n", "main.c": "int main(void) { return 0; }\n"},
    {"index.html": "<h1>$word</h1>\n", "style.css": "h1 { color: red }\n"},
)


def outside(problem: Problem, rng: Random, *, held_out: bool) -> tuple[Talk, str]:
    """A session without a repair, and what is outside of the domain in it."""
    words = Words(rng, held_out=held_out)
    kind = rng.choice(list(frames()["outside"]))
    missing = f"{words.word()}_{words.word()}"
    name = rng.choice([p.name for m in problem.package.modules for p in m.pieces if not p.is_class] or ["it"])
    issue = outside_text(kind, rng, name=name, missing=missing)
    if kind == "foreign":
        files = {path: text.replace("$word", words.word()) for path, text in rng.choice(FOREIGN_FILES).items()}
        talk = Talk(files, issue, "", rng)
        talk.bash("How the tests are run is not known. List the files.", "ls")
        return _give_up(talk, "This is not a Python package with tests."), kind
    talk = Talk(problem.package.files(), issue, problem.package.test_command, rng)
    talk.bash("Run the tests.", run_tests(problem.package.test_command))
    return _give_up(talk, "All tests pass, and the issue tells of no bug that I can find."), kind


def _give_up(talk: Talk, why: str) -> Talk:
    """As often as the loop asks back."""
    thought = why
    while not talk.finish(thought, f"{why} {LIMIT}"):
        thought = "It cannot be solved by me. Say so again."
    return talk
