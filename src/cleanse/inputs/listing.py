"""The files of an input, in a stable order, each with its id and format; what cannot be read keeps its place with a reason."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cleanse.documents import Reason
from cleanse.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = {
    ".txt": "text", ".text": "text", ".md": "text", ".markdown": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".csv": "csv", ".tsv": "csv",
}  # fmt: skip
COMPRESSIONS = {".gz": "gz", ".zst": "zst"}  # of every format but Parquet, which has its own
CONTAINERS = ("jsonl", "parquet", "csv")


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `path` may hold surrogate-escaped bytes; `id` never does."""

    id: str
    path: str
    format: str
    size: int
    compression: str | None = None
    reason: Reason | None = None  # why it cannot be read


@dataclass(frozen=True, slots=True)
class Listing:
    """The sources of an input, ordered by id, and how many names that start with a dot were left out."""

    sources: tuple[Source, ...]
    hidden: int


def list_sources(root: Path) -> Listing:
    """The files below a folder, or the one file.

    Raises SourceError where `root` is missing or cannot be listed at all.
    """
    if not root.exists():
        raise SourceError(f"INPUT {str(root)!r} does not exist. Name a folder of pages or one file.")
    if not root.is_dir():
        return Listing((_source(os.fspath(root), _spell(root.name)),), 0)
    if not os.access(root, os.R_OK | os.X_OK):
        raise SourceError(f"INPUT {str(root)!r} cannot be listed: permission denied. Give this user read access to it.")
    found: list[Source] = []
    hidden = _walk(os.fspath(root), "", found)
    return Listing(tuple(_unique(sorted(found, key=lambda s: (s.id, os.fsencode(s.path))))), hidden)


def _walk(folder: str, prefix: str, found: list[Source]) -> int:
    """Collect the sources of one folder and those below it; returns the number of hidden names."""
    hidden = 0
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: os.fsencode(e.name)):
            name = prefix + _spell(entry.name)
            if entry.name.startswith("."):
                hidden += 1
            elif entry.is_dir(follow_symlinks=False):
                try:
                    hidden += _walk(entry.path, name + "/", found)
                except OSError as error:
                    reason = Reason("unreadable", f"folder: {error.strerror}")
                    found.append(Source(name, entry.path, "unknown", 0, reason=reason))
            else:
                found.append(_source(entry.path, name))
    return hidden


def _source(path: str, name: str) -> Source:
    stem, suffix = os.path.splitext(name.lower())
    compression = COMPRESSIONS.get(suffix)
    if compression:
        suffix = os.path.splitext(stem)[1]
    form = SUFFIXES.get(suffix, "unknown")
    source = Source(name, path, form, 0, compression)
    try:
        status = os.stat(path)
    except OSError as error:
        return replace(source, reason=Reason("unreadable", error.strerror or "cannot be read"))
    if stat.S_ISDIR(status.st_mode):
        return replace(source, reason=Reason("unreadable", "a link to a folder, which is not followed"))
    if not stat.S_ISREG(status.st_mode):
        return replace(source, reason=Reason("unreadable", "not a regular file"))
    source = replace(source, size=status.st_size)
    if not os.access(path, os.R_OK):
        return replace(source, reason=Reason("unreadable", "Permission denied"))
    if form == "unknown" or (compression and form == "parquet"):
        known = " ".join(SUFFIXES)
        return replace(
            source, reason=Reason("unknown-format", f"{suffix or 'no suffix'}; known: {known}, .gz .zst of them")
        )
    return source


def _spell(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 are percent-escaped."""
    return re.sub("[\udc80-\udcff]", lambda m: f"%{ord(m.group()) - 0xDC00:02X}", name)


def _unique(sources: list[Source]) -> list[Source]:
    """Ids that could be mistaken for another's (an escaped name spelled out, a name like a record's id) are set apart."""
    containers = {s.id for s in sources if s.format in CONTAINERS}
    seen: set[str] = set()
    out = []
    for source in sources:
        name = source.id
        if (match := re.fullmatch(r"(.+)#(\d+)", name, re.DOTALL)) and match[1] in containers:
            name = f"{match[1]}%23{match[2]}"
        while name in seen:
            name += "%00"  # no file name holds a NUL
        seen.add(name)
        out.append(replace(source, id=name))
    return sorted(out, key=lambda s: s.id)
