"""Strip chrome from documents as reading left them, and settle what record, page and text say of title, author and date."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse.chrome.engine import Page as ChromePage
from cleanse.chrome.engine import strip_pages
from cleanse.chrome.kept_lines import Kept, keep_lines
from cleanse.chrome.rule_files import load_rules
from cleanse.chrome.rule_matcher import Place
from cleanse.chrome.site_boilerplate import holds_any
from cleanse.documents import Cleaned, Page, Reason, site_of
from cleanse.errors import raise_memory_fault
from cleanse.spans import cut, project, settle
from cleanse.text import WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome.engine import Stripped
    from cleanse.chrome.rule_files import Rules
    from cleanse.chrome.site_boilerplate import SiteLines
    from cleanse.documents import Draft


def rules_of(own: str | None, without: tuple[str, ...]) -> Rules:
    """Return the rules in force, as their file says now. Raises SettingError for those that cannot be used."""
    return load_rules(Path(own) if own else None, without)


def strip_documents(
    drafts: Sequence[Draft],
    rules: Rules | None,
    strictness: str = "balanced",
    names: Sequence[str] | None = None,
) -> list[tuple[Cleaned, float]]:
    """Return what chrome removal leaves of each draft, and the seconds that it took.

    Args:
        drafts: What was read.
        rules: The rules in force; None removes nothing.
        strictness: careful, balanced or thorough.
        names: Ids of the documents; None: not known yet, so that no rule for documents holds.

    Raises:
        MemoryError: A document asks for more memory than there is. Nothing else is raised.
    """
    places = [place_of(draft, names[n] if names is not None else None) for n, draft in enumerate(drafts)]
    kept = [_kept_by_extraction(draft, rules, place) for draft, place in zip(drafts, places, strict=True)]
    cleaned = [(before, 0.0) for before in kept]
    if rules is not None:
        texts = zip(drafts, kept, places, strict=True)
        pages = {
            n: _chrome_page(draft, one.text, place)
            for n, (draft, one, place) in enumerate(texts)
            if draft.page is not None
        }
        for n, (outcome, seconds) in zip(pages, _strip(list(pages.values()), rules, strictness), strict=True):
            cleaned[n] = _add(drafts[n], kept[n], outcome), seconds
    return [
        (_judge(draft, _prefer_record(draft, one)), seconds)
        for draft, (one, seconds) in zip(drafts, cleaned, strict=True)
    ]


def place_of(draft: Draft, name: str | None = None) -> Place:
    """Return site and id of a document, for rules that are bound to them."""
    record, page = draft.record, draft.page or Page("")
    return Place(site_of(record.url or page.url) or record.site, name)


def strip_recurring(
    draft: Draft, cleaned: Cleaned, rules: Rules, strictness: str, lines: SiteLines, name: str | None = None
) -> Cleaned:
    """Return what is left when the recurring lines of the document's site go, too; `cleaned` itself if it has none.

    Args:
        draft: The document as read.
        cleaned: The document as chrome removal left it.
        rules: The rules in force.
        strictness: careful, balanced or thorough.
        lines: The lines of its site.
        name: Id of the document, for rules for documents.
    """
    if draft.page is None or not holds_any(cleaned.text, lines):
        return cleaned
    page = _chrome_page(draft, cleaned.text, place_of(draft, name), lines)
    outcome, _ = _strip([page], rules, strictness)[0]
    after = _add(draft, cleaned, outcome)
    if after.removed == cleaned.removed and after.reason is None:
        return cleaned
    return _judge(
        draft,
        replace(
            after,
            title=cleaned.title or after.title,
            author=cleaned.author or after.author,
            date=cleaned.date or after.date,
        ),
    )


def keep_extracted(draft: Draft, reason: Reason) -> Cleaned:
    """Return the document as extraction left it, with the reason why chrome removal was not done."""
    return replace(_prefer_record(draft, _kept_by_extraction(draft)), reason=reason)


def _kept_by_extraction(draft: Draft, rules: Rules | None = None, place: Place = Place()) -> Cleaned:  # noqa: B008
    """Return what extraction left, and what the user's own rules keep of the rest."""
    page = draft.page
    if page is None:
        return Cleaned("", (), None, None, None)
    kept = Kept(page.removed) if rules is None else keep_lines(page.text, page.removed, rules, place)
    return Cleaned(cut(page.text, kept.removed), kept.removed, page.title, page.author, page.date, doubt=kept.reason)


def _chrome_page(draft: Draft, text: str, place: Place, lines: SiteLines | None = None) -> ChromePage:
    page = draft.page or Page("")
    return ChromePage(text, draft.record.title or page.title, place, lines, page.judged)


def _strip(pages: list[ChromePage], rules: Rules, strictness: str) -> list[tuple[Stripped | Exception, float]]:
    try:
        return strip_pages(pages, rules, strictness)
    except Exception as error:  # noqa: BLE001  a bad document is data
        raise_memory_fault(error)
        if len(pages) == 1:
            return [(error, 0.0)]
        return [one for page in pages for one in _strip([page], rules, strictness)]


def _add(draft: Draft, before: Cleaned, outcome: Stripped | Exception) -> Cleaned:
    """Return what is left of `before` after one more look at its text."""
    if isinstance(outcome, Exception):
        raise_memory_fault(outcome)
        return replace(before, reason=Reason("failed", f"chrome: {type(outcome).__name__}: {outcome}"[:300]))
    page = draft.page or Page("")
    removed = settle(page.text, [*before.removed, *project(outcome.removed, before.removed, page.text)])
    metadata = (outcome.title or before.title, outcome.author or before.author, outcome.date or before.date)
    return Cleaned(cut(page.text, removed), removed, *metadata, doubt=_join_doubts(before.doubt, outcome.doubt))


def _join_doubts(*doubts: str | None) -> str | None:
    """Return several doubts as one, each once."""
    return "; ".join(dict.fromkeys(doubt for doubt in doubts if doubt)) or None


def _prefer_record(draft: Draft, cleaned: Cleaned) -> Cleaned:
    """Return the document with what its record says of it, before what its text seems to say."""
    record = draft.record
    return replace(
        cleaned,
        title=record.title or cleaned.title,
        author=record.author or cleaned.author,
        date=record.date or cleaned.date,
    )


def _judge(draft: Draft, cleaned: Cleaned) -> Cleaned:
    """Return the document with a reason if no word is left of it."""
    if draft.page is None or cleaned.reason is not None or WORD.search(cleaned.text):
        return cleaned
    return replace(cleaned, reason=Reason("nothing-left", f"{len(cleaned.removed)} spans removed, no word kept"))
