"""datasketch as tutorials show it: MinHash.update word 5-gram by word 5-gram, MinHashLSH(.8), first come stays."""

import json
import re
import sys
from pathlib import Path

sys.path.pop(0)  # this file's folder, where a file is named like the package
from datasketch import MinHash, MinHashLSH

WORD = re.compile(r"\w+")
corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
index = MinHashLSH(threshold=0.8, num_perm=128)
kept = []
for path in sorted((corpus / "jsonl").glob("*.jsonl")):
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            words = WORD.findall(record["text"].lower())
            sketch = MinHash(num_perm=128)
            for i in range(max(1, len(words) - 4)):
                sketch.update(" ".join(words[i : i + 5]).encode())
            if not index.query(sketch):
                index.insert(record["id"], sketch)
                kept.append(record["id"])
kept_path.write_text(json.dumps(kept))
