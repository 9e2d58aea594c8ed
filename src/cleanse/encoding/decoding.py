"""Decode bytes into text by a series of tests; the first test that is certain decides.

Bad bytes never raise: bytes that are no text get a Reason. Every test takes time linear in the input, and the costly
ones look at windows of a fixed size.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import partial

from cleanse.documents import Reason
from cleanse.encoding.binary_content import TEXT_BYTES, kind_of_binary, noise_of
from cleanse.encoding.charsets import declared_labels, detect, implausibility, label_of, likelier, read

WINDOW = 65536  # bytes at the start, in the middle and at the end that decide whether a broken text is UTF-8
SAMPLE = 4096  # bytes that decide whether a text is UTF-16
MIN_CONTROLS_UTF16 = (
    0.35  # share of control bytes in UTF-16 text that could be UTF-8 as well: every second byte, nearly
)
MAX_ODD = 0.02  # share of controls, unassigned and private characters in real UTF-16 text; noise has .14
MIN_MARKS = 0.02  # share of ASCII and ideographic punctuation in real UTF-16 text
MIN_SEQUENCES = 4  # UTF-8 sequences that outweigh stray bytes: text in a legacy charset holds few by chance
MAX_LOST = 0.002  # share of characters that a declared charset may fail to decode
MIN_LINES = 2  # lines of whole UTF-8, likewise, where they are a third of those that are not ASCII
MAX_CUT = 3  # bytes of a torn character
UNSURE = 0.1  # confidence of the detector below which its answer is called a fallback
DOUBTFUL = 0.3  # implausibility from which a declaration is not believed before the detector is heard

# Windows pages for stray bytes, the likeliest first
PAGES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257")
LOST = "\ufffd"
PLAIN = re.compile(r"[\t\n\f\r -~]+")  # what needs no look
# Invisible characters that text may well hold
FORMATS = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\ufeff\xad"
# Every text has these, and bytes paired the wrong way round have none
MARKS = re.compile("[\t\n\r -~\u3000-\u3002\uff0c]")
ASCII_BYTES = bytes(range(128))
SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
STRAYS = re.compile(rb"(?:(?!" + SEQUENCE.pattern + rb")[\x80-\xff])+")
SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")  # CESU-8, as Java writes it
ESCAPES = (
    (re.compile(rb"\x1b(?:\$[@B]|\$\(D|\([JI])"), ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004")),
    (re.compile(rb"\x1b\$\)C"), ("iso2022_kr",)),
)
BOMS = (  # longest first: UTF-32's begins with UTF-16's
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of some bytes, or the reason why they are no text.

    Attributes:
        text: The text; None if the bytes are rejected.
        encoding: The charset: a WHATWG label in lower case, or Python's name if the web does not know it; None if
            rejected.
        source: How the charset is known; None if rejected. "bom": a byte-order mark; "pattern": UTF-16 or UTF-32 by its
            zeros; "escapes": ISO-2022; "utf-8"; "utf-8-cut": UTF-8 with a character cut off at an end; "utf-8-mixed":
            UTF-8 with stray bytes of a Windows charset; "declared"; "detected"; "fallback": detected with little
            confidence.
        rejected: Why the bytes are no text; None if they are.
    """

    text: str | None = None
    encoding: str | None = None
    source: str | None = None
    rejected: Reason | None = None


def decode(raw: bytes, declared: str | None = None) -> Decoded:
    """Decode bytes of an unknown charset. Never raises, whatever the bytes are.

    A byte-order mark is not part of the text; everything else is, control characters included.

    Args:
        raw: The bytes.
        declared: What the transport declared: a label, or a Content-Type header; None: nothing.
    """
    if not raw:
        return Decoded(rejected=Reason("empty", "0 bytes"))
    for mark, codec in BOMS:
        if raw.startswith(mark) and (decoded := _marked(raw[len(mark) :], codec)):
            return decoded
    raw = raw.removeprefix(b"\xef\xbb\xbf")  # before something that is not UTF-8 it says nothing
    controls = len(raw.translate(None, TEXT_BYTES))
    kind = kind_of_binary(raw)
    if controls and not kind:
        decoded = _wide(raw, controls) or _escaped(raw)
        if decoded:
            return decoded
        kind = noise_of(raw, controls)
    if kind:
        return Decoded(rejected=Reason("not-text", kind))
    return _utf8(raw, declared) or _legacy(raw, declared)


def _marked(raw: bytes, codec: str) -> Decoded | None:
    """Return what stands behind a byte-order mark, or None where it is no text in that charset."""
    if not raw:
        return Decoded(rejected=Reason("empty", "only a byte-order mark"))
    if codec == "utf-8":
        decoded = _utf8(raw, "utf-8")
        return decoded and replace(decoded, encoding="utf-8", source="bom")
    whole = len(raw) // 2 * 2 if codec.startswith("utf") else len(raw)
    text = raw[:whole].decode(codec, "replace")
    if _oddity(text[:SAMPLE]) > MAX_ODD:
        return None
    return Decoded(text, label_of(codec), "bom")


