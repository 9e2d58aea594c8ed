"""Dolma's Bloom filter over paragraphs; a document goes if 80 % of its characters stand in paragraphs seen before."""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

GONE = 0.8
corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
with tempfile.TemporaryDirectory() as work:
    folder = Path(work, "documents")
    folder.mkdir()
    count = 0
    for path in sorted((corpus / "jsonl").glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines, gzip.open(folder / f"{path.name}.gz", "wt", compresslevel=1) as out:
            for line in lines:
                record = json.loads(line)
                out.write(json.dumps({"id": record["id"], "text": record["text"], "source": "planted"}) + "\n")
                count += 1
    command = [
        *(str(Path(sys.executable).parent / "dolma"), "dedupe", "--documents", f"{folder}/*.gz"),
        *("--dedupe.name", "seen", "--dedupe.paragraphs.attribute_name", "seen", "--dedupe.skip_empty"),
        *("--bloom_filter.file", f"{work}/bloom.bin", "--no-bloom_filter.read_only"),
        *("--bloom_filter.estimated_doc_count", str(20 * count)),
        *("--bloom_filter.desired_false_positive_rate", "0.0001", "--processes", "1"),
    ]
    subprocess.run(command, check=True, stdout=sys.stderr)
    kept = []
    for path in sorted(folder.glob("*.gz")):
        attributes = Path(work, "attributes", "seen", path.name)
        with gzip.open(path, "rt") as documents, gzip.open(attributes, "rt") as found:
            for line, spans in zip(documents, found, strict=True):
                document = json.loads(line)
                seen = sum(end - start for start, end, _ in json.loads(spans)["attributes"]["seen"])
                if seen < GONE * len(document["text"]):
                    kept.append(document["id"])
kept_path.write_text(json.dumps(kept))
