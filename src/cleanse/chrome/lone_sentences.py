"""Sentences of the text between lines of chrome: the last one of a brief, below "Read also: …". Pure.

The line model knows long articles best. Of a brief it may take what stands below a link for other stories, though nothing
there says that the text is over. So a sentence goes only where its words, or a line between it and the text, prove it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.chrome.article_end import FULL_STOP, SENTENCE_WORDS, text_goes_on
from cleanse.chrome.page_analysis import is_item
from cleanse.chrome.rule_matcher import COMMENT_MARK, COMMENTS, RELATED

if TYPE_CHECKING:
    from cleanse.chrome.page_analysis import Reading
    from cleanse.chrome.removals import Doomed

FORMULA_WORDS = 2  # of a sentence in Chinese or Japanese, at least: no label has its full stop
BRIEF_WORDS = 150  # that stay of a page; on the development pages shorter ones are rare, and most of what goes is long
LABEL_WORDS = 12  # of a line without a finding that may stand between two sentences of a brief: a caption, a teaser
LIST_LINES = (2, 12)  # lines without a finding between two sentences of a brief that are a list of its own
_UNPROVEN = ("model.", "body.")  # how rules begin that go by no words that a rule knows


def keep_lone_sentences(reading: Reading, doomed: Doomed) -> None:
    """Take back sentences that no rule knows, where only certain lines of chrome part them from the text above.

    In a brief any short line may stand between, but none that starts comments, a footer or a list of other stories.
    """
    lines = reading.lines
    brief = sum(line.words for i, line in enumerate(lines) if i not in doomed) < BRIEF_WORDS
    text = -1  # the last line of the text so far
    joined = False  # whether the text may go on below it
    for i in range(len(lines)):
        if i not in doomed:
            text, joined = i, True
        elif joined and doomed[i][0].startswith(_UNPROVEN) and _is_sentence(reading, i):
            between = range(text + 1, i)
            if LIST_LINES[0] <= len(between) <= LIST_LINES[1] and not any(reading.found[k] for k in between):
                for k in between:  # a list that the sentence concludes
                    del doomed[k]
            del doomed[i]
            text = i
        elif joined:
            joined = _parts_nothing(reading, i, brief=brief)


def _is_sentence(reading: Reading, i: int) -> bool:
    line = reading.lines[i]
    least = FORMULA_WORDS if line.text.endswith("。") else SENTENCE_WORDS
    plain = not reading.found[i] and line.words >= least and not line.text[0].islower()
    return plain and FULL_STOP.search(line.text) is not None and not is_item(line)


def _parts_nothing(reading: Reading, i: int, *, brief: bool) -> bool:
    """Return whether the text may go on below a line that goes."""
    flag = reading.flag[i]
    if flag is None or flag.strength == "hint":
        kinds = {finding.kind for finding in reading.found[i]}
        return brief and reading.lines[i].words <= LABEL_WORDS and kinds != {COMMENT_MARK}
    if flag.action in ("line", "match"):
        return flag.alone or not any(f.action == "tail" and f.kind in COMMENTS for f in reading.found[i])
    empty = i + 1 < len(reading.lines) and _is_sentence(reading, i + 1)  # a label whose headlines were not copied
    return brief and flag.kind == RELATED and (empty or text_goes_on(reading, i))
