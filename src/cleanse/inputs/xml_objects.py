"""XML of no known format whose elements are records: `<corpus><article id="7"><titre>…</titre><texte>…</texte></article>…`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.inputs.field_names import fold
from cleanse.inputs.records import make_record
from cleanse.inputs.tree_text import HTML, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from cleanse.documents import Record
    from cleanse.inputs.records import Fields

NAMES = frozenset({  # of elements that are records, in lower case without accents
    "article", "document", "doc", "record", "row", "item", "entry", "post", "story", "page",
    "enregistrement", "notice", "fiche", "artikel", "beitrag", "dokument", "datensatz",
    "articulo", "documento", "noticia", "registro", "articolo", "notizia", "artigo", "bericht",
})  # fmt: skip
MAX_DEPTH = 8  # elements within each other that become objects; deeper ones are text
_MARKUP = HTML.paragraphs | HTML.lines | HTML.breaks | HTML.spaces | {"b", "i", "em", "strong", "a", "span"}


def is_record(name: str) -> bool:
    """Return whether elements of a name may be records."""
    return fold(name) in NAMES


def read_object(element: Element, record: Record, fields: Fields) -> Record:
    """Return the record of an element: its attributes and the elements in it are its fields."""
    values = _object_of(element, MAX_DEPTH)
    return make_record(record.id, record.number, values, fields)


def _object_of(element: Element, depth: int) -> dict[str, Any]:
    values: dict[str, Any] = {local_name(name): value for name, value in element.attrib.items()}
    for child in element:
        name, value = local_name(child.tag), _value_of(child, depth - 1)
        if name not in values:
            values[name] = value
        elif isinstance(values[name], list):
            values[name].append(value)
        else:
            values[name] = [values[name], value]
    if not len(element) and (text := (element.text or "").strip()):
        values["text"] = text
    return values


def _value_of(element: Element, depth: int) -> Any:
    """Return an element's text, or an object where elements in it hold values of their own."""
    children = [local_name(child.tag) for child in element]
    mixed = any((child.tail or "").strip() for child in element) or (bool(children) and (element.text or "").strip())
    if not children or mixed or depth == 0 or any(name.lower() in _MARKUP for name in children):
        return text_of(element, HTML) if children else (element.text or "").strip()
    return _object_of(element, depth)
