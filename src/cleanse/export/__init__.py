"""A finished corpus in other forms: JSON lines, text files or Parquet, by language, in splits between which nothing leaks.

May import only `atomic_write`, `corpus`, `errors` and `tables`. Reads an output folder, and writes to another one.
"""

from cleanse.export.exporting import FORMATS, Export, export_corpus
from cleanse.export.splits import assign_splits, group_documents, parse_shares
from cleanse.export.tokens import load_counter

__all__ = [
    "FORMATS",
    "Export",
    "assign_splits",
    "export_corpus",
    "group_documents",
    "load_counter",
    "parse_shares",
]
