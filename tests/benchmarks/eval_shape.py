"""The one shape of instance that every measured batch runner solves: a small package, some looking around, an
edit, some more looking. Knows nothing of Mimosa, so that another program's Python can read it."""

import subprocess
from pathlib import Path

FILES = 200
LINES = 120
INSTANCES = 24
TESTBED = "/testbed"
IDENTITY = ("-c", "user.name=b", "-c", "user.email=b@example.org")


def commands(number: int) -> list[str]:
    """What the model does for instance `number`, one command a step; the 12th edits."""
    look = [
        command
        for step in range(10)
        for command in (
            f"grep -rn 'def function_{step}' package | head -20",
            f"sed -n '{step * 5 + 1},{step * 5 + 40}p' package/module_{(number * 7 + step) % FILES}.py",
        )
    ]
    edit = f"sed -i '1s/.*/ANSWER = {number}/' package/module_{number % FILES}.py"
    return [*look[:11], edit, *look[11:]]


def make(folder: Path) -> str:
    """A repository in `folder`; returns its only commit."""
    (folder / "package").mkdir(parents=True)
    for module in range(FILES):
        lines = (f"def function_{line}(value):\n    return value + {module}\n" for line in range(LINES // 2))
        (folder / "package" / f"module_{module}.py").write_text(f"ANSWER = None\n{''.join(lines)}")
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), (*IDENTITY, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def instance_id(number: int) -> str:
    return f"bench__package-{number}"
