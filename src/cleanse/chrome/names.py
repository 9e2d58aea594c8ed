"""What a person's name looks like on a line of its own. Pure; imports nothing of ours."""

from __future__ import annotations

import re

_WORD = r"(?:[^\W\d_a-zß-öø-ÿ][\w'’.-]{0,30})"
_PARTICLE = r"(?:de|da|do|dos|del|della|di|du|des|van|von|der|den|ter|la|le|el|al|bin|ibn|y|e|zu|af|av|d['’])"
_NAME = re.compile(rf"{_WORD}(?:\s+(?:{_PARTICLE}\s+){{0,2}}{_WORD}){{1,3}}")
NAME_CHARS = 60


def is_name(text: str) -> bool:
    """Return whether a text is two to four capitalised words, particles between them aside."""
    return len(text) <= NAME_CHARS and text[-1:] not in ".:;,!?" and _NAME.fullmatch(text) is not None


def name_in_byline(text: str) -> str:
    """Return the name at the start of what follows "by": up to the first word that is none.

    All of it if nothing looks so.
    """
    text = re.sub(r"[\s\d]+$", "", text.strip(" \t\xa0:"))
    found = _NAME.match(text[: NAME_CHARS + 10])
    name = found[0] if found else text
    return name if re.search(r"\b\w\.$", name) else name.rstrip(".")


def leading_name(text: str) -> str | None:
    """Return the name with which a line begins and goes on in small letters, or None."""
    found = _NAME.match(text[: NAME_CHARS + 10])
    if found is None or not text[found.end() : found.end() + 2].strip(" ,").islower():
        return None
    return found[0]
