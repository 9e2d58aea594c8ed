"""Repair damaged text: mojibake, control characters, halves of characters.

The repairs are careful. Clean text passes a few searches for the traces of misread UTF-8, and is returned unchanged.
Every repair is named in the result. This module knows only charsets.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from cleanse.encoding.binary_content import TEXT_BYTES
from cleanse.encoding.charsets import implausibility, read
from cleanse.encoding.legacy_charsets import reread_legacy
from cleanse.encoding.line_hyphens import join_parted_words
from cleanse.encoding.mojibake import (
    PAGES,
    likelier_page,
    likeliest,
    misfits,
    misread_wholly,
    reread,
    suspicious,
    unlikely,
)

MAX_PIECE = 8192  # characters of a line that are repaired at once; a longer line is cut between two characters of ASCII
MAX_MARKS = 64  # combining marks in a row; the time to sort a longer stack grows with its square
MARK_PAIRS = "\u0344\u0f73\u0f75\u0f81"  # marks that fall apart into two; Unicode gives some of them no class
MAX_ROUNDS = 8  # damage upon damage; what is seen in the wild was misread four times at most

ANSI = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
WIDE = re.compile(r"(?:[^\x00]\x00){4,}")  # a scrap of UTF-16 in other text
SEPARATORS = re.compile(r"[\x00\x0b\x1c-\x1f]+")  # controls that may stand where a space or a line break stood
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]+")
MARKS = re.compile(r"^\ufeff+", re.MULTILINE)  # of byte order; inside a text where files were put together
C1 = re.compile(r"[\x80-\x9f]")
C1_IN_WORD = re.compile(r"(?<=[^\W\d_])[\x80-\x9f](?=[^\W\d_])")
# Characters that nobody sees, and ligatures, in UTF-8: what the first look is for
HIDDEN_MARK = re.compile(rb"\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0\xa6-\xa9])")
SOFT_BREAK = re.compile(r"([^\W\d_])\xad+[ \t]*\n[ \t]*([^\W\d_A-Z]\S*)[ \t]?")  # a word parted at the end of a line
SOFT = re.compile("\xad+")
INVISIBLE = re.compile("[\u200b-\u200d\u2060]+")
DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
LIGATURE = re.compile("(?<=[^\\W\\d_])[\ufb00-\ufb06]|[\ufb00-\ufb06](?=[^\\W\\d_])")  # one that stands alone is meant
TYPOGRAPHIC = "‘’“”„«»‐‑–—…• \u202f\xa0"
PIECES = re.compile(  # lines, and of a long line parts that end between two characters of ASCII
    rf"[^\n]{{0,{MAX_PIECE}}}\n|[^\n]{{{MAX_PIECE // 2},{MAX_PIECE}}}?[!-~](?=[!-~])|[^\n]{{1,{MAX_PIECE}}}"
)
LEADS = re.compile("[\xc2-\xdf\u0102-\u017f][^a-zA-Z\\s]")  # a capital that misread UTF-8 leaves, and what follows it
FTFY_CODECS = {
    "latin-1": "cp1252",  # as browsers read it
    "sloppy-windows-1252": "cp1252",
    "sloppy-windows-1251": "cp1251",
    "sloppy-windows-1250": "cp1250",
    "sloppy-windows-1253": "cp1253",
    "sloppy-windows-1254": "cp1254",
    "sloppy-windows-1257": "cp1257",
    "iso-8859-2": "iso8859-2",
    "macroman": "mac-roman",
    "cp437": "cp437",
}


@dataclass(frozen=True, slots=True)
class Repaired:
    """The repaired text, and the names of the repairs in the order in which they were made.

    Names: "mojibake:PAGE" (UTF-8 read as that charset), "charset:PAGE" (that charset read as Latin-1), "c1-as-cp1252"
    and "c1-as-macintosh" (controls that stood for the characters of those charsets), "nul-removed", "controls-removed",
    "escapes-removed", "bom-removed", "surrogates-joined", "lone-surrogate" (now U+FFFD), "soft-hyphens-removed",
    "invisible-removed" (zero-width characters and marks of direction where no script needs them), "ligatures" (such as
    U+FB01, now "fi"), "line-hyphens-joined" (words parted at the ends of lines in a text of several pages), "nfc".

    Attributes:
        text: The repaired text.
        repairs: Names of the repairs.
    """

    text: str
    repairs: tuple[str, ...] = ()


def repair(text: str) -> Repaired:
    """Repair what transport damaged in a text. Never raises; clean text stays as it is; a second repair changes nothing."""
    names: dict[str, None] = {}
    for _ in range(MAX_ROUNDS):
        before = text
        try:
            data = text.encode()
        except UnicodeEncodeError:
            text = _whole_characters(text, names)
            data = text.encode()
        if data.translate(None, TEXT_BYTES) or "\ufeff" in text:
            text = _without_controls(text, names)
        if legacy := reread_legacy(text, data):
            text, name = legacy
            names[name] = None
        elif suspicious(data):
            text = _lines(text, names)
        elif _hides(data):
            text = _visible(text, names)
        if "\f" in text and (whole := join_parted_words(text)) != text:
            text = whole
            names["line-hyphens-joined"] = None
        if not unicodedata.is_normalized("NFC", text):
            text = _composed(text, names)
        if text == before:
            break
    return Repaired(text, tuple(names))


def _whole_characters(text: str, names: dict[str, None]) -> str:
    """Join two halves of a character; a half on its own becomes U+FFFD."""
    fixed = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if len(fixed) < len(text):
        names["surrogates-joined"] = None
    if fixed.count("\ufffd") > text.count("\ufffd"):
        names["lone-surrogate"] = None
    return fixed


def _without_controls(text: str, names: dict[str, None]) -> str:
    """Return the text without controls and byte-order marks; a space remains where a control stood for one."""
    found = {
        "escapes-removed": ANSI.search(text),
        "nul-removed": "\x00" in text,
        "controls-removed": CONTROLS.search(ANSI.sub("", text)),
        "bom-removed": MARKS.search(text),
    }
    names.update((name, None) for name, seen in found.items() if seen)
    text = WIDE.sub(lambda match: match[0].replace("\x00", ""), ANSI.sub("", text))
    return MARKS.sub("", CONTROLS.sub("", SEPARATORS.sub(_space_for, text)).replace("\x00", ""))


def _space_for(controls: re.Match[str]) -> str:
    """Return a space for controls between two characters that are not blank, else the controls as they are."""
    before, after = (
        controls.string[controls.start() - 1 : controls.start()],
        controls.string[controls.end() : controls.end() + 1],
    )
    return " " if before.strip() and after.strip() else controls[0]


def _hides(data: bytes) -> bool:
    """Return whether a text in UTF-8 holds characters that nobody sees, or ligatures.

    One byte at first: that is quickest.
    """
    soft, ligature = b"\xad" in data and b"\xc2\xad" in data, b"\xef" in data and b"\xef\xac" in data
    return soft or ligature or HIDDEN_MARK.search(data) is not None


def _visible(text: str, names: dict[str, None]) -> str:
    """Return the text without invisible characters, and with ligatures of typesetters taken apart."""
    cleared = SOFT_BREAK.sub(r"\1\2\n", text)
    cleared = SOFT.sub("", cleared)
    if cleared != text:
        names["soft-hyphens-removed"] = None
    shown = INVISIBLE.sub(_unless_needed, cleared)
    if not RIGHT_TO_LEFT.search(shown):
        shown = DIRECTIONS.sub("", shown)
    if shown != cleared:
        names["invisible-removed"] = None
    apart = LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), shown)
    if apart != shown:
        names["ligatures"] = None
    return apart


def _unless_needed(match: re.Match[str]) -> str:
    """Return an invisible character where a script needs it.

    Between words of Thai, to join or part letters of Arabic.
    """
    beside = match.string[match.start() - 1 : match.start()] + match.string[match.end() : match.end() + 1]
    return "" if all(char < "\u0590" or char in TYPOGRAPHIC for char in beside) else match[0]


def _composed(text: str, names: dict[str, None]) -> str:
    """Return the text in normal form C, line by line; a line with a tower of marks stays as it is."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not unicodedata.is_normalized("NFC", line) and not _tower(line):
            lines[number] = unicodedata.normalize("NFC", line)
            names["nfc"] = None
    return "\n".join(lines)


