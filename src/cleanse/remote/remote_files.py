"""Read what lies in an object store, on the web or on the Hugging Face Hub, as a stream."""

from __future__ import annotations

import errno
import hashlib
import io
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import urlsplit

from cleanse.errors import SourceError
from cleanse.remote.urls import HUB, INSTALL, SCHEMES, STORES, WEB, explain, open_store, plain, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BUFFER_BYTES = 4 << 20  # asked for at once
TIMEOUT = 60  # seconds without an answer
ATTEMPTS = 4  # connections for one file: a broken one goes on where it broke


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file below an address."""

    name: str  # its path below the address; of an address of one file, the file's name
    url: str
    size: int  # bytes; 0 where the server does not say
    version: str  # changes whenever the content does, as far as the store says: it stands for it in a fingerprint


def list_files(url: str) -> tuple[RemoteFile, ...]:
    """Return the files below an address, or the one file, in the order of their names.

    Raises:
        SourceError: The address cannot be read, or nothing is there.

    """
    scheme = scheme_of(url)
    if scheme in STORES:
        files = _list_store(url)
    elif scheme in WEB:
        files = [_describe_page(url)]
    elif scheme in HUB:
        files = _list_hub(url)
    else:
        raise SourceError(
            f"INPUT {url!r} is of no known kind. Use one of: {' '.join(f'{name}://' for name in SCHEMES)}"
        )
    if not files:
        raise SourceError(f"INPUT {url!r}: nothing is there. Name a file, or a prefix with files below it.")
    return tuple(sorted(files, key=lambda file: file.name))


def open_input(url: str) -> BinaryIO:
    """Return the content of a file as a stream; of a store it can seek. Errors while reading are OSError.

    Raises:
        SourceError: The address is of no known kind, or a package is missing.
        OSError: The file cannot be opened.

    """
    scheme = scheme_of(url)
    if scheme in STORES:
        import obstore

        store, path = open_store(url, SourceError)
        try:
            raw: io.RawIOBase = _StoreFile(obstore.open_reader(store, path, buffer_size=BUFFER_BYTES))
        except Exception as problem:
            raise _failure(problem) from problem
        return io.BufferedReader(raw, BUFFER_BYTES)
    if scheme in WEB:
        return io.BufferedReader(_Page(url), BUFFER_BYTES)
    if scheme in HUB:
        return cast("BinaryIO", _hub().open(url, "rb"))
    raise SourceError(f"{url!r} is of no known kind. Use one of: {' '.join(f'{name}://' for name in SCHEMES)}")


def _failure(problem: BaseException) -> OSError:
    """Return an error of the network or of a store as the machine's, not as damage of the content."""
    return OSError(errno.EIO, str(getattr(problem, "strerror", None) or plain(problem)))


def _list_store(url: str) -> list[RemoteFile]:
    import_error = "INPUT " + repr(url)
    store, prefix = open_store(url, SourceError)
    import obstore

    root = f"{scheme_of(url)}://{urlsplit(url).netloc}/"
    files = []
    try:
        for batch in obstore.list(store, f"{prefix}/" if prefix else None):
            for entry in batch:
                name = posixpath.relpath(entry["path"], prefix) if prefix else entry["path"]
                if not any(part.startswith(".") for part in name.split("/")) and entry["path"] != prefix:
                    files.append(_store_file(name, root + entry["path"], entry))
        if not files and prefix:
            entry = obstore.head(store, prefix)
            files.append(_store_file(posixpath.basename(prefix), root + prefix, entry))
    except FileNotFoundError:
        return []
    except Exception as problem:
        raise SourceError(f"{import_error} cannot be listed: {explain(url, problem)}") from problem
    return files


def _store_file(name: str, url: str, entry: Any) -> RemoteFile:
    return RemoteFile(name, url, entry["size"], str(entry["e_tag"] or entry["last_modified"]))


class _StoreFile(io.RawIOBase):
    """An object of a store as a file that can seek."""

    def __init__(self, reader: Any) -> None:
        super().__init__()
        self.reader = reader

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can seek."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""
        return int(self.reader.seek(offset, whence))

    def tell(self) -> int:
        """Return the place."""
        return int(self.reader.tell())

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with the next bytes."""
        try:
            block = bytes(self.reader.read(len(buffer)))
        except OSError:
            raise
        except Exception as problem:
            raise _failure(problem) from problem
        buffer[: len(block)] = block
        return len(block)


class _Page(io.RawIOBase):
    """A file of the web, read forward. A connection that breaks is opened again at the place where it broke."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.place = 0
        self.attempts = ATTEMPTS
        self.answer: Any = None
        self.version = ""
        self.connect()

    def connect(self) -> None:
        """Ask for what is not read yet."""
        import urllib.request

        headers = {"User-Agent": "cleanse", "Accept-Encoding": "identity"}
        if self.place:
            headers |= {"Range": f"bytes={self.place}-", "If-Range": self.version}
        request = urllib.request.Request(self.url, headers=headers)  # noqa: S310  http and https only: see open_input
        self.answer = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
        if self.place and self.answer.status != 206:
            raise OSError(errno.EIO, "the connection broke, and the server cannot go on where it broke")
        self.version = self.version or self.answer.headers.get("ETag") or self.answer.headers.get("Last-Modified") or ""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with the next bytes."""
        from http.client import HTTPException

        while True:
            try:
                count = int(self.answer.readinto(buffer))
                if not count and self.answer.length:
                    raise OSError(errno.EIO, f"the connection ended {self.answer.length:,} bytes early")  # noqa: TRY301
            except (OSError, HTTPException) as problem:
                self.attempts -= 1
                if not self.attempts or not self.version:
                    raise _failure(problem) from problem
                self.connect()
            else:
                self.place += count
                return count

    def close(self) -> None:
        """Close the connection."""
        if self.answer is not None:
            self.answer.close()
        super().close()


def _describe_page(url: str) -> RemoteFile:
    import urllib.error
    import urllib.request

    request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "cleanse"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            headers = answer.headers
    except (OSError, ValueError) as problem:
        raise SourceError(f"INPUT {url!r} cannot be read: {plain(problem)}") from problem
    size = int(headers.get("Content-Length") or 0)
    version = headers.get("ETag") or headers.get("Last-Modified") or ""
    name = posixpath.basename(urlsplit(url).path) or "page"
    return RemoteFile(name, url, size, version or hashlib.sha256(f"{url} {size}".encode()).hexdigest())


def _list_hub(url: str) -> list[RemoteFile]:
    hub = _hub()
    try:
        entries = hub.find(url, detail=True)
    except FileNotFoundError:
        return []
    except Exception as problem:
        raise SourceError(f"INPUT {url!r} cannot be listed: {plain(problem)}") from problem
    return list(_hub_files(url, entries))


def _hub_files(url: str, entries: dict[str, Any]) -> Iterator[RemoteFile]:
    root = url.partition("://")[2].strip("/")
    for path, entry in sorted(entries.items()):
        name = posixpath.basename(path) if path == root else posixpath.relpath(path, root)
        if entry.get("type") == "file" and not any(part.startswith(".") for part in name.split("/")):
            yield RemoteFile(
                name, f"hf://{path}", entry.get("size") or 0, str(entry.get("blob_id") or entry.get("size"))
            )


def _hub() -> Any:
    """Return the file system of the Hugging Face Hub."""
    try:
        import fsspec

        return fsspec.filesystem("hf")
    except ImportError:
        raise SourceError(f"hf:// needs the packages fsspec and huggingface-hub. Install them: {INSTALL}") from None
