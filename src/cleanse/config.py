"""Declare the options of a run. Values come from the defaults, then a TOML file, then the command line.

A field of `Config` is the only place where an option is declared: its default, help, flags, bounds and choices. The
command line, the names in TOML, the form in Prefect and docs/reference/cli.md are made from it. A stage receives the
values of the options that it names, never the whole record.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cleanse.errors import SettingError
from cleanse.option_checks import check_languages, check_option, check_pair, suggest

FORMATS = ("text", "markdown")
KEEP = ("longest", "first", "oldest", "newest")
STRICTNESS = ("careful", "balanced", "thorough")
STEPS = ("repair", "extract", "chrome", "language", "duplicates")  # that can be skipped
PERSONAL_KINDS = ("email", "email.role", "phone", "iban", "nir", "card", "ip")
SHARED_KINDS = ("agency", "boilerplate", "quote")
DEFAULT_SECONDS = 60.0  # for one document
DEFAULT_MEGABYTES = 1024  # for one document


def option(
    default: Any,
    help_: str,
    flags: str = "",
    metavar: str | None = None,
    *,
    choices: tuple[str, ...] | None = None,
    least: float | None = None,
    over: float | None = None,
    most: float | None = None,
    is_path: bool = False,
    commas: bool = False,
    changes_rows: bool = True,
) -> Any:
    """Declare an option as a field of `Config`.

    Args:
        default: The value if the option is not given. A tuple makes a flag that can be repeated, a bool a flag without
            value.
        help_: What the option does, in a few words, for `--help` and the reference. The default is added to it.
        flags: Flags of the command line, such as "-t --threshold"; "": two dashes and the name of the field.
        metavar: What stands for the value in the help; None: the name in capitals.
        choices: The values that are allowed; None: any.
        least: The smallest value allowed; None: no such bound.
        over: A number that the value must exceed; None: no such bound.
        most: The largest value allowed; None: no such bound.
        is_path: Whether the value names a file or folder, relative to the current folder.
        commas: Whether one value may name several choices, separated by commas.
        changes_rows: Whether a row of the output can depend on the option.
    """
    about: dict[str, Any] = {"help": help_, "flags": flags, "metavar": metavar, "choices": choices}
    about |= {"least": least, "over": over, "most": most, "rows": changes_rows, "path": is_path, "commas": commas}
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class Config:
    """Options of a run. The constructor raises SettingError where a value cannot be used.

    Attributes:
        workers: Number of worker processes; 0: all work is done in this process; None: one for each CPU.
        threshold: Least Jaccard similarity of near-duplicates, over sets of word 5-grams; over 0, at most 1.
        keep: Which of several near-duplicates is kept: "longest", "first", "oldest" or "newest".
        language: Codes of the languages to keep (ISO 639-1, else 639-3); (): all.
        min_words: Least number of words of a kept document.
        filter: A preset of limits on signals, or the path of a TOML file with limits; None: no such limits.
        chrome: How readily site chrome is removed: "careful", "balanced" or "thorough".
        rules: Path of a TOML file with own chrome rules; None: there are none.
        without: Ids of chrome rules that are switched off.
        skip: Steps that are left out, see `STEPS`.
        detector: Language detector: a name, or a function of yours as "package.module:function".
        extractor: HTML extractor: a name, "none", or a function of yours as "package.module:function".
        format: How the page text of HTML is written: "text" or "markdown".
        text_field: Fields of a record that may hold the page, dotted where nested; (): fields with common names.
        field: Pairs "NAME=FIELD": which field of a record is its text, title, author, date, url or id.
        carry: Fields of a record to carry into `fields`; None: all that are not used otherwise.
        site_from: What stands for the site of a page without URL: "folder", "name", or a field of the record; None:
            nothing.
        series_guard: Whether texts that differ only in numbers, dates or names are all kept.
        against: Paths of earlier outputs whose documents count as already seen.
        follow_links: Whether the targets of symbolic links are read.
        pii: Whether personal data in the texts is listed in `pii/`.
        mask: Kinds of personal data that are replaced by the name of the kind; (): none.
        forget: Whether masked values are left out of the whole output, so that they cannot be restored.
        shared: Whether passages that stand in several documents are listed in `shared/`.
        cut_shared: Kinds of shared passages whose repeats are removed; (): none.
        time_limit: Seconds that one document may take.
        memory_limit: Megabytes (2^20 bytes) of memory that one document may take, beyond what a worker needs itself.
        strict: Whether the exit code is 1 if any document is rejected.
        fresh: Whether results of earlier runs are ignored.
        dry_run: Whether the run only judges and reports, and writes no corpus.
    """

    workers: int | None = option(
        None,
        "worker processes; 0: none, this process does the work; default: one for each CPU",
        "-j --workers",
        "N",
        least=0,
        changes_rows=False,
    )
    threshold: float = option(
        0.8,
        "Jaccard similarity from which documents are near-duplicates, over 0 and up to 1",
        "-t --threshold",
        "J",
        over=0,
        most=1,
    )
    keep: str = option("longest", "which of several near-duplicates to keep", metavar="WHICH", choices=KEEP)
    language: tuple[str, ...] = option(
        (), "keep only documents in this language, an ISO 639 code", "-l --language", "CODE"
    )
    min_words: int = option(0, "withhold documents with fewer words than this", metavar="N", least=0)
    filter: str | None = option(
        None,
        "withhold documents by limits on their signals: wide, gopher, fineweb2, c4, or a TOML file of limits",
        metavar="PRESET",
    )
    chrome: str = option("balanced", "how readily site chrome is removed", metavar="STRICTNESS", choices=STRICTNESS)
    rules: str | None = option(
        None,
        "chrome rules of your own, used beside the built-in ones; a keep rule always wins",
        metavar="FILE.toml",
        is_path=True,
    )
    without: tuple[str, ...] = option((), "switch off a chrome rule by its id, such as en.related", metavar="RULE")
    skip: tuple[str, ...] = option((), "skip a step", metavar="STEP", choices=STEPS)
    detector: str = option(
        "cascade", "language detector, or a function of yours as package.module:function", metavar="NAME"
    )
    extractor: str = option(
        "auto",
        "HTML extractor: auto, fast, trafilatura, none, or a function of yours as package.module:function",
        metavar="NAME",
    )
    format: str = option("text", "how the page text of HTML is written", metavar="HOW", choices=FORMATS)
    text_field: tuple[str, ...] = option(
        (), "field of a record that holds the page; dotted where nested, such as article.body", metavar="FIELD"
    )
    field: tuple[str, ...] = option(
        (),
        "field of a record that is its text, title, author, date, url or id, such as title=headline",
        metavar="NAME=FIELD",
    )
    carry: tuple[str, ...] | None = option(
        None,
        "field of a record to keep in the column fields; default: all that are not used otherwise",
        metavar="FIELD",
    )
    site_from: str | None = option(
        None, "what stands for the site of a page without URL: folder, name, or a field of the record", metavar="WHAT"
    )
    series_guard: bool = option(
        True, "also remove near-duplicates that differ only in numbers, dates or names", "--no-series-guard"
    )
    against: tuple[str, ...] = option(
        (), "output of an earlier run, whose documents count as already seen", metavar="OUTPUT", is_path=True
    )
    follow_links: bool = option(False, "follow symbolic links in INPUT")
    pii: bool = option(False, "list the places of personal data in OUTPUT/pii/")
    mask: tuple[str, ...] = option(
        (),
        "replace personal data of these kinds by the name of the kind, such as [email]",
        metavar="KIND,…",
        choices=PERSONAL_KINDS,
        commas=True,
    )
    forget: bool = option(False, "with --mask: leave the masked values out of all of OUTPUT; they cannot be restored")
    shared: bool = option(False, "list passages that stand in several documents in OUTPUT/shared/")
    cut_shared: tuple[str, ...] = option(
        (),
        "remove shared passages of these kinds from all documents but the first",
        metavar="KIND,…",
        choices=SHARED_KINDS,
        commas=True,
    )
    time_limit: float = option(
        DEFAULT_SECONDS, "seconds that one document may take", metavar="SECONDS", over=0, changes_rows=False
    )
    memory_limit: int = option(
        DEFAULT_MEGABYTES, "megabytes that one document may take", metavar="MB", least=64, changes_rows=False
    )
    strict: bool = option(False, "exit with 1 if any document is rejected", changes_rows=False)
    fresh: bool = option(False, "ignore what earlier runs have cached", changes_rows=False)
    dry_run: bool = option(False, "judge the documents and write the report, but no corpus")

    def __post_init__(self) -> None:
        """Check every value once, here, so that no stage has to."""
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, str) and str(one.type).startswith("tuple"):
                object.__setattr__(self, one.name, (value,))  # one value stands for a list of one
            if one.metadata["commas"]:
                words = [word.strip() for item in getattr(self, one.name) for word in item.split(",")]
                object.__setattr__(self, one.name, tuple(dict.fromkeys(filter(None, words))))
            check_option(one, getattr(self, one.name))
        check_languages(self.language)
        if self.rules is not None and not Path(self.rules).is_file():
            raise SettingError(f"rules = {self.rules!r} does not exist. Name a TOML file of chrome rules.")
        if self.forget and not self.mask:
            raise SettingError(
                "forget = True forgets nothing without mask. Name the kinds: --mask email,phone --forget."
            )
        for pair in self.field:
            check_pair(pair)


def load_config(path: Path, base: Config | None = None) -> Config:
    """Return the options of a TOML file.

    Args:
        path: The file.
        base: Options that hold where the file says nothing; None: the defaults.

    Raises:
        SettingError: The file cannot be read, is no TOML, or has an option that is unknown or cannot be used.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"config = {str(path)!r} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"config = {str(path)!r} is not TOML: {error}.") from error
    return make_config(values, base)


def make_config(values: dict[str, Any], base: Config | None = None) -> Config:
    """Return options from values by name.

    Args:
        values: Values by the names of the options, which may be spelt with dashes.
        base: Options that hold where there is no value; None: the defaults.

    Raises:
        SettingError: An option is unknown, or its value cannot be used.
    """
    known = {one.name: one for one in fields(Config)}
    converted: dict[str, Any] = {}
    for name, value in values.items():
        field_name = name.replace("-", "_")
        if field_name not in known:
            raise SettingError(f"{name!r} is not an option.{suggest(field_name, known)} Known: {', '.join(known)}.")
        converted[field_name] = tuple(value) if isinstance(value, list) else value
    return replace(base or Config(), **converted)
