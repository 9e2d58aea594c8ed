"""What the tests of readers share: write a file, read it, and look at what came out."""

import os
import tomllib
from pathlib import Path

from cleanse import inputs
from cleanse.inputs import Fields

CASES = Path(__file__).parent / "cases"


def cases(name, table):
    """The cases of a file, each with its name."""
    return tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8"))[table]


def read(path, fields=None):
    """All records of an input, in order."""
    listing = inputs.list_sources(Path(os.fsdecode(path)))
    pieces = [piece for source in listing.sources for piece in inputs.cut(source)]
    return [record for piece in pieces for record in inputs.read(piece, fields or Fields())]


def text_of(record):
    """The text of a record; of one that was rejected "!" and the rule."""
    if record.reason:
        return f"!{record.reason.rule}"
    raw = record.raw
    return raw.decode(record.charset or "utf-8") if isinstance(raw, bytes) else raw


def texts(path, fields=None):
    return [text_of(record) for record in read(path, fields)]
