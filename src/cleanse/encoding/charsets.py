"""Find the charset of a page: what it declares, what a detector says, and how plausible the outcome looks.

A charset is named by its WHATWG label in lower case, or, if the web does not know it, by the name of Python's codec.
This module imports no other module of the package.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache, lru_cache
from itertools import islice

HEAD = 16384  # bytes in which a declaration is looked for; the standard asks for 1024, browsers read further
WINDOW = 65536  # bytes that the detector sees; its models converge on 16 KB
CONTEXT = 64  # bytes of ASCII that it sees before the first other byte
JUDGED = 400  # non-ASCII characters by which an outcome is judged
CANDIDATES = 6  # answers of the detector that are judged; cp1252 always is
CERTAIN = 0.9  # the detector's confidence from which a plausible outcome needs no rival
# Fitted on the 1,650 legacy texts of bench/encoding; errors there vary by 3 over DOUBT .1 to .5 and RARITY .02 to .05
DOUBT = 0.3  # how much of its confidence an answer loses whose characters are all implausible
RARITY = 0.03  # how much one loses that names a charset rare on the web

# WHATWG labels that Python's codecs do not know, or read as less than browsers do
CODECS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gbk": "gb18030",
    "iso-8859-8-i": "iso8859-8",
    "macintosh": "mac-roman",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-user-defined": "cp1252",
}
# Charsets that are taken for one another: of these the most plausible is meant, the declared one first
SIBLINGS = {
    "windows-1252": ("cp1252", "iso8859-15"),
    "iso-8859-15": ("iso8859-15", "cp1252"),
    "iso-8859-2": ("iso8859-2", "cp1250"),
    "iso-8859-7": ("iso8859-7", "cp1253"),
    "iso-8859-13": ("iso8859-13", "cp1257"),
}
# Codecs to try instead of one, in order. Web pages use the Windows page of a family; of the Japanese codecs the plain one
# keeps the wave dash and the minus sign as they were typed, in Shift_JIS as it does in EUC-JP and ISO-2022-JP.
READINGS = {
    "ascii": ("cp1252",),
    "cp932": ("shift_jis", "cp932"),
    "euc_jis_2004": ("euc_jp", "euc_jis_2004"),
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",),
    "shift_jis_2004": ("shift_jis", "cp932", "shift_jis_2004"),
    "tis-620": ("cp874",),
}
# So rare that a detector that names them is more often wrong than right
NEVER = ("cp1006", "cp720", "cp856", "hp-roman8", "koi8-t", "ptcp154", "utf-7", "hz")
EBCDIC = ("cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500", "cp875")
RARE = re.compile(r"mac-(?!cyrillic)|cp(?!866|874)[478]\d\d$|kz1048|iso8859-(3|4|10|13|14|16)$")


def _undefined(error: UnicodeError) -> tuple[str, int]:
    """Decode, as an error handler, bytes that a charset leaves undefined as the C1 controls of the same number."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("cleanse-undefined", _undefined)

OLDER = re.compile(r"\s*(ibm|cp|dos|mac|hp|kz|johab|ptcp)", re.IGNORECASE)
LATIN_RUN = re.compile("[À-ÖØ-öø-ÿ]{4,}")  # Cyrillic or Greek read as Latin
INSIDE_WORD = "’'·‧-‑–—\u00ad"  # may stand between two letters
BESIDE_LETTER = "©®™°ªº²³€£§№•"  # symbols that may touch a letter

UNREADABLE = ("replacement", "x-user-defined", "gbk", "iso-8859-8-i")
ISO_2022_JP = ("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext")
SINGLE = bytes(range(0x80, 0x100))
TAGS = re.compile(rb"<[^<>]*>")
HIGH = re.compile(rb"[\x80-\xff]")
NON_ASCII = re.compile(r"[^\x00-\x7f]")
CHARSET = re.compile(rb"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"']+))", re.IGNORECASE)
XML = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]*)", re.IGNORECASE)
TAG = re.compile(rb"<(?:!--.*?(?:-->|\Z)|(/?[a-z][^\s/>]*)|[!/?][^>]*(?:>|\Z))", re.IGNORECASE | re.DOTALL)
ATTRIBUTE = re.compile(
    rb"[\s/]*([^\s/>=][^\s/>=]*)\s*(?:=\s*(?:\"([^\"]*)(?:\"|\Z)|'([^']*)(?:'|\Z)|([^\s>\"'][^\s>]*)?))?"
)


