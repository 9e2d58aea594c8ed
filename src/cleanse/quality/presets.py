"""Filter presets: rules as TOML data, of the package or of the user's own file."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PRESETS = ("wide", "gopher", "fineweb2", "c4")
OTHERS = "*"  # in a table of limits by language: every language that is not named
_KEYS = {"name", "signal", "below", "above", "min_words"}


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One limit on one signal. A document whose signal is null is never taken."""

    id: str  # preset and name: "wide.duplicate-lines"
    signal: str
    below: bool  # takes documents whose value is below the limit, else above
    limits: Mapping[
        str, float
    ]  # by language, `OTHERS` for all that are not named; a language without a limit is spared
    min_words: int = 0


@dataclass(frozen=True, slots=True)
class Preset:
    """A filter: its rules in order, and what it does differently from the filter it is named after."""

    name: str
    about: str
    differs: tuple[str, ...]
    rules: tuple[Rule, ...]


def load_preset(name: str, signals: Collection[str]) -> Preset:
    """Return a preset of the package, or that of a TOML file.

    Args:
        name: One of `PRESETS`, or the path of a TOML file with `[[rule]]` tables.
        signals: The names that a rule may speak of.

    Raises:
        SettingError: If the file cannot be read, or a rule in it cannot be used.

    """
    path = Path(__file__).with_name("preset_files") / f"{name}.toml" if name in PRESETS else Path(name)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(
            f"filter {name!r} cannot be loaded: {error}. Use one of: {', '.join(PRESETS)}; or a TOML file of rules."
        ) from error
    rules = table.get("rule")
    if not isinstance(rules, list) or not rules:
        raise SettingError(f"filter {name!r} has no [[rule]]: name, signal, and `below` or `above`.")
    read = tuple(_read_rule(path.stem, rule, signals) for rule in rules)
    if len({rule.id for rule in read}) < len(read):
        raise SettingError(f"filter {name!r} names two rules alike.")
    return Preset(path.stem, str(table.get("about", "")), tuple(table.get("differs", ())), read)


def _read_rule(preset: str, rule: Any, signals: Collection[str]) -> Rule:
    if not isinstance(rule, dict) or not isinstance(rule.get("name"), str):
        raise SettingError(f"a [[rule]] of filter {preset!r} has no name.")
    where = f"rule {rule['name']!r} of filter {preset!r}"
    if unknown := sorted(set(rule) - _KEYS):
        raise SettingError(f"{where} has unknown keys: {', '.join(unknown)}. Use: {', '.join(sorted(_KEYS))}.")
    if rule.get("signal") not in signals:
        raise SettingError(f"{where}: no signal is named {rule.get('signal')!r}. Use one of: {', '.join(signals)}.")
    if ("below" in rule) == ("above" in rule):
        raise SettingError(f"{where} needs `below` or `above`, one of them.")
    least = rule.get("min_words", 0)
    if not isinstance(least, int) or isinstance(least, bool) or least < 0:
        raise SettingError(f"{where}: min_words = {least!r} is not a number of words.")
    given: Any = rule.get("below", rule.get("above"))
    limits: dict[str, Any] = given if isinstance(given, dict) else {OTHERS: given}
    for language, limit in limits.items():
        if not isinstance(limit, int | float) or isinstance(limit, bool) or not math.isfinite(limit):
            raise SettingError(f"{where}: the limit {limit!r} of {language!r} is not a number.")
    return Rule(
        f"{preset}.{rule['name']}", rule["signal"], "below" in rule, {k: float(v) for k, v in limits.items()}, least
    )
