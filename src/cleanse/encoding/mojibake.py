"""Repair UTF-8 that was misread as another charset: find it, decide whether it may be clean text, and read it again.

A character of two to four bytes, misread as a single-byte charset, becomes a *lead* (a character beyond ASCII, often a
capital) and one to three *followers* (mostly signs). Clean text hardly ever has such a pair, so a quick search for
pairs comes before the costly work. This module knows only charsets.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from cleanse.encoding.charsets import read

if TYPE_CHECKING:
    from collections.abc import Iterable

# Charsets as which UTF-8 is misread, the likeliest first: Python's codec → the name of the repair
PAGES = {
    "cp1252": "windows-1252",
    "mac-roman": "macintosh",
    "cp1250": "windows-1250",
    "iso8859-2": "iso-8859-2",
    "iso8859-15": "iso-8859-15",
    "cp1254": "windows-1254",
    "cp1257": "windows-1257",
    "cp1251": "windows-1251",
    "cp1253": "windows-1253",
    "cp437": "cp437",
}
LATIN_PAGES = ("cp1252", "cp1250", "iso8859-2", "iso8859-15", "cp1254", "cp1257")
MIN_SEQUENCES = 2  # misread characters, and nothing else beyond ASCII, that prove a line misread

# First bytes of the two-byte characters of Latin, Greek, Cyrillic, Hebrew and Arabic (0xC7 and 0xC9 are rare: É and Ç)
LEADS_2 = bytes((*range(0xC2, 0xC7), 0xC8, 0xCB, 0xCC, *range(0xCE, 0xD3), *range(0xD5, 0xDC)))
LEADS_3 = bytes((*range(0xE0, 0xF0), 0xF0))
FOLLOWERS = bytes(range(0x80, 0xC0))
TYPOGRAPHY = "\xa0«»·–—‘’“”…"  # two of these behind a letter are clean text
FRENCH = frozenset("àâäæçéèêëîïôöùûüÿœÀÂÄÆÇÉÈÊËÎÏÔÖÙÛÜŸŒ\u202f" + TYPOGRAPHY)
LOST = "\ufffd"
# What a reread sequence may become: letters of the scripts above, punctuation, signs, emoji; no CJK, which typography
# behind an accented letter ("é »") spells by chance
MEANT = re.compile(
    "[\xa0-\u017f\u0192\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u02bb\u02bc\u02c6\u02dc\u0300-\u0309\u0323\u0384-\u03ce"
    "\u0400-\u045f\u0490\u0491\u05d0-\u05ea\u060c-\u0652\u0660-\u06cc\u06f0-\u06f9\u1ea0-\u1ef9"
    "\u2010-\u2044\u20ac\u2116\u2122\u2190-\u2193\u25cf\u2600-\u27bf\ufb01\ufb02\U0001f300-\U0001faff]"
)
# What no living text has much of: rare letters of Latin and Cyrillic, and scripts from Syriac to Samaritan
UNLIKELY = re.compile("[\u0180-\u018e\u0190-\u01cc\u01dd-\u024f\u0500-\u0530\u0700-\u08ff]")
MALTESE = {"Ġ"}  # alone it is a capital Ä before a no-break space, as in Finnish headlines
IDEOGRAPH = re.compile("[\u3400-\u9fff\uac00-\ud7a3]")
NON_ASCII = re.compile(r"[^\x00-\x7f]")


def suspicious(data: bytes) -> bool:
    """Return whether a text has a pair that misread UTF-8 leaves, a C1 control, or a lead before a lost character.

    It finds every line of the development data that ftfy repairs, and 1 clean line that is not ASCII in 1,000.
    """
    for first, near, exact in _guards():
        if first in data:
            for match in near.finditer(data):
                if exact.match(data, match.start()):
                    return True
    return False


def reread(text: str, codec: str) -> tuple[str, list[str]]:
    """Return a text with its sequences, misread as that charset, read as UTF-8 again; and those sequences."""
    sequences, table = _sequences(codec)
    found = []

    def meant(match: re.Match[str]) -> str:
        try:
            char = bytes(table[c] for c in match[0]).decode()
        except UnicodeDecodeError:
            return match[0]
        if not MEANT.fullmatch(char):
            return match[0]
        found.append(match[0])
        return char

    return sequences.sub(meant, text), found


def unlikely(fixed: str, text: str) -> bool:
    """Return whether a rereading brings characters that nobody meant, so that the text was no misreading.

    That holds too for a repair that destroys letters of French ("œ" before a quotation mark looks like part of a
    sequence), or that brings in a single ideograph.

    Args:
        fixed: The repaired text.
        text: The text before.
    """
    brought = {*fixed}.difference(text)
    if brought == MALTESE:
        return True
    strange = {char for char in brought if not MEANT.match(char)}
    if strange and FRENCH.issuperset(NON_ASCII.findall(text)):
        return True
    if len(IDEOGRAPH.findall(fixed)) == 1 and not IDEOGRAPH.search(text):
        return True
    return any(UNLIKELY.match(char) for char in strange)


def likeliest(text: str) -> str:
    """Return the codec as which most of a text's sequences seem to be misread; the first of PAGES where counts are equal."""
    counts = {codec: len(reread(text, codec)[1]) for codec in PAGES}
    return max(PAGES, key=counts.__getitem__)


