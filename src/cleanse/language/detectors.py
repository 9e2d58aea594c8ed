"""Load language detectors by name, the built-in ones and users' own functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.plugins import load_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Detector = Callable[[Sequence[str]], list[tuple[str, float]]]  # windows of prose -> code, confidence 0..1 of each


DEFAULT = "cascade"
DETECTORS = ("cascade", "py3langid", "langdetect")

# All that these detectors can say, listed here so that a setting is checked without loading a model.
_CODES = """
    ace af am an ar as ast az ba bcl be bg bn br bs ca chr co crh cs cy da de dv dz el en eo es et eu ext fa ff fi fo
    fr fy ga gcf gcr gd gl gn gom grc gsw gu guw ha hbo he hi hr ht hu hy ia id ig ii is it ja jv ka kab kea ki kk km
    kn ko ku ky la lad lb lg lij ln lo lt lv mg mi mk ml mn mr ms mt mul my nds ne nl nn no nqo nso oc om or pa pap pcm
    pl ps pt qu rm ro ru rup rw sa sc sco se si sk sl sn so sq sr st sv sw ta te tg th ti tk tl tn tr ts tt ug uk und ur uz
    vai vec vi vo wa xh yi yo zh zu
    """
KNOWN_LANGUAGES = frozenset(_CODES.split())


def load_detector(name: str) -> Detector:
    """Return the detector of a name.

    Args:
        name: One of DETECTORS, or "package.module:function" for a user's function of one window (str -> code,
            confidence 0..1).

    Raises:
        SettingError: If there is no such detector.
    """
    match name:  # imported where they are asked for, because their models and NumPy are heavy
        case "cascade":
            from cleanse.language.cascade import cascade

            return cascade
        case "py3langid":
            from cleanse.language.langid_scores import py3langid

            return py3langid
        case "langdetect":
            from cleanse.language.langdetect_model import langdetect

            return langdetect
    function = load_plugin("detector", name, sorted(DETECTORS))
    return lambda windows: [function(window) for window in windows]
