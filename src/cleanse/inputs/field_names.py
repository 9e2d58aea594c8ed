"""What fields of records are called in several languages: which column each name stands for."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

_BETWEEN = re.compile(r"[\W_]+")
LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe"})  # what has no accent to lose


def fold(text: str) -> str:
    """Return a text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(LETTERS)


@lru_cache(maxsize=4096)  # a dump whose keys are data does not fill memory
def key_of(name: str) -> str:
    """Return a field's name as the lexicon has it: its letters and digits, whatever stands between words."""
    return _BETWEEN.sub("", fold(name))


@cache
def columns_by_name() -> dict[str, dict[str, int]]:
    """Return column → name as `key_of` gives it → its rank among the names of that column, from 0."""
    return {
        column: {key: rank for rank, key in enumerate(dict.fromkeys(key_of(name) for name in _names(lists)))}
        for column, lists in _lexicon().items()
    }


@cache
def foreign_names() -> frozenset[str]:
    """Return the names that no English record has: where they stand, a day comes before its month."""
    english = {key_of(name) for lists in _lexicon().values() for name in [*lists.get("en", ()), *lists.get("any", ())]}
    return frozenset(key_of(name) for lists in _lexicon().values() for name in _names(lists)) - english


def _names(lists: dict[str, list[str]]) -> list[str]:
    return [name for names in lists.values() for name in names]


@cache
def _lexicon() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("cleanse.inputs") / "field_names.toml").read_text(encoding="utf-8"))
