"""text-dedup's MinHash: `python -m text_dedup.minhash` at .8, its own choice of bands, one process, xxh3."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
with tempfile.TemporaryDirectory() as name:
    options = {
        "path": "json",
        "data_files": str(corpus / "jsonl" / "*.jsonl"),
        "split": "train",
        "cache_dir": f"{name}/cache",
        "output": f"{name}/out",
        "column": "text",
        "ngram": "5",
        "threshold": "0.8",
        "num_perm": "128",
        "hash_func": "xxh3",
        "batch_size": "1000",
        "num_proc": "1",
    }
    arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
    subprocess.run([sys.executable, "-m", "text_dedup.minhash", *arguments], check=True, cwd=name)
    from datasets import load_from_disk

    kept_path.write_text(json.dumps(list(load_from_disk(f"{name}/out")["id"])))
