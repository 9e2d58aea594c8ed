"""datasketch's MinHash.bulk and MinHashLSH(.8) as its manual shows them: greedy, first come stays, estimate checked."""

import json
import re
import sys
from pathlib import Path

sys.path.pop(0)  # this file's folder, where a file is named like the package
from datasketch import MinHash, MinHashLSH

WORD = re.compile(r"\w+")
BATCH = 1000
corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
index = MinHashLSH(threshold=0.8, num_perm=128)
sketches = {}
for path in sorted((corpus / "jsonl").glob("*.jsonl")):
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for at in range(0, len(records), BATCH):
        grams = []
        for record in records[at : at + BATCH]:
            words = WORD.findall(record["text"].lower())
            grams.append([" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))])
        for record, sketch in zip(records[at : at + BATCH], MinHash.bulk(grams, num_perm=128), strict=True):
            if not any(sketch.jaccard(sketches[key]) >= 0.8 for key in index.query(sketch)):
                index.insert(record["id"], sketch)
                sketches[record["id"]] = sketch
kept_path.write_text(json.dumps(list(sketches)))
