"""A process in which a library reads what it may not survive. It is started once and answers many requests.

Messages are JSON, each after its length; the bytes of a file that is not on a disk follow their request.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = struct.Struct("<Q")
SETTINGS = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
}  # memory can be bounded
_START = "from cleanse.inputs.parquet_process import serve; serve()"


class ProcessEndError(Exception):
    """The process ended in the middle of an answer."""

    def __init__(self, code: int) -> None:
        """Take its exit code, negative for a signal."""
        self.signal = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
        # nothing in a file kills a process from outside: that was a person, or a machine out of memory
        self.rule = "unreadable" if code in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT) else "crashed"
        super().__init__(self.signal)


_idle: list[tuple[int, subprocess.Popen[bytes]]] = []  # with the process that started them: a fork must not share them


def ask(request: dict[str, Any], held: bytes | None = None) -> Iterator[dict[str, Any]]:
    """Yield the answers to a request.

    Args:
        request: What to read and how.
        held: The content of the file, where it is not on a disk.

    Raises:
        ProcessEndError: The process ended before the last answer.

    """
    process = _take()
    done = False
    try:
        _send(process, {**request, "held": None if held is None else len(held)}, held or b"")
        while (answer := _receive(process)) is not None:
            if "end" in answer:
                done = True
                return
            yield answer
        raise ProcessEndError(process.wait())
    finally:
        if done:
            _idle.append((os.getpid(), process))
        else:
            _end(process)


def _take() -> subprocess.Popen[bytes]:
    """Return a process that waits for a request, a new one if there is none."""
    while _idle:
        owner, process = _idle.pop()
        if owner == os.getpid() and process.poll() is None:
            return process
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **SETTINGS, "PYTHONPATH": paths},
    )


def _send(process: subprocess.Popen[bytes], request: dict[str, Any], held: bytes) -> None:
    message = json.dumps(request).encode()
    if process.stdin is None:
        return
    try:
        process.stdin.write(LENGTH.pack(len(message)) + message + held)
        process.stdin.flush()
    except BrokenPipeError:
        raise ProcessEndError(process.wait()) from None


def _receive(process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
    """Return the next answer, None where the process ended."""
    if process.stdout is None:
        return None
    head = process.stdout.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = process.stdout.read(length)
    if len(content) < length:
        return None
    answer: dict[str, Any] = json.loads(content)
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what it did not take any more
                continue


@atexit.register
def _end_all() -> None:
    while _idle:
        owner, process = _idle.pop()
        if owner == os.getpid():
            _end(process)
