"""Strip chrome: find what is the site's and not the article's, and remove it as spans with rules and evidence."""

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
    """Yield the cleaned documents of a chunk."""
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
    """Return the row of a document that chrome removal was not done on: its page as extraction left it, and why."""
    return row_of_cleaned(keep_extracted(draft_of(row), reason))


def counted_options(results: Results, options: dict[str, Any]) -> object:
    """Return what of the options counts for a chunk. Rules for sites that no page of it is from do not.

    So own rules for some sites leave alone what was cached of all the others.
    """
    from cleanse.chrome.rule_matcher import on_site

    if "chrome" in options["skip"]:
        return None
    rules = rules_of(options["rules"], options["without"])
    sites = _sites_of(results) if rules.index.barred else set()
    counting = [rule for rule in rules.rules if not rule.sites or any(on_site(site, rule.sites) for site in sites)]
    return [_digest_of(tuple(counting), options["without"]), options["chrome"]]


@lru_cache(maxsize=64)  # most chunks have the same
def _digest_of(rules: tuple[Rule, ...], without: tuple[str, ...]) -> str:
    return hash_of([repr(rule) for rule in rules], sorted(set(without)))


def _sites_of(results: Results) -> set[str]:
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
