"""Tell apart languages that share a script which hardly any other language uses, and text that is none.

Hebrew letters write Yiddish, too, and Ethiopic ones Tigrinya: a script decides alone only where one language of some
size writes it. Filler such as "lorem ipsum" and text read in the wrong charset are no language. The words are data, in
`lexicon.toml`.
"""

from __future__ import annotations

from functools import cache

from cleanse.language import lexicon

MIN_SIGNS = 2  # words or letters of a language that outvote the language which a script usually means
MIN_FILLER, FILLER_SHARE = 3, 0.1  # different words of filler, and their share of the words, that make a text filler
MIN_MISREAD, MISREAD_SHARE = 4, 0.08  # characters that misread UTF-8 leaves, and their share of a text


def decide_shared_script(script: str, window: str) -> str:
    """Return the language of a window in a script that several languages write; "" where nothing tells.

    Args:
        script: A key of [shared] in the lexicon.
        window: A paragraph's beginning.
    """
    words = window.split()
    signs = {}
    for code, marks in _shared(script).items():
        letters = sum(window.count(letter) for letter in marks[1])
        signs[code] = letters + sum(word.strip(".,:;!?\"'()«»״׳።፣፤፡") in marks[0] for word in words)
    code = max(signs, key=lambda c: signs[c])  # of equal ones the first in the lexicon
    return code if signs[code] >= MIN_SIGNS else ""


def is_filler(window: str) -> bool:
    """Return whether a window holds the words with which designers fill a page, such as "lorem ipsum"."""
    words = [word.strip(".,;:!?") for word in window.lower().split()]
    filler = [word for word in words if word in _filler()]
    return len(set(filler)) >= MIN_FILLER and len(filler) >= FILLER_SHARE * len(words)


def is_misread(window: str) -> bool:
    """Return whether a window of Han characters is UTF-8 that was read as Shift_JIS or GBK."""
    count = sum(window.count(char) for char in lexicon.tables()["none"]["misread"])
    return count >= MIN_MISREAD and count >= MISREAD_SHARE * len(window)


@cache
def shared_scripts() -> frozenset[str]:
    """Return the scripts that several languages write."""
    return frozenset(lexicon.tables()["shared"])


@cache
def _shared(script: str) -> dict[str, tuple[frozenset[str], str]]:
    """Return for each language of a script its words, and the letters that the others hardly use."""
    table = lexicon.tables()["shared"][script]
    return {code: (frozenset(entry["words"].split()), entry.get("letters", "")) for code, entry in table.items()}


@cache
def _filler() -> frozenset[str]:
    return frozenset(lexicon.tables()["none"]["filler"].split())
