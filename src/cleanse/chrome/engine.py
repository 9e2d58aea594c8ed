"""Remove site chrome from plain texts, look after look, until one finds nothing. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cleanse.chrome.article_head import Head
from cleanse.chrome.front_matter import FRONT_MATTER, read_front_matter
from cleanse.chrome.headline import find_title
from cleanse.chrome.lines import MAX_BREAKS, has_too_many_lines, split_lines
from cleanse.chrome.one_look import find_remnant, look_once, spans_of_runs
from cleanse.chrome.page_analysis import assess
from cleanse.chrome.remaining import remaining_lines
from cleanse.chrome.rule_matcher import LEARNED, Place, match
from cleanse.chrome.several_articles import article_bounds, may_be_several, move_span
from cleanse.chrome.site_boilerplate import recurring_lines
from cleanse.errors import SettingError
from cleanse.spans import cut, settle

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from cleanse.chrome.line_model import Answer, Judge, Model, Question
    from cleanse.chrome.lines import Line
    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.rule_files import Rules
    from cleanse.chrome.rule_matcher import Finding
    from cleanse.chrome.site_boilerplate import SiteLines
    from cleanse.documents import Span

    _Asking = Generator[Question, "Answer | None", "Stripped"]

SETTINGS = ("careful", "balanced", "thorough")
TOGETHER = 100_000  # characters of pages that the line model looks at together: enough to make a call of numpy cheap
ROUNDS = 10  # cleaning a cleaned text is to change nothing: rounds go on until one finds nothing


@dataclass(frozen=True, slots=True)
class Stripped:
    """The text without chrome, the removed spans as offsets in the text given, and what the page says of itself."""

    text: str
    removed: tuple[Span, ...]
    title: str | None = None
    author: str | None = None
    date: str | None = None
    doubt: str | None = None  # why the page was left as it is, or judged with more care than others


class Page(NamedTuple):
    """The plain text of a page, and what is known of it from elsewhere."""

    text: str
    title: str | None = None  # the HTML's
    place: Place = Place()  # for rules per site or document
    learned: SiteLines | None = None  # lines that recur on the site, see `site_boilerplate.py`
    judged: bool = False  # by the HTML engine, block by block: only the rules look at it again


def strip(
    text: str,
    rules: Rules,
    setting: str = "balanced",
    title: str | None = None,
    site: str | None = None,
    model: Model | None = None,
    learned: SiteLines | None = None,
    document: str | None = None,
) -> Stripped:
    """Remove site chrome from the plain text of a page.

    Args:
        text: The text.
        rules: The rules in force.
        setting: careful, balanced or thorough.
        title: The HTML's title.
        site: Host of the page, for rules per site.
        model: Another line model than the package's.
        learned: Lines that recur on the site, learned from texts that went through here without them.
        document: Id of the document, for rules per document.

    Raises:
        SettingError: The setting is unknown.
    """
    found, _ = strip_pages([Page(text, title, Place(site, document), learned)], rules, setting, model)[0]
    if isinstance(found, Exception):
        raise found
    return found


def strip_pages(
    pages: Sequence[Page], rules: Rules, setting: str = "balanced", model: Model | None = None
) -> list[tuple[Stripped | Exception, float]]:
    """Remove site chrome from several pages: what `strip` does with each, in less time; and each page's seconds.

    The line model looks at several pages together, and its time is shared out by their lines. A page that fails does not
    disturb the others: its exception stands in its place.

    Raises SettingError where `setting` is none of careful, balanced, thorough.
    """
    if setting not in SETTINGS:
        raise SettingError(f"chrome = {setting!r} is no setting. Use one of: {', '.join(SETTINGS)}.")
    out: list[tuple[Stripped | Exception, float]] = []
    for some in _portions(pages):
        out += _strip_together(some, rules, setting, model)
    return out


def _portions(pages: Sequence[Page]) -> Iterator[list[Page]]:
    some: list[Page] = []
    chars = 0
    for page in pages:
        if some and chars + len(page.text) > TOGETHER:
            yield some
            some, chars = [], 0
        some.append(page)
        chars += len(page.text)
    if some:
        yield some


def _strip_together(
    pages: list[Page], rules: Rules, setting: str, model: Model | None
) -> list[tuple[Stripped | Exception, float]]:
    judge = None if rules.off("model.") or all(page.judged for page in pages) else _judge(setting, model)
    rounds = [_rounds(page, rules, setting, asks=judge is not None and not page.judged) for page in pages]
    out: dict[int, Stripped | Exception] = {}
    seconds = [0.0] * len(pages)
    answers: Mapping[int, Answer | None] = dict.fromkeys(range(len(pages)))
    while answers:
        asked: dict[int, Question] = {}
        for n, answer in answers.items():
            started = time.perf_counter()
            try:
                asked[n] = rounds[n].send(answer)
            except StopIteration as end:
                out[n] = end.value
            except Exception as error:  # noqa: BLE001  it is this page's alone
                out[n] = error
            seconds[n] += time.perf_counter() - started
        started = time.perf_counter()
        answers = judge.weigh(asked) if judge is not None and asked else {}
        share = (time.perf_counter() - started) / max(1, sum(len(question.lines) for question in asked.values()))
        for n, question in asked.items():
            seconds[n] += share * len(question.lines)
    return [(out[n], seconds[n]) for n in range(len(pages))]


def _rounds(page: Page, rules: Rules, setting: str, *, asks: bool) -> _Asking:
    """Look at each article of the page, if it holds several, else at the page."""
    text = page.text
    if has_too_many_lines(text):
        return Stripped(text, (), doubt=f"left as it is: more than {MAX_BREAKS:,} lines")
    lines = split_lines(text)
    findings = match(lines, rules.index, page.place)
    bounds = article_bounds(assess(text, lines, findings)) if may_be_several(findings) else [(0, len(text))]
    if len(bounds) == 1:
        return (yield from _look_at(page, lines, findings, rules, setting, asks=asks))
    articles: list[Stripped] = []
    spans: list[Span] = []
    for start, stop in bounds:
        part = page._replace(text=text[start:stop])
        own = split_lines(part.text)
        article = yield from _look_at(part, own, match(own, rules.index, page.place), rules, setting, asks=asks)
        articles.append(article)
        spans += [move_span(span, start) for span in article.removed if span.text.strip()]
    removed = settle(text, spans)
    doubt = next((article.doubt for article in articles if article.doubt), None)
    first = articles[0]
    return Stripped(cut(text, removed), removed, first.title, first.author, first.date, doubt)


def _look_at(
    page: Page, lines: list[Line], findings: list[tuple[Finding, ...]], rules: Rules, setting: str, *, asks: bool
) -> _Asking:
    """Look at a page round after round; each time the line model is asked what it thinks of the lines, if it is."""
    text = page.text
    told, spans, doubt = Head(), [], None
    front = None if rules.off(FRONT_MATTER) else read_front_matter(text, lines)
    if front is not None:
        told, spans = Head(title=front.title, author=front.author, date=front.date), [front.span]
        lines, findings = remaining_lines(assess(text, lines, findings), spans, rules, page.place)
    for _ in range(ROUNDS):
        reading = assess(text, lines, findings)
        found = _recurring(reading, page.learned)
        if not found:
            found, head, doubted = yield from look_once(reading, rules, setting, page.title, asks=asks)
            doubt = doubt or doubted
            told.spans += head.spans
            told.title, told.repeated, told.author, told.date = (
                told.title or head.title,
                told.repeated or head.repeated,
                told.author or head.author,
                told.date or head.date,
            )
        if not found:
            break
        spans += found
        lines, findings = remaining_lines(reading, found, rules, page.place)
    else:
        reading = assess(text, lines, findings)
    told.title = told.title or find_title(reading, told, rules.words)
    if spans and setting != "careful":
        spans += find_remnant(text, lines, findings)
    removed = settle(text, spans)
    return Stripped(cut(text, removed), removed, told.title, told.author, told.date, doubt)


def _recurring(reading: Reading, learned: SiteLines | None) -> list[Span]:
    """Return the lines learned of the site, where no rule that keeps protects them."""
    if learned is None or not learned.lines:
        return []
    found = recurring_lines(reading.text, reading.lines, learned)
    return spans_of_runs(reading, {i: (LEARNED, evidence) for i, evidence in found.items() if not reading.kept[i]})


def _judge(setting: str, model: Model | None) -> Judge:
    from cleanse.chrome.line_model import Judge  # loads numpy and the model file, which `import cleanse` does not

    return Judge(setting, model)
