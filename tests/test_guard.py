"""What one bad document may cost: itself. Workers that die, hang or hog; runs that never hang; faults that pass."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cleanse
import cleanse.stages.chrome
from cleanse.pipeline import chunks, messages
from cleanse.pipeline.process_pool import Pool, worker_map

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parent
TEXT = "The village hall of number {} was opened on Saturday, after two years of work by its neighbours and friends."


@pytest.fixture
def poison(monkeypatch, tmp_path):
    """Make `poison:detect` and `poison:extract` importable here and in workers."""
    monkeypatch.syspath_prepend(TESTS)
    monkeypatch.setenv("POISON_MARK", str(tmp_path / "mark"))


def write_records(path, texts, **fields):
    path.write_text("".join(json.dumps({"text": text, **fields}) + "\n" for text in texts))
    return path


def by_id(rows, output):
    return {row["id"].rpartition("#")[2]: row for row in rows(output, "documents")}


# -- the pool ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_pool_takes_any_number_of_calls(workers):
    """ProcessPoolExecutor stopped for ever at 64 calls for each worker (CPython issue 115634)."""
    with worker_map(workers) as spread:
        assert list(spread(messages.encode, range(300))) == [messages.encode(n) for n in range(300)]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_folder_of_many_segments_is_read_to_its_end(workers, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "SEGMENT_FILES", 1)
    (tmp_path / "in").mkdir()
    for n in range(150):
        (tmp_path / "in" / f"{n:03}.txt").write_text(TEXT.format(n))
    report = cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=workers, series_guard=True))
    assert report.counts["read"] == 150


def test_results_come_in_the_order_of_the_arguments_and_the_first_error_ends_the_rest():
    with worker_map(2) as spread:
        results = spread(messages.decode, [messages.encode(1), b"no message", messages.encode(3)])
        assert next(results) == 1
        with pytest.raises(cleanse.CleanseError, match="not a message"):
            next(results)
        assert list(spread(messages.encode, [1])) == [messages.encode(1)]  # the pool goes on


def test_a_killed_worker_is_replaced_and_its_call_done_again():
    pool = Pool(2)
    try:
        results = pool.map(messages.encode, range(200))
        assert next(results) == messages.encode(0)
        for worker in list(pool._workers):
            if worker.process:  # else it is not forked yet
                os.kill(worker.process, signal.SIGKILL)
        assert list(results) == [messages.encode(n) for n in range(1, 200)]
    finally:
        pool.close()


def test_a_killed_template_is_replaced_and_its_calls_done_again():
    pool = Pool(2)
    try:
        results = pool.map(messages.encode, range(200))
        assert next(results) == messages.encode(0)
        pool._template.kill()
        assert list(results) == [messages.encode(n) for n in range(1, 200)]
    finally:
        pool.close()


def descendants(process):
    """The processes below a process, from /proc."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append((int(entry.name), fields[0]))
    waiting, out = [process], set()
    while waiting:
        for child, state in parents.get(waiting.pop(), []):
            if state != "Z":
                out.add(child)
            waiting.append(child)
    return out


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_when_the_main_process_dies_so_do_the_others(number, tmp_path, poison):
    source = write_records(tmp_path / "in.jsonl", ["HANG " + TEXT.format(1)])
    main = subprocess.Popen(
        [sys.executable, "-m", "cleanse", source, tmp_path / "out", "-q", "-j", "2", "--detector", "poison:detect"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "out" / ".cleanse" / "chrome").is_dir() and time.monotonic() < deadline:
            time.sleep(0.1)
        below = descendants(main.pid)
        assert len(below) >= 2
    finally:
        main.send_signal(number)
        main.wait()
    deadline = time.monotonic() + 60
    while any(map(is_alive, below)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, below))


# -- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "evidence"), [("SEGV", "SIGSEGV"), ("ABORT", "SIGABRT"), ("KILL", "SIGKILL")])
def test_a_document_that_kills_its_worker_is_named_and_the_others_are_done(word, evidence, tmp_path, poison, rows):
    texts = [TEXT.format(n) + f" Song {n}." * 20 for n in range(12)]
    texts[5] = f"{word} {texts[5]}"
    source = write_records(tmp_path / "in.jsonl", texts)
    report = cleanse.run(source, tmp_path / "out", cleanse.Config(workers=2, detector="poison:detect"))
    documents = by_id(rows, tmp_path / "out")
    assert documents["6"]["status"] == "rejected"
    assert documents["6"]["reason"] == "crashed"
    assert evidence in documents["6"]["evidence"]
    assert {row["reason"] for number, row in documents.items() if number != "6"} <= {None, "near-duplicate"}
    assert report.counts["rejected"] == 1


