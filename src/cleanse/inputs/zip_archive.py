"""ZIP archives (and WACZ, a crawl in one): members by their directory, in the order of their ids, shared by many workers."""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.archive_members import Budget, Member, is_hidden, member_id, read_member, unique_id
from cleanse.inputs.records import Fields, Piece, Source
from cleanse.inputs.streams import BLOCK_BYTES
from cleanse.inputs.zip_stream import Content, read_members

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES = 4 << 20  # compressed bytes of members that one worker reads: some hundred pages
DIRECTORY_BYTES = 128 << 20  # of an archive's directory, which is held in memory: about a million members
CODE_PAGES = ("cp437", "cp850", "cp1252")  # of names that are not UTF-8: the standard's, and those of Windows in Europe
LOCAL_HEADER = struct.Struct("<26x2H")  # before a member: the lengths of its name and of what else precedes its data
READ_AHEAD = 1 << 16  # compressed bytes that a member may have taken before it gives anything
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)

_CRAWL = re.compile(r"archive/.*\.warc(?:\.gz|\.zst)?", re.IGNORECASE | re.DOTALL)
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


@dataclass(frozen=True, slots=True)
class _Entry:
    info: zipfile.ZipInfo
    member: Member


def cut(source: Source) -> tuple[Piece, ...]:
    """Return ranges of members, by their place in the order of ids."""
    entries = _entries_of(source)
    pieces: list[Piece] = []
    start, size = 0, 0
    for i, entry in enumerate(entries, 1):
        size += entry.info.compress_size
        if size >= PIECE_BYTES or i == len(entries):
            pieces.append(Piece(source, size, start, i))
            start, size = i, 0
    return tuple(pieces)


def content(piece: Piece) -> Iterator[bytes]:
    """Yield the bytes that a piece's records come from: what the directory says of each member, and its compressed data."""
    entries = _entries_of(piece.source)
    with open(piece.source.path, "rb") as file:
        for entry in entries[piece.start : piece.stop]:
            info = entry.info
            yield repr((entry.member, info.compress_type, info.CRC, info.file_size, info.external_attr)).encode()
            file.seek(info.header_offset)
            header = file.read(LOCAL_HEADER.size)
            if len(header) == LOCAL_HEADER.size:
                file.seek(sum(LOCAL_HEADER.unpack(header)), 1)
            left = info.compress_size
            while left > 0 and (block := file.read(min(left, BLOCK_BYTES))):
                left -= len(block)
                yield block


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the documents of an archive's members."""
    name = piece.source.id
    try:
        entries = _list_entries(stream, name) if piece.stop is None else _entries_of(piece.source)
        entries = entries[piece.start : piece.stop]
    except (zipfile.BadZipFile, struct.error, NotImplementedError) as error:
        yield from _read_without_directory(stream, name, fields)
        yield Record(name, b"", 1, reason=Reason("damaged", str(error)))
        return
    if not entries:
        yield Record(name, b"", reason=Reason("empty", "an archive without a file"))
    total = sum(entry.info.compress_size for entry in entries)
    spent = 0
    with zipfile.ZipFile(stream) as archive:
        for i, entry in enumerate(entries):
            budget = Budget(partial(int, total), partial(int, entry.info.compress_size), spent)
            if budget.exceeded():
                evidence = f"all members together expand too much: {len(entries) - i} are not read"
                yield Record(entry.member.id, b"", reason=Reason("archive-ratio", evidence))
                return
            yield from _read_entry(archive, entry, budget, fields)
            spent = budget.spent


def _read_entry(archive: zipfile.ZipFile, entry: _Entry, budget: Budget, fields: Fields) -> Iterator[Record]:
    member = entry.member
    if member.reason:
        yield from read_member(member, None, budget, fields)
        return
    try:
        file = archive.open(entry.info)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError) as error:
        yield Record(member.id, b"", reason=Reason("damaged", str(error)))
        return
    with file:
        yield from read_member(member, file, budget, fields)


def _entries_of(source: Source) -> list[_Entry]:
    """Return the members of a file; the same list for each of its pieces, since a long directory takes a second to read."""
    status = os.stat(source.path)
    return _kept_entries(source.path, source.id, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1)
