"""Publish a finished output folder to an object store, so that readers see the old corpus or the new one, never a mixture.

A store has no rename. So a part is put under a name that did not exist, and only the manifest says which parts belong to
the corpus. The manifest is put last, on the condition that it is still the one that was there when the run began: of two
runs that write at the same time, one fails. Parts of the corpus before are deleted after that.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.errors import OutputError
from cleanse.remote.urls import explain, open_store, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = "manifest.json"
OVERWRITTEN = ("README.md", "report.html")  # for people; no reader of the corpus goes by them
PART_SUFFIXES = (".parquet", ".arrow")
MARK = "cleanse-sha256"  # attribute of an object: SHA-256 of its content, and the mark that it is ours
OBJECTS = "objects"  # key of the manifest: name → size and SHA-256 of each object


@dataclass(frozen=True, slots=True)
class Claim:
    """An address that a run will write to, and what is there already."""

    url: str
    version: str | None = None  # of the manifest that is there; None: there is none
    objects: tuple[str, ...] = ()  # that it names


def staging_folder(url: str, base: Path | None = None) -> Path:
    """Return the local folder in which the output for an address is made: always the same, so that a run resumes.

    Args:
        url: The address.
        base: Where such folders lie; None: in the user's cache.

    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.blake2b(url.rstrip("/").encode(), digest_size=8).hexdigest()
    return (base or cache / "cleanse") / f"output-{name}"


def claim(url: str) -> Claim:
    """Look at what is at an address, before a run.

    Raises:
        OutputError: It cannot be reached, or holds files in our place that are not ours.

    """
    store, prefix = open_store(url, OutputError)
    import obstore

    try:
        next(iter(obstore.list(store, _key(prefix, ""), chunk_size=1)), None)  # a missing bucket is an error only here
        current = _manifest_at(store, prefix)
        foreign = [] if current else [n for n in OVERWRITTEN if _mark_of(store, _key(prefix, n)) == ""]
    except Exception as problem:
        raise OutputError(f"OUTPUT {url!r} cannot be reached: {explain(url, problem)}") from problem
    if foreign or (current and "cleanse" not in current[1]):
        name = foreign[0] if foreign else MANIFEST
        raise OutputError(f"{url}/{name} was not written by cleanse. Name another OUTPUT.")
    return Claim(url, current[0], tuple(sorted(current[1].get(OBJECTS, {})))) if current else Claim(url)


def _manifest_at(store: Any, prefix: str) -> tuple[str, dict[str, Any]] | None:
    """Return version and content of the manifest that is there; of one that is no JSON object, an empty one."""
    import obstore

    try:
        answer = obstore.get(store, _key(prefix, MANIFEST))
        version, content = str(answer.meta["e_tag"]), bytes(answer.bytes())
    except FileNotFoundError:
        return None
    try:
        manifest = json.loads(content)
    except ValueError:
        manifest = {}
    return version, manifest if isinstance(manifest, dict) else {}


def publish(folder: Path, claimed: Claim) -> tuple[str, ...]:
    """Put a finished output folder at the claimed address. Returns the names of the objects that the manifest names.

    What an earlier try has put there already is not sent again.

    Args:
        folder: The local output, with its manifest.
        claimed: What `claim` returned before the run.

    Raises:
        OutputError: It cannot be written, or another run has written there since.

    """
    store, prefix = open_store(claimed.url, OutputError)
    try:
        return _publish(folder, claimed, store, prefix)
    except OutputError:
        raise
    except Exception as problem:
        raise OutputError(f"OUTPUT {claimed.url!r} cannot be written: {plain(problem)}") from problem


def _publish(folder: Path, claimed: Claim, store: Any, prefix: str) -> tuple[str, ...]:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    objects: dict[str, dict[str, Any]] = {}
    renamed: dict[str, str] = {}
    created: list[str] = []
    for name, path in _files(folder, PART_SUFFIXES):
        digest = _digest_of(path)
        stored, new = _put_part(store, prefix, name, path, digest)
        objects[stored] = {"bytes": path.stat().st_size, "sha256": digest}
        renamed[name] = stored
        created += [stored] * new
    for table in manifest.get("tables", {}).values():
        table["files"] = sorted(renamed.get(name, name) for name in table["files"])
    manifest[OBJECTS] = dict(sorted(objects.items()))
    if _version_of(store, _key(prefix, MANIFEST)) != claimed.version:
        raise _lose(claimed.url, store, prefix, created)
    for name in OVERWRITTEN:
        if (folder / name).exists():
            _put(store, _key(prefix, name), folder / name, _digest_of(folder / name))
    _put_manifest(store, prefix, manifest, claimed, created)
    _delete(store, prefix, [name for name in claimed.objects if name not in objects])
    return tuple(objects)


def _put_part(store: Any, prefix: str, name: str, path: Path, digest: str) -> tuple[str, bool]:
    """Put a part under its name, or, where another stands there, under one with its digest.

    Returns the name, and whether the object is new. An object of the same content is left as it is.
    """
    import obstore
    from obstore.exceptions import AlreadyExistsError

    stem, dot, suffix = name.rpartition(".")
    for candidate in (name, f"{stem}-{digest[:8]}{dot}{suffix}"):
        key = _key(prefix, candidate)
        if (mark := _mark_of(store, key)) is not None:
            if mark == digest:
                return candidate, False
            continue
        try:
            obstore.put(store, key, path, mode="create", attributes={MARK: digest})
        except AlreadyExistsError:
            continue
        return candidate, True
    raise OutputError(f"{name} is there already under each of its names. Name another OUTPUT.")


def _put_manifest(store: Any, prefix: str, manifest: dict[str, Any], claimed: Claim, created: list[str]) -> None:
    """Put the manifest, if it is still the one that was claimed; else remove what this run has put."""
    import obstore
    from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError

    content = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
    mode: Any = "create" if claimed.version is None else {"e_tag": claimed.version}
    attributes = {MARK: hashlib.sha256(content).hexdigest()}
    try:
        obstore.put(store, _key(prefix, MANIFEST), content, mode=mode, attributes=attributes)
    except (AlreadyExistsError, PreconditionError, NotFoundError):
        raise _lose(claimed.url, store, prefix, created) from None


def _lose(url: str, store: Any, prefix: str, created: list[str]) -> OutputError:
    """Remove what this run has put, but what the other run's manifest names, and return the error to be raised."""
    current = _manifest_at(store, prefix)
    named = current[1].get(OBJECTS, {}) if current else {}
    _delete(store, prefix, [name for name in created if name not in named])
    return OutputError(
        f"another run has written to {url!r} since this one began: nothing of it was changed. Run again."
    )


def _put(store: Any, key: str, path: Path, digest: str) -> None:
    import obstore

    obstore.put(store, key, path, attributes={MARK: digest})


def _delete(store: Any, prefix: str, names: list[str]) -> None:
    import obstore

    if names:
        obstore.delete(store, [_key(prefix, name) for name in names])


def _key(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name


def _version_of(store: Any, key: str) -> str | None:
    import obstore

    try:
        return str(obstore.head(store, key)["e_tag"])
    except FileNotFoundError:
        return None


def _mark_of(store: Any, key: str) -> str | None:
    """Return the digest that an object of ours carries, without reading it; "" of another's, None where there is none."""
    import obstore

    try:
        attributes = obstore.get(store, key, options={"head": True}).attributes
    except FileNotFoundError:
        return None
    return str(attributes.get(MARK, ""))


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield name and path of the files of an output folder, the cache aside, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix in suffixes and not any(part.startswith(".") for part in name.split("/")):
            yield name, path
