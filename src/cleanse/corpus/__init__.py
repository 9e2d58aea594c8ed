"""Write and read an output folder: Parquet tables, manifest, dataset card. Files are written under temporary names."""

from cleanse.corpus.columns import DIGESTED, SCHEMAS, TABLES
from cleanse.corpus.manifest import read_manifest, versions, write_manifest
from cleanse.corpus.output_folder import (
    INDEX,
    MANIFEST,
    begin_writing,
    claim,
    drop_index,
    is_ours,
    note_written,
    sweep,
    sweep_unfinished,
)
from cleanse.corpus.writer import Outcome, Tables, outcome_of

__all__ = [
    "DIGESTED",
    "INDEX",
    "MANIFEST",
    "SCHEMAS",
    "TABLES",
    "Outcome",
    "Tables",
    "begin_writing",
    "claim",
    "drop_index",
    "is_ours",
    "note_written",
    "outcome_of",
    "read_manifest",
    "sweep",
    "sweep_unfinished",
    "versions",
    "write_manifest",
]