def _kept_entries(path: str, archive: str, _size: int, _mtime: int) -> list[_Entry]:
    with open(path, "rb") as file:
        return _list_entries(file, archive)


def _read_without_directory(stream: BinaryIO, name: str, fields: Fields) -> Iterator[Record]:
    """Yield the documents of the members of an archive that was cut."""
    stream.seek(0)
    taken: set[str] = set()
    spent = read = 0
    for streamed in read_members(stream):
        path = _decode_path(streamed.name, is_utf8=bool(streamed.flags & _UTF8_FLAG))
        if path.endswith("/") or is_hidden(path) or (name.lower().endswith(".wacz") and not _CRAWL.fullmatch(path)):
            continue
        content = streamed.content
        budget = Budget(partial(_sum, read, content), partial(_sum, READ_AHEAD, content), spent)
        member = Member(unique_id(member_id(name, path), taken), streamed.reason)
        yield from read_member(member, content, budget, fields)
        spent, read = budget.spent, read + content.taken
        if budget.exceeded():
            return


def _sum(before: int, content: Content) -> int:
    return before + content.taken


def _list_entries(file: BinaryIO, archive: str) -> list[_Entry]:
    """Return the members that are files, in the order of their ids. Raises BadZipFile for what is no archive."""
    _check_directory(file)
    paths = []
    with zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            path = _path_of(info)
            if not path.endswith("/") and not is_hidden(path):
                paths.append((path, info))
    if archive.lower().endswith(".wacz"):  # a crawl: what lies beside it only speaks of it
        paths = [(path, info) for path, info in paths if _CRAWL.fullmatch(path)]
    taken: set[str] = set()
    entries = [
        _Entry(info, Member(unique_id(member_id(archive, path), taken), _reason_against(info)))
        for path, info in sorted(paths, key=lambda pair: (pair[0], pair[1].header_offset))
    ]
    return sorted(entries, key=lambda entry: entry.member.id)


def _check_directory(file: BinaryIO) -> None:
    """Raise BadZipFile where the directory is too long to be held."""
    size = file.seek(0, 2)
    tail_at = max(0, size - (1 << 16) - 22)
    file.seek(tail_at)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end >= 0 and len(tail) >= end + 22:
        (length,) = struct.unpack_from("<L", tail, end + 12)
        if length == 0xFFFFFFFF and (wide := tail.rfind(b"PK\x06\x06")) >= 0 and len(tail) >= wide + 56:
            (length,) = struct.unpack_from("<Q", tail, wide + 40)
        if length > DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {length:,} bytes, over {DIRECTORY_BYTES:,}")
    file.seek(0)


def _reason_against(info: zipfile.ZipInfo) -> Reason | None:
    mode = info.external_attr >> 16
    if info.flag_bits & _ENCRYPTED_FLAG:
        return Reason("encrypted", "a member that needs a password")
    if stat.S_ISLNK(mode):
        return Reason("link", "a link in an archive is not followed")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Reason("not-a-file", "a device or a pipe")
    if info.compress_type not in METHODS:
        name = zipfile.compressor_names.get(info.compress_type, "unknown")  # type: ignore[attr-defined]
        return Reason("unknown-compression", f"method {info.compress_type} ({name})")
    return None


def _path_of(info: zipfile.ZipInfo) -> str:
    """Return a member's path as text."""
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    return _decode_path(info.orig_filename.encode("cp437"), is_utf8=False)


def _decode_path(raw: bytes, *, is_utf8: bool) -> str:
    """Return a path as text. Without the flag of UTF-8 it may be UTF-8 all the same, or of a code page."""
    try:
        return raw.decode("utf-8", "surrogateescape" if is_utf8 else "strict")
    except UnicodeDecodeError:
        return max((raw.decode(page, "surrogateescape") for page in CODE_PAGES), key=_count_letters)


def _count_letters(path: str) -> int:
    """Return how many small Latin letters with accents a path holds: a wrong code page gives signs, capitals, Greek."""
    return sum(not c.isascii() and c != "ß" and unicodedata.name(c, "").startswith("LATIN SMALL") for c in path)
