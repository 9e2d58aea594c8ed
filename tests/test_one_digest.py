"""One input, one digest: whatever machine, environment, number of workers or caller a run has."""

import json
import os
import subprocess
import sys

import pytest

import cleanse
from site_pages import page

pytestmark = pytest.mark.slow  # whole runs

RECORDS = 150  # several chunks of the readers, several sites, copies among them
LONE = cleanse.Config(workers=0)


@pytest.fixture(scope="module")
def texts(seeds):
    """Pages of a few sites, copies with small changes, the seeds, and texts in scripts with and without spaces."""
    pages = [
        page(n % 110, [f"The Herald of parish {n % 6}", "Home News Sport"], ["Leave a comment", "Read also: the mill"])
        for n in range(RECORDS)
    ]
    pages += [f"{text}\n\nIt was printed again." for text in pages[:12]]
    pages += [text for path in sorted(seeds.glob("*.txt")) if (text := cleanse.decode(path.read_bytes()).text)]
    return [
        *pages,
        "Das Rathaus öffnet am Montag. " * 12,
        "市役所は月曜日に再開します。" * 20,
        "Ö\u00adffnung, ﬁnal 😀 " * 30,
    ]


@pytest.fixture(scope="module")
def records(texts, tmp_path_factory):
    """The pages as one file of JSON lines."""
    folder = tmp_path_factory.mktemp("records")
    lines = [json.dumps({"url": f"https://site{n % 6}.example/{n}", "text": text}) for n, text in enumerate(texts)]
    (folder / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def digest(records, tmp_path_factory):
    """The digest of the records, by the library in this process."""
    return cleanse.run(records, tmp_path_factory.mktemp("plain"), LONE).digest


def run_elsewhere(records, output, workers="0", **environment):
    """The digest of a run in another process."""
    code = "import cleanse, sys; print(cleanse.run(sys.argv[1], sys.argv[2], cleanse.Config(workers=int(sys.argv[3]))).digest)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(records), str(output), workers],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("workers", ["1", "2", "3", "7"])
def test_the_number_of_workers_does_not_show(workers, records, digest, tmp_path):
    assert run_elsewhere(records, tmp_path, workers) == digest


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "4711"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8", "LANGUAGE": "tr"},
        {"TZ": "Asia/Kolkata"},
        {"TZ": "America/St_Johns"},
        {"OPENBLAS_CORETYPE": "Nehalem"},
        {"OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Zen", "OPENBLAS_NUM_THREADS": "4"},
        {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512_SKX X86_V3 X86_V4"},
    ],
    ids=lambda environment: " ".join(f"{name}={value.split()[0]}" for name, value in environment.items()),
)
def test_the_environment_does_not_show(environment, records, digest, tmp_path):
    assert run_elsewhere(records, tmp_path, **environment) == digest


def test_the_depth_of_the_caller_does_not_show(records, digest, tmp_path):
    def call(depth):
        return call(depth - 1) if depth else cleanse.run(records, tmp_path, LONE).digest

    assert call(sys.getrecursionlimit() // 2) == digest


def test_files_and_records_of_the_same_texts_differ_in_their_ids_only(texts, tmp_path, rows):
    for name in ("files", "records"):
        (tmp_path / name).mkdir()
    for n, text in enumerate(texts):
        (tmp_path / "files" / f"{n + 1:04}.txt").write_text(text, encoding="utf-8")
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    (tmp_path / "records" / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    tables = {}
    for name in ("files", "records"):
        cleanse.run(tmp_path / name, tmp_path / f"{name}-out", LONE)
        number = {}
        for row in rows(tmp_path / f"{name}-out", "documents"):
            number[row["id"]] = len(number)
        aside = {"id", "evidence", "fields_from", "encoding", "encoding_source"}  # name ids; a record was decoded
        tables[name] = [
            {
                column: number.get(value, value) if column in ("duplicate_of", "series_of") else value
                for column, value in row.items()
                if column not in aside
            }
            for table in ("documents", "corpus")
            for row in rows(tmp_path / f"{name}-out", table)
        ]
    assert tables["files"] == tables["records"]
