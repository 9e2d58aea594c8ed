"""Data-Juicer's document_minhash_deduplicator at .8: words, windows of 5, lower case, its own choice of bands."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
RECIPE = """
project_name: planted
dataset_path: {work}/in.jsonl
export_path: {work}/out/kept.jsonl
np: 1
use_cache: false
open_tracer: false
process:
  - document_minhash_deduplicator:
      tokenization: space
      window_size: 5
      lowercase: true
      jaccard_threshold: 0.8
      num_permutations: 256
"""
with tempfile.TemporaryDirectory() as work:
    with Path(work, "in.jsonl").open("w") as out:
        out.writelines(path.read_text() for path in sorted((corpus / "jsonl").glob("*.jsonl")))
    Path(work, "recipe.yaml").write_text(RECIPE.format(work=work))
    command = [str(Path(sys.executable).parent / "dj-process"), "--config", f"{work}/recipe.yaml"]
    subprocess.run(command, check=True, stdout=sys.stderr, cwd=work)
    with Path(work, "out", "kept.jsonl").open() as lines:
        kept_path.write_text(json.dumps([json.loads(line)["id"] for line in lines]))
