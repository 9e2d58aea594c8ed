"""Remove the lines that were learned for the site of each document. Stages in `site_lines` learn them."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from cleanse.chrome.rule_files import learns_lines
from cleanse.documents import site_of
from cleanse.pipeline.rows import CLEANED, cleaned_of, draft_of, ids_of, row_of_cleaned
from cleanse.pipeline.stage import Stage
from cleanse.tables import make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from cleanse.chrome.site_boilerplate import SiteLines
    from cleanse.pipeline.chunks import Results

    _Item = tuple[dict[str, Any], dict[str, Any], str]  # a draft, its cleaned row, its id


def strip_lines(results: Results, facts: dict[str, Any], **options: Any) -> Iterator[pa.Table]:
    """Yield the cleaned documents of a chunk without the lines learned for their sites.

    Args:
        results: Results of the stages that this one reads.
        facts: Receives a summary for the log.
        options: Options that the stage names.
    """
    import pyarrow as pa

    from cleanse.chrome.document_chrome import rules_of, strip_recurring
    from cleanse.pipeline import guard

    rules = rules_of(options["rules"], options["without"])
    lines = _read_lines(results)
    changed: Counter[str] = Counter()

    def work(items: Sequence[_Item]) -> list[dict[str, Any]]:
        return [strip(*item) for item in items]

    def strip(draft: dict[str, Any], row: dict[str, Any], name: str) -> dict[str, Any]:
        site = site_of(draft["url"] or draft["page_url"]) or draft["site"]
        if site not in lines or draft["text"] is None or row["reason"]:
            return row
        before = cleaned_of(row, draft["text"])
        after = strip_recurring(draft_of(draft), before, rules, options["chrome"], lines[site], name)
        return row if after is before else row_of_cleaned(after)

    def give_up(item: _Item, reason: Any) -> dict[str, Any]:
        return {**item[1], "reason": reason.rule, "evidence": reason.evidence}

    names = ids_of(results)
    for drafts, cleaned in zip(results.tables("read"), results.tables("chrome"), strict=True):
        items = list(zip(drafts.to_pylist(), cleaned.to_pylist(), islice(names, len(cleaned)), strict=True))
        rows = list(guard.each_batch(items, work, give_up))
        changed.update(
            site_of(draft["url"] or draft["page_url"]) or draft["site"] or ""
            for (draft, before, _), after in zip(items, rows, strict=True)
            if after["spans"] != before["spans"]
        )
        yield pa.Table.from_pylist(rows, make_schema(CLEANED))
    facts["summary"] = f"lines of {len(changed)} sites in {changed.total()} documents"


def _read_lines(results: Results) -> dict[str, SiteLines]:
    """Return the lines of each site, from the cache."""
    from cleanse.chrome.site_boilerplate import Recurrence, SiteLines

    lines: dict[str, dict[tuple[int, str], Recurrence]] = {}
    for table in results.tables("lines"):
        for site, line_hash, side, pages, of in zip(*(column.to_pylist() for column in table.columns), strict=True):
            lines.setdefault(site, {})[line_hash, side] = Recurrence(pages, of)
    return {site: SiteLines(site, lines_of_site) for site, lines_of_site in lines.items()}


RECURRING = Stage(
    name="recurring",
    title="strip chrome: recurring lines",
    run=strip_lines,
    reads=("read", "chrome", "lines"),
    adds=CLEANED,
    options=("rules", "without", "chrome"),
    libraries=("numpy",),
    replaces="chrome",
    applies=lambda config: learns_lines(config.skip, config.chrome, config.without),
)