def _tower(line: str) -> bool:
    """Return whether more marks stand on one letter than any writing has."""
    marks = 0
    for char in line if len(line) > MAX_MARKS else "":
        marks = marks + 1 if char in MARK_PAIRS or unicodedata.combining(char) else 0
        if marks > MAX_MARKS:
            return True
    return False


def _lines(text: str, names: dict[str, None]) -> str:
    """Return the text with mojibake repaired line by line; then by the charsets misread in other lines of the text."""
    pieces = PIECES.findall(text)
    suspects = [n for n, piece in enumerate(pieces) if not piece.isascii() and suspicious(piece.encode())]
    damaged = [pieces[number] for number in suspects]
    made: dict[str, None] = {}
    mended, pages = _mended_together(damaged, made)
    if sum(map(misfits, mended)) > _misfits_before(damaged):
        other = likelier_page(damaged, _misfits_before(damaged))
        if other is None:  # capitals inside words are no repair
            return text
        made, pages, mended = {}, {other[0]: None}, other[1]
    names.update(made)
    names.update(dict.fromkeys(f"mojibake:{PAGES[codec]}" for codec in pages))
    for number, piece in zip(suspects, mended, strict=True):
        pieces[number] = piece
    return "".join(pieces)


def _mended_together(damaged: list[str], names: dict[str, None]) -> tuple[list[str], dict[str, None]]:
    """Return suspicious pieces, repaired one by one and then by the charsets misread in others; and those charsets."""
    pages: dict[str, None] = {}
    mended = []
    for piece in damaged:
        fixed, codecs = _mended(piece, names)
        mended.append(fixed)
        pages.update(dict.fromkeys(codecs))
    for codec in pages:
        mended = [reread(piece, codec)[0] for piece in mended]
    return mended, pages


