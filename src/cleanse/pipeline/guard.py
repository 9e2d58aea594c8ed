"""Work through documents so that no single one can end the run: limits of time and memory, and recovery from crashes.

Normally `each` is a plain loop. When a worker has died while it worked on a chunk, the pool has the work done again
with care: then the loop runs in a child process, and if the child dies, hangs or runs out of memory, only the document
that it was working on is lost. A first death may be chance (somebody or the kernel killed the process), so a document
is given up at its second.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import struct
import sys
import traceback
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cleanse.documents import Reason
from cleanse.pipeline import messages, watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Item = TypeVar("Item")
Row = TypeVar("Row")

TOGETHER = 64  # documents in a call of `each_batch`: more is hardly faster, and one deadline covers them all
TRIES = 2  # times that a document is tried if a child dies at it
_LENGTH = struct.Struct("<Q")  # bytes of the message that follows
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one document.

    Attributes:
        seconds: Time that it may take.
        megabytes: Memory (in units of 2^20 bytes) that it may take, beyond what the worker needs itself.
    """

    seconds: float
    megabytes: int


class NeedsCareError(Exception):
    """A document ran out of memory, so the chunk has to be done again with care."""


_limits: Limits | None = None
_careful = False


def set_care(careful: bool) -> None:  # noqa: FBT001  the pool sends it with every call
    """Set whether the next call in this worker is done with care."""
    global _careful  # noqa: PLW0603  a worker does one call at a time
    _careful = careful


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Apply limits to every document that `each` works on.

    Only in a worker of a pool are they enforced, because another process has to end what exceeds them.
    """
    global _limits  # noqa: PLW0603
    outer = _limits
    _limits = limits
    try:
        with _bounded_memory(limits) if watchdog.is_watched() else nullcontext():
            yield
    finally:
        _limits = outer
        watchdog.rest()


@contextmanager
def _bounded_memory(limits: Limits) -> Iterator[None]:
    """Bound what this process may allocate beyond what it has now; do nothing where the system cannot."""
    if sys.platform != "linux":
        yield
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as status:
        used = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bound = used + limits.megabytes * MEGABYTE
    bounds = [one for one in (soft, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([bound, *bounds]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def memory_reason() -> Reason:
    """Return why a document that ran out of memory is not in the corpus: the option `memory_limit`, or the machine."""
    if sys.platform == "linux" and watchdog.is_watched() and _limits is not None:
        import resource

        if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
            return Reason("memory-limit", f"more than {_limits.megabytes:,} MB for one document")
    return Reason("out-of-memory", "the machine or its limits gave no more memory")


def each(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    lose: Callable[[int, Reason], Row] | None = None,
) -> Iterator[Row]:
    """Yield `work(item)` for each item.

    Args:
        items: Returns the items from the first one on, each time it is called.
        work: Does the work on one item. It may raise MemoryError, and nothing else.
        give_up: Returns the row of an item that exceeded a limit or killed its process, from the item and the reason.
        lose: Returns the row that stands for the remaining items if reading the next one killed the process, from the
            number of items done and the reason. None: reading items is safe.
    """
    if _careful:
        yield from _each_in_child(items, work, give_up, lose)
        return
    seconds = _limits.seconds if _limits else math.inf
    for item in items():
        watchdog.begin(seconds)
        try:
            row = work(item)
        except MemoryError as error:
            if watchdog.is_watched():
                raise NeedsCareError from error
            row = give_up(item, memory_reason())
        yield row


def each_batch(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], list[Row]],
    give_up: Callable[[Item, Reason], Row],
) -> Iterator[Row]:
    """Yield a row for each item; `work` is called for several items together, with care for each item alone.

    Args:
        items: The items.
        work: Returns the rows of some items. It may raise MemoryError, and nothing else.
        give_up: Returns the row of an item that exceeded a limit or killed its process, from the item and the reason.
    """
    if _careful:
        yield from _each_in_child(lambda: iter(items), lambda item: work([item])[0], give_up, None)
        return
    for first in range(0, len(items), TOGETHER):
        batch = items[first : first + TOGETHER]
        rows = each(lambda batch=batch: [batch], work, lambda _, reason: [give_up(item, reason) for item in batch])  # type: ignore[misc]  # noqa: B023
        yield from next(rows)


# -- with care --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Child(Generic[Row]):
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
            data = os.read(self.pipe, MEGABYTE)
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


@dataclass(slots=True)
class _Progress:
    """How far the children have come.

    Attributes:
        done: Number of items whose rows were yielded.
        deaths: Number of children that died at the next item.
        begun: The row that gives up the next item, if work on it has begun; else empty.
        reason: Why the next item is given up, where the child did not die; None if it died.
        ended: Whether there are no more items.
    """

    done: int = 0
    deaths: int = 0
    begun: list[Any] = field(default_factory=list)
    reason: Reason | None = None
    ended: bool = False


def _each_in_child(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    lose: Callable[[int, Reason], Row] | None,
) -> Iterator[Row]:
    """Do the work of `each` in child processes, one after another."""
    progress = _Progress()
    while True:
        child: _Child[Row] = _start(items, work, give_up, progress.done)
        try:
            yield from _follow(child, progress)
        finally:
            status = child.end()
        if progress.ended:
            return
        progress.deaths += 1
        reason = progress.reason or Reason("crashed", describe(status))
        if progress.reason is None and progress.deaths < TRIES:
            continue
        if progress.begun:
            yield _with_reason(progress.begun[0], reason)
            progress = _Progress(progress.done + 1)
        elif lose is not None:
            yield lose(progress.done, reason)
            return
        else:
            raise RuntimeError(f"documents cannot be read again: {reason.evidence}")


def _follow(child: _Child[Row], progress: _Progress) -> Iterator[Row]:
    """Yield the rows that a child sends, until it ends, dies, or hangs."""
    seconds = _limits.seconds if _limits else None
    progress.begun = []
    try:
        for kind, content in child.messages(seconds):
            watchdog.begin(math.inf)  # no deadline for this process: it watches the child itself
            if kind == "begin":
                progress.begun = [content]
            elif kind == "row":
                yield content
                progress.done, progress.deaths, progress.begun = progress.done + 1, 0, []
            elif kind == "memory":
                progress.reason = memory_reason()
            elif kind == "error":
                raise RuntimeError(content)
            else:
                progress.ended = True
    except TimeoutError:
        progress.reason = Reason("time-limit", f"more than {seconds:g} seconds for one document")


def describe(status: int) -> str:
    """Return how a process ended, from its wait status: the name of the signal or the exit code."""
    if os.WIFSIGNALED(status):
        return f"the process died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"the process ended with code {os.waitstatus_to_exitcode(status)}"


def _with_reason(row: Any, reason: Reason) -> Any:
    """Return a row with the reason, which was not known when the row was made."""
    if isinstance(row, dict):
        return {**row, "reason": reason.rule, "evidence": reason.evidence}
    return replace(row, reason=reason.rule, evidence=reason.evidence)


def _start(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    done: int,
) -> _Child[Row]:
    """Fork a child that continues after the first `done` items."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return _Child(process, reader)
    code = 1
    try:
        os.close(reader)
        from cleanse.pipeline.worker import die_with_parent

        die_with_parent()
        code = _run_child(writer, items, work, give_up, done)
    finally:
        os._exit(code)


def _run_child(
    writer: int,
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    done: int,
) -> int:
    """Do the work in the child, and send what happens through the pipe; return the exit code."""

    def send(kind: str, content: object = None) -> None:
        data = messages.encode((kind, content))
        data = _LENGTH.pack(len(data)) + data
        view = memoryview(data)
        while view:
            view = view[os.write(writer, view) :]

    try:
        for number, item in enumerate(items()):
            if number < done:
                continue
            send("begin", give_up(item, Reason("", "")))
            send("row", work(item))
    except MemoryError:
        send("memory")
        return 0
    except Exception:  # noqa: BLE001  raised again in the worker
        send("error", traceback.format_exc())
        return 0
    send("end")
    return 0
