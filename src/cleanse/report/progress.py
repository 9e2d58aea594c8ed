"""Show progress on stderr: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str, int, int, str], None]  # title, done, total, unit

EVERY = 10.0  # seconds between two lines of one stage, where there is no terminal
_SCALES = ((1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB"))


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress]:
    """Yield a function that shows progress; call it with (title, done, total, unit) as the run goes on."""
    if quiet:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _lines()


def amount(done: int, total: int, unit: str) -> str:
    """Return how much is done, such as "12 of 300 MB" or "1,200 of 5,000 documents".

    Args:
        done: The amount done.
        total: The whole amount.
        unit: What is counted; "bytes" are shown in a unit that suits the total.
    """
    if unit == "bytes":
        size, unit = next(((size, name) for size, name in _SCALES if total >= size), (1, "bytes"))
        return f"{done / size:,.0f} of {total / size:,.0f} {unit}"
    return f"{done:,} of {total:,} {unit}"


def _lines() -> Progress:
    """Return a function that writes a line when a stage begins, every 10 seconds while it goes on, and when it ends."""
    last_line: dict[str, float] = {}  # title → time of its last line

    def progress(title: str, done: int, total: int, unit: str) -> None:
        now = time.monotonic()
        if done == 0:
            last_line[title] = now
            sys.stderr.write(f"cleanse: {title} …\n")
        elif total > 1 and (done == total or now - last_line.get(title, now) >= EVERY):
            last_line[title] = now
            sys.stderr.write(f"cleanse: {title}, {amount(done, total, unit)} done\n")

    return progress


@contextmanager
def _bars() -> Iterator[Progress]:
    """Yield a function that draws a bar for each stage."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:28}"),
        BarColumn(),
        TextColumn("{task.fields[amount]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def progress(title: str, done: int, total: int, unit: str) -> None:
            if title not in tasks:
                tasks[title] = bars.add_task(title[:28], total=total, amount="", rate="")
            speed = bars.tasks[tasks[title]].speed
            rate = f"{amount(round(speed), round(speed), unit).partition(' of ')[2]}/s" if speed else ""
            bars.update(tasks[title], completed=done, total=total, amount=amount(done, total, unit), rate=rate)

        yield progress
