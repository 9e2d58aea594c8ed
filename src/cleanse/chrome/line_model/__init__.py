"""The learned line model: for every line of a plain text the probability that it is content, and what goes. Knows numpy."""

from cleanse.chrome.line_model.predictor import Answer, Judge, Judgement, Model, Question, Verdict, load_model

__all__ = ["Answer", "Judge", "Judgement", "Model", "Question", "Verdict", "load_model"]
