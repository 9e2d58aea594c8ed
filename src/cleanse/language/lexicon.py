"""What `lexicon.toml` says of languages: function words, scripts, names of codes, relatives, how rare they are."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def tables() -> dict[str, Any]:
    """All tables of the file."""
    return tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text("utf-8"))


@cache
def normal(code: str) -> str:
    """ISO 639-1, else 639-3, without script or region."""
    code = code.lower().replace("_", "-").partition("-")[0]
    return str(tables()["codes"].get(code, code))


@cache
def prior() -> dict[str, float]:
    """A weight below 1 for each language that is rarer on the web than the models think; the others are not in it."""
    return {code: entry["weight"] for entry in tables()["prior"].values() for code in entry["languages"].split()}


@cache
def close() -> dict[str, frozenset[str]]:
    """Each language that has close relatives, with them and itself."""
    groups = [frozenset(group.split()) for group in tables()["close"]["groups"]]
    return {code: group for group in groups for code in group}


@cache
def outsiders() -> frozenset[str]:
    """Languages that no model knows."""
    return frozenset(tables()["unmodelled"]["languages"].split())


@cache
def listed() -> frozenset[str]:
    """Languages with a list of function words."""
    return frozenset(tables()["words"])


@cache
def function_words() -> dict[str, tuple[str, ...]]:
    """Each function word, and the languages it belongs to."""
    by_word: dict[str, list[str]] = {}
    for code, words in tables()["words"].items():
        for word in dict.fromkeys(words.split()):
            by_word.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in by_word.items()}


@cache
def script_table() -> tuple[list[int], list[str]]:
    """Starts of runs of 16 characters and the script of each run ("" between scripts)."""
    table = {0: ""}
    for name, script in tables()["scripts"].items():
        for first, last in script["ranges"]:
            table[first >> 4] = name
            table.setdefault((last >> 4) + 1, "")
    starts = sorted(table)
    return starts, [table[s] for s in starts]
