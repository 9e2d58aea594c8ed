"""Read XML as a stream: each wanted element as a tree of its own, whatever the length of the file.

XML of the world is often not quite XML, so what can be read is read: bytes that are not in the declared charset, control
characters, HTML's entities without a declaration. Declarations of entities are refused, since a few lines of them make
gigabytes (CVE-2003-1564). Where the markup itself breaks, what came before it counts.
"""

from __future__ import annotations

import codecs
import html.entities
import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element
from xml.parsers import expat

from cleanse.inputs.records import MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cleanse.inputs.compressed_blocks import Stream

BLOCK_BYTES = 1 << 16  # read at once
HEAD_BYTES = 1 << 10  # in which the charset is declared
MAX_DEPTH = 400  # of elements in each other; a TEI edition has some thirty

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_CDATA_EDGE = re.compile(r"(<!\[CDATA\[|\]\]>)")
_TORN = re.compile(
    r"(?:&#?\w{0,32}|<(?:!(?:\[(?:C(?:D(?:A(?:TA?)?)?)?)?)?)?|\]{1,2})\Z"
)  # what may go on in the next block
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # no parser takes these characters


class XmlError(Exception):
    """The rest of a stream cannot be read as XML."""


class TooLongError(XmlError):
    """An element is longer than what is held."""


def read_elements(stream: Stream, wants: Callable[[str, Mapping[str, str]], bool]) -> Iterator[Element]:
    """Yield the elements that are wanted, in the order in which they end.

    An element inside another that is wanted is yielded by itself and is not part of the other. Names are as the file
    spells them, prefix included.

    Args:
        stream: The file's bytes.
        wants: Says of a name and its attributes whether the element is wanted.

    Raises:
        XmlError: The rest of the file is no XML, or makes more of itself than is held.

    """
    builder = _Builder(wants)
    for block, final in _blocks(stream):
        error = builder.feed(block, final=final)
        yield from builder.take()
        if error:
            raise error


def _blocks(stream: Stream) -> Iterator[tuple[bytes, bool]]:
    """Yield the text of a stream in UTF-8, and with the last block that it is the last."""
    for text in _mend_ampersands(_decode(stream)):
        yield text.encode(), False
    yield b"", True


def _decode(stream: Stream) -> Iterator[str]:
    """Yield the text of a stream in the charset that it declares; stray bytes are read as Windows writes them."""
    head = b""
    while len(head) < HEAD_BYTES and (block := stream.read(HEAD_BYTES)):
        head += block
    decoder = codecs.getincrementaldecoder(_codec_of(head))("cleanse-cp1252")
    text = decoder.decode(head).removeprefix("\ufeff").lstrip()
    while text or head:
        yield _NO_XML.sub("", text)
        head = stream.read(BLOCK_BYTES)
        text = decoder.decode(head, final=not head)


def _mend_ampersands(texts: Iterator[str]) -> Iterator[str]:
    """Yield the same text with `&amp;` for each & that begins nothing: the commonest fault of feeds. CDATA stays as it is."""
    rest, inside = "", False  # inside: of a CDATA section
    for text in chain(texts, [""]):
        whole = rest + text
        torn = _TORN.search(whole, max(0, len(whole) - 40)) if text else None
        end = torn.start() if torn else len(whole)
        parts, rest = _CDATA_EDGE.split(whole[:end]), whole[end:]
        for i, part in enumerate(parts):
            if i % 2:
                inside = part == "<![CDATA["
            elif not inside:
                parts[i] = _BARE_AMPERSAND.sub("&amp;", part)
        yield "".join(parts)


