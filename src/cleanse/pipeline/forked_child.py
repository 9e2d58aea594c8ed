"""Fork a child process that sends messages to its parent."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cleanse.pipeline import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Send = Callable[[str, object], None]  # kind and content of a message

_LENGTH = struct.Struct("<Q")  # bytes of the message that follows
_READ_BYTES = 1 << 20  # at once


@dataclass(slots=True)
class ForkedChild:
    """A forked child at work.

    Attributes:
        process: Its process id.
        pipe: File descriptor of the pipe that it writes to.
        rest: Bytes received that are not yet a whole message.
    """

    process: int
    pipe: int
    rest: bytes = b""

    def messages(self, seconds: float | None) -> Iterator[Any]:
        """Yield the messages of the child until it ends. Raises TimeoutError when it is silent for too long."""
        while True:
            ready, _, _ = select.select([self.pipe], [], [], seconds)
            if not ready:
                raise TimeoutError
            data = os.read(self.pipe, _READ_BYTES)
            if not data:
                return
            self.rest += data
            yield from self._whole()

    def _whole(self) -> Iterator[Any]:
        """Yield the whole messages among the bytes received."""
        at = 0
        while len(self.rest) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self.rest, at)
            if len(self.rest) - at - _LENGTH.size < length:
                break
            at += _LENGTH.size
            yield messages.decode(self.rest[at : at + length])
            at += length
        self.rest = self.rest[at:]

    def end(self) -> int:
        """Kill the child if it still runs, and return its wait status."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.close(self.pipe)
        return os.waitpid(self.process, 0)[1]


def fork_child(work: Callable[[Send], None]) -> ForkedChild:
    """Fork a child that does some work and then ends.

    Args:
        work: Does the work; it is given a function that sends a message, by its kind and content.
    """
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return ForkedChild(process, reader)
    code = 1
    try:
        os.close(reader)
        from cleanse.pipeline.worker import die_with_parent

        die_with_parent()
        work(partial(_send, writer))
        code = 0
    finally:
        os._exit(code)


def _send(pipe: int, kind: str, content: object) -> None:
    """Write a message to a pipe."""
    data = messages.encode((kind, content))
    data = _LENGTH.pack(len(data)) + data
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def describe(status: int) -> str:
    """Return how a process ended, from its wait status: the name of the signal or the exit code."""
    if os.WIFSIGNALED(status):
        return f"the process died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"the process ended with code {os.waitstatus_to_exitcode(status)}"
