"""Work through documents so that one of them cannot end the run: limits of time and memory, and deaths that cost one document.

Normally `each` is a plain loop. When a worker has died at a chunk, the pool has the chunk done again with care: then the
loop runs in a child process, and a child that dies, hangs or runs out of memory costs the document that it was at. What
killed it once may have been chance (a person, the kernel), so a document is given up at its second death.
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

TOGETHER = 64  # documents that `each_batch` hands over at once: more is hardly faster, and a deadline covers them all
TRIES = 2  # of a document at which a child died
_LENGTH = struct.Struct("<Q")
MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost: seconds, and megabytes of memory beyond what the worker needs itself."""

    seconds: float
    megabytes: int


class NeedsCareError(Exception):
    """A document asked for more memory than there is: the chunk is to be done again with care."""


_limits: Limits | None = None
_careful = False


def set_care(careful: bool) -> None:  # noqa: FBT001  the pool says it with every call
    """Say whether the next call in this worker is to be done with care."""
    global _careful  # noqa: PLW0603  a worker does one call at a time
    _careful = careful


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Hold each document that `each` works on to these limits. Without a pool nobody can end what runs over them."""
    global _limits  # noqa: PLW0603
    before = _limits
    _limits = limits
    try:
        with _bounded_memory(limits) if watchdog.is_watched() else nullcontext():
            yield
    finally:
        _limits = before
        watchdog.rest()


@contextmanager
def _bounded_memory(limits: Limits) -> Iterator[None]:
    """Bound what this process may allocate beyond what it has now; where the system cannot, nothing is bound."""
    if sys.platform != "linux":
        yield
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as status:
        held = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held + limits.megabytes * MEGABYTE
    given = [one for one in (soft, hard) if one != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *given]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def memory_reason() -> Reason:
    """Return why a document that ran out of memory is not in the corpus: our limit, or what the machine gives us."""
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
        items: gives the items from the first, each time it is called.
        work: the work on one. It may raise MemoryError, nothing else.
        give_up: the row of an item that ran into a limit or killed its process, and why.
        lose: the row for the rest of the items, after so many, where getting the next one killed the process. None:
            getting them is safe.
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
    """Yield the rows that `work` makes of the items, several of them together; with care, of each alone."""
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
    """A forked child at work, and what it has sent."""

    process: int
    pipe: int
    rest: bytes = b""

    def messages(self, seconds: float | None) -> Iterator[Any]:
        """Yield what the child sends. Ends when it has ended; raises TimeoutError when it is silent for too long."""
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
        """End the child if need be; returns its wait status."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.close(self.pipe)
        return os.waitpid(self.process, 0)[1]


@dataclass(slots=True)
class _Progress:
    """How far children have come with the items."""

    done: int = 0  # items whose row was yielded
    deaths: int = 0  # of children, at the next item
    begun: list[Any] = field(default_factory=list)  # the row that gives the next item up, if it was begun
    reason: Reason | None = None  # why the next item is given up, if the child did not die
    ended: bool = False  # whether there are no more items


def _each_in_child(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    lose: Callable[[int, Reason], Row] | None,
) -> Iterator[Row]:
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
            watchdog.begin(math.inf)  # the child is watched here
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
    """Return how a process ended, from its wait status: the signal's name or the exit code."""
    if os.WIFSIGNALED(status):
        return f"the process died of {signal.Signals(os.WTERMSIG(status)).name}"
    return f"the process ended with code {os.waitstatus_to_exitcode(status)}"


def _with_reason(row: Any, reason: Reason) -> Any:
    """Put the reason into a row that was made before it was known."""
    if isinstance(row, dict):
        return {**row, "reason": reason.rule, "evidence": reason.evidence}
    return replace(row, reason=reason.rule, evidence=reason.evidence)


def _start(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    done: int,
) -> _Child[Row]:
    """Fork a child that goes on after so many items."""
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
