"""Rich Text Format, as word processors and press databases write it: its text, and the title and author it names.

Control words of RTF 1.9.1. Pictures, styles and fields' codes are left out; what an unknown destination holds is, too.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.press_exports import read_text
from cleanse.inputs.records import MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.inputs.records import Fields, Piece

MAGIC = b"{\\rtf"
MAX_DEPTH = 2000  # groups in each other
CUT_REPAIR = "rtf-cut"  # groups are open at its end

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
# what a group is that begins with one of these words: no text of the page
_HIDDEN = frozenset(
    [
        "fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "pict",
        "object", "objdata", "fldinst", "themedata", "colorschememapping", "datastore", "latentstyles", "xmlnstbl",
        "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "bkmkstart", "bkmkend",
        "pntext", "pnseclvl", "filetbl", "shppict", "nonshppict", "sp", "wgrffmtfilter", "mmathPr", "datafield",
        "creatim", "revtim", "printim", "buptim",
    ]
)  # fmt: skip
_INFO = ("title", "author")
_SIGNS = {
    "par": "\n\n", "sect": "\n\n", "page": "\n\n", "line": "\n", "row": "\n", "cell": "\t", "tab": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
    "emspace": " ", "enspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "\u2011", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n\n", b"\r": "\n\n"}


@dataclass(frozen=True, slots=True)
class RichText:
    """The text of a file, its title and author, and whether it ends before its end."""

    text: str
    title: str | None
    author: str | None
    is_cut: bool


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the document of a file, or the articles where it is an export of a press database."""
    name = piece.source.id
    raw = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        yield Record(name, b"", reason=Reason("too-large", f"over {MAX_DOCUMENT_BYTES:,} bytes"))
        return
    if not raw.lstrip().startswith(MAGIC):
        yield Record(name, b"", reason=Reason("damaged", "it does not begin as RTF does" if raw else "0 bytes"))
        return
    rich = parse_rtf(raw)
    repairs = (CUT_REPAIR,) if rich.is_cut else ()
    articles = read_text(rich.text, name, fields)
    if articles:
        yield from (replace(article, repairs=article.repairs + repairs) for article in articles)
        return
    record = Record(name, rich.text, kind="text", author=rich.author, repairs=repairs)
    title = rich.title if rich.title and rich.title in rich.text[:2000] else None
    yield replace(record, title=title, reason=None if rich.text else Reason("empty", "a document without a text"))


@dataclass(slots=True)
class _Group:
    """What holds within braces."""

    hidden: bool = False
    about: bool = False  # within what is said of the document
    info: str = ""  # "title" or "author"
    skip: int = 1  # characters that follow a \\u in its place for old readers


@dataclass(slots=True)
class _State:
    """The text as it grows."""

    codec: str = "cp1252"
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    parts: list[str] = field(default_factory=list)
    info: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _INFO})
    pending: bytearray = field(default_factory=bytearray)  # bytes of the code page, of which two may be one character
    skip: int = 0  # characters still to be passed over
    ignorable: bool = False  # after \\*

    def write(self, text: str) -> None:
        """Add text where the current group is one that shows it."""
        group = self.groups[-1]
        if group.info:
            self.info[group.info].append(text)
        elif not group.hidden:
            self.parts.append(text)

    def write_pending(self) -> None:
        """Add the bytes of the code page."""
        if self.pending:
            self.write(bytes(self.pending).decode(self.codec, "replace"))
            self.pending.clear()


def parse_rtf(raw: bytes) -> RichText:
    """Return the text of a file. Never raises; what is no RTF gives whatever text it holds."""
    state = _State()
    at = 0
    while match := _TOKEN.match(raw, at):
        at = match.end()
        word, number, code, symbol, brace, text = match.groups()
        if code is None:
            state.write_pending()
        if word is not None:
            at = _follow(state, word.decode(), int(number) if number else None, at)
        elif code is not None:
            _add_bytes(state, bytes([int(code, 16)]))
        elif text is not None:
            _add_bytes(state, text)
            state.write_pending()
        elif brace == b"{" and len(state.groups) < MAX_DEPTH:
            state.groups.append(replace(state.groups[-1]))
        elif brace == b"}" and len(state.groups) > 1:
            state.groups.pop()
        elif symbol == b"*":
            state.ignorable = True
        elif symbol is not None:
            state.write(_SYMBOLS.get(symbol, ""))
    state.write_pending()
    whole = "".join(state.parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", whole)).strip()
    title, author = (" ".join("".join(state.info[name]).split()) or None for name in _INFO)
    return RichText(text, title, author, len(state.groups) > 1)


def _add_bytes(state: _State, text: bytes) -> None:
    """Hold bytes of the code page, without those that stand in place of a character that was written already."""
    skipped = min(state.skip, len(text))
    state.skip -= skipped
    state.pending += text[skipped:]


def _follow(state: _State, word: str, number: int | None, at: int) -> int:
    """Do what a control word says. Returns where to go on."""
    group = state.groups[-1]
    ignorable, state.ignorable = state.ignorable, False
    if word == "info":
        group.hidden = group.about = True
    elif word in _INFO and group.about:
        group.info = word
    elif word in _HIDDEN or (ignorable and word not in ("shptxt", "fldrslt", "footnote")):
        group.hidden = True
    elif word == "bin":
        return at + max(0, number or 0)
    elif word == "ansicpg":
        state.codec = _codec(number)
    elif word == "uc":
        group.skip = max(0, min(number or 0, 8))
    elif word == "u" and number is not None:
        state.write(chr(number & 0xFFFF))  # 16 bits with a sign; pairs are joined when the text is whole
        state.skip = group.skip
    elif word in _SIGNS:
        state.write(_SIGNS[word])
    return at


def _codec(number: int | None) -> str:
    name = f"cp{number}"
    try:
        codecs.lookup(name)
    except LookupError:
        return "utf-8" if number == 65001 else "cp1252"
    return name
