"""What is looked at before a launch: the interpreter, its SGLang, the flags, the port."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from model_runtime.serving.errors import LaunchRefused, PortTaken
from model_runtime.serving.local.instance import HOST

WRITTEN_FOR = "0.5.23"
PROBE_LIMIT_S = 180.0
INSTALL = (
    "Give SGLang an environment of its own, and name its interpreter:\n"
    f"  python3 -m venv ~/sglang && ~/sglang/bin/pip install 'sglang=={WRITTEN_FOR}'\n"
    "  mimosa serve --python ~/sglang/bin/python"
)


def find_python(python: str) -> str:
    """The interpreter's absolute path; links are kept, because they tell a virtual environment. Raises
    LaunchRefused."""
    found = shutil.which(os.path.expanduser(python))  # noqa: PTH111 (a Path would drop the `./`)
    if found is None:
        raise LaunchRefused(f"--python {python}: there is no such program that can be executed.")
    return str(Path(found).absolute())


def check_flags(python: str, flags: Sequence[str], folder: Path) -> str:
    """Ask SGLang's own parser, in its own interpreter, whether it knows `flags`; takes seconds. `folder`: an empty
    working directory, from which Python would import. Returns SGLang's version. Raises LaunchRefused."""
    probe = Path(__file__).with_name("probe_flags.py").read_text(encoding="utf-8")
    try:
        done = subprocess.run(
            [python, "-c", probe, *flags],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise LaunchRefused(
            f"SGLang in {python} could not be imported in {PROBE_LIMIT_S:.0f} s; is its disk slow or its "
            "machine busy? Try again, or try it by hand: "
            f"{python} -m sglang.launch_server --help"
        ) from error
    except OSError as error:
        raise LaunchRefused(f"{python} cannot be executed: {error.strerror}.") from error
    said = [line for line in done.stdout.splitlines() if line.startswith("MIMOSA{")]
    if not said:
        last = "\n".join(f"  {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-6:])
        raise LaunchRefused(f"SGLang in {python} cannot be imported:\n{last}\n{INSTALL}")
    return _judge(json.loads(said[-1].removeprefix("MIMOSA")), python)


def _judge(answer: dict[str, str | None], python: str) -> str:
    version, complaint = answer["sglang"], answer["complaint"]
    if version is None:
        raise LaunchRefused(f"There is no SGLang in {python}.\n{INSTALL}")
    if complaint:
        raise LaunchRefused(f"SGLang {version} does not take the command: {complaint}.\n{other_version(version)}")
    return version


def other_version(version: str) -> str:
    """What to do about a flag that this version does not know."""
    if version == WRITTEN_FOR:
        return "Look at the flags given after `--`; `mimosa serve --plan` prints the others with their reasons."
    return (
        f"The plan's flags are those of SGLang {WRITTEN_FOR}: install that version "
        f"(pip install 'sglang=={WRITTEN_FOR}'), or start this one by hand from what `mimosa serve --plan` prints."
    )


def check_port(port: int) -> None:
    """Raises PortTaken. Asked now because SGLang would find out only after the weights are loaded."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} cannot be listened on: {error.strerror}. Something else has it; "
                f"end that (`ss -ltnp 'sport = :{port}'` shows it), or take another with --port."
            ) from error