def _wide(raw: bytes, controls: int) -> Decoded | None:
    """Return UTF-32 or UTF-16 without byte-order mark, decoded; it is known by its zeros, or by its punctuation."""
    if len(raw) % 4 == 0 and raw.count(0) * 2 >= len(raw):
        for codec in ("utf-32-le", "utf-32-be"):
            text = raw.decode(codec, "replace")
            if _oddity(text[:SAMPLE]) <= MAX_ODD:
                return Decoded(text, label_of(codec), "pattern")
    sample = raw[: min(SAMPLE, len(raw) // 2 * 2)]
    narrow = len(SEQUENCE.sub(b"", sample).translate(None, ASCII_BYTES)) <= MAX_CUT  # it is UTF-8 as it stands
    if not sample or (narrow and controls < MIN_CONTROLS_UTF16 * len(raw)):
        return None
    best, most = "", MIN_MARKS * len(sample) / 2
    for codec in ("utf-16-le", "utf-16-be"):
        text = sample.decode(codec, "replace")
        marks = len(MARKS.findall(text))
        if marks >= most and _oddity(text) <= MAX_ODD:
            best, most = codec, marks
    if not best:
        return None
    return Decoded(raw[: len(raw) // 2 * 2].decode(best, "replace"), label_of(best), "pattern")


def _oddity(text: str) -> float:
    """Return the share of characters that no text has: controls, unassigned, private, lost."""
    odd = sum(unicodedata.category(c)[0] == "C" or c == LOST for c in PLAIN.sub("", text) if c not in FORMATS)
    return odd / max(len(text), 1)


def _escaped(raw: bytes) -> Decoded | None:
    """Return ISO-2022, decoded: seven-bit bytes with escapes that switch between character sets; None if it is not."""
    if b"\x1b" not in raw or not raw.isascii():
        return None
    for escapes, codec_names in ESCAPES:
        if escapes.search(raw):
            texts = ((codec, raw.decode(codec, "replace")) for codec in codec_names)
            codec, text = min(texts, key=lambda pair: pair[1].count(LOST))
            return Decoded(text, label_of(codec), "escapes") if text.count(LOST) <= 1 + MAX_LOST * len(text) else None
    return None


def _utf8(raw: bytes, declared: str | None) -> Decoded | None:
    """Return UTF-8, decoded: whole, cut off at an end, or with stray bytes; None if it is something else."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _cut(raw) or _mixed(raw, declared)
    if raw.isascii() and (labels := declared_labels(raw, declared)):
        return Decoded(text, labels[0], "declared")
    return Decoded(text, "utf-8", "utf-8")


def _cut(raw: bytes) -> Decoded | None:
    """Return UTF-8, decoded without its first or last character, which a limit in bytes cut off; None if it is not."""
    begin = next((i for i, byte in enumerate(raw[: MAX_CUT + 1]) if not 0x80 <= byte < 0xC0), 0)
    body = raw[begin:]
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        tail = len(body) - error.start
        if error.reason != "unexpected end of data" or tail > MAX_CUT:
            return None
        body = body[: error.start]
        if body.isascii() and tail == 1:  # more likely the only accent of a text in a legacy charset
            return None
        text = body.decode()
    return None if begin and body.isascii() else Decoded(text, "utf-8", "utf-8-cut")


def _mixed(raw: bytes, declared: str | None) -> Decoded | None:
    """Return UTF-8 with stray bytes, or whole lines, of a Windows charset, decoded; None if the UTF-8 may be chance."""
    middle = max(WINDOW, len(raw) // 2)
    sample = raw if len(raw) <= 3 * WINDOW else raw[:WINDOW] + raw[middle : middle + WINDOW] + raw[-WINDOW:]
    sequences = len(SEQUENCE.findall(sample))
    rest = SEQUENCE.sub(b"", sample)
    strays = len(rest) - len(rest.translate(None, bytes(range(128, 256))))
    if not (sequences >= MIN_SEQUENCES and sequences >= 2 * strays):
        lines = [line for line in sample.split(b"\n") if not line.isascii()]
        whole = sum(SEQUENCE.sub(b"", line).isascii() for line in lines)
        claimed = sequences >= strays and "utf-8" in declared_labels(raw, declared)
        if not claimed and (whole < MIN_LINES or 3 * whole < len(lines)):
            return None
    return _patched(raw, sample)


def _patched(raw: bytes, sample: bytes) -> Decoded:
    """Return UTF-8, decoded with stray bytes read by the Windows charset that has the other letters of the text."""
    letters = [c for c in sample.decode("utf-8", "ignore") if not c.isascii()][:SAMPLE]
    page = max(PAGES, key=lambda page: len("".join(letters).encode(page, "ignore")))
    return Decoded(raw.decode("utf-8", f"cleanse-{page}"), "utf-8", "utf-8-mixed")


def _stray(page: str, error: UnicodeError) -> tuple[str, int]:
    """Decode, as an error handler, stray bytes by a Windows charset, and two surrogates as the character that they encode."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = SURROGATES.match(error.object, error.start)
    if pair:
        halves = pair[0].decode("utf-8", "surrogatepass")
        return halves.encode("utf-16", "surrogatepass").decode("utf-16"), pair.end()
    strays = STRAYS.match(error.object, error.start)
    end = strays.end() if strays else error.end
    return error.object[error.start : end].decode(page, "cleanse-undefined"), end


for _page in PAGES:
    codecs.register_error(f"cleanse-{_page}", partial(_stray, _page))


def _legacy(raw: bytes, declared: str | None) -> Decoded:
    """Return a charset from before Unicode: the declared one where its outcome is plausible, else the detected one."""
    doubtful = None
    for label in declared_labels(raw, declared):
        codec = likelier(raw, label)
        text = read(raw, codec)
        if label != "utf-8" and text.count(LOST) <= 1 + MAX_LOST * len(text):
            doubtful = Decoded(text, label_of(codec), "declared")
            if implausibility(text) <= DOUBTFUL:
                return doubtful
            break
    codec, confidence = detect(raw)
    if codec == "utf-8":  # the detector saw a part of the text
        return _patched(raw, raw[:WINDOW])
    text = read(raw, codec)
    if doubtful and doubtful.text and implausibility(text) > DOUBTFUL:
        return doubtful
    return Decoded(text, label_of(codec), "detected" if confidence >= UNSURE else "fallback")
