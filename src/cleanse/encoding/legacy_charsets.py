"""Repair text that was read in the wrong charset: legacy charsets read as Latin-1, UTF-8 read as East Asian charsets.

Python's `requests` reads pages without a declared charset as Latin-1, so Cyrillic becomes "Â÷åðà". No byte is lost:
they are decoded again as if they came from a file. The text is changed only if encoding it loses no character, the
change applies to the whole text, and there is proof: letters of another script in place of impossible Latin, or known
words of a language. This module knows only charsets.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from functools import cache
from importlib.resources import files

from cleanse.encoding.charsets import TAGS, detect, implausibility, label_of

MIN_LETTERS = 12  # letters beyond ASCII below which nothing is proven
MIN_SHARE = 0.4  # of all letters, tags aside, that are beyond ASCII where another script is meant
WRONG = 0.25  # implausibility of the text as it stands, at least
RIGHT = 0.05  # implausibility of the outcome, at most
MIN_FOREIGN = 4  # words of another script, so that a list of accented letters is none
MIN_WORDS = 3  # different known words that prove an alphabet of Latin letters
WORD_SHARE = 0.1  # of the words with a letter beyond ASCII that are known ones
SAMPLE = 64  # characters by which a misreading as an East Asian charset is ruled out at first sight
EAST_ASIAN = {"cp932": "shift_jis", "gb18030": "gb18030", "cp949": "euc-kr", "big5hkscs": "big5"}
FAMILIES = {
    "central": ("cp1250", "iso8859-2"),
    "turkish": ("cp1254",),
    "baltic": ("cp1257",),
}
# What may be misread, in UTF-8; each pattern begins with its one byte, which is searched for at the speed of memchr.
# Foreign: four letters beyond ASCII, a sign within a word, a control. Odd: one of þ ð ø ì õ ³ ¿ ¹ ¾ º, which every
# misread text of the alphabets below has.
_FOREIGN = rb"\xc3[\x80-\xbf](?:\xc3[\x80-\xbf]\xc3[\x80-\xbf]\xc3|\xc2[\xa1-\xaa\xac-\xba\xbc-\xbf][\xc2\xc3])"
_LETTERS = re.compile(rb"\xc3[\xbe\xb0\xb8\xac\xb5]|" + _FOREIGN)
_SIGNS = re.compile(rb"\xc2[\x80-\x9f\xb3\xbf\xb9\xbe\xba]")
_NOT_EAST_ASIAN = bytes(byte for byte in range(256) if not 0xE3 <= byte <= 0xED)  # lead bytes of kana, Han, Hangul
_EDGES = ".,;:!?()[]\"'«»„“”’…–—-"  # what may stand around a word
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_FOREIGN_WORD = re.compile("[\u0370-\u1fff\u3040-\uffdc]{2,}")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u9fff]{4}")  # Thai, kana, Han
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9f]")


def reread_legacy(text: str, data: bytes) -> tuple[str, str] | None:
    """Return the intended text and the name of the repair, see `Repaired`; None if there is no proof.

    Args:
        text: A text that may have been misread.
        data: The same in UTF-8, which is quicker to search.
    """
    if data.translate(None, _NOT_EAST_ASIAN):
        first = _IDEOGRAPHS.search(text)
        return _utf8_as_east_asian(text, first.start()) if first else None
    if not (_LETTERS.search(data) or _SIGNS.search(data)):
        return None
    raw = _bytes_of(text)
    if raw is None or _is_utf8(raw):
        return None
    if implausibility(text) >= WRONG and (script := _other_script(text, raw)):
        return script
    family = _family(text)
    return _latin_alphabet(text, raw, family) if family else None


def _bytes_of(text: str) -> bytes | None:
    """Return the bytes of a text that was read as Latin-1 or windows-1252; None if it holds any other character."""
    try:
        return text.encode("latin-1", "cleanse-typography")
    except UnicodeEncodeError:
        return None


def _typography(error: UnicodeError) -> tuple[bytes, int]:
    """Encode, as an error handler, characters that windows-1252 has beyond Latin-1, such as quotation marks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("cp1252"), error.end


codecs.register_error("cleanse-typography", _typography)


def _is_utf8(raw: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(raw: bytes, codec: str) -> str | None:
    """Return bytes decoded strictly; None if encoding the outcome would not give the same bytes."""
    try:
        text = raw.decode(codec)
        return text if text.encode(codec) == raw else None
    except UnicodeError:
        return None


def _other_script(text: str, raw: bytes) -> tuple[str, str] | None:
    """Return a text of Cyrillic, Greek, Hebrew, Arabic, Thai or East Asian letters, as the detector reads its bytes."""
    codec, _ = detect(raw)
    meant = _decoded(raw, codec)
    if meant is None or meant == text:
        return None
    bare = TAGS.sub(b" ", raw).decode("latin-1")
    if sum(char > "\x7f" and char.isalpha() for char in bare) < MIN_SHARE * sum(map(str.isalpha, bare)):
        return None
    words = _FOREIGN_WORD.findall(meant)
    if sum(map(len, words)) < MIN_LETTERS or implausibility(meant) > RIGHT:
        return None
    if len(words) < MIN_FOREIGN and not _UNSPACED.search(meant):
        return None
    return meant, f"charset:{label_of(codec)}"


def _latin_alphabet(text: str, raw: bytes, family: str) -> tuple[str, str] | None:
    """Return a text in an alphabet of Latin letters, such as Polish, proven by its words."""
    codec, _ = detect(raw)
    known = FAMILIES[family]
    codec = codec if codec in known else known[0]
    meant = _decoded(raw, codec)
    if meant is None or meant == text or implausibility(meant) > RIGHT:
        return None
    return meant, f"charset:{label_of(codec)}"


def _family(text: str) -> str | None:
    """Return the family of charsets whose frequent words stand in the text, misread; None if they are too few."""
    words = [word.strip(_EDGES).lower() for word in text.split() if not word.isascii()]
    table = _misread_words()
    known = [(word, table[word]) for word in words if word in table]
    for family in FAMILIES:
        seen = [word for word, families in known if family in families]
        if len(set(seen)) >= MIN_WORDS and len(seen) >= WORD_SHARE * len(words):
            return family
    return None


@cache
def _misread_words() -> dict[str, frozenset[str]]:
    """Return each known word as it looks when its charset is read as Latin-1 or windows-1252, and its families."""
    data = tomllib.loads(files("cleanse.encoding").joinpath("legacy_words.toml").read_text(encoding="utf-8"))
    out: dict[str, set[str]] = {}
    for family, lists in data.items():
        for word in " ".join(lists.values()).split():
            for codec in FAMILIES[family]:
                raw = word.encode(codec, "ignore")
                for reading in (raw.decode("latin-1"), raw.decode("cp1252", "ignore")):
                    if reading != word and not reading.isascii():
                        out.setdefault(reading.lower(), set()).add(family)
    return {word: frozenset(families) for word, families in out.items()}


def _utf8_as_east_asian(text: str, first: int) -> tuple[str, str] | None:
    """Return UTF-8 that was read as Shift_JIS, GBK, EUC-KR or Big5, decoded again; no other text becomes UTF-8 that way."""
    sample = text[first : first + SAMPLE]
    for codec, label in EAST_ASIAN.items():
        try:
            codecs.getincrementaldecoder("utf-8")().decode(sample.encode(codec))
            meant = text.encode(codec).decode()
        except UnicodeError:
            continue
        if len(_NON_ASCII.findall(meant)) >= MIN_LETTERS // 2 and implausibility(meant) <= RIGHT:
            return meant, f"mojibake:{label}"
    return None
