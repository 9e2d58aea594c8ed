"""Processes that do the work share what they load, and leave users' libraries alone."""

import subprocess
import sys

from cleanse.pipeline.worker_setup import ENVIRONMENT, environment_of_workers

CODE = """
import gc, sys
from cleanse.pipeline.worker_setup import prepare
prepare()
import pyarrow as pa
pa.array(["a"])
print(gc.get_freeze_count() > 10_000, "pandas" in sys.modules, "prefect" in sys.modules, pa.default_memory_pool().backend_name)
table = pa.table({"a": [1]}).to_pandas()
print(type(table).__module__)
"""


def test_a_worker_is_prepared_without_pandas_and_can_still_use_it():
    answer = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True, text=True).stdout
    prepared, used = answer.splitlines()
    assert prepared == "True False False system"
    assert used.startswith("pandas")


def test_blas_uses_one_thread_unless_the_user_says_how_many():
    assert environment_of_workers({}) == ENVIRONMENT
    assert environment_of_workers({"OMP_NUM_THREADS": "8", "HOME": "/h"}) == ENVIRONMENT | {
        "OMP_NUM_THREADS": "8",
        "HOME": "/h",
    }
