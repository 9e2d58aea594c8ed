"""Replace personal data by the name of its kind, on record, and put it back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from cleanse.documents import Span
from cleanse.errors import SettingError
from cleanse.personal_data.finding import KINDS, find_personal_data

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cleanse.personal_data.finding import PersonalSpan

STEP = "pii"  # of the spans in `removed/`
_PATH = re.compile(
    r'[^\n"<>\\]*[/%][^\n"<>\\]*'
)  # may hold parts of a path; no quotation mark, so that JSON stays JSON


class Masked(NamedTuple):
    """A masked text, and what was replaced: spans of the text before, whose rule is `pii.` and the kind."""

    text: str
    removed: tuple[Span, ...]


def check_kinds(kinds: Iterable[str]) -> frozenset[str]:
    """Return the kinds to mask; `email` stands for addresses of persons only.

    Raises:
        SettingError: If a kind is not known.
    """
    chosen = frozenset(kinds)
    if unknown := sorted(chosen - set(KINDS)):
        raise SettingError(f"mask = {', '.join(unknown)}: no such kind of personal data. Use: {', '.join(KINDS)}.")
    return chosen


def mask(text: str, spans: Sequence[PersonalSpan], kinds: Collection[str], *, forget: bool = False) -> Masked:
    """Return a text in which the values of some kinds stand as `[phone]`, and what they replaced.

    Args:
        text: The text that the spans were found in.
        spans: What `find_personal_data` found in it.
        kinds: The kinds to mask; see `check_kinds`.
        forget: Leave the values out of the record too; `unmask` can then not put them back.
    """
    chosen = [span for span in spans if span.kind in kinds]
    pieces, at = [], 0
    for span in chosen:
        pieces += [text[at : span.start], placeholder(span.kind)]
        at = span.end
    pieces.append(text[at:])
    removed = tuple(
        Span(s.start, s.end, "" if forget else text[s.start : s.end], STEP, f"{STEP}.{s.kind}", s.evidence)
        for s in chosen
    )
    return Masked("".join(pieces), removed)


def mask_value(value: str | None, kinds: Collection[str]) -> str | None:
    """Return a value of another column, such as a title or a removed span, with the personal data in it masked."""
    if not value:
        return value
    return mask(value, find_personal_data(value), kinds, forget=True).text


def mask_paths(value: str, kinds: Collection[str]) -> str:
    """Return a value of another column in which the parts of paths and addresses hold no personal data, either.

    In running text an address behind a slash is part of a link and not somebody's. Here nothing is to be left.
    """
    return _PATH.sub(lambda match: "/".join(_mask_part(part, kinds) for part in match[0].split("/")), value)


def _mask_part(part: str, kinds: Collection[str]) -> str:
    plain = unquote(part)
    masked = mask_value(plain, kinds) or ""
    if masked == plain:
        return part
    return masked if plain == part else quote(masked, safe="[]?&=@:;,+!*'()$~")


def placeholder(kind: str) -> str:
    """Return what stands in place of a value."""
    return f"[{kind}]"


def unmask(kept: str, removed: Iterable[Span]) -> str:
    """Return a text with all removed spans put back, masked values in place of their placeholders.

    Args:
        kept: A text as it stands in the corpus.
        removed: All its removed spans, of this step and of others, sorted, with offsets in the page text.
    """
    pieces, at, end = [], 0, 0  # in the kept text; in the page text
    for span in removed:
        upto = at + span.start - end
        pieces += [kept[at:upto], span.text]
        at, end = upto, span.end
        if span.step == STEP:
            at += len(placeholder(span.rule.removeprefix(f"{STEP}.")))
    pieces.append(kept[at:])
    return "".join(pieces)
