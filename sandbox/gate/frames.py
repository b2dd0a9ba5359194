"""The frames between the relay in a container and its door on the host: connection, kind, size, and DATA's bytes.

    OPEN   relay: a program connected; numbers are never used again. Number 0, which no connection has: it listens
    DATA   either: `size` bytes follow
    TOOK   either: `size` of the other's bytes were handed on, and there is room for as many more
    LAST    either: no DATA comes any more
    GONE   relay: the program went away; door: what was sent is all, whatever the program still says

No more than WINDOW bytes of a connection are under way in a direction, so that one which nobody reads holds up no
other.
"""

import struct
from enum import IntEnum

FRAME = struct.Struct(">IBI")
WINDOW = 256 * 1024
MOST_CONNECTIONS = 64
"""More wait until the relay takes them in."""


class Kind(IntEnum):
    OPEN = 0
    DATA = 1
    TOOK = 2
    LAST = 3
    GONE = 4
