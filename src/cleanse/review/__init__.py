"""Let people judge a sample of pages; turn their verdicts into own rules and an estimate of how clean the corpus is."""

from cleanse.review.applying import Applied, apply_verdicts
from cleanse.review.estimating import Estimate, estimate
from cleanse.review.sampling import ORDERS
from cleanse.review.sheets import Sheet, write_sample

__all__ = ["ORDERS", "Applied", "Estimate", "Sheet", "apply_verdicts", "estimate", "write_sample"]
