"""What a person's name looks like on a line of its own. Pure; imports nothing of ours."""

from __future__ import annotations

import re

_WORD = r"(?:[^\W\d_a-zß-öø-ÿ][\w'’.-]*)"
_PARTICLE = r"(?:de|da|do|dos|del|della|di|du|des|van|von|der|den|ter|la|le|el|al|bin|ibn|y|e|zu|af|av|d['’])"
_NAME = re.compile(rf"{_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_WORD}){{1,3}}")
NAME_CHARS = 60


def is_name(text: str) -> bool:
    """Two to four capitalised words, particles between them aside."""
    return len(text) <= NAME_CHARS and _NAME.fullmatch(text) is not None
