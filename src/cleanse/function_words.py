"""The function words of each language: articles, pronouns, prepositions, conjunctions and auxiliaries."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from cleanse.text import split_words


@cache
def function_words() -> dict[str, tuple[str, ...]]:
    """Return the function words of each language that has a list, by ISO 639-1 code."""
    tables: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {code: tuple(dict.fromkeys(split_words(words))) for code, words in tables.items()}
