"""Write README.md of an output folder: a dataset card with the header that the Hugging Face Hub reads."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.corpus.columns import COLUMNS
from cleanse.corpus.merging import merge_lines
from cleanse.corpus.output_folder import CARD, CARD_MARK
from cleanse.hub import TableFacts, describe_configs, describe_croissant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# The Hub's own names for how many rows a data set has.
_SIZES = tuple(
    zip(
        (10**n for n in range(3, 13)),
        ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"],
        strict=True,
    )
)
_CODE = re.compile(r"[a-z]{2,3}")  # languages that the Hub knows: ISO 639-1 or 639-3
CROISSANT = "croissant.json"
BEFORE = "card.md"  # in the cache folder: the card as the last run wrote it
MOST = 12  # rows of each table in the card; report.html has all
ESTIMATE = "estimate.json"  # shares of content lost and chrome left, from people's verdicts; see `review`


def write_card(output: Path, manifest: Mapping[str, Any], previous: Mapping[str, Any] | None = None) -> None:
    """Write the card of a finished run, with the estimate from a sample of this corpus if people judged one.

    What its owner changed in the card of an earlier run, such as the licence, stays.

    Args:
        output: The output folder.
        manifest: Manifest of the run.
        previous: Manifest of the run before, whose card is in the folder; None if there is none.
    """
    facts = table_facts(output, manifest)
    card = _card(manifest, facts, read_estimate(output, manifest))
    path, earlier_card = output / CARD, output / ".cleanse" / BEFORE
    base = _read(earlier_card) or (previous and _card(previous, facts, read_estimate(output, previous)))
    theirs = _read(path)
    earlier_card.parent.mkdir(exist_ok=True)
    for place, text in ((earlier_card, card), (path, merge_lines(base, theirs, card) if base and theirs else card)):
        with new_file(place) as temporary:
            temporary.write_text(text, encoding="utf-8")


def write_croissant(output: Path, manifest: Mapping[str, Any]) -> None:
    """Write `croissant.json`, the description of the tables that catalogues of data sets read.

    Args:
        output: The output folder.
        manifest: Manifest of the run.
    """
    described = describe_croissant(manifest, table_facts(output, manifest))
    with new_file(output / CROISSANT) as temporary:
        temporary.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def table_facts(output: Path, manifest: Mapping[str, Any]) -> dict[str, TableFacts]:
    """Return columns, rows and sizes of each table of an output.

    Args:
        output: The output folder.
        manifest: Manifest of the run.
    """
    import pyarrow.parquet as pq

    facts = {}
    for name, table in manifest.get("tables", {}).items():
        paths = [path for file in table["files"] if (path := output / file).exists()]
        metadata = [pq.read_metadata(path) for path in paths]
        memory = sum(one.row_group(group).total_byte_size for one in metadata for group in range(one.num_row_groups))
        disk = sum(path.stat().st_size for path in paths)
        facts[name] = TableFacts(COLUMNS[name], table["rows"], memory, disk)
    return facts


def _read(path: Path) -> str | None:
    """Return the text of a file; None if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def read_estimate(output: Path, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the estimate from a sample of this corpus; None if there is none, or it is about an earlier corpus.

    Args:
        output: The output folder.
        manifest: Manifest of the run.
    """
    try:
        estimate: dict[str, Any] = json.loads((output / ESTIMATE).read_bytes())
    except (OSError, ValueError):
        return None
    return estimate if isinstance(estimate, dict) and estimate.get("digest") == manifest["digest"] else None


def _card(manifest: Mapping[str, Any], facts: Mapping[str, TableFacts], estimate: Mapping[str, Any] | None) -> str:
    """Return the card as Markdown."""
    header = [*_header(manifest, facts), f"<!-- {CARD_MARK} {manifest['cleanse']} -->"]
    body = [_beginning(manifest), _quality(estimate), _documents(manifest), _columns(), _languages(manifest)]
    return "\n".join([*header, *(line for section in [*body, _making(manifest)] for line in section)]) + "\n"


def _header(manifest: Mapping[str, Any], facts: Mapping[str, TableFacts]) -> list[str]:
    """Return the YAML header."""
    kept = manifest["counts"]["kept"]
    languages = [code for code in manifest["languages"] if _CODE.fullmatch(code) and code != "und"]
    header = ["---", "pretty_name: A cleaned corpus"]
    if languages:
        header += ["language:", *(f"- {code!r}" for code in languages)]  # quoted: a bare `no` is false in YAML
    header += ["size_categories:", f"- {_size(kept)}"]
    header += describe_configs(facts)
    return [*header, "tags:", "- cleanse", "---"]


def _size(rows: int) -> str:
    """Return the Hub's name for a number of rows."""
    below = None
    for limit, name in _SIZES:
        if rows < limit:
            return f"{below}<n<{name}" if below else f"n<{name}"
        below = name
    return f"n>{below}"


def _beginning(manifest: Mapping[str, Any]) -> list[str]:
    counts = manifest["counts"]
    return [
        "",
        "# A cleaned corpus",
        "",
        f"{counts['kept']:,} documents, {counts['chars_kept']:,} characters, made of {counts['read']:,} scraped documents.",
        "",
        "> **Licence: not set.** The texts belong to those who published them. Whoever shares this corpus has to settle",
        "> its terms, and write them here and into the header (`license:`).",
        "",
        "```python",
        "from datasets import load_dataset",
        "",
        'corpus = load_dataset("path/to/this/folder", split="train")',
        "```",
    ]


def _quality(estimate: Mapping[str, Any] | None) -> list[str]:
    if estimate is None:
        return []
    return [
        "",
        "## How clean it is",
        "",
        f"People looked at {estimate['pages']:,} pages ({estimate['order']}): **{estimate['lost']['text']}** of the content was",
        f"wrongly removed, **{estimate['left']['text']}** of what stayed is site chrome (95 % intervals, by words, over pages).",
    ]


def _documents(manifest: Mapping[str, Any]) -> list[str]:
    counts = manifest["counts"]
    names = ("read", "rejected", "filtered", "duplicate", "kept")
    out = ["", "## What happened to the documents", "", *_table(("", "documents"), ((n, counts[n]) for n in names))]
    if manifest["reasons"]:
        out += ["", *_table(("not kept because", "documents"), list(manifest["reasons"].items())[:MOST])]
    out += [
        "",
        f"Of {counts['chars_in']:,} characters read, {counts['chars_kept']:,} stand in `corpus/`; every removed span stands in",
        "`removed/` with its rule and evidence, and text and removed spans give the page back. `withheld/` holds the texts",
        "that are not in the corpus, `documents/` a row for every input document, `report.html` the whole story with examples.",
    ]
    if manifest["rules"]:
        out += ["", *_table(("removed most by", "spans"), list(manifest["rules"].items())[:MOST])]
    return out


def _columns() -> list[str]:
    lines = [f"| `{column.name}` | {column.type} | {column.about} |" for column in COLUMNS["corpus"]]
    return ["", "## Columns of `corpus/`", "", "| column | type | |", "|---|---|---|", *lines]


def _languages(manifest: Mapping[str, Any]) -> list[str]:
    if not manifest["languages"]:
        return []
    return ["", "## Languages", "", *_table(("language", "documents"), manifest["languages"].items())]


def _making(manifest: Mapping[str, Any]) -> list[str]:
    settings, versions = manifest["settings"], manifest["versions"]
    libraries = ", ".join(f"{name} {version}" for name, version in versions.items())
    return [
        "",
        "## How it was made",
        "",
        "1. Bytes decoded and mojibake repaired; every repair is on record in `documents/`.",
        f"2. Site chrome removed (setting `{settings['chrome']}`): of HTML what {_plain(settings['extractor'])} does not keep, of text what",
        "   rules and a line model know as menus, share bars, comment forms, cookie banners, footers. Headlines stay; bylines",
        *_learned(manifest.get("site_lines") or {}),
        f"3. Language told by paragraph (`{_plain(settings['detector'])}`), `und` rather than a guess.",
        f"4. Near-duplicates (Jaccard of word 5-grams of {settings['threshold']} or more) found with MinHash LSH and verified exactly;",
        f"   of each cluster one document stays (`{settings['keep']}`).",
        "",
        f"cleanse {manifest['cleanse']}, {_plain(libraries)}. Settings stand in `manifest.json`; digest `{manifest['digest']}`,",
        "the same for any number of workers and any order of files.",
        "",
        "## What to keep in mind",
        "",
        "The texts are as their authors published them: not checked for truth, personal data, offence or rights. Languages are",
        "told by a model, and wrong for some short or mixed texts; `language_confidence` says how sure it was.",
    ]


def _learned(lines: Mapping[str, Any]) -> list[str]:
    if not lines:
        return ["   and dates became columns."]
    return [
        f"   and dates became columns. {lines['lines']:,} lines that recur around the text on {lines['sites']:,} sites went, too, from",
        f"   {lines['documents']:,} documents (`site.learned` in `removed/`).",
    ]


def _table(head: tuple[str, str], rows: Iterable[tuple[str, int]]) -> list[str]:
    cells = (f"| {_plain(name)} | {n:,} |" for name, n in rows)
    return [f"| {head[0]} | {head[1]} |", "|---|---:|", *cells]


def _plain(text: str) -> str:
    """Return text that cannot break out of its line or cell."""
    return re.sub(r"([|\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))
