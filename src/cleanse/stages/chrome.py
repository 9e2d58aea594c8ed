"""Strip chrome: find what belongs to the site and not to the article, and remove it as spans with rule and evidence."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cleanse.chrome.document_chrome import keep_extracted, rules_of, strip_documents
from cleanse.pipeline import guard
from cleanse.pipeline.cache import hash_of
from cleanse.pipeline.rows import CLEANED, SITE, draft_of, row_of_cleaned, sites_of
from cleanse.pipeline.slowest import keep_slowest
from cleanse.pipeline.stage import Stage
from cleanse.tables import make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from cleanse.chrome.rule_matcher import Rule
    from cleanse.documents import Reason
    from cleanse.pipeline.chunks import Results


def strip_chunk(results: Results, facts: dict[str, Any], **options: Any) -> Iterator[pa.Table]:
    """Yield the cleaned documents of a chunk.

    Args:
        results: Results of the stages that this one reads.
        facts: Receives `slow`, the slowest documents, for the note of the result.
        options: Options that the stage names.
    """
    import pyarrow as pa

    rules = None if "chrome" in options["skip"] else rules_of(options["rules"], options["without"])
    slow: list[list[Any]] = []
    facts["slow"] = slow
    number = 0

    def work(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        cleaned = strip_documents([draft_of(row) for row in rows], rules, options["chrome"])
        return [row_of_cleaned(one) | {"_seconds": seconds} for one, seconds in cleaned]

    for table in results.tables("read"):
        rows = []
        for row in guard.each_batch(table.to_pylist(), work, give_up_row):
            keep_slowest(slow, row.pop("_seconds", 0.0), number)
            rows.append(row)
            number += 1
        yield pa.Table.from_pylist(rows, make_schema(CLEANED))


def give_up_row(row: dict[str, Any], reason: Reason) -> dict[str, Any]:
    """Return the row of a document without chrome removal: its page as extraction left it, and the reason.

    Args:
        row: The row of the draft.
        reason: Why chrome removal was not done.
    """
    return row_of_cleaned(keep_extracted(draft_of(row), reason))


def counted_options(results: Results, options: dict[str, Any]) -> object:
    """Return what the result for a chunk depends on of the options.

    Rules for sites that no page of the chunk is from do not count, nor do rules that name documents, which a later stage
    applies. So a change of own rules for some sites or documents leaves the cached results of all other chunks valid.

    Args:
        results: Results of the stages that this one reads.
        options: Options that the stage names.
    """
    from cleanse.chrome.rule_matcher import on_site

    if "chrome" in options["skip"]:
        return None
    rules = rules_of(options["rules"], options["without"])
    sites = _sites_of(results) if rules.index.barred else set()
    relevant = [
        rule
        for rule in rules.rules
        if not rule.documents and (not rule.sites or any(on_site(site, rule.sites) for site in sites))
    ]
    return [_digest_of(tuple(relevant), options["without"]), options["chrome"]]


@lru_cache(maxsize=64)  # most chunks have the same rules
def _digest_of(rules: tuple[Rule, ...], without: tuple[str, ...]) -> str:
    """Return a digest of rules."""
    return hash_of([repr(rule) for rule in rules], sorted(set(without)))


def _sites_of(results: Results) -> set[str]:
    """Return the sites of a chunk's pages."""
    return {site for table in results.tables("read", SITE) for site in sites_of(table) if site}


CHROME = Stage(
    name="chrome",
    title="strip chrome",
    run=strip_chunk,
    reads=("read",),
    adds=CLEANED,
    options=("rules", "without", "chrome", "skip"),
    libraries=("numpy",),
    counts=counted_options,
)
