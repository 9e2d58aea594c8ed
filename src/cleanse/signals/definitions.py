"""The signals: name, definition, and below how many words of a text they say nothing. The order is that of the columns."""

from __future__ import annotations

from dataclasses import dataclass

from cleanse.tables import Column, make_schema

FEW = 20  # words below which a share is noise
SOME = 50  # words below which repetition is noise: a brief names its subject in every sentence


@dataclass(frozen=True, slots=True)
class Signal:
    """One column of `signals/`."""

    name: str
    about: str
    min_words: int = FEW  # a text of fewer words has null here
    whole: bool = False  # int64, else float64


SIGNALS = (
    Signal("words", "words: runs of word characters; of scripts without spaces, characters", 0, whole=True),
    Signal("sentences", "sentences: ends of sentences followed by white space, and line ends", 0, whole=True),
    Signal("braces", "curly opening brackets", 0, whole=True),
    Signal("placeholders", "occurrences of `lorem ipsum`", 0, whole=True),
    Signal("word_length", "mean characters of a word"),
    Signal("alpha_share", "words that hold a letter ÷ words"),
    Signal("stopword_share", "words on the language's list of function words ÷ words; null without a list"),
    Signal("stopwords_distinct", "different function words of the language; null without a list", whole=True),
    Signal("line_end_share", "lines that end in a sentence end or a closing mark, of any script ÷ lines"),
    Signal("short_line_share", "lines of at most 30 characters ÷ lines"),
    Signal("newline_per_word", "line breaks between lines that are not blank ÷ words"),
    Signal("bullet_share", "lines that begin with a bullet or a dash ÷ lines"),
    Signal("ellipsis_line_share", "lines that end in … or ... ÷ lines"),
    Signal("hash_per_word", "# ÷ words"),
    Signal("ellipsis_per_word", "… and ... ÷ words"),
    Signal("dup_line_share", "lines that stood above already ÷ lines"),
    Signal("dup_line_chars", "characters of lines that stood above already ÷ characters of lines"),
    Signal("dup_para_share", "paragraphs (between blank lines) that stood above already ÷ paragraphs"),
    Signal("dup_para_chars", "characters of paragraphs that stood above already ÷ characters of paragraphs"),
    *(
        Signal(f"top{n}_chars", f"characters of the {n} words in a row that cover most, from 3 occurrences ÷ characters", SOME)
        for n in (2, 3, 4)
    ),
    *(
        Signal(f"dup{n}_chars", f"characters in {n} words in a row that stood before already ÷ characters", SOME)
        for n in range(5, 11)
    ),
    Signal("digit_share", "digits ÷ letters and digits"),
    Signal("upper_share", "capital letters ÷ letters"),
    Signal("symbol_share", "characters that are neither letter, digit, white space nor punctuation ÷ characters"),
    Signal("compression", "different strings of 8 characters ÷ all strings of 8 characters"),
    Signal("link_density", "characters in links ÷ characters; null where no HTML was read", 0),
)  # fmt: skip
SIGNAL_COLUMNS = (
    Column("id", "string", "the document"),
    *(Column(signal.name, "int64" if signal.whole else "float64", signal.about) for signal in SIGNALS),
)
SCHEMA = make_schema(SIGNAL_COLUMNS)
