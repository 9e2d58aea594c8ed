"""The settings of a run: one flat frozen record, from defaults, a TOML file and the command line, in that order.

Stages receive the values they need, never the whole record.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cleanse.errors import SettingError

KEEP = ("longest", "first", "oldest", "newest")
CHROME = ("careful", "balanced", "thorough")
STEPS = ("repair", "extract", "chrome", "language", "duplicates")  # the ones that a run can do without


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a run, by the names of the command line's options.

    Raises SettingError where a value cannot be used.
    """

    workers: int | None = field(default=None, metadata={"help": "processes; default: one per CPU"})
    threshold: float = field(default=0.8, metadata={"help": "near-duplicate Jaccard, over 0 and up to 1"})
    keep: str = field(default="longest", metadata={"help": "which of several near-duplicates stays", "choices": KEEP})
    language: tuple[str, ...] = field(default=(), metadata={"help": "keep only these languages (ISO 639 codes)"})
    min_words: int = field(default=0, metadata={"help": "withhold documents with fewer words"})
    chrome: str = field(default="balanced", metadata={"help": "how much evidence removal needs", "choices": CHROME})
    rules: str | None = field(default=None, metadata={"help": "TOML file of own chrome rules; keep rules always win"})
    without: tuple[str, ...] = field(default=(), metadata={"help": "switch a chrome rule off, by its id"})
    skip: tuple[str, ...] = field(default=(), metadata={"help": "leave a step out", "choices": STEPS})
    detector: str = field(default="cascade", metadata={"help": "language detector, or package.module:function"})
    extractor: str = field(default="trafilatura", metadata={"help": "HTML extractor, or package.module:function"})
    text_field: str | None = field(default=None, metadata={"help": "field of a record that holds the page"})
    carry: tuple[str, ...] | None = field(default=None, metadata={"help": "fields of a record to carry; default: all"})
    series_guard: bool = field(default=True, metadata={"help": "texts that differ only in numbers, dates, names stay"})
    against: tuple[str, ...] = field(default=(), metadata={"help": "earlier outputs: what stands there is a duplicate"})
    fresh: bool = field(default=False, metadata={"help": "use nothing cached"})
    dry_run: bool = field(default=False, metadata={"help": "judge and report, write no corpus"})

    def __post_init__(self) -> None:
        """Check every value once, here, so that no stage has to."""
        if self.workers is not None and self.workers < 1:
            raise SettingError(f"workers = {self.workers} is too few. Use 1 or more, or leave it out for one per CPU.")
        if not 0 < self.threshold <= 1:
            raise SettingError(
                f"threshold = {self.threshold} is no Jaccard similarity. Use a number over 0 and up to 1, such as 0.8."
            )
        if self.min_words < 0:
            raise SettingError(f"min_words = {self.min_words} is negative. Use 0 or more.")
        _one_of("keep", self.keep, KEEP)
        _one_of("chrome", self.chrome, CHROME)
        for step in self.skip:
            _one_of("skip", step, STEPS)
        _check_languages(self.language)
        if self.rules is not None and not Path(self.rules).is_file():
            raise SettingError(f"rules = {self.rules!r} does not exist. Name a TOML file of chrome rules.")


def load_config(path: Path, base: Config | None = None) -> Config:
    """Settings from a TOML file over `base`. Raises SettingError for what is not TOML, not known or not usable."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"config = {str(path)!r} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"config = {str(path)!r} is not TOML: {error}.") from error
    return make_config(values, base)


def make_config(values: dict[str, Any], base: Config | None = None) -> Config:
    """Settings by name over `base`; names may be spelt with dashes. Raises SettingError for an unknown name."""
    known = {f.name: f for f in fields(Config)}
    usable: dict[str, Any] = {}
    for name, value in values.items():
        setting = name.replace("-", "_")
        if setting not in known:
            raise SettingError(f"{name!r} is no setting.{_close(setting, known)} Known: {', '.join(known)}.")
        usable[setting] = _typed(name, value, str(known[setting].type))
    return replace(base or Config(), **usable)


def _typed(name: str, value: Any, type_: str) -> Any:
    if type_.startswith("tuple"):
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, (list, tuple)) and all(isinstance(v, str) for v in listed):
            return tuple(listed)
    elif type_ == "bool":
        if isinstance(value, bool):
            return value
    elif type_ == "float":
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    elif value is None or isinstance(value, int if type_.startswith("int") else str):
        return value
    raise SettingError(f"{name} = {value!r} has the wrong type. Expected: {type_.replace(' | None', '')}.")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingError(f"{name} = {value!r} is not known.{_close(value, known)} Use one of: {', '.join(known)}.")


def _check_languages(codes: tuple[str, ...]) -> None:
    if not codes:
        return
    from cleanse.language import KNOWN_LANGUAGES

    for code in codes:
        if code not in KNOWN_LANGUAGES and code != "und":
            known = sorted(KNOWN_LANGUAGES)
            raise SettingError(
                f"language = {code!r} is not known.{_close(code, known)} Use ISO 639 codes: {' '.join(known)}."
            )


def _close(value: str, known: Any) -> str:
    close = difflib.get_close_matches(value, list(known), 1, 0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
