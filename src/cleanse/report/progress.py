"""Progress on stderr: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str, int, int], None]  # step, done, total


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress]:
    """A function to call with (step, done, total) as the run goes on."""
    if quiet:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _lines()


def _lines() -> Progress:
    """A line when a step begins, and when it ends."""

    def progress(step: str, done: int, total: int) -> None:
        if done == 0:
            sys.stderr.write(f"cleanse: {step} …\n")
        elif done == total and total > 1:
            sys.stderr.write(f"cleanse: {step}, {total} done\n")

    return progress


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield progress
