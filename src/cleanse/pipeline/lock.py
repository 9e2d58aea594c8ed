"""Let only one run at a time write to an output folder.

The lock is a lock of the system on a file (flock). It ends with the process that holds it, however that process ends.
The file names the run, for the message that another run shows.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from cleanse.errors import OutputError
from cleanse.pipeline.plan import CACHE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "lock"
_TAKEN = (errno.EAGAIN, errno.EACCES)


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold the lock of an output folder. Raises OutputError if another run holds it."""
    path = output / CACHE_FOLDER / FILE
    with path.open("a+b") as file:
        _take(file, output)
        try:
            _write_holder(file, {"process": os.getpid(), "machine": socket.gethostname(), "start": _now()})
            yield
        finally:
            _write_holder(file, {})


def _take(file: BinaryIO, output: Path) -> None:
    """Take the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            raise OutputError(_message(output, _read_holder(file))) from None
        holder = _read_holder(file)  # a file system without locks: the content of the file has to do
        if holder and (holder["machine"] != socket.gethostname() or _is_alive(holder["process"])):
            raise OutputError(_message(output, holder)) from None


def _message(output: Path, holder: dict[str, Any]) -> str:
    """Return the message for a run that finds the folder locked."""
    who = f"process {holder.get('process', '?')} on {holder.get('machine', '?')}, started {holder.get('start', '?')}"
    return (
        f"OUTPUT {str(output)!r} is being written by another run ({who}). Wait for it, end it, or name another folder."
    )


def _read_holder(file: BinaryIO) -> dict[str, Any]:
    """Return what the file says about the run that holds the lock; nothing if there is none."""
    file.seek(0)
    try:
        content = json.loads(file.read())
    except ValueError:
        return {}
    return content if isinstance(content, dict) and {"process", "machine"} <= content.keys() else {}


def _write_holder(file: BinaryIO, about: dict[str, Any]) -> None:
    """Write into the file which run holds the lock."""
    file.seek(0)
    file.truncate()
    file.write(json.dumps(about).encode() if about else b"")
    file.flush()


def _is_alive(process: int) -> bool:
    """Return whether a process with this id exists on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
