"""What tests share: where things are, and a small input that makes every step do something."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run, so that a change is judged by itself; HYPOTHESIS_PROFILE=random searches for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


# fixtures that say what a test needs; tests that are slow or start servers in other ways say so themselves
MARKS = {"shared": "shared_data", "browser": "browser", "server": "server", "s3": "server", "redis_port": "server"}


def pytest_collection_modifyitems(items):
    """Mark tests by the fixtures they use."""
    for item in items:
        for mark in sorted({MARKS[name] for name in getattr(item, "fixturenames", ()) if name in MARKS}):
            item.add_marker(mark)


@pytest.fixture(scope="session")
def shared():
    """The evaluation data that lies beside the project; tests that need it skip without it."""
    if not (SHARED / "bench").is_dir():
        pytest.skip("needs the evaluation data in ../shared, which is not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def seeds():
    """The project's own seeds."""
    return ROOT / "seeds"


@pytest.fixture
def rows():
    """Read a table of an output folder as a list of dicts."""
    import pyarrow.parquet as pq

    def read(output, table):
        return [row for path in sorted((output / table).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]

    return read


@pytest.fixture
def manifest():
    """Read the manifest of an output folder."""
    return lambda output: json.loads((output / "manifest.json").read_text())
