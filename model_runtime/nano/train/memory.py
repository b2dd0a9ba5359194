"""Batches of ever other sizes leave holes in the heap, and libc keeps them: of 12 gigabytes that a process came to
hold, little more than one was in use."""

import ctypes


def give_back_free() -> None:
    """What is free goes back to the system, where libc can (glibc; takes a third of a second)."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
