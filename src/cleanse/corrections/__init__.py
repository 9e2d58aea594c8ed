"""What people say about a sample of pages, turned into rules of their own and an estimate of how clean the corpus is."""

from cleanse.corrections.applying import Applied, apply_verdicts
from cleanse.corrections.estimating import Estimate, estimate
from cleanse.corrections.sampling import ORDERS
from cleanse.corrections.sheets import Sheet, write_sample

__all__ = ["ORDERS", "Applied", "Estimate", "Sheet", "apply_verdicts", "estimate", "write_sample"]
