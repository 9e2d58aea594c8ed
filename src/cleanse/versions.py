"""What a staged result depends on besides its input and settings: our own code, and the libraries that do the work."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

_CODE = {
    "read": (
        "sources",
        "extract",
        "encoding",
        "steps.py",
        "marks.py",
        "stages.py",
        "staged.py",
        "shards.py",
        "slowest.py",
    ),
    "chrome": ("chrome", "steps.py", "marks.py", "stages.py", "staged.py", "slowest.py"),
    "sites": ("chrome", "steps.py", "marks.py", "stages.py", "staged.py", "site_lines.py"),
    "language": ("language", "stages.py", "staged.py"),
    "sign": ("dedup", "stages.py", "staged.py"),
    "find": ("dedup", "verdicts.py", "decisions.py", "against.py", "staged.py"),
    "write": ("corpus", "verdicts.py", "pipeline.py", "steps.py", "marks.py", "staged.py"),
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
    package = Path(__file__).parent
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
