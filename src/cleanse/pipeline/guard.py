"""Work through documents so that no single one can end the run: limits of time and memory, and recovery from crashes.

Normally `each` is a plain loop. When a worker has died while it worked on a chunk, the pool has the work done again
with care: then the loop runs in a child process, and if the child dies, hangs or runs out of memory, only the document
that it was working on is lost. A first death may be chance (somebody or the kernel killed the process), so a document
is given up at its second.
"""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cleanse.documents import Reason
from cleanse.pipeline import watchdog
from cleanse.pipeline.forked_child import describe, fork_child
from cleanse.pipeline.limits import current_limits, memory_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cleanse.pipeline.forked_child import ForkedChild, Send

Item = TypeVar("Item")
Row = TypeVar("Row")

TOGETHER = 64  # documents in a call of `each_batch`: more is hardly faster, and one deadline covers them all
MISSES = 8  # documents in a row that may lack memory before the machine is to blame, and the run ends
TRIES = 2  # times that a document is tried if a child dies at it


class NeedsCareError(Exception):
    """A document ran out of memory, so the chunk has to be done again with care."""


_careful = False
_misses = 0  # documents in a row for which there was no memory


def set_care(careful: bool) -> None:  # noqa: FBT001  the pool sends it with every call
    """Set whether the next call in this worker is done with care."""
    global _careful  # noqa: PLW0603  a worker does one call at a time
    _careful = careful


def each(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    lose: Callable[[int, Reason], Row] | None = None,
) -> Iterator[Row]:
    """Yield `work(item)` for each item.

    Args:
        items: Returns the items from the first one on, each time it is called.
        work: Does the work on one item. It may raise MemoryError, and nothing else. In a process without a pool that
            costs the item; after several in a row the error ends the run.
        give_up: Returns the row of an item that exceeded a limit or killed its process, from the item and the reason.
        lose: Returns the row that stands for the remaining items if reading the next one killed the process, from the
            number of items done and the reason. None: reading items is safe.
    """
    if _careful:
        yield from _each_in_child(items, work, give_up, lose)
        return
    limits = current_limits()
    for item in items():
        watchdog.begin(limits.seconds if limits else math.inf)
        try:
            row = work(item)
        except MemoryError as error:
            if watchdog.is_watched():
                raise NeedsCareError from error
            _count_miss(error)
            row = give_up(item, memory_reason())
        else:
            _forget_misses()
        yield row


def _count_miss(error: MemoryError) -> None:
    """Count one more document without memory. After several in a row, raise the error: the machine is to blame."""
    global _misses  # noqa: PLW0603  of this process
    _misses += 1
    if _misses > MISSES:
        _misses = 0
        raise error


def _forget_misses() -> None:
    """Note that there is memory again."""
    global _misses  # noqa: PLW0603  of this process
    _misses = 0


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
        rows = each(lambda batch=batch: [batch], work, lambda batch, _: _one_by_one(batch, work, give_up))  # type: ignore[misc]
        yield from next(rows)


def _one_by_one(
    items: Sequence[Item],
    work: Callable[[Sequence[Item]], list[Row]],
    give_up: Callable[[Item, Reason], Row],
) -> list[Row]:
    """Return the rows of items that together took too much memory, each worked on by itself."""
    return list(each(lambda: items, lambda item: work([item])[0], give_up))


# -- with care --------------------------------------------------------------------------------------------------------


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
        child = fork_child(partial(_send_rows, items, work, give_up, progress.done))
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


def _follow(child: ForkedChild, progress: _Progress) -> Iterator[Any]:
    """Yield the rows that a child sends, until it ends, dies, or hangs."""
    limits = current_limits()
    seconds = limits.seconds if limits else None
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


def _with_reason(row: Any, reason: Reason) -> Any:
    """Return a row with the reason, which was not known when the row was made."""
    if isinstance(row, dict):
        return {**row, "reason": reason.rule, "evidence": reason.evidence}
    return replace(row, reason=reason.rule, evidence=reason.evidence)


def _send_rows(
    items: Callable[[], Iterable[Item]],
    work: Callable[[Item], Row],
    give_up: Callable[[Item, Reason], Row],
    done: int,
    send: Send,
) -> None:
    """Do the work in the child on the items after the first `done`, and send what happens."""
    try:
        for number, item in enumerate(items()):
            if number < done:
                continue
            send("begin", give_up(item, Reason("", "")))
            send("row", work(item))
    except MemoryError:
        send("memory", None)
    except Exception:  # noqa: BLE001  raised again in the worker
        send("error", traceback.format_exc())
    else:
        send("end", None)
