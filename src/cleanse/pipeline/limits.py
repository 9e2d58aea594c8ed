"""Limit the time and memory that one document may take.

Only in a worker of a pool are the limits enforced, because another process has to end what exceeds them.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanse.documents import Reason
from cleanse.pipeline import watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator

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


_limits: Limits | None = None


def current_limits() -> Limits | None:
    """Return the limits that hold now; None outside of `limited`."""
    return _limits


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Apply limits to every document that is worked on meanwhile.

    Args:
        limits: The limits.
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
