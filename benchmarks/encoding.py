"""Decoding and repair on the encoding bench: `python benchmarks/encoding.py [BENCH]`, BENCH defaults to ../shared/bench.

Predictions go through the public functions only: rows of bytes through `decode`, rows of text through `repair`.
Prints the bench's own scores, then what a clean page costs.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.encoding.decoding import decode
from cleanse.encoding.text_repair import repair

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
PAGE_BYTES = 3000  # the size of a typical cleaned article
PAGE = """Le marché du samedi reprend sa place sur les quais, après deux ans de travaux. « On ne reconnaît plus rien », sourit \
une cliente venue tôt, son panier déjà rempli de cerises et d’abricots. La mairie promet des bancs, de l’ombre et un point d’eau ; \
les marchands, eux, attendent surtout de voir si les habitués reviendront. Rien n’est moins sûr : pendant le chantier, beaucoup ont \
pris le chemin du supermarché, à dix minutes de là. Un premier bilan sera présenté au conseil à la fin de l’été.
""".encode()
ROUNDS = 500


def predictions(bench: Path) -> Iterator[dict[str, Any]]:
    """One row for the scorer per row of the bench."""
    for path in sorted((bench / "encoding").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                if "b64" in row:
                    decoded = decode(base64.b64decode(row["b64"]))
                    yield {"id": row["id"], "text": decoded.text, "encoding": decoded.encoding}
                else:
                    yield {"id": row["id"], "text": repair(row.get("bad", row["text"])).text}


def microseconds_per_page() -> float:
    """CPU time to decode and repair a clean French page in UTF-8, best of twenty."""
    raw = PAGE * round(PAGE_BYTES / len(PAGE))
    best = float("inf")
    for _ in range(20):
        start = time.process_time()
        for _ in range(ROUNDS):
            repair(decode(raw).text or "")
        best = min(best, (time.process_time() - start) / ROUNDS)
    return best * 1e6


def main() -> int:
    """Write the predictions, run the scorer, time a page."""
    bench = Path(sys.argv[1]) if len(sys.argv) > 1 else BENCH
    if not (bench / "encoding").is_dir():
        print(f"no encoding bench in {bench}: give its folder", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in predictions(bench))
        scorer = [sys.executable, bench / "score_lang_encoding.py", "encoding", path]
        code = subprocess.run(scorer, check=False).returncode
    print(f"decode + repair, clean French page of 3 KB: {microseconds_per_page():.1f} µs")
    return code


if __name__ == "__main__":
    sys.exit(main())
