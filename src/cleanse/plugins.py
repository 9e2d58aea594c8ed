"""Load functions that users name as "package.module:function", and tell one version of them from another."""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


def load_plugin(option: str, name: str, known: Collection[str]) -> Callable[..., Any]:
    """Return the function that an option names as "package.module:function".

    Raises SettingError where there is no such function; `known` are the names that the error offers instead.
    """
    advice = f"Use one of: {', '.join(known)}; or name your own as 'package.module:function'."
    module, is_plugin, attribute = name.partition(":")
    if not is_plugin:
        raise SettingError(f"{option} = {name!r} is not known. {advice}")
    try:
        function = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingError(f"{option} = {name!r} cannot be loaded ({error}). {advice}") from error
    if not callable(function):
        raise SettingError(f"{option} = {name!r} is not a function. {advice}")
    return function  # type: ignore[no-any-return]


def fingerprint(name: str) -> str:
    """Return what tells one version of a named function from another: its name, and the source of its package.

    The files of the module's own package count, because a function may call others of them; a module that stands alone
    counts by its file.
    """
    module, is_plugin, _ = name.partition(":")
    if not is_plugin:
        return name
    digest = hashlib.blake2b(digest_size=16)
    for path in _sources_of(module):
        digest.update(path.name.encode() + path.read_bytes())
    return f"{name} {digest.hexdigest()}"


def _sources_of(module: str) -> list[Path]:
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return []
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return []
    path = Path(spec.origin)
    is_in_package = "." in module or spec.submodule_search_locations
    return sorted(path.parent.rglob("*.py")) if is_in_package else [path]
