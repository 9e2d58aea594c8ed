"""Write files that are there whole or not at all: a task may be ended, or run twice at once. Imports nothing of ours."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Names under which files are written, as a prefix and as a glob. They have no suffix, so that no reader takes one up.
PREFIX = ".new-"
UNFINISHED = PREFIX + "[0-9a-f]" * 32


@contextmanager
def new_file(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield an empty file beside `path` to write; it is renamed to `path` when all went well, and removed when not.

    A durable file survives a loss of power: its content reaches the disk before it gets its name. What can be made again,
    and carries a digest, need not wait for the disk.
    """
    temporary = path.parent / f"{PREFIX}{uuid4().hex}"
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        if durable:
            _reach_disk(temporary)
        temporary.replace(path)
        if durable:
            _reach_disk(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _reach_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # not every file system can
            raise
    finally:
        os.close(descriptor)
