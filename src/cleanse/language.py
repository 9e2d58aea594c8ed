"""Which language a text is written in, paragraph by paragraph, with an honest confidence. Pure; models load on first use.

Order of evidence: is it prose at all (code, addresses and number tables are not) → does the script decide alone →
py3langid and function words, calibrated together → langdetect, only where both leave it unsure. A paragraph whose
function words say what an earlier, surely recognised paragraph of the text said is not put to a model again.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import chain
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Verdict = tuple[str, float, int]  # code, confidence, characters of a paragraph
    Detector = Callable[[str], tuple[str, float]]  # a window of prose -> code, confidence 0..1

DEFAULT = "cascade"
UNKNOWN = "und"
SEVERAL = "mul"

WINDOW = 300  # characters of a block that a detector sees
GLANCE = 160  # characters of it that show the script, and the words of a known language
SHORT_LINE = 60  # characters; shorter lines are judged together with the lines that follow
BLOCK = 1500  # characters; longer paragraphs are cut
MAX_BLOCKS = 48  # blocks of one text that are judged, evenly spread
MAX_CHARS = 150_000  # characters; longer texts are judged by evenly spread slices of SLICE characters
SLICE = 3_000
ENOUGH = (
    (150, 0.33),
    (300, 0.6),
)  # characters, confidence needed to name a language; in between on a line: a long text
# that does not speak clearly is code or a language that no detector knows, a short one may be only short
SURE = 0.9  # confidence from which a block speaks for later ones
MAJORITY = 0.6  # share of the named characters that makes a language the page's; below it the page is "mul"
MINORITY = 1 / 3  # share of all characters that it needs; below it the page is "und": mostly code, tables, addresses
OWN_SCRIPT = 0.4  # characters of one script / characters that are not blank, below which text is no prose
PROSE = (
    (60, 0.4),
    (200, 0.65),
)  # characters, needed share of those that are not blank to stand in words; else no prose
DENSITY = 0.15  # function words / words, for a block to follow an earlier one without a model
OUTVOTE = 0.3  # function words / words of a language that no model knows, from which they outvote the models
CANDIDATES = 12  # most likely languages of py3langid that are looked at
SPOKEN = 4.0  # weight of the density of function words when py3langid's candidates are compared, in an exponent
UNSURE = (0.2, 0.9)  # confidence between which langdetect is asked, if no function word backs the guess
DENSITY_AT = 6  # place of the density of function words in the evidence
CONFIRMED, CONTRADICTED = 1.39, 0.62  # factors on the odds when langdetect names the same language, or another

# Weights of the evidence (see `weigh`); a logistic regression by `benchmarks/language.py --fit`, on one half of the bench.
WEIGHTS = (
    -0.972,  # constant
    0.561,  # logit of py3langid's probability
    0.02,  # times length
    0.452,  # logit below even
    -0.254,  # times length
    -1.377,  # log of the characters, - 4
    2.8,  # density of function words
    1.764,  # times length
    2.801,  # a list of function words exists
    -2.62,  # how far another language's words are ahead
    1.872,  # times length
    -2.101,  # share of words in the window
    -1.054,  # named by its words alone
    7.386,  # times density
    -6.857,  # share of close relatives in the probability
    -0.545,  # rare on the web
)


# All that the detectors of this module can say, listed here so that a setting is checked without loading a model.
_CODES = """
    ace af am an ar as ast az ba bcl be bg bn br bs ca chr co crh cs cy da de dv dz el en eo es et eu ext fa ff fi fo
    fr fy ga gcf gcr gd gl gn gom grc gsw gu guw ha hbo he hi hr ht hu hy ia id ig ii is it ja jv ka kab kea ki kk km
    kn ko ku ky la lad lb lg lij ln lo lt lv mg mi mk ml mn mr ms mt mul my nds ne nl nn no nqo nso oc om or pa pap pcm
    pl ps pt qu rm ro ru rup rw sa sc sco se si sk sl sn so sq sr st sv sw ta te tg th tk tl tn tr ts tt ug uk und ur uz
    vai vec vi vo wa xh yo zh zu
    """
KNOWN_LANGUAGES = frozenset(_CODES.split())


@dataclass(frozen=True, slots=True)
class Language:
    """The main language of a text, how sure that is (0..1), and the share of characters of every language in it."""

    code: str  # ISO 639-1, else 639-3; "und" where unknown, "mul" where several and none is the main one
    confidence: float
    shares: dict[str, float] = field(default_factory=dict)  # largest first; sums to 1, "und" among them


def detect_language(text: str, detector: str = DEFAULT) -> Language:
    """The language of a text. `detector` is a name of DETECTORS or "package.module:function" (str -> code, confidence).

    Every paragraph is judged by itself and weighs its characters; one that is no prose, or for which the confidence
    does not reach `enough`, counts as "und"; an unsure one follows the page if its own best guess is the page's
    language. No main language but several: "mul". Mostly no prose, or prose of no known language: "und", confidence 0.
    Raises SettingError for a detector that cannot be loaded.
    """
    verdicts = _verdicts(blocks(text), load_detector(detector))
    total = sum(chars for *_, chars in verdicts)
    named, belief = _named(verdicts, "")
    if not named:
        return Language(UNKNOWN, 0.0, {UNKNOWN: 1.0} if total else {})
    main = min(named, key=lambda code: (-named[code], code))
    named, belief = _named(verdicts, main)
    known = sum(named.values())
    obscure = sum(chars for code, _, chars in verdicts if code != UNKNOWN) - known  # prose, but in what language?
    confidence = belief[main] / named[main]
    if named[main] < max(obscure, MINORITY * total) or confidence < ENOUGH[0][1]:
        code, confidence = UNKNOWN, 0.0
    elif named[main] < MAJORITY * known:
        code, confidence = SEVERAL, sum(belief.values()) / known
    else:
        code = main
    shares = {**named, UNKNOWN: total - known} if known < total else named
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return Language(code, round(confidence, 4), {c: round(n / total, 4) for c, n in ordered})


def _named(verdicts: list[Verdict], main: str) -> tuple[dict[str, int], dict[str, float]]:
    """Characters by language, and the same times confidence; an unsure paragraph counts only if its guess is `main`."""
    named: dict[str, int] = {}
    belief: dict[str, float] = {}
    for code, confidence, chars in verdicts:
        if code != UNKNOWN and (confidence >= enough(chars) or code == main):
            named[code] = named.get(code, 0) + chars
            belief[code] = belief.get(code, 0.0) + confidence * chars
    return named, belief


def enough(chars: int) -> float:
    """The confidence needed to name the language of a paragraph of so many characters."""
    return _between(ENOUGH, chars)


def _between(ends: tuple[tuple[int, float], tuple[int, float]], chars: int) -> float:
    """The value for so many characters: constant outside the two ends, on a line between them."""
    (short, low), (long, high) = ends
    return low + (high - low) * min(1.0, max(0.0, (chars - short) / (long - short)))


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


# ---- blocks: what is judged as one ----------------------------------------------------------------------------------


def blocks(text: str) -> list[str]:
    """Paragraphs, the long ones cut, the short ones joined with what follows; at most MAX_BLOCKS, evenly spread."""
    if len(text) > MAX_CHARS:
        step = len(text) // MAX_BLOCKS
        text = "\n".join(text[at : at + SLICE] for at in range(0, step * MAX_BLOCKS, step))
    found, short = [], ""
    for line in text.splitlines():
        line = line.strip()  # noqa: PLW2901
        if not line:
            continue
        short = f"{short}\n{line}" if short else line
        if len(line) >= SHORT_LINE or len(short) >= WINDOW:
            found += [short[at : at + BLOCK] for at in range(0, len(short), BLOCK)]
            short = ""
    if short:
        found.append(short)
    if len(found) > MAX_BLOCKS:
        found = [found[i * len(found) // MAX_BLOCKS] for i in range(MAX_BLOCKS)]
    return found


def _verdicts(texts: Iterable[str], detect: Detector) -> list[Verdict]:
    """Code, confidence and characters of every block."""
    verdicts: list[Verdict] = []
    known: dict[str, float] = {}  # languages that a block of this text surely was, and how sure
    for block in texts:
        window = window_of(block)
        code, confidence = without_model(window, known)
        if not code:
            code, confidence = detect(window)
            code = _normal(code)
            if confidence >= SURE and len(window) >= WINDOW // 2:
                known.setdefault(code, confidence)
        verdicts.append((code, confidence, len(block)))
    return verdicts


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|\S+/\S+/\S+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def window_of(block: str) -> str:
    """The start of a block without addresses, on one line."""
    start = block[: 2 * WINDOW]
    if not start.isascii():
        start = unicodedata.normalize("NFC", _INVISIBLE.sub("", start))
    if "/" in start or "@" in start or "www." in start:
        start = _ADDRESS.sub(" \ufffc ", start)
    window = " ".join(start.split())[:WINDOW]
    return window.lower() if window.isupper() else window


# ---- what needs no model --------------------------------------------------------------------------------------------

_ASCII = re.compile(r"[\x00-\x7f]+")
_LETTER = re.compile(r"[A-Za-z]+")
_WORD = re.compile(  # a word as prose has it: letters, with an apostrophe or hyphen inside, punctuation only around it
    r"(?<!\S)[\"'(\[«„“”‚‘¿¡—–-]{0,3}[^\W\d_][^\W\d_\u0300-\u036f]{0,30}"
    r"(?:['’ʼ‐‑.\u0300-\u036f-]{1,2}[^\W\d_]{0,30}){0,9}[.,;:!?)\]\"'»”“’…]{0,4}(?!\S)"
)


def without_model(window: str, known: Mapping[str, float]) -> tuple[str, float]:
    """Code and confidence where script, shape or words suffice; ("", 0.0) where a model has to be asked."""
    glance = window[:GLANCE]
    scripts = _scripts(glance)
    if not scripts:
        return UNKNOWN, 0.0
    script = max(scripts, key=lambda s: (scripts[s], s))
    if script not in ("Latin", "Cyrillic"):
        if scripts[script] < OWN_SCRIPT * len(glance.replace(" ", "")):
            return UNKNOWN, 0.0
        code = "Kana" if script == "Han" and scripts.get("Kana", 0) > scripts["Han"] / 10 else script
        language = _data()["scripts"][code].get("language", "")
        return language, (0.99 if scripts[script] > 9 else 0.9) if language else 0.0
    if known:
        hits, words = _hits(glance)
        for code, confidence in known.items():
            others = max((n for other, n in hits.items() if other != code), default=0)
            if hits[code] >= max(3, DENSITY * words, others + 2):
                return code, confidence
    return (UNKNOWN, 0.0) if words_share(window) < _between(PROSE, len(window)) else ("", 0.0)


def words_share(window: str) -> float:
    """Characters in whitespace-bounded words / characters that are not blank."""
    blanks = window.count(" ")
    return 1 - (len(_WORD.sub("", window)) - blanks) / max(1, len(window) - blanks)


def _scripts(window: str) -> Mapping[str, int]:
    """Characters by script; punctuation, digits and symbols count nowhere. Mostly ASCII is Latin without a count."""
    beyond = _ASCII.sub("", window)
    latin = _LETTER.search(window) is not None
    if latin and len(beyond) < len(window) / 4:
        return {"Latin": len(window)}
    starts, names = _script_table()
    counts = Counter({"Latin": len(window) - len(_LETTER.sub("", window))} if latin else {})
    for page, n in Counter(ord(c) >> 4 for c in beyond).items():
        name = names[bisect_right(starts, page) - 1]
        if name:
            counts[name] += n
    return counts


def _hits(window: str) -> tuple[Counter[str], int]:
    """Function words by language, and the number of words."""
    lexicon = _lexicon()
    words = window.lower().replace("’", "'").replace("'", "' ").split()
    return Counter(chain.from_iterable(lexicon.get(word, ()) for word in words)), len(words)


# ---- detectors ------------------------------------------------------------------------------------------------------


def _py3langid(window: str) -> tuple[str, float]:
    """py3langid alone, with its own probability as the confidence."""
    return _py3langid_ranked(window)[0]


def _langdetect(window: str) -> tuple[str, float]:
    """Langdetect alone (seeded), with its own probability as the confidence."""
    ranked = _langdetect_ranked(window)
    return max(ranked.items(), key=lambda item: (item[1], item[0])) if ranked else (UNKNOWN, 0.0)


def _cascade(window: str) -> tuple[str, float]:
    """py3langid and the function words, calibrated; where that is unsure, langdetect confirms or contradicts."""
    code, evidence = weigh(window)
    confidence = calibrated(evidence)
    if asks_langdetect(code, confidence, evidence):
        second, _ = _langdetect(window)
        odds = confidence / (1 - confidence) * (CONFIRMED if second == code else CONTRADICTED)
        confidence = odds / (1 + odds)
    return code, confidence


def asks_langdetect(code: str, confidence: float, evidence: tuple[float, ...]) -> bool:
    """Whether langdetect has something to say: the guess is unsure, one that it knows, and not backed by words."""
    return UNSURE[0] <= confidence < UNSURE[1] and evidence[DENSITY_AT] == 0 and code in langdetect_codes()


def weigh(window: str) -> tuple[str, tuple[float, ...]]:
    """py3langid's best guess for a window of prose, and the evidence for it, in the order of WEIGHTS.

    A language that no model knows takes its place where its function words are more than any other's.
    """
    prior, ranked = _prior(), _py3langid_ranked(window)
    hits, words = _hits(window)
    weights = [(code, p * prior.get(code, 1.0) * math.exp(SPOKEN * hits[code] / words)) for code, p in ranked]
    code, p = max(weights, key=lambda item: item[1])
    group = _close().get(code, frozenset((code,)))
    among = sum(p for c, p in weights if c in group)  # the guess and its close relatives
    contested = 1 - p / among
    p = min(1.0, among / (1 + sum(p for _, p in weights) - sum(p for _, p in ranked)))
    outsider, modelled = _leaders(hits)
    outvoted = hits[outsider] >= max(4, OUTVOTE * words) and hits[outsider] > hits[modelled]
    if outvoted:
        code, p, contested = outsider, 0.5, 0.0
    logit = max(-6.0, min(8.0, math.log((p + 1e-6) / (1 - p + 1e-6))))
    length = math.log(len(window)) - 4
    density = hits[code] / words
    ahead = max(0.0, max((n for c, n in hits.items() if c != code and c not in group), default=0) / words - density)
    return code, (
        1.0,
        logit,
        logit * length,
        min(0.0, logit),
        min(0.0, logit) * length,
        length,
        density,
        density * length,
        float(code in _listed()),
        ahead,
        ahead * length,
        words_share(window),
        float(outvoted),
        outvoted * density,
        contested,
        float(prior.get(code, 1.0) < 1),
    )


def calibrated(evidence: tuple[float, ...]) -> float:
    """The probability that a guess with this evidence is right."""
    return 1 / (1 + math.exp(-sum(map(mul, WEIGHTS, evidence))))


def _leaders(hits: Counter[str]) -> tuple[str, str]:
    """The language with most function words among those that no model knows, and among the others."""
    outsiders = _outsiders()
    best = {True: "", False: ""}
    for code in sorted(hits):
        side = code in outsiders
        if hits[code] > hits[best[side]]:
            best[side] = code
    return best[True], best[False]


DETECTORS: dict[str, Detector] = {"cascade": _cascade, "py3langid": _py3langid, "langdetect": _langdetect}


@cache
def _identifier() -> Any:
    import numpy as np
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.nb_ptc = identifier.nb_ptc.astype(np.float32)  # scores 3 times as fast as float16, for 29 MB more
    return identifier


def _py3langid_ranked(window: str) -> list[tuple[str, float]]:
    merged: dict[str, float] = {}
    for code, p in _identifier().rank(window)[:CANDIDATES]:
        name = _normal(code)
        merged[name] = merged.get(name, 0.0) + p
    return sorted(merged.items(), key=lambda item: (-item[1], item[0]))


@cache
def _factory() -> Any:
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    files = sorted(p for p in Path(PROFILES_DIRECTORY).iterdir() if not p.name.startswith("."))
    factory.load_json_profile([p.read_text("utf-8") for p in files])  # in a fixed order: sums of floats depend on it
    factory.set_seed(0)
    return factory


def _langdetect_ranked(window: str) -> dict[str, float]:
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.append(window)
    try:
        found = detector.get_probabilities()
    except LangDetectException:  # no letters that it knows
        return {}
    merged: dict[str, float] = {}
    for guess in found:
        code = _normal(guess.lang)
        merged[code] = merged.get(code, 0.0) + guess.prob
    return merged


@cache
def langdetect_codes() -> frozenset[str]:
    """The languages that langdetect knows."""
    return frozenset(map(_normal, _factory().get_lang_list()))


# ---- data -----------------------------------------------------------------------------------------------------------


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("language_lexicon.toml").read_text("utf-8"))


@cache
def _normal(code: str) -> str:
    """ISO 639-1, else 639-3, without script or region."""
    code = code.lower().replace("_", "-").partition("-")[0]
    return str(_data()["codes"].get(code, code))


@cache
def _prior() -> dict[str, float]:
    return {code: entry["weight"] for entry in _data()["prior"].values() for code in entry["languages"].split()}


@cache
def _close() -> dict[str, frozenset[str]]:
    groups = [frozenset(group.split()) for group in _data()["close"]["groups"]]
    return {code: group for group in groups for code in group}


@cache
def _outsiders() -> frozenset[str]:
    return frozenset(_data()["unmodelled"]["languages"].split())


@cache
def _listed() -> frozenset[str]:
    return frozenset(_data()["words"])


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    by_word: dict[str, list[str]] = {}
    for code, words in _data()["words"].items():
        for word in dict.fromkeys(words.split()):
            by_word.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in by_word.items()}


@cache
def _script_table() -> tuple[list[int], list[str]]:
    """Starts of runs of 16 characters and the script of each run ("" between scripts)."""
    table = {0: ""}
    for name, script in _data()["scripts"].items():
        for first, last in script["ranges"]:
            table[first >> 4] = name
            table.setdefault((last >> 4) + 1, "")
    starts = sorted(table)
    return starts, [table[s] for s in starts]
