"""datatrove's MinHash in its four stages, FineWeb's 14 buckets of 8, word 5-grams, one process."""

import json
import logging
import sys
import tempfile
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.typeshelper import Languages

logging.disable(logging.CRITICAL)
corpus, kept_path = Path(sys.argv[1]), Path(sys.argv[2])
config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
reader = JsonlReader(str(corpus / "jsonl"), text_key="text", id_key="id")
with tempfile.TemporaryDirectory() as work:
    stages = [
        [reader, MinhashDedupSignature(f"{work}/signatures", config=config, language=Languages.english)],
        [MinhashDedupBuckets(f"{work}/signatures", f"{work}/buckets", config=config)],
        [MinhashDedupCluster(f"{work}/buckets", f"{work}/remove", config=config)],
        [reader, MinhashDedupFilter(f"{work}/remove"), JsonlWriter(f"{work}/kept", compression=None)],
    ]
    for number, stage in enumerate(stages):
        tasks = config.num_buckets if number == 1 else 1
        LocalPipelineExecutor(pipeline=stage, tasks=tasks, workers=1, logging_dir=f"{work}/logs/{number}").run()
    kept = [json.loads(line)["id"] for path in Path(work, "kept").rglob("*.jsonl") for line in path.open()]
kept_path.write_text(json.dumps(kept))