def label_of(codec: str) -> str:
    """Return the WHATWG label of a Python codec in lower case; of one that the web does not know its Python name."""
    return _labels().get(codecs.lookup(codec).name, codec.replace("_", "-"))


@cache
def _labels() -> dict[str, str]:
    """Return the WHATWG label of each codec, by the codec's name."""
    from webencodings.labels import LABELS

    names = dict.fromkeys(LABELS.values())
    labels = {codecs.lookup(codec_of(name)).name: name for name in names if name not in UNREADABLE}
    wider = {"shift_jis": "shift_jis", "euc_jis_2004": "euc-jp", **dict.fromkeys(ISO_2022_JP, "iso-2022-jp")}
    return labels | {codecs.lookup(codec).name: label for codec, label in wider.items()}


def codec_of(label: str) -> str:
    """Return the Python codec that decodes a WHATWG label as browsers do."""
    return CODECS.get(label, label)


def declared_labels(raw: bytes, declared: str | None = None) -> list[str]:
    """Return the known WHATWG labels that a page was sent with or claims in its head, most trusted first."""
    import webencodings

    sent = (declared or "").encode("ascii", "replace")
    claims = [sent.decode()] if sent else []
    match = CHARSET.search(sent)
    if match:  # a whole Content-Type header
        claims = [(match[1] or match[2] or match[3] or b"").decode()]
    head = raw[:HEAD]
    xml = XML.match(head)
    if xml:
        claims.append(xml[1].decode("ascii", "ignore"))
    if b"charset" in head.lower():
        claims += (claim.decode("ascii", "ignore") for claim in _meta_charsets(head))
    labels: list[str] = []
    for claim in claims:
        found = webencodings.lookup(claim)
        label = str(found.name) if found else _older(claim)
        if label and label != "replacement":  # what could be read as ASCII to find the claim is not UTF-16
            labels.append("utf-8" if label.startswith("utf-16") else label)
    return labels


def _older(claim: str) -> str | None:
    """Return the codec of a charset from before the web, claimed by a name that Python knows."""
    try:
        return codecs.lookup(claim).name if OLDER.match(claim) else None
    except (LookupError, ValueError):
        return None


def _meta_charsets(head: bytes) -> list[bytes]:
    """Return what the <meta> tags of an HTML head say, by the standard's prescan."""
    found, at = [], 0
    while match := TAG.search(head, at):
        at = match.end()
        if match[1] is None:
            continue
        attributes: dict[bytes, bytes] = {}
        while attribute := ATTRIBUTE.match(head, at):
            at = attribute.end()
            attributes.setdefault(attribute[1].lower(), attribute[2] or attribute[3] or attribute[4] or b"")
        if match[1].lower() != b"meta" or at >= len(head):
            continue
        if b"charset" in attributes:
            found.append(attributes[b"charset"])
        elif attributes.get(b"http-equiv", b"").lower() == b"content-type":
            content = CHARSET.search(attributes.get(b"content", b""))
            found += [content[1] or content[2] or content[3] or b""] if content else []
    return found


