"""Detectors by name: what a setting may say, and the function behind it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cleanse.errors import SettingError
from cleanse.language.cascade import cascade
from cleanse.language.models import langdetect, py3langid

if TYPE_CHECKING:
    from collections.abc import Callable

    Detector = Callable[[str], tuple[str, float]]  # a window of prose -> code, confidence 0..1

DEFAULT = "cascade"
DETECTORS: dict[str, Detector] = {"cascade": cascade, "py3langid": py3langid, "langdetect": langdetect}

# All that these detectors can say, listed here so that a setting is checked without loading a model.
_CODES = """
    ace af am an ar as ast az ba bcl be bg bn br bs ca chr co crh cs cy da de dv dz el en eo es et eu ext fa ff fi fo
    fr fy ga gcf gcr gd gl gn gom grc gsw gu guw ha hbo he hi hr ht hu hy ia id ig ii is it ja jv ka kab kea ki kk km
    kn ko ku ky la lad lb lg lij ln lo lt lv mg mi mk ml mn mr ms mt mul my nds ne nl nn no nqo nso oc om or pa pap pcm
    pl ps pt qu rm ro ru rup rw sa sc sco se si sk sl sn so sq sr st sv sw ta te tg th tk tl tn tr ts tt ug uk und ur uz
    vai vec vi vo wa xh yo zh zu
    """
KNOWN_LANGUAGES = frozenset(_CODES.split())


def load_detector(name: str) -> Detector:
    """The function behind a detector's name. Raises SettingError when there is none."""
    if name in DETECTORS:
        return DETECTORS[name]
    module, _, function = name.partition(":")
    try:
        found = getattr(import_module(module), function) if function else None
    except (ImportError, AttributeError, ValueError):
        found = None
    if callable(found):
        return found  # type: ignore[no-any-return]
    known = ", ".join(sorted(DETECTORS))
    raise SettingError(
        f"detector = {name!r} cannot be loaded. Use one of: {known}; or name your own as 'package.module:function'."
    )
