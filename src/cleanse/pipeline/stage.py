"""Declare what a stage is, and compute the version of its code and libraries."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cleanse.config import Config
    from cleanse.tables import Column

    Map = Callable[..., Iterable[Any]]  # like the builtin: results in the order of the arguments

PACKAGE = "cleanse"
_ROOT = Path(__file__).parents[1]  # the package's folder
# Modules that only move results: a change of them does not change a result, so they are no part of a stage's version.
_MACHINERY = re.compile(
    r"cleanse(\.(pipeline(?!\.(rows|joining|numbered_documents)\b)|errors|atomic_write|config|option_checks|stages$)(\..*)?)?$"
)
_IMPORT = re.compile(r"^\s*from (cleanse[\w.]*) import (\([^)]*\)|[^\n#]*)|^\s*import (cleanse[\w.]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stage:
    """A step over documents, declared by all that its result depends on.

    The cache key of a result is made of the stage's `name`, the version of its code and libraries (see `version_of`),
    the keys of the results that it reads, and the values of its options. So a changed option redoes the stages that
    name it, and those that read their results, and nothing else.

    How `run` is called depends on the scope. Segment: `run(segment, facts, **options)` yields a row for each record.
    Chunk: `run(results, facts, **options)` yields tables, or returns what `store` writes. Corpus: `run(plan, state,
    mapper)` returns the next state; work on single documents goes through `mapper`, a function like the builtin `map`.

    Attributes:
        name: Name of the cache folder and the logger, and key of the manifest's seconds.
        title: Name in the progress bar and in Prefect, such as "detect language".
        run: The function that does the work.
        reads: Names of the stages whose results it reads.
        adds: Columns of its result.
        options: Fields of `Config` that are part of the cache key and are passed to `run`.
        plugins: Those of `options` that may name users' functions, whose source code is part of the cache key.
        libraries: Distributions whose versions are part of the cache key.
        store: Writes its result to a path; None: `run` yields tables.
        replaces: Name of the stage whose result this one's result replaces; "": none.
        scope: What it works on. A corpus stage waits for all chunks.
        applies: Returns whether the stage is part of a run with these options.
        counts: Returns what the result depends on of the options, for one segment or chunk; None: their values.
    """

    name: str
    title: str
    run: Callable[..., Any]
    reads: tuple[str, ...] = ()
    adds: tuple[Column, ...] = ()
    options: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    store: Callable[..., None] | None = None
    replaces: str = ""
    scope: Literal["segment", "chunk", "corpus"] = "chunk"
    applies: Callable[[Config], bool] = lambda _: True
    counts: Callable[..., object] | None = None


@lru_cache
def version_of(stage: Stage) -> str:
    """Return a digest of the code, data files and libraries that a stage's result depends on.

    The code is that which its function reaches by imports. The data files are those beside that code.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in _files_of(stage.run.__module__):
        digest.update(path.name.encode() + _digest_of(path))
    for library in stage.libraries:
        digest.update(f"{library}={metadata.version(library)}".encode())
    return digest.hexdigest()


def _files_of(module: str) -> list[Path]:
    """Return the files that a module's results depend on: imported modules of this package, and data files beside them."""
    pending, visited, files = [module], set[str](), set[Path]()
    while pending:
        name = pending.pop()
        if name in visited or _MACHINERY.match(name):
            continue
        visited.add(name)
        path = _path_of(name)
        if path is None:  # a name in a module, not a module
            continue
        files.add(path)
        files.update(_data_below(path.parent))
        pending += _imports_of(path)
        pending.append(name.rpartition(".")[0])
    return sorted(files, key=lambda one: one.relative_to(_ROOT).as_posix())


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
    """Return the file of a module of this package; None for a name that is no module."""
    place = _ROOT.joinpath(*module.split(".")[1:])
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    """Return the modules of this package, and the names in them, that a file imports."""
    names: list[str] = []
    for match in _IMPORT.finditer(path.read_text(encoding="utf-8")):
        package, imported, plain = match.groups()
        if plain:
            names.append(plain)
        else:
            names.append(package)
            names += [f"{package}.{word.split()[0]}" for word in imported.strip("()\n ").split(",") if word.split()]
    return tuple(names)
