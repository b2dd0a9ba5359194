"""Fix the demo's bug: with the recorded session, or with the endpoint that MIMOSA_BASE_URL names.

    python demo/run.py FOLDER

FOLDER is what demo/fetch.py made. The exit code is mimosa's.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python demo/run.py FOLDER", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "agent.cli", "fix", "--repo", sys.argv[1]]
    command += ["--issue", str(HERE / "issue.md")]
    if not os.environ.get("MIMOSA_BASE_URL"):
        command += ["--model", f"replay:{HERE / 'session.jsonl'}"]
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
