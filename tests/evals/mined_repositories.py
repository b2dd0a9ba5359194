"""Tiny repositories with a history that mining has to see through, commit by commit."""

from pathlib import Path

import git

AUTHOR = git.Actor("Ana", "ana@example.org")

CALC = "def add(a, b):\n    return a - b\n\n\ndef halve(a):\n    return a / 2\n"
TESTS = "from calc import halve\n\n\ndef test_halve():\n    assert halve(4) == 2\n"
PYTEST = "[pytest]\n"


class History:
    """A repository that grows by commits; `commits` are their ids by the names that the test gives them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repository = git.Repo.init(root, initial_branch="main")
        self.commits: dict[str, str] = {}
        self.commit(
            "start", "start of it all", {"calc.py": CALC, "tests/test_calc.py": TESTS, "pytest.ini": PYTEST}
        )

    def commit(self, name: str, message: str, files: dict[str, str]) -> str:
        """Write whole files and commit them."""
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        self.repository.git.add(all=True)
        made = self.repository.index.commit(message, author=AUTHOR, committer=AUTHOR)
        self.commits[name] = made.hexsha
        return made.hexsha

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def fix(self, name: str, message: str, code: tuple[str, str], tests: str) -> str:
        """A commit that replaces a text in calc.py and appends to the tests."""
        files = {
            "calc.py": self.text("calc.py").replace(*code),
            "tests/test_calc.py": self.text("tests/test_calc.py") + tests,
        }
        return self.commit(name, message, files)
