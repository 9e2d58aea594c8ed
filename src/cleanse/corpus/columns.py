"""The columns of the four tables. docs/output.md says what each holds; a test compares the two."""

import pyarrow as pa

_TEXT, _COUNT, _SHARE = pa.string(), pa.int64(), pa.float64()

_CORPUS = [
    ("id", _TEXT),
    ("text", _TEXT),
    ("title", _TEXT),
    ("author", _TEXT),
    ("date", _TEXT),
    ("url", _TEXT),
    ("site", _TEXT),
    ("language", _TEXT),
    ("language_confidence", _SHARE),
    ("chars", _COUNT),
    ("words", _COUNT),
    ("near_duplicates", _COUNT),
    ("record_id", _TEXT),
    ("fields", _TEXT),
]

SCHEMAS: dict[str, pa.Schema] = {
    "corpus": pa.schema(_CORPUS),
    "withheld": pa.schema([*_CORPUS, ("status", _TEXT)]),
    "documents": pa.schema(
        [
            ("id", _TEXT),
            ("record_id", _TEXT),
            ("status", _TEXT),
            ("reason", _TEXT),
            ("evidence", _TEXT),
            ("duplicate_of", _TEXT),
            ("duplicate_corpus", _TEXT),
            ("jaccard", _SHARE),
            ("series_of", _TEXT),
            ("language", _TEXT),
            ("language_confidence", _SHARE),
            ("encoding", _TEXT),
            ("encoding_source", _TEXT),
            ("repairs", pa.list_(_TEXT)),
            ("bytes", _COUNT),
            ("chars_in", _COUNT),
            ("chars_kept", _COUNT),
            ("spans_removed", _COUNT),
            ("sha256", _TEXT),
        ]
    ),
    "removed": pa.schema(
        [
            ("id", _TEXT),
            ("start", _COUNT),
            ("end", _COUNT),
            ("text", _TEXT),
            ("step", _TEXT),
            ("rule", _TEXT),
            ("evidence", _TEXT),
        ]
    ),
}
TABLES = tuple(SCHEMAS)
