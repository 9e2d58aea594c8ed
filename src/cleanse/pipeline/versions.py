"""What a staged result depends on besides its input and settings: our own code, and the libraries that do the work."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

_CODE = {
    "read": (
        "inputs",
        "html",
        "encoding",
        "pipeline/document_steps.py",
        "spans.py",
        "stages/document_stages.py",
        "pipeline/rows.py",
        "pipeline/chunks.py",
        "pipeline/slowest.py",
    ),
    "chrome": (
        "chrome",
        "pipeline/document_steps.py",
        "spans.py",
        "stages/document_stages.py",
        "pipeline/rows.py",
        "pipeline/slowest.py",
    ),
    "sites": (
        "chrome",
        "pipeline/document_steps.py",
        "spans.py",
        "stages/document_stages.py",
        "pipeline/rows.py",
        "stages/boilerplate.py",
    ),
    "language": ("language", "stages/document_stages.py", "pipeline/rows.py"),
    "sign": ("dedup", "character_values.py", "text.py", "stages/document_stages.py", "pipeline/rows.py"),
    "find": (
        "dedup",
        "character_values.py",
        "text.py",
        "stages/duplicates.py",
        "stages/decisions.py",
        "corpus/reference.py",
        "pipeline/rows.py",
    ),
    "write": (
        "corpus",
        "stages/duplicates.py",
        "pipeline/run.py",
        "pipeline/document_steps.py",
        "spans.py",
        "pipeline/rows.py",
    ),
}
_LIBRARIES = {
    "read": ("trafilatura", "lxml", "ftfy", "chardet", "webencodings"),
    "chrome": ("numpy",),
    "sites": ("numpy",),
    "language": ("py3langid", "langdetect", "numpy"),
    "sign": ("numpy",),
    "find": ("numpy",),
    "write": ("pyarrow",),
}


@lru_cache
def version_of(stage: str) -> str:
    """Digest of the code, data and library versions that a stage's result depends on."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(__file__).parents[1]
    for name in _CODE[stage]:
        path = package / name
        files = (
            sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if path.is_dir()
            else [path]
        )
        for file in files:
            digest.update(file.relative_to(package).as_posix().encode() + file.read_bytes())
    for library in _LIBRARIES[stage]:
        digest.update(f"{library}={metadata.version(library)}".encode())
    return digest.hexdigest()