def test_a_page_that_kills_its_worker_while_it_is_read_is_named(tmp_path, poison, rows):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(6):
        word = "SEGV" if n == 2 else ""
        (folder / f"{n}.html").write_text(f"<html><body><p>{word} {TEXT.format(n)}</p></body></html>")
    cleanse.run(folder, tmp_path / "out", cleanse.Config(workers=2, extractor="poison:extract"))
    documents = {row["id"]: row for row in rows(tmp_path / "out", "documents")}
    assert documents["2.html"]["reason"] == "crashed"
    assert documents["2.html"]["bytes"] > 100
    assert sum(row["reason"] == "crashed" for row in documents.values()) == 1


def test_a_death_by_chance_costs_no_document(tmp_path, poison, rows):
    source = write_records(tmp_path / "in.jsonl", ["ONCE " + TEXT.format(1), TEXT.format(2)])
    report = cleanse.run(source, tmp_path / "out", cleanse.Config(workers=1, detector="poison:detect"))
    assert Path(os.environ["POISON_MARK"]).exists()
    assert report.counts["rejected"] == 0
    assert (
        cleanse.run(source, tmp_path / "calm", cleanse.Config(workers=1, detector="poison:detect")).digest
        == report.digest
    )


@pytest.mark.parametrize(
    ("word", "limit", "reason", "evidence"),
    [
        ("HANG", {"time_limit": 2.0}, "time-limit", "2 seconds"),
        pytest.param(
            *("HOG", {"memory_limit": 256}, "memory-limit", "256 MB"),
            marks=pytest.mark.skipif(sys.platform != "linux", reason="bounds memory with RLIMIT_DATA"),
        ),
    ],
)
def test_a_document_that_takes_too_much_is_named(word, limit, reason, evidence, tmp_path, poison, rows):
    source = write_records(tmp_path / "in.jsonl", [TEXT.format(1), f"{word} {TEXT.format(2)}"])
    cleanse.run(source, tmp_path / "out", cleanse.Config(workers=1, detector="poison:detect", **limit))
    documents = by_id(rows, tmp_path / "out")
    assert documents["2"]["reason"] == reason
    assert evidence in documents["2"]["evidence"]
    assert documents["1"]["status"] == "kept"


