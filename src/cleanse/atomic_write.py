"""Files that are there whole or not at all: a task may be ended, or run twice at once. Imports nothing of ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Names under which files are written, as a prefix and as a glob. They have no suffix, so that no reader takes one up.
PREFIX = ".new-"
UNFINISHED = PREFIX + "[0-9a-f]" * 32


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file beside `path` to write, renamed to it when all went well, removed when not."""
    temporary = path.parent / f"{PREFIX}{uuid4().hex}"
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
