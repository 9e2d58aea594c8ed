"""The files of an input, in a stable order, each with its id and format; what cannot be read keeps its place with a reason."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cleanse import remote
from cleanse.documents import Reason
from cleanse.errors import SourceError
from cleanse.inputs.file_types import HEAD_BYTES
from cleanse.inputs.formats import CONTAINERS
from cleanse.inputs.reading import format_of, tell_unknown
from cleanse.inputs.records import Source
from cleanse.inputs.streams import open_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Listing", "list_sources"]


@dataclass(frozen=True, slots=True)
class Listing:
    """The sources of an input, ordered by id, and how many names that start with a dot were left out."""

    sources: tuple[Source, ...]
    hidden: int


def list_sources(root: Path, *, follow_links: bool = False) -> Listing:
    """Return the files below a folder, or the one file.

    Args:
        root: A folder, read with all below it, or a file; or a URL.
        follow_links: Whether symbolic links that lead out of `root`, or to a folder, are read. Else they are sources
            with the reason `link`.

    Raises:
        SourceError: `root` is missing or cannot be listed at all.
    """
    if (url := remote.url_of(root)) is not None:
        return Listing(tuple(_unique([_remote_source(file) for file in remote.list_files(url)])), 0)
    check_input(root)
    if not root.is_dir():
        return Listing((_source(os.fspath(root), _spell(root.name)),), 0)
    sources, hidden = _walk(os.fspath(root), follow_links=follow_links)
    return Listing(tuple(_unique(sorted(sources, key=lambda s: (s.id, os.fsencode(s.path))))), hidden)


def check_input(root: Path) -> None:
    """Raise SourceError where an input is missing or cannot be listed at all."""
    if remote.url_of(root) is not None:
        return
    if not root.exists():
        raise SourceError(f"INPUT {str(root)!r} does not exist. Name a folder of pages or one file.")
    if root.is_dir() and not os.access(root, os.R_OK | os.X_OK):
        raise SourceError(f"INPUT {str(root)!r} cannot be listed: permission denied. Give this user read access to it.")


def _walk(root: str, *, follow_links: bool) -> tuple[list[Source], int]:
    """Return the sources of a folder and those below it, in no order, and the number of hidden names."""
    sources: list[Source] = []
    hidden = 0
    inside = os.path.realpath(root)
    folders: list[tuple[str, str, tuple[str, ...]]] = [
        (root, "", ())
    ]  # path, prefix of ids, folders with links to here
    while folders:
        folder, prefix, through = folders.pop()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            reason = Reason("unreadable", f"folder: {error.strerror}")
            sources.append(Source(prefix.removesuffix("/"), folder, "unknown", 0, reason=reason))
            continue
        for entry in listed:
            name = prefix + _spell(entry.name)
            if entry.name.startswith("."):
                hidden += 1
            elif entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, name + "/", through))
            elif not entry.is_symlink():
                sources.append(_source(entry.path, name))
            else:
                from_ = (*through, os.path.realpath(folder))
                link = _link_reason(entry.path, inside, from_, follow_links=follow_links)
                if link is None and entry.is_dir():
                    folders.append((entry.path, name + "/", from_))
                else:
                    sources.append(_source(entry.path, name, link))
    return sources, hidden


def _link_reason(path: str, inside: str, through: tuple[str, ...], *, follow_links: bool) -> Reason | None:
    """Return why a symbolic link is not read, or None. One to a folder that leads here never is: it has no end."""
    target = os.path.realpath(path)
    if not os.path.exists(target):
        return Reason("link", "a link to nothing")
    folder = os.path.isdir(target)
    if folder and any(os.path.commonpath([target, place]) == target for place in through):
        return Reason("link", "a link to a folder that holds it")
    if follow_links:
        return None
    if folder:
        return Reason("link", "a link to a folder, not followed; --follow-links reads it")
    if os.path.commonpath([inside, target]) != inside:
        return Reason("link", "a link that leaves INPUT, not followed; --follow-links reads it")
    return None


def _source(path: str, name: str, reason: Reason | None = None) -> Source:
    form, compression, suffix = format_of(name)
    source = Source(name, path, form, 0, compression, reason)
    if reason is not None:
        return source
    try:
        status = os.stat(path)
    except OSError as error:
        return replace(source, reason=Reason("unreadable", error.strerror or "cannot be read"))
    if not stat.S_ISREG(status.st_mode):
        return replace(source, reason=Reason("not-a-file", "a device, pipe or socket"))
    source = replace(source, size=status.st_size)
    if not os.access(path, os.R_OK):
        return replace(source, reason=Reason("unreadable", "Permission denied"))
    return source if form != "unknown" else _tell(source, suffix)


def _remote_source(file: remote.RemoteFile) -> Source:
    form, compression, suffix = format_of(file.name)
    source = Source(_spell(file.name), file.url, form, file.size, compression, version=file.version)
    return source if form != "unknown" else _tell(source, suffix)


def _tell(source: Source, suffix: str) -> Source:
    """Return a source whose format its content tells."""
    form = source.format
    try:
        with open_file(source.path) as file:
            form, reason = tell_unknown(file.read(HEAD_BYTES), suffix)
    except OSError as error:
        reason = Reason("unreadable", error.strerror or "cannot be read")
    return replace(source, format=form, reason=reason)


def _spell(name: str) -> str:
    """Return a file's name as text: bytes that are not UTF-8 are percent-escaped."""
    return re.sub("[\udc80-\udcff]", lambda m: f"%{ord(m.group()) - 0xDC00:02X}", name)


def _unique(sources: list[Source]) -> list[Source]:
    """Set ids apart that could be mistaken for another's: an escaped name spelled out, a name like a record's id."""
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
