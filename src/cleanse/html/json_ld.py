"""What a page's JSON-LD says: the articles it describes, with references by `@id` followed. Pure; knows only lxml trees."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

MAX_JSON = 2_000_000  # characters of one JSON-LD block; a larger one is data, not a description
MAX_NODES = 20_000  # JSON-LD objects and lists looked at on one page
MAX_LIST = 100  # items looked at of one list

_ARTICLE = re.compile(r"Article|Posting|Report|Review|Recipe|Essay|Chapter")
_NESTING = ("@graph", "mainEntity", "mainEntityOfPage")  # keys below which an article may stand
_SURROGATES = re.compile("[\ud800-\udfff]")  # "\ud800" is JSON, but no text that can be written

Node = dict[str, Any]


def read_articles(root: HtmlElement) -> list[Node]:
    """Return the JSON-LD objects that describe an article, in the page's order; references in them are resolved.

    An author or publisher that is only `{"@id": …}` stands for the object of that id elsewhere on the page.
    """
    articles: list[Node] = []
    by_id: dict[str, Node] = {}
    for node in _objects(root):
        if isinstance(name := node.get("@id"), str) and len(node) > 1:
            by_id.setdefault(name, node)
        if _is_article(node.get("@type")):
            articles.append(node)
    return [{key: _resolved(value, by_id) for key, value in article.items()} for article in articles]


def _objects(root: HtmlElement) -> Iterator[Node]:
    """Yield all JSON-LD objects outside of each other's properties, but for `_NESTING`."""
    left = MAX_NODES
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        waiting = deque([_parsed(script.text or "")])
        while waiting and left:
            left -= 1
            node = waiting.popleft()
            if isinstance(node, list):
                waiting.extendleft(reversed(node[:MAX_LIST]))
            elif isinstance(node, dict):
                yield node
                waiting.extendleft(node[key] for key in reversed(_NESTING) if key in node)


def _parsed(source: str) -> Any:
    """Return the value of one block, or None: many pages write JSON that is none."""
    if len(source) > MAX_JSON:
        return None
    bare = source.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    try:
        return json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        return None


def _is_article(kind: object) -> bool:
    kinds = kind[:MAX_LIST] if isinstance(kind, list) else [kind]
    return any(isinstance(name, str) and _ARTICLE.search(name) for name in kinds)


def _resolved(value: Any, by_id: dict[str, Node]) -> Any:
    """Return the value, with what only refers to an object replaced by that object."""
    if isinstance(value, list):
        return [_resolved(item, by_id) for item in value[:MAX_LIST] if not isinstance(item, list)]
    if isinstance(value, dict) and isinstance(name := value.get("@id"), str) and "name" not in value:
        return by_id.get(name, value)
    return value


def text_of(value: object) -> str:
    """Return a string as it can be written; "" for anything else."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else ""
