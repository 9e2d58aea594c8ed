"""Find personal data in a text: each kind by its own pattern and check, public numbers first so that they are not taken for it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cleanse.personal_data.checksums import IBAN_LENGTHS, is_card, is_iban, is_isbn, is_nir, is_siret
from cleanse.personal_data.phones import find_phones
from cleanse.tables import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

KINDS = ("email", "email.role", "phone", "iban", "nir", "card", "ip")
_PUBLIC = ""  # kind of a number that belongs to a firm or a book
PERSONAL_COLUMNS = (
    Column("id", "string", "the document"),
    Column("start", "int64", "first character in `text`"),
    Column("end", "int64", "character behind the last in `text`"),
    Column("kind", "string", f"one of {', '.join(KINDS)}"),
    Column("evidence", "string", "how it is known: the check that held, or the words around it; never the value"),
)

_GAP = r"[ \u00a0\u202f]?"
_AT = re.compile(r"@| ?[\[(] ?(?:at|arobase|ät|AT) ?[\])] ?")
_LOCAL = re.compile(r"(?<![\w.+/=@-])[^\W_](?:[\w.+'’&-]{0,62}\w)?$")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.| ?[\[(] ?(?:dot|point|punkt) ?[\])] ?)){1,5}[^\W\d_]{2,24}(?![\w-])"
)
_LOCAL_CHARS = 66  # before the sign that are looked at
_EXAMPLES = re.compile(r"(?:^|\.)(?:example|exemple|test|invalid|localhost)(?:\.|$)", re.IGNORECASE)
_IBAN = re.compile(rf"(?<![^\W_])[A-Z]{{2}}\d\d(?={_GAP}[A-Z0-9])")
_RUN = re.compile(r"[\d(+][\d \u00a0\u202f().,/+–ABabXx-]{5,}")  # numbers stand in such runs
_RUN_DIGITS = 7  # of a run that is worth a look
_BEYOND = 40  # characters behind a run that tell what the number is
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
_NIR = re.compile(
    rf"(?<![\w.,-])[1-478]{_GAP}\d\d{_GAP}\d\d{_GAP}(?:\d\d|2[ABab]){_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d\d(?![\w-])"
)
_SIRET = re.compile(rf"(?<![\w.,+-])\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{5}}(?!\w)")
_SIREN = re.compile(rf"(?<!\d)\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}(?!\w)")
_ISBN = re.compile(r"(?<![\w.,+])(?:97[89][ \u00a0-]?)?\d(?:[ \u00a0-]?\d){8}[ \u00a0-]?[\dXx](?![\w-])")
_CARD = re.compile(r"(?<![\w.,+/=#-])\d(?:[ \u00a0-]?\d){12,18}(?![\w-])(?![.,]\d)")
_CARD_GROUPS = re.compile(
    r"\d{13,19}|\d{4}(?:[ \u00a0-]\d{4}){2,3}(?:[ \u00a0-]\d{1,4})?|\d{4}[ \u00a0-]\d{6}[ \u00a0-]\d{4,5}"
)
_IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-])(?!\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4}){1,6}(?![\w:])")
_IP_WORD = re.compile(r"\bips?\b[^\n\d]{0,15}$", re.IGNORECASE)
_LOCAL_WORD = re.compile(r"[^\d.+]+")


class PersonalSpan(NamedTuple):
    """Personal data in a text, as half-open character offsets; the value itself is not kept."""

    start: int
    end: int
    kind: str
    evidence: str


def find_personal_data(text: str) -> tuple[PersonalSpan, ...]:
    """Return the personal data of a text in order, without overlaps.

    Kinds are those of `KINDS`; `email.role` is the address of an office, such as a newsroom's. Numbers of firms (SIREN,
    SIRET) and books (ISBN) are recognised and left out, so that they are not taken for telephone or card numbers.
    """
    spans = [*_find_emails(text), *_find_ibans(text)]
    runs = [m.span() for m in _RUN.finditer(text) if sum(map(str.isdigit, m[0])) >= _RUN_DIGITS]
    for finder in (_find_nirs, _find_public_numbers, _find_cards):
        spans += _search_runs(finder, text, runs)
    spans += _find_ips(text)
    spans += _search_runs(_find_phones, text, runs)
    return tuple(span for span in _first_come(spans) if span.kind != _PUBLIC)


def _search_runs(
    finder: Callable[[str, int, int], Iterator[PersonalSpan]], text: str, runs: Sequence[tuple[int, int]]
) -> Iterator[PersonalSpan]:
    """Yield what a finder finds in the runs; it sees what stands behind them."""
    for start, end in runs:
        yield from (span for span in finder(text, start, end + _BEYOND) if span.start < end)


def _first_come(spans: Iterable[PersonalSpan]) -> list[PersonalSpan]:
    """Return the spans in order; where two overlap, the one that was found first stays."""
    taken: list[PersonalSpan] = []
    covered: set[int] = set()
    for span in spans:
        places = range(span.start, span.end)
        if covered.isdisjoint(places):
            taken.append(span)
            covered.update(places)
    return sorted(taken)


def _find_emails(text: str) -> Iterator[PersonalSpan]:
    for sign in _AT.finditer(text):
        local = _LOCAL.search(text, max(0, sign.start() - _LOCAL_CHARS), sign.start())
        domain = _DOMAIN.match(text, sign.end())
        if local is None or domain is None or _EXAMPLES.search(domain[0]):
            continue
        word = _LOCAL_WORD.match(local[0].casefold())
        role = word is not None and (word[0] in _roles() or re.split("[-_]", word[0])[0] in _roles())
        evidence = ("address" if sign[0] == "@" else "address, its sign spelt out") + (" of an office" if role else "")
        yield PersonalSpan(local.start(), domain.end(), "email.role" if role else "email", evidence)


@cache
def _roles() -> frozenset[str]:
    return frozenset(tomllib.loads(Path(__file__).with_name("roles.toml").read_text("utf-8"))["roles"].split())


def _find_ibans(text: str) -> Iterator[PersonalSpan]:
    for match in _IBAN.finditer(text):
        end = _end_of(text, match.start(), IBAN_LENGTHS.get(match[0][:2], 0))
        if end and not text[end : end + 1].isalnum() and is_iban(_bare(text[match.start() : end])):
            yield PersonalSpan(match.start(), end, "iban", f"{match[0][:2]}, 1 modulo 97")


def _end_of(text: str, start: int, count: int) -> int | None:
    """Return where so many letters and digits from a place on end, single spaces left out; None if they do not come."""
    for place in range(start, min(len(text), start + 2 * count)):
        character = text[place]
        if character.isascii() and character.isalnum():
            count -= 1
            if not count:
                return place + 1
        elif character not in " \u00a0\u202f" or not text[place - 1].isalnum():
            return None
    return None


def _bare(written: str) -> str:
    """Return the letters and digits of a number as it is written."""
    return "".join(character for character in written if character.isalnum())


def _find_nirs(text: str, start: int, end: int) -> Iterator[PersonalSpan]:
    for match in _NIR.finditer(text, start, end):
        if is_nir(_bare(match[0])):
            yield PersonalSpan(*match.span(), "nir", "French social security number, key modulo 97")


def _find_public_numbers(text: str, start: int, end: int) -> Iterator[PersonalSpan]:
    for match in _SIRET.finditer(text, start, end):
        if is_siret(_bare(match[0])):
            yield PersonalSpan(*match.span(), _PUBLIC, "siret")
    for match in _ISBN.finditer(text, start, end):
        written = _bare(match[0])
        if is_isbn(written) and (len(written) == 13 or "-" in match[0] or _follows(text, match.start(), "isbn")):
            yield PersonalSpan(*match.span(), _PUBLIC, "isbn")
    for match in _SIREN.finditer(text, start, end):
        if any(_follows(text, match.start(), word) for word in ("siren", "rcs", "siret", "tva")):
            yield PersonalSpan(*match.span(), _PUBLIC, "siren")


def _follows(text: str, start: int, word: str) -> bool:
    return word in text[max(0, start - 30) : start].casefold()


def _find_cards(text: str, start: int, end: int) -> Iterator[PersonalSpan]:
    for match in _CARD.finditer(text, start, end):
        if _CARD_GROUPS.fullmatch(match[0]) and is_card(_bare(match[0])):
            yield PersonalSpan(*match.span(), "card", "issuer's prefix, Luhn")


def _find_ips(text: str) -> Iterator[PersonalSpan]:
    for pattern in (_IPV4, _IPV6) if _COLONS.search(text) else (_IPV4,):
        for match in pattern.finditer(text):
            try:
                address = ip_address(match[0])
            except ValueError:
                continue
            named = _IP_WORD.search(text[max(0, match.start() - 40) : match.start()]) is not None
            if address.is_global and (named or _is_no_version(match[0])):
                yield PersonalSpan(*match.span(), "ip", "public address" + (", so called" if named else ""))


def _is_no_version(written: str) -> bool:
    """Return whether dotted numbers are too large for a version or a section, or whether they are no dotted numbers."""
    parts = written.split(".")
    return len(parts) != 4 or sum(len(part) == 3 for part in parts) >= 2


def _find_phones(text: str, start: int, end: int) -> Iterator[PersonalSpan]:
    for phone in find_phones(text, start, end):
        yield PersonalSpan(phone.start, phone.end, "phone", phone.evidence)
