"""README.md of an output folder: a dataset card with the header that the Hugging Face Hub reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.corpus.folder import CARD, CARD_MARK
from cleanse.corpus.schemas import SCHEMAS
from cleanse.shards import new_file

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_LARGEST = "10M<n<100M"  # the Hub's own categories go on from here; a card may be edited

# One line a column; docs/output.md says more.
COLUMNS = {
    "id": "path below the input, `#N` for record N of a container; unique and stable",
    "text": "the page text with the removed spans cut out, to the character",
    "title": "headline that the page shows",
    "author": "author that the page shows",
    "date": "date that the page shows, ISO 8601, may be partial",
    "url": "address of the page, where known",
    "site": "host of the address, without `www.`",
    "language": "ISO 639-1 code, else 639-3; `und` if unknown",
    "language_confidence": "0 to 1",
    "chars": "characters of `text`",
    "words": "words of `text`; of scripts without spaces, characters",
    "near_duplicates": "other documents that this one stands for",
    "record_id": "the record's own id",
    "fields": "the record's other fields, as JSON",
}


def write_card(output: Path, manifest: Mapping[str, Any]) -> None:
    """Write the card of a finished run."""
    with new_file(output / CARD) as temporary:
        Path(temporary).write_text(_card(manifest), encoding="utf-8")


def _card(manifest: Mapping[str, Any]) -> str:
    counts, kept = manifest["counts"], manifest["counts"]["kept"]
    languages = {code: n for code, n in manifest["languages"].items() if code != "und"}
    header = ["---"]
    if languages:
        header += ["language:", *(f"- {code!r}" for code in languages)]
    header += ["size_categories:", f"- {next((name for limit, name in _SIZES if kept < limit), _LARGEST)}"]
    header += [
        "configs:",
        "- config_name: default",
        "  data_files:",
        "  - split: train",
        "    path: corpus/part-*.parquet",
    ]
    header += ["tags:", "- cleanse", "---", f"<!-- {CARD_MARK} {manifest['cleanse']} -->"]
    body = [
        "",
        "# A cleaned corpus",
        "",
        f"{kept:,} documents, {counts['chars_kept']:,} characters, made of {counts['read']:,} scraped documents.",
        "",
        "> **Licence: not set.** The texts belong to those who published them. Whoever shares this corpus has to settle",
        "> its terms, and write them here and into the header (`license:`).",
        "",
        "## What happened to the documents",
        "",
        "| | documents |",
        "|---|---:|",
        *(f"| {name} | {counts[name]:,} |" for name in ("read", "rejected", "filtered", "duplicate", "kept")),
        "",
        f"Of {counts['chars_in']:,} characters read, {counts['chars_kept']:,} stand in `corpus/`; every removed span stands in",
        "`removed/` with its rule. `withheld/` holds the texts that are not in the corpus, `documents/` a row for every",
        "input document, `report.html` the whole story with examples.",
        "",
        "## Columns of `corpus/`",
        "",
        "| column | type | |",
        "|---|---|---|",
        *(f"| `{f.name}` | {f.type} | {COLUMNS[f.name]} |" for f in SCHEMAS["corpus"]),
        "",
        "## Languages",
        "",
        "| language | documents |",
        "|---|---:|",
        *(f"| {code} | {n:,} |" for code, n in manifest["languages"].items()),
        "",
        "## How it was made",
        "",
        "Decoded and repaired, site chrome removed, language told by paragraph, near-duplicates (Jaccard of word 5-grams at or",
        f"over {manifest['settings']['threshold']}) found with MinHash LSH and verified exactly. Settings and versions stand in",
        f"`manifest.json`; digest `{manifest['digest']}`.",
        "",
    ]
    return "\n".join(header + body)