def _codec_of(head: bytes) -> str:
    """Return the codec of a file that begins like this."""
    import cleanse.encoding.decoding  # noqa: F401  registers the handler of stray bytes

    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec
    if head[:4] == b"<\0?\0":
        return "utf-16-le"
    if head[:4] == b"\0<\0?":
        return "utf-16-be"
    declared = _DECLARED.match(head)
    name = declared[1].decode().lower() if declared else "utf-8"
    if name in ("iso-8859-1", "latin1", "us-ascii", "ascii"):
        name = "cp1252"  # as browsers do; the two differ only where ISO has control characters
    try:
        codecs.lookup(name)
        "é".encode(name, "ignore").decode(name)  # some codecs are not about text
    except (LookupError, ValueError, AttributeError, TypeError):
        return "utf-8"
    return "utf-8" if name.startswith(("utf-16", "utf-32", "utf16", "utf32", "ucs")) else name


@dataclass(slots=True)
class _Builder:
    """Makes trees of the wanted elements while a parser goes through the file."""

    wants: Callable[[str, Mapping[str, str]], bool]
    parser: expat.XMLParserType = field(init=False)
    open: list[Element] = field(default_factory=list)  # from the outermost wanted element to the current one
    roots: list[tuple[int, int]] = field(default_factory=list)  # of wanted elements: place in `open`, length before it
    done: list[Element] = field(default_factory=list)
    depth: int = 0  # of the current element in the file
    length: int = 0  # characters held in `open`
    fed: int = 0  # bytes

    def __post_init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.UseForeignDTD(True)  # an entity without a declaration is then skipped, no error
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.add
        self.parser.SkippedEntityHandler = self.add_entity
        self.parser.EntityDeclHandler = self.refuse

    def feed(self, block: bytes, *, final: bool) -> XmlError | None:
        """Go on with the next bytes; returns why there is no going on."""
        self.fed += len(block)
        try:
            self.parser.Parse(block, final)
        except expat.ExpatError as error:
            return XmlError(f"line {error.lineno}: {expat.ErrorString(error.code)}")
        except XmlError as error:
            return error
        if self.fed - max(self.parser.CurrentByteIndex, 0) > MAX_DOCUMENT_BYTES:
            return TooLongError(f"a tag of more than {MAX_DOCUMENT_BYTES:,} bytes")
        return None

    def take(self) -> list[Element]:
        """Return the elements that ended since the last call."""
        done, self.done = self.done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise XmlError(f"elements in each other, {MAX_DEPTH} deep")
        if self.wants(name, attributes):
            self.roots.append((len(self.open), self.length))
        if not self.roots:
            return
        element = Element(name, attributes)
        if self.open and self.roots[-1][0] != len(self.open):
            self.open[-1].append(element)
        self.open.append(element)
        self.length += 100 + len(name) + sum(len(key) + len(value) for key, value in attributes.items())
        self.check()

    def end(self, name: str) -> None:  # noqa: ARG002  expat's call
        """Close an element."""
        self.depth -= 1
        if not self.open:
            return
        element = self.open.pop()
        if self.roots[-1][0] == len(self.open):
            self.length = self.roots.pop()[1]
            self.done.append(element)

    def add(self, text: str) -> None:
        """Add text to the current element."""
        if not self.open:
            return
        self.length += len(text)
        self.check()
        current = self.open[-1]
        if len(current):
            current[-1].tail = (current[-1].tail or "") + text
        else:
            current.text = (current.text or "") + text

    def add_entity(self, name: str, is_parameter: bool) -> None:  # noqa: FBT001  expat's call
        """Add what HTML means by an entity that the file does not declare."""
        if not is_parameter:
            self.add(html.entities.html5.get(name + ";", f"&{name};"))

    def check(self) -> None:
        """Raise TooLongError where more is open than may be held."""
        if self.length > MAX_DOCUMENT_BYTES:
            raise TooLongError(f"an element of more than {MAX_DOCUMENT_BYTES:,} characters")

    def refuse(self, name: str, *_: object) -> None:
        """Refuse the declaration of an entity."""
        raise XmlError(f"it declares the entity {name[:40]!r}: entities of a file's own are not read")