def test_other_limits_try_just_those_documents_again(tmp_path, poison, rows):
    source = write_records(tmp_path / "in.jsonl", [TEXT.format(1), "HANG " + TEXT.format(2)])
    config = cleanse.Config(workers=1, detector="poison:detect", time_limit=1.0)
    first = cleanse.run(source, tmp_path / "out", config)
    assert first.reasons == {"time-limit": 1}
    note = next((tmp_path / "out" / ".cleanse" / "language").glob("*.json"))
    before = note.stat().st_mtime_ns
    assert cleanse.run(source, tmp_path / "out", config).digest == first.digest
    assert note.stat().st_mtime_ns == before  # the verdict of these limits stands
    cleanse.run(source, tmp_path / "out", cleanse.Config(workers=1, detector="poison:detect", time_limit=1.5))
    assert note.stat().st_mtime_ns != before


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError()])
def test_what_the_machine_did_is_no_verdict_on_the_content(error, tmp_path, rows):
    """A file that could not be read for a moment is missing, says the exit code, and the next run reads it."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT.format(1))
    (folder / "b.txt").write_text(TEXT.format(2))
    config = cleanse.Config(workers=0)
    whole = cleanse.run(folder, tmp_path / "whole", config)
    with pytest.MonkeyPatch.context() as patch:
        opened = open

        def failing(path, *rest, **named):
            if str(path).endswith("b.txt"):
                raise error
            return opened(path, *rest, **named)

        patch.setattr("builtins.open", failing)
        report = cleanse.run(folder, tmp_path / "out", config)
    assert report.missing == 1
    assert by_id(rows, tmp_path / "out")["b.txt"]["reason"] == "unreadable"
    again = cleanse.run(folder, tmp_path / "out", config)
    assert again.missing == 0
    assert again.digest == whole.digest


def test_a_machine_without_memory_ends_the_run_and_the_next_run_takes_it_up(tmp_path, monkeypatch):
    source = write_records(tmp_path / "in.jsonl", [TEXT.format(n) for n in range(30)])
    whole = cleanse.run(source, tmp_path / "whole", cleanse.Config(workers=0))
    with pytest.MonkeyPatch.context() as patch:

        def fail(*_):
            raise MemoryError

        patch.setattr("cleanse.stages.chrome.strip_documents", fail)
        with pytest.raises(MemoryError):
            cleanse.run(source, tmp_path / "out", cleanse.Config(workers=0))
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert cleanse.run(source, tmp_path / "out", cleanse.Config(workers=0)).digest == whole.digest


def test_a_document_without_memory_costs_itself_and_not_its_batch(tmp_path, monkeypatch, rows):
    source = write_records(tmp_path / "in.jsonl", [TEXT.format(1), "HOG " + TEXT.format(2), TEXT.format(3)])
    strip = cleanse.stages.chrome.strip_documents

    def fail(drafts, *rest):
        if any(draft.page.text.startswith("HOG") for draft in drafts):
            raise MemoryError
        return strip(drafts, *rest)

    monkeypatch.setattr("cleanse.stages.chrome.strip_documents", fail)
    cleanse.run(source, tmp_path / "out", cleanse.Config(workers=0, skip=("duplicates",)))
    assert {number: row["reason"] for number, row in by_id(rows, tmp_path / "out").items()} == {
        "1": None, "2": "out-of-memory", "3": None,
    }  # fmt: skip


STARVED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) << 20, resource.RLIM_INFINITY))
from cleanse.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="bounds memory with RLIMIT_AS")
@pytest.mark.parametrize("megabytes", [256, 320, 384, 448])
def test_a_run_without_memory_ends_with_a_line_and_not_with_a_traceback(megabytes, tmp_path):
    source = write_records(tmp_path / "in.jsonl", [TEXT.format(n) for n in range(300)])
    command = [sys.executable, "-c", STARVED, str(megabytes), str(source), str(tmp_path / "out"), "-q", "-j", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert len(done.stderr.splitlines()) == done.returncode, done.stderr
    again = cleanse.run(source, tmp_path / "out", cleanse.Config(workers=0))
    assert again.digest == cleanse.run(source, tmp_path / "whole", cleanse.Config(workers=0)).digest


def test_want_of_memory_is_no_verdict_on_the_content(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TEXT.format(1))
    config = cleanse.Config(workers=0)
    with pytest.MonkeyPatch.context() as patch:

        def fail(*_):
            raise MemoryError

        patch.setattr("cleanse.document_reading.decode", fail)
        report = cleanse.run(tmp_path / "a.txt", tmp_path / "out", config)
    assert report.reasons == {"out-of-memory": 1}
    assert report.missing == 1
    assert cleanse.run(tmp_path / "a.txt", tmp_path / "out", config).counts["kept"] == 1


# -- messages ---------------------------------------------------------------------------------------------------------


def test_a_message_gives_back_what_went_in():
    import numpy as np

    from cleanse.documents import Reason, Span

    value = {
        "plain": [None, True, -1, 2.5, "é\ud800", b"\x00\xff"],
        ("a", 1): {frozenset({1, 2}), frozenset()},
        "records": (Span(0, 1, "a", "chrome", "x.y", "z"), Reason("a", "b")),
        "path": Path("a/b"),
        "function": messages.encode,
    }
    assert messages.decode(messages.encode(value)) == value
    arrays = [np.arange(7, dtype=np.uint64), np.zeros((2, 3), np.float32), np.array([True, False])]
    for before, after in zip(arrays, messages.decode(messages.encode(arrays)), strict=True):
        assert before.dtype == after.dtype
        assert np.array_equal(before, after)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x80\x04\x95",
        messages._LENGTH.pack(40) + b'{"function": "os:system"}'.ljust(40),
        messages._LENGTH.pack(60) + b'{"record": "subprocess:Popen", "values": []}'.ljust(60),
        messages._LENGTH.pack(60) + b'{"function": "cleanse.pipeline.worker:os.system"}'.ljust(60),
        messages._LENGTH.pack(60) + b'{"record": "cleanse.cli:main", "values": []}'.ljust(60),
    ],
)
def test_a_message_makes_nothing_that_is_not_ours(message):
    with pytest.raises((ValueError, TypeError)):
        messages.decode(message)


def test_what_is_not_ours_does_not_travel():
    for value in (lambda: 1, os.system, object()):
        with pytest.raises(TypeError):
            messages.encode(value)
