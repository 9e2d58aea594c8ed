"""The steps over shards: each reads what an earlier one staged, and stages what it adds. Picklable functions of paths.

    read_shard → parts of drafts → strip_part (marks, title, author, date) → tell_part (language)

Page text is staged once, by `read_shard`; later steps stage only their findings, row for row beside it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cleanse import dedup, inputs
from cleanse.chrome import load_rules
from cleanse.chrome.rule_matcher import on_site
from cleanse.html import load_extractor
from cleanse.language import load_detector
from cleanse.pipeline import chunks, document_steps
from cleanse.pipeline.chunks import Part, Shard, Staging, hash_of
from cleanse.pipeline.rows import CLEANED, DRAFTS, LANGUAGES, Staged, cleaned_row, draft_of, draft_row, kept_texts
from cleanse.pipeline.slowest import keep_slowest
from cleanse.pipeline.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cleanse.chrome import Rules
    from cleanse.chrome.rule_matcher import Rule

log = logging.getLogger(__name__)

AWAY = "unreadable"  # the reason of what a disk or a network may give another time


def check(own: str | None, without: tuple[str, ...], detector: str, extractor: str) -> None:
    """Load what the settings name, before any work. Raises SettingError for what cannot be loaded."""
    rules_of(own, without)
    load_detector(detector)
    load_extractor(extractor)


# -- read: sources → drafts -------------------------------------------------------------------------------------------


def read_shard(
    shard: Shard, staging: Staging, fields: inputs.Fields, extractor: str, skip: tuple[str, ...]
) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Stage the drafts of a shard. Returns its parts, and the number of records in each of its pieces."""
    skip = tuple(sorted({"repair", "extract"} & set(skip)))
    prints = [inputs.fingerprint(piece) for piece in shard.pieces]
    key = hash_of("read", version_of("read"), prints, repr(fields), extractor, skip)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        files: dict[str, str] = {}
        parts: list[tuple[str, int, int]] = []
        counts = [0] * len(shard.pieces)
        slow: list[list[Any]] = []
        rejected: Counter[str] = Counter()
        drafts = _told(_drafts(shard, fields, extractor, skip, counts=counts, slow=slow), rejected)
        for group in _parts(_tables(drafts)):
            name = f"{key}-{len(parts)}"
            sizes = [0, 0]
            files[name] = staging.write("read", name, _measured(group, sizes), DRAFTS)
            parts.append((name, sizes[0], sizes[1]))
        _log_read(shard, sum(rows for _, rows, _ in parts), rejected)
        return files, {"parts": parts, "counts": counts, "slow": slow}

    note = chunks.stage_once(staging, "read", key, make)
    return tuple(Part(name, shard.number, rows, chars) for name, rows, chars in note["parts"]), tuple(note["counts"])


def _drafts(
    shard: Shard,
    fields: inputs.Fields,
    extractor: str,
    skip: tuple[str, ...],
    *,
    counts: list[int],
    slow: list[list[Any]],
) -> Iterator[dict[str, Any]]:
    for i, piece in enumerate(shard.pieces):
        for record in inputs.read(piece, fields):
            counts[i] = max(counts[i], record.number)
            started = time.perf_counter()
            draft = document_steps.read(record, extractor, skip)
            keep_slowest(slow, time.perf_counter() - started, i, record.number)
            yield draft_row(i, draft)


def _told(rows: Iterator[dict[str, Any]], rejected: Counter[str]) -> Iterator[dict[str, Any]]:
    """The rows, with those that have a reason counted by it."""
    for row in rows:
        if row["reason"]:
            rejected[row["reason"]] += 1
        yield row


def _log_read(shard: Shard, documents: int, rejected: Counter[str]) -> None:
    first = shard.pieces[0].source.id
    log.info("shard %d, from %s: %d documents read, %s rejected", shard.number, first, documents, _counted(rejected))
    for reason in (AWAY, "failed"):
        if rejected[reason]:
            log.warning("shard %d, from %s: %d documents %s", shard.number, first, rejected[reason], reason)


