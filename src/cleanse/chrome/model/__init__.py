"""The learned line model: for every line of a plain text the probability that it is content, and what goes. Knows numpy."""

from cleanse.chrome.model.verdicts import Judgement, Verdict, judge, load_model, weigh

__all__ = ["Judgement", "Verdict", "judge", "load_model", "weigh"]
