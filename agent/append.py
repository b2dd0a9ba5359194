"""Appending to a file that must never hold half a line of ours."""

import os


def append_whole(file: int, data: bytes) -> None:
    """Write `data` to the end of the file behind the descriptor `file`, with no buffer of our own. Raises OSError
    where the disk does not take all of it; the file is then as it was."""
    before = os.fstat(file).st_size
    try:
        written = os.write(file, data)
        while written < len(data):
            written += os.write(file, data[written:])
    except OSError:
        os.ftruncate(file, before)
        raise
