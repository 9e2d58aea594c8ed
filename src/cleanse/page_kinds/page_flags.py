"""All flags of one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cleanse.documents import Reason
from cleanse.page_kinds.agencies import find_agency
from cleanse.page_kinds.kinds import NO_DOCUMENTS, classify_page
from cleanse.page_kinds.page_lines import split_lines
from cleanse.page_kinds.truncation import find_truncation
from cleanse.tables import Column

if TYPE_CHECKING:
    from cleanse.page_kinds.flags import Flag

PAGE_COLUMNS = (
    Column(
        "page_type",
        "string",
        "what kind of page the text is: `article`, `brief`, `live-blog`, `listing`, `forum`, `recipe`, `table`, or null",
    ),
    Column("truncated", "string", "`paywall` or `cut` where the text stops short, else null"),
    Column("agency", "string", "the news agency that the page credits, else null"),
    Column("page_evidence", "string", "what speaks for these: `column: what was seen`, one a line"),
)


class PageFlags(NamedTuple):
    """What a page is, each None where nothing speaks for it."""

    page_type: Flag | None = None
    truncated: Flag | None = None
    agency: Flag | None = None

    @property
    def evidence(self) -> str | None:
        """Return what was seen, a line a flag; None where there is none."""
        return "\n".join(f"{name}: {flag.evidence}" for name, flag in self._asdict().items() if flag) or None

    @property
    def reason(self) -> Reason | None:
        """Return why the page is no document: an error page, or nothing but a consent wall; None if it is one."""
        flag = self.page_type
        return Reason(flag.value, flag.evidence) if flag and flag.value in NO_DOCUMENTS else None


def find_page_flags(
    kept: str, page: str | None = None, title: str | None = None, author: str | None = None
) -> PageFlags:
    """Return what a page is.

    Args:
        kept: The text that is kept.
        page: The whole page text; the kept text if not given.
        title: The headline, where known.
        author: The author that the page names, where known.
    """
    lines = split_lines(kept)
    everything = lines if page is None or page == kept else split_lines(page)
    return PageFlags(
        classify_page(lines, everything, title),
        find_truncation(lines, everything),
        find_agency(kept if page is None else page, author),
    )
