"""rensa's RMinHashDeduplicator with 16 bands, 128 permutations, word 5-grams: greedy, first come stays."""

import json
import re
import sys
from pathlib import Path

sys.path.pop(0)  # this file's folder, where a file is named like the package
from rensa import RMinHash, RMinHashDeduplicator

WORD = re.compile(r"\w+")
corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
dedup = RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True, num_bands=16, seed=42)
kept = []
for path in sorted((corpus / "jsonl").glob("*.jsonl")):
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            words = WORD.findall(record["text"].lower())
            minhash = RMinHash(num_perm=128, seed=42)
            minhash.update([" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))])
            if dedup.add(record["id"], minhash):
                kept.append(record["id"])
kept_path.write_text(json.dumps(kept))