def misfits(text: str) -> int:
    """Count Latin capitals beyond ASCII behind a small letter, and signs of arithmetic in words."""
    return sum(
        (m[0] < "\u0250" and m[0].isupper() and text[m.start() - 1 : m.start()].islower())
        or (m[0] in "÷×¤¬±" and text[m.start() - 1 : m.start()].isalpha() and text[m.end() : m.end() + 1].isalpha())
        for m in NON_ASCII.finditer(text)
    )


def likelier_page(pieces: list[str], most: int) -> tuple[str, list[str]] | None:
    """Return the charset that makes sense of all damaged pieces of a text where another gave capitals inside words.

    Returns the codec and the repaired pieces; None if no charset repairs all.

    Args:
        pieces: The damaged pieces.
        most: Largest number of misfits in the repaired pieces.
    """
    best: tuple[tuple[int, int], str, list[str]] | None = None
    for codec in PAGES:
        fixed = [reread(piece, codec)[0] for piece in pieces]
        odd = sum(map(misfits, fixed))
        left = sum(suspicious(piece.encode()) for piece in fixed)
        if odd <= most and (best is None or (left, odd) < best[0]):
            best = (left, odd), codec, fixed
    return (best[1], best[2]) if best and best[0][0] == 0 else None


def misread_wholly(line: str) -> tuple[str, str] | None:
    """Return a line reread, and the codec, if all that is not ASCII in it is misread; None if that may be chance."""
    for codec in PAGES:
        fixed, found = reread(line, codec)
        signs = not "".join(found).isalpha()  # letters alone may be a word
        if {*fixed}.difference(line) == MALTESE:
            continue
        if signs and len(found) >= MIN_SEQUENCES and len("".join(found)) == len(NON_ASCII.findall(line)):
            return fixed, codec
    return None


@cache
def _upper(codec: str, numbers: bytes) -> str:
    """Return what bytes mean in a charset."""
    return "".join(read(bytes([number]), codec) for number in numbers)


@cache
def _sequences(codec: str) -> tuple[re.Pattern[str], dict[str, int]]:
    """Return a regular expression for characters of UTF-8 misread in a charset, and the bytes behind its characters."""
    upper = bytes(range(0x80, 0x100))
    table = {char: number for number, char in zip(upper, _upper(codec, upper), strict=True) if char != LOST}
    if codec in LATIN_PAGES:  # Latin-1 proper leaves the controls
        table |= {chr(number): number for number in range(0x80, 0xA0)}
    two, three, four, follower = (
        "".join(re.escape(char) for char, number in table.items() if number in numbers)
        for numbers in (LEADS_2, LEADS_3[:-1], LEADS_3[-1:], FOLLOWERS)
    )
    pattern = f"[{two}][{follower}]|[{three}][{follower}]{{2}}|[{four}][{follower}]{{3}}"
    return re.compile(pattern), table


