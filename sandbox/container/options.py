"""What a Docker sandbox is made with."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

UNPRIVILEGED_ID = 1000
"""Who commands run as when Mimosa itself is run by root: nobody is root in a sandbox."""

WORKSPACE = "/workspace"
HOME = "/mimosa"
USER_HOME = "/home/mimosa"


def agent_uid() -> int:
    """The user id that commands run under: the host user's own, never root's."""
    return os.geteuid() or UNPRIVILEGED_ID


def agent_gid() -> int:
    return os.getegid() or UNPRIVILEGED_ID


@dataclass(frozen=True)
class DockerOptions:
    """image: name or id; it must be on the engine already, and hold bash, coreutils, util-linux and git.
    uid, gid: who commands run as.
    memory_mb: memory in MiB, swap included. cpus: how many, 0 for no limit. pids: processes and threads.
    file_mb: the largest file a command may write, in MiB. output_limit: bytes of output that end a command.
    runtime: the engine's runtime, such as runsc; "" for its default.
    environment: added to the image's own, for every command.
    """

    image: str
    uid: int = field(default_factory=agent_uid)
    gid: int = field(default_factory=agent_gid)
    memory_mb: int = 4096
    cpus: float = 2.0
    pids: int = 512
    file_mb: int = 4096
    output_limit: int = 1024**3
    runtime: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