def detect(raw: bytes) -> tuple[str, float]:
    """Return the likeliest codec of bytes that are no UTF, and the detector's confidence in it, 0..1.

    The detector sees a window of text without tags, from the first byte that is not ASCII on. Each of its answers is
    weighed by how plausible the outcome looks and how rare the charset is; cp1252 is always weighed too.
    """
    import chardet

    first = HIGH.search(raw)
    begin = max(0, first.start() - CONTEXT) if first else 0
    window = TAGS.sub(b" ", raw[begin : begin + 4 * WINDOW])[:WINDOW]
    spaced = window.count(0x40) > window.count(0x20)  # EBCDIC's space, ASCII's space
    excluded = NEVER if spaced else NEVER + EBCDIC
    answers = chardet.detect_all(window, True, max_bytes=WINDOW, compat_names=False, exclude_encodings=excluded)
    confidence = {str(a["encoding"]): float(a["confidence"]) for a in answers if a["encoding"]}
    likely = [*islice(confidence, CANDIDATES), "cp1252"]
    best, best_weight = "cp1252", float("-inf")
    for codec in dict.fromkeys(likely):
        doubt = implausibility(read(window, codec))
        weight = confidence.get(codec, 0.0) - DOUBT * doubt - (RARITY if RARE.match(codec) else 0)
        if weight > best_weight:
            best, best_weight = codec, weight
        if confidence.get(codec, 0.0) >= CERTAIN and doubt < 1 - CERTAIN:
            break
    if read(window, best) == read(window, "cp1252"):
        best = "cp1252"
    return READINGS.get(best, (best,))[-1], confidence.get(best, 0.0)


def likelier(raw: bytes, label: str) -> str:
    """Return the codec of a declared label, or of the sibling that it is often mistaken for, if that reads better."""
    siblings = SIBLINGS.get(label, (codec_of(label),))
    first = HIGH.search(raw)
    begin = first.start() if first else 0
    return min(siblings, key=lambda codec: implausibility(read(raw[begin : begin + WINDOW], codec)))


def read(raw: bytes, codec: str) -> str:
    """Decode as browsers do: bytes that a charset of single bytes leaves undefined become C1 controls, others U+FFFD."""
    for reading in READINGS.get(codec, (codec,)):
        try:
            return raw.decode(reading)
        except UnicodeDecodeError:
            continue
    return raw.decode(reading, "cleanse-undefined" if _single(reading) else "replace")


@cache
def _single(codec: str) -> bool:
    """Return whether each byte is a character of its own."""
    return len(SINGLE.decode(codec, "replace")) == len(SINGLE)


def implausibility(text: str) -> float:
    """Return how much of the text that is not ASCII looks misread, 0 (none) to about 1; of the first characters only."""
    misread = judged = 0
    for match in islice(NON_ASCII.finditer(text), JUDGED):
        at = match.start()
        judged += 1
        misread += _misread(text[at - 1 : at] or " ", match[0], text[at + 1 : at + 2] or " ")
    if not judged:
        return 0.0
    runs = sum(map(len, LATIN_RUN.findall(text, 0, at + 1)))
    return min(1.0, (misread + runs) / judged)


@lru_cache(maxsize=1 << 14)  # few letters stand beside few others
def _misread(before: str, char: str, after: str) -> bool:
    """Return whether a character can hardly stand between its neighbours."""
    category = unicodedata.category(char)
    if category[0] == "C":
        return category != "Cf"
    if category[0] == "L":
        shouted = before.isupper() and after.isupper()
        wrong = before.islower() if category == "Lu" else category == "Ll" and shouted
        return wrong or _foreign(before, char, after)
    if category[0] in "SPN" and max(before, char, after) < "\u3000":
        enclosed = before.isalpha() and after.isalpha() and char not in INSIDE_WORD
        touching = category[0] == "S" and (before.isalpha() or after.isalpha()) and char not in BESIDE_LETTER
        fraction = char in "¼½¾" and after.isalpha() and not before.isdigit()
        return enclosed or touching or fraction or char == "¤"
    return False


def _foreign(before: str, char: str, after: str) -> bool:
    """Return whether a letter of another script touches letters of ASCII, as it hardly does inside a word."""
    touching = [c.isascii() and c.isalpha() for c in (before, after)]
    if "\u0370" <= char < "\u1100" or "\ufb1d" <= char < "\ufefd" or char >= "\uff61":
        return any(touching)
    return char >= "\u3000" and all(touching)