def _pairs() -> list[tuple[Iterable[str], bytes]]:
    """Return leads, each group with a regular expression, in UTF-8, for what must follow one of them."""
    followers = {char for codec in LATIN_PAGES for char in _upper(codec, FOLLOWERS)}
    leads = {char for codec in LATIN_PAGES for char in _upper(codec, LEADS_2)}
    three = {char for codec in LATIN_PAGES for char in _upper(codec, LEADS_3)} - leads
    any_follower, plain = _one_of(followers), _one_of(followers - set(TYPOGRAPHY))
    dos = _upper("cp437", FOLLOWERS).replace("│", "")
    cyrillic, greek = (
        [c for c in _upper(codec, FOLLOWERS) if not c.isalpha() and c != LOST] for codec in ("cp1251", "cp1253")
    )
    return [
        (leads, any_follower),
        (leads, _one_of(LOST)),
        (three, plain + any_follower),
        (three, any_follower + plain),
        ("ÃÂ", b" "),  # a no-break space that became a space
        ("â", _one_of("€")),
        ("ВГРС", _one_of(cyrillic)),
        ("в", _one_of("Ђ‚„")),
        ("р", _one_of("џ")),
        ("ΒΓΞΟ", _one_of(greek)),
        ("β", _one_of("€")),
        ("√≈◊ÿŸ", _one_of(_upper("mac-roman", FOLLOWERS))),
        ("‚", _one_of("Äâó")),
        ("¬", _one_of("†°¢£§•¶ß®©™´¨≠Æ∞±≤≥")),
        ("├┬┼╨╤╧╬╫╪┘", _one_of(dos)),
        ("─", _one_of(c for c in dos if not "─" <= c <= "╬")),  # but not the frame of a table
        ("Γ", _one_of("Çéäàö")),
        ("ß", _one_of("║╗")),
        (map(chr, range(0x80, 0xA0)), b""),
    ]


@cache
def _guards() -> list[tuple[bytes, re.Pattern[bytes], re.Pattern[bytes]]]:
    """Return for each first byte of a lead: the byte, a quick search for where pairs may stand, and the pairs.

    Each search begins with its byte, which is found at the speed of memchr; one expression for all leads is ten times
    slower.
    """
    tails: defaultdict[bytes, list[bytes]] = defaultdict(list)
    hints: defaultdict[bytes, defaultdict[bytes, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for leads, behind in _pairs():
        by_first: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for lead in leads:
            by_first[lead.encode()[:1]].add(lead.encode()[1:])
        for first, rests in by_first.items():
            tails[first].append(_any_of(rests) + behind)
            hints[first][behind if behind in (b"", b" ") else b"[\xc2-\xef]"] |= rests
    guards = []
    for first, found in sorted(tails.items()):
        near = b"|".join(_any_of(rests) + hint for hint, rests in hints[first].items())
        near, exact = (re.escape(first) + b"(?:" + pattern + b")" for pattern in (near, b"|".join(found)))
        guards.append((first, re.compile(near, re.DOTALL), re.compile(exact, re.DOTALL)))
    return guards


def _one_of(chars: Iterable[str]) -> bytes:
    """Return a regular expression in UTF-8 for one of some characters."""
    return _any_of({char.encode() for char in chars})


def _any_of(words: set[bytes]) -> bytes:
    """Return a regular expression for one of some words of one to three bytes, none of which begins another."""
    by_start: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for word in words:
        by_start[word[:-1]].add(word[-1:])
    by_end: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for start, ends in sorted(by_start.items()):
        by_end[b"[" + b"".join(re.escape(end) for end in sorted(ends)) + b"]"].append(re.escape(start))
    return b"(?:" + b"|".join(start + ends for ends, starts in by_end.items() for start in starts) + b")"
