"""Let one run at a time write to an output folder.

The lock is the system's own lock on a file (flock), which ends with the process that holds it, however it ends. The file
names the run for the message to others.
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
_HELD = (errno.EAGAIN, errno.EACCES)


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Hold the lock of an output folder. Raises OutputError where another run holds it."""
    path = output / CACHE_FOLDER / FILE
    with path.open("a+b") as file:
        _take(file, output)
        try:
            _say(file, {"process": os.getpid(), "machine": socket.gethostname(), "start": _now()})
            yield
        finally:
            _say(file, {})


def _take(file: BinaryIO, output: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise OutputError(_message(output, _read(file))) from None
        other = _read(file)  # a file system without locks: the file's own words have to do
        if other and (other["machine"] != socket.gethostname() or _is_alive(other["process"])):
            raise OutputError(_message(output, other)) from None


def _message(output: Path, other: dict[str, Any]) -> str:
    who = f"process {other.get('process', '?')} on {other.get('machine', '?')}, started {other.get('start', '?')}"
    return (
        f"OUTPUT {str(output)!r} is being written by another run ({who}). Wait for it, end it, or name another folder."
    )


def _read(file: BinaryIO) -> dict[str, Any]:
    file.seek(0)
    try:
        said = json.loads(file.read())
    except ValueError:
        return {}
    return said if isinstance(said, dict) and {"process", "machine"} <= said.keys() else {}


def _say(file: BinaryIO, about: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(about).encode() if about else b"")
    file.flush()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
