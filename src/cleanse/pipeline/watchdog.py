"""Tell the process that watches a worker when the current document has to be done, and read that there.

A worker writes the deadline into eight shared bytes. `begin` takes a microsecond; in a process that nobody watches it
does nothing.
"""

from __future__ import annotations

import mmap
import struct
import time

BYTES = 8  # size of a deadline
_TIME = struct.Struct("d")  # seconds of the monotonic clock, which all processes of a machine share; 0: no deadline
_board: mmap.mmap | None = None


def watch(file: int) -> None:
    """Let this process write its deadlines to shared bytes, which a file descriptor gives."""
    global _board  # noqa: PLW0603  one process, one board
    _board = mmap.mmap(file, BYTES)


def is_watched() -> bool:
    """Return whether a pool watches this process, and can replace it."""
    return _board is not None


def begin(seconds: float) -> None:
    """Report that work on a document begins, which has to be done in so many seconds."""
    if _board is not None:
        _TIME.pack_into(_board, 0, time.monotonic() + seconds)


def rest() -> None:
    """Report that no document is being worked on."""
    if _board is not None:
        _TIME.pack_into(_board, 0, 0.0)


def is_late(board: mmap.mmap) -> bool:
    """Return whether the worker that writes to these bytes has passed its deadline."""
    (deadline,) = _TIME.unpack_from(board, 0)
    return bool(deadline) and time.monotonic() > deadline