def _misfits_before(damaged: list[str]) -> int:
    """Return the number of misfits that a text has by itself, not counting its misread characters."""
    return sum(misfits(LEADS.sub("", piece)) for piece in damaged)


def _mended(piece: str, names: dict[str, None]) -> tuple[str, list[str]]:
    """Return one suspicious piece of a line, repaired where it is damaged, and the codecs as which UTF-8 was misread in it."""
    import ftfy

    fixed, steps = ftfy.fix_encoding_and_explain(piece, ftfy.TextFixerConfig(unescape_html=False))
    if fixed == piece or not steps:
        wholly = misread_wholly(piece)
        return (wholly[0], [wholly[1]]) if wholly else (piece, [])
    if unlikely(fixed, piece):
        return piece, []
    codecs, page, c1 = [], "", False
    for action, parameter in steps:
        if action == "encode":
            page = FTFY_CODECS[parameter]
        elif parameter.startswith("utf-8"):
            codecs.append(page)
        elif parameter == "decode_inconsistent_utf8":
            codecs.append(likeliest(piece))
        else:
            c1 = c1 or parameter in ("windows-1252", "fix_c1_controls")
    if c1 and not codecs and C1_IN_WORD.search(piece):  # old Macs put their accented letters where Windows has signs
        mac = C1.sub(lambda match: read(match[0].encode("latin-1"), "mac-roman"), piece)
        if implausibility(mac) < implausibility(fixed):
            names["c1-as-macintosh"] = None
            return mac, []
    if c1:
        names["c1-as-cp1252"] = None
    return fixed, codecs
