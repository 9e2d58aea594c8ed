"""The declaration of a stage, and the version that its code and libraries give to its results."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cleanse.config import Config
    from cleanse.tables import Column

    Map = Callable[..., Iterable[Any]]  # like the builtin: results in the order of the arguments

PACKAGE = "cleanse"
# Code that moves results about and makes none. What it does to a result would be a fault, not another version.
_MACHINERY = re.compile(r"cleanse(\.(pipeline(?!\.rows\b)|errors|atomic_write|config|stages$)(\..*)?)?$")
_IMPORT = re.compile(r"^\s*from (cleanse[\w.]*) import (\([^)]*\)|[^\n#]*)|^\s*import (cleanse[\w.]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step over documents: what it reads, what it adds, and all that its result depends on.

    The cache key of a result is made of the stage's `name`, the version of its code and libraries (see `version_of`), the
    keys of the results it reads, and the values of its options. So a changed option redoes the stages that name it, and
    what reads them, and nothing else.

    `run` is called by scope. Segment: `run(segment, notes, **options)` yields a row for each record. Chunk:
    `run(results, notes, **options)` yields tables, or returns what `store` writes. Corpus: `run(plan, state, spread)`
    returns the next state; its work on documents goes through `spread`, a map.
    """

    name: str  # cache folder, logger, key of the manifest's seconds
    title: str  # progress bar and Prefect task, such as "detect language"
    run: Callable[..., Any]
    reads: tuple[str, ...] = ()  # stages whose results it reads
    adds: tuple[Column, ...] = ()  # columns of its result
    options: tuple[str, ...] = ()  # fields of Config: exactly these enter the key and are handed to `run`
    plugins: tuple[str, ...] = ()  # of these, the ones that may name users' functions: their source counts
    libraries: tuple[str, ...] = ()  # distributions whose versions count
    store: Callable[..., None] | None = None  # writes its result to a path; None: `run` yields tables
    replaces: str = ""  # the stage whose result this one's stands in for
    scope: Literal["segment", "chunk", "corpus"] = "chunk"  # a corpus stage waits for all chunks
    applies: Callable[[Config], bool] = lambda _: True
    counts: Callable[..., object] | None = None  # what of its options counts for a chunk; None: their values


@lru_cache
def version_of(stage: Stage) -> str:
    """Return a digest of what a stage's result depends on besides its input and options.

    That is the code that its function reaches by imports, with the data files beside it, and the versions of its libraries.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in _files_of(stage.run.__module__):
        digest.update(path.name.encode() + _digest_of(path))
    for library in stage.libraries:
        digest.update(f"{library}={metadata.version(library)}".encode())
    return digest.hexdigest()


def _files_of(module: str) -> list[Path]:
    """Return the files of ours that a module's results depend on: modules by their imports, and data of their folders."""
    waiting, seen, files = [module], set[str](), set[Path]()
    while waiting:
        name = waiting.pop()
        if name in seen or _MACHINERY.match(name):
            continue
        seen.add(name)
        path = _path_of(name)
        if path is None:  # a name in a module, not a module
            continue
        files.add(path)
        files.update(_data_below(path.parent))
        waiting += _imports_of(path)
        waiting.append(name.rpartition(".")[0])
    root = Path(__file__).parents[1]
    return sorted(files, key=lambda one: one.relative_to(root).as_posix())


@cache
def _data_below(folder: Path) -> tuple[Path, ...]:
    """Return the data files of a package's folder; those of the whole package belong to no module."""
    if folder.name == PACKAGE:
        return ()
    return tuple(one for one in folder.rglob("*") if one.suffix not in (".py", ".pyc", ".md") and one.is_file())


@cache
def _digest_of(path: Path) -> bytes:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).digest()


@cache
def _path_of(module: str) -> Path | None:
    try:
        spec = find_spec(module)
    except (ModuleNotFoundError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin else None


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for match in _IMPORT.finditer(path.read_text(encoding="utf-8")):
        package, imported, plain = match.groups()
        if plain:
            names.append(plain)
        else:
            names.append(package)
            names += [f"{package}.{word.split()[0]}" for word in imported.strip("()\n ").split(",") if word.split()]
    return tuple(names)