def _counted(reasons: Counter[str]) -> str:
    """`3 (2 empty, 1 binary)`, or `0`."""
    named = ", ".join(f"{n} {reason}" for reason, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return f"{reasons.total()} ({named})" if named else "0"


def _tables(rows: Iterable[dict[str, Any]]) -> Iterator[pa.Table]:
    """Drafts as tables that fit in memory."""
    held: list[dict[str, Any]] = []
    chars = 0
    for row in rows:
        held.append(row)
        chars += len(row["text"] or "")
        if chars >= chunks.ROW_GROUP_CHARS or len(held) >= chunks.ROW_GROUP_ROWS:
            yield pa.Table.from_pylist(held, DRAFTS)
            held, chars = [], 0
    if held:
        yield pa.Table.from_pylist(held, DRAFTS)


def _parts(tables: Iterator[pa.Table]) -> Iterator[Iterator[pa.Table]]:
    """Tables grouped into files: a new one as soon as a file holds `PART_CHARS`."""
    for first in tables:
        yield _until_full(first, tables)


def _until_full(first: pa.Table, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    size = first["text"].nbytes
    yield first
    while size < chunks.PART_CHARS:
        table = next(tables, None)
        if table is None:
            return
        size += table["text"].nbytes
        yield table


def _measured(tables: Iterator[pa.Table], sizes: list[int]) -> Iterator[pa.Table]:
    for table in tables:
        sizes[0] += table.num_rows
        sizes[1] += table["text"].nbytes
        yield table


# -- chrome: drafts → marks -------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def rules_of(own: str | None, without: tuple[str, ...]) -> Rules:
    """The rules in force. Raises SettingError for those that cannot be used."""
    return load_rules(Path(own) if own else None, without)


def chrome_key(
    part: Part, staging: Staging, own: str | None, without: tuple[str, ...], setting: str, *, skipped: bool
) -> str:
    """What names the chrome step's result for a part. Rules for sites that no page of it is from do not count.

    So rules of one's own for some sites leave alone what was staged of all the others.
    """
    if skipped:
        return hash_of("chrome", version_of("chrome"), part.key, None, setting)
    rules = rules_of(own, without)
    sites = _sites(part, staging) if rules.index.barred else set()
    counting = [rule for rule in rules.rules if not rule.sites or any(on_site(site, rule.sites) for site in sites)]
    return hash_of("chrome", version_of("chrome"), part.key, _digest_of(tuple(counting), without), setting)


@lru_cache(maxsize=64)  # most parts have the same
def _digest_of(rules: tuple[Rule, ...], without: tuple[str, ...]) -> str:
    return hash_of([repr(rule) for rule in rules], sorted(set(without)))


def _sites(part: Part, staging: Staging) -> set[str]:
    """The sites of a part's pages, as `document_steps.strip` takes them."""
    urls: set[str | None] = set()
    for table in staging.table("read", part.key, ["url", "page_url"]):
        for own, shown in zip(table["url"].to_pylist(), table["page_url"].to_pylist(), strict=True):
            urls.add(own or shown)
    return {site for site in map(document_steps.site_of, urls) if site}


def strip_part(
    part: Part, staging: Staging, own: str | None, without: tuple[str, ...], setting: str, *, skipped: bool
) -> str:
    """Stage what the chrome step finds in a part; returns the name of the result."""
    key = chrome_key(part, staging, own, without, setting, skipped=skipped)
    rules = None if skipped else rules_of(own, without)

    slow: list[list[Any]] = []
    reasons: Counter[str] = Counter()

    def tables() -> Iterator[pa.Table]:
        number = 0
        for batch in staging.table("read", part.key):
            rows = []
            for cleaned, seconds in document_steps.strip_all(
                [draft_of(row) for row in batch.to_pylist()], rules, setting
            ):
                keep_slowest(slow, seconds, number)
                rows.append(cleaned_row(cleaned))
                number += 1
            reasons.update(row["reason"] for row in rows if row["reason"])
            yield pa.Table.from_pylist(rows, CLEANED)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        files = {key: staging.write("chrome", key, tables(), CLEANED)}
        log.info("shard %d: chrome stripped from %d documents, %s rejected", part.shard, part.rows, _counted(reasons))
        if reasons["failed"]:
            log.warning("shard %d: the chrome step failed on %d documents", part.shard, reasons["failed"])
        return files, {"slow": slow}

    chunks.stage_once(staging, "chrome", key, make)
    return key


# -- language ---------------------------------------------------------------------------------------------------------


def tell_part(part: Part, chrome: str, staging: Staging, detector: str, *, skipped: bool) -> str:
    """Stage the languages of a part's kept texts; returns the name of the result."""
    key = hash_of("language", version_of("language"), chrome, part.key, None if skipped else detector)
    codes: Counter[str] = Counter()

    def tables() -> Iterator[pa.Table]:
        for texts in kept_texts(staging, part.key, chrome):
            found = document_steps.tell_all(texts, None if skipped else detector)
            columns = {"code": [x.code for x in found], "confidence": [x.confidence for x in found]}
            codes.update(x.code for x in found)
            yield pa.table(columns, LANGUAGES)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        files = {key: staging.write("language", key, tables(), LANGUAGES)}
        most = ", ".join(f"{n} {code}" for code, n in codes.most_common(3))
        log.info("shard %d: languages told of %d documents, mostly %s", part.shard, part.rows, most)
        return files, {}

    chunks.stage_once(staging, "language", key, make)
    return key


# -- signatures -------------------------------------------------------------------------------------------------------


def sign_part(staged: Staged, staging: Staging, threshold: float) -> str:
    """Stage the band hashes of a part's kept texts; returns the name of the result."""
    key = hash_of("sign", version_of("sign"), staged.chrome, staged.part.key, threshold)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        columns = []
        dates = staging.table("chrome", staged.chrome, ["date"])
        for texts, found in zip(kept_texts(staging, staged.part.key, staged.chrome), dates, strict=True):
            columns.append(dedup.sign_shard(texts, found["date"].to_pylist(), threshold))
        whole = {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}
        log.info("shard %d: %d documents signed", staged.part.shard, staged.part.rows)
        return {key: staging.place("sign", key, lambda path: dedup.write_bands(path, whole))}, {}

    chunks.stage_once(staging, "sign", key, make)
    return key
