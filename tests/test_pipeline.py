"""The laws of a run: nothing is lost, nothing disagrees, and how it was run leaves no trace."""

import json
import random
import shutil

import pytest

import cleanse
from cleanse import pipeline, shards
from cleanse.documents import Span
from cleanse.marks import restore

ALL = ("corpus", "withheld", "documents", "removed")


@pytest.fixture(scope="module")
def output(seeds, tmp_path_factory):
    """The output of a run on the seeds."""
    folder = tmp_path_factory.mktemp("out")
    cleanse.run(seeds, folder, cleanse.Config(workers=1))
    return folder


def texts(rows, output):
    return {r["id"]: r["text"] for table in ("corpus", "withheld") for r in rows(output, table)}


def test_every_input_document_has_one_row_and_one_status(output, rows, manifest):
    documents = rows(output, "documents")
    assert len({r["id"] for r in documents}) == len(documents) == manifest(output)["counts"]["read"]
    assert {r["id"] for r in documents if r["status"] == "kept"} == {r["id"] for r in rows(output, "corpus")}
    assert all((r["reason"] is None) == (r["status"] == "kept") for r in documents)
    assert [r["id"] for r in documents] == sorted(r["id"] for r in documents)


def test_the_seeds_make_every_step_do_something(output, manifest):
    m = manifest(output)
    assert {"empty", "unknown-format", "near-duplicate", "exact-duplicate"} <= set(m["reasons"])
    assert {"windows-1252", "utf-8"} <= set(m["encodings"])
    assert m["repairs"]
    assert {"fr", "en", "de", "es", "pt", "ja", "el"} <= set(m["languages"])


def test_a_page_that_is_all_chrome_is_rejected_with_nothing_left(output, manifest):
    assert "nothing-left" in manifest(output)["reasons"]


def test_text_and_removed_spans_are_the_page_to_the_character(seeds, output, rows):
    spans = {}
    for r in rows(output, "removed"):
        spans.setdefault(r["id"], []).append(Span(r["start"], r["end"], r["text"], r["step"], r["rule"], r["evidence"]))
    pages = {
        r["id"]: restore(text, spans.get(r["id"], []))
        for r in rows(output, "documents")
        for text in [texts(rows, output).get(r["id"], "")]
    }
    for r in rows(output, "documents"):
        assert len(pages[r["id"]]) == r["chars_in"]
        assert r["spans_removed"] == len(spans.get(r["id"], []))
    for name in ("fr-comment-form.txt", "fr-breadcrumb-player.txt", "el-school.txt"):
        raw = (seeds / name).read_text(encoding="utf-8")
        assert pages[name] == "\n".join(line.rstrip() for line in raw.split("\n")).strip("\n")


def test_every_removed_span_says_by_which_rule_and_on_what_evidence(output, rows):
    removed = rows(output, "removed")
    assert removed
    assert all(r["text"] and r["rule"] and r["evidence"] and r["step"] in ("extract", "chrome") for r in removed)


def test_every_duplicate_names_a_kept_document_at_or_above_the_threshold(output, rows):
    documents = {r["id"]: r for r in rows(output, "documents")}
    duplicates = [r for r in documents.values() if r["status"] == "duplicate"]
    assert duplicates
    for r in duplicates:
        assert documents[r["duplicate_of"]]["status"] == "kept"
        assert r["jaccard"] >= 0.8
    stands_for = {r["id"]: r["near_duplicates"] for r in rows(output, "corpus") if r["near_duplicates"]}
    assert sum(stands_for.values()) == len(duplicates)


def test_articles_on_one_template_both_stay(output, rows):
    kept = {r["id"] for r in rows(output, "corpus")}
    assert {"fr-template-mill.txt", "fr-template-pool.txt"} <= kept


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    """A few hundred records over several files, some in French, some repeated, some broken."""
    folder = tmp_path_factory.mktemp("crawl")
    words = random.Random(7)
    vocabulary = [f"mot{n}" for n in range(400)]
    bodies = [
        ". ".join(" ".join(words.choices(vocabulary, k=12)).capitalize() for _ in range(9)) + "." for _ in range(60)
    ]
    for f in range(6):
        lines = []
        for n in range(40):
            body = bodies[words.randrange(len(bodies))]
            if words.random() < 0.3:
                body = body.replace("mot1 ", "autre ")
            lines.append(
                json.dumps(
                    {
                        "id": f"{f}-{n}",
                        "text": f"{body}\n\nLeave a comment\n\nYour email address will not be published.",
                        "date": f"2023-0{1 + n % 9}-11",
                        "k": n,
                    }
                )
            )
        lines[17] = '{"text": '
        (folder / f"part-{f}.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "note.txt").write_text("Une seule ligne de texte.\n")
    return folder


@pytest.fixture
def small_shards(monkeypatch):
    """Shards, parts and files so small that a small input makes many."""
    monkeypatch.setattr(shards, "SHARD_BYTES", 20_000)
    monkeypatch.setattr(shards, "PART_CHARS", 9_000)
    monkeypatch.setattr(shards, "ROW_GROUP_CHARS", 3_000)
    monkeypatch.setattr(pipeline, "FILE_CHARS", 30_000)
    monkeypatch.setattr("cleanse.sources.jsonl.PIECE_BYTES", 10_000)


def test_the_digest_is_the_same_for_one_two_and_three_workers(crawl, tmp_path):
    digests = {cleanse.run(crawl, tmp_path / str(n), cleanse.Config(workers=n)).digest for n in (1, 2, 3)}
    assert len(digests) == 1


def test_the_digest_does_not_depend_on_how_the_input_is_cut(crawl, tmp_path, small_shards, rows):
    cut = cleanse.run(crawl, tmp_path / "cut", cleanse.Config(workers=1))
    assert len(list((tmp_path / "cut" / "corpus").iterdir())) > 1
    with pytest.MonkeyPatch.context() as m:
        m.setattr(shards, "SHARD_BYTES", 4 << 20)
        m.setattr(pipeline, "FILE_CHARS", 64 << 20)
        m.setattr("cleanse.sources.jsonl.PIECE_BYTES", 16 << 20)
        whole = cleanse.run(crawl, tmp_path / "whole", cleanse.Config(workers=1))
    assert cut.digest == whole.digest
    assert [rows(tmp_path / "cut", t) for t in ALL] == [rows(tmp_path / "whole", t) for t in ALL]


def test_the_digest_does_not_depend_on_the_order_in_which_files_were_made(crawl, tmp_path):
    before = cleanse.run(crawl, tmp_path / "a").digest
    shuffled = tmp_path / "in"
    shuffled.mkdir()
    for path in sorted(crawl.iterdir(), reverse=True):
        shutil.copy(path, shuffled)
    assert cleanse.run(shuffled, tmp_path / "b").digest == before


def test_records_are_numbered_through_the_pieces_of_a_file(crawl, tmp_path, small_shards, rows):
    cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=1))
    documents = {r["id"]: r for r in rows(tmp_path / "out", "documents")}
    assert documents["part-3.jsonl#18"]["reason"] == "malformed-json"
    assert documents["part-3.jsonl#40"]["record_id"] == "3-39"
    assert len(documents) == 241
    assert rows(tmp_path / "out", "documents")[9]["id"] == "part-0.jsonl#9"


def staged(output):
    return {p.relative_to(output): p.stat().st_mtime_ns for p in (output / ".cleanse").rglob("*.parquet")}


def test_another_threshold_redoes_only_signatures(crawl, tmp_path):
    cleanse.run(crawl, tmp_path / "out")
    before = staged(tmp_path / "out")
    second = cleanse.run(crawl, tmp_path / "out", cleanse.Config(threshold=0.6)).digest
    after = staged(tmp_path / "out")
    kept = {p for p in before if before[p] == after.get(p)}
    assert {p.parts[1] for p in kept} == {"read", "chrome", "language"}
    assert {p.parts[1] for p in set(after) - kept} == {"sign"}
    assert cleanse.run(crawl, tmp_path / "fresh", cleanse.Config(threshold=0.6, fresh=True)).digest == second


def test_another_language_or_policy_redoes_no_stage(crawl, tmp_path):
    cleanse.run(crawl, tmp_path / "out")
    before = staged(tmp_path / "out")
    cleanse.run(crawl, tmp_path / "out", cleanse.Config(language=("fr",), keep="oldest", min_words=3))
    assert staged(tmp_path / "out") == before


@pytest.mark.parametrize("stage", ["read", "chrome", "language", "sign"])
def test_a_stage_file_that_was_deleted_or_damaged_is_made_again(crawl, tmp_path, stage):
    first = cleanse.run(crawl, tmp_path / "out").digest
    files = sorted((tmp_path / "out" / ".cleanse" / stage).glob("*.parquet"))
    files[0].unlink()
    damaged = bytearray(files[-1].read_bytes()) if len(files) > 1 else None
    if damaged:
        damaged[len(damaged) // 2] ^= 1
        files[-1].write_bytes(damaged)
    assert cleanse.run(crawl, tmp_path / "out").digest == first


def test_a_run_that_was_interrupted_is_taken_up_and_ends_the_same(crawl, tmp_path, small_shards):
    whole = cleanse.run(crawl, tmp_path / "whole", cleanse.Config(workers=1)).digest

    def stop(step, done, total):
        if step == "clean" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=1), progress=stop)
    assert not (tmp_path / "out" / "manifest.json").exists()
    before = staged(tmp_path / "out")
    assert cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=1)).digest == whole
    after = staged(tmp_path / "out")
    assert all(after[p] == before[p] for p in before)


def test_a_new_run_replaces_its_own_output_and_leaves_foreign_files_alone(crawl, tmp_path, small_shards, rows):
    out = tmp_path / "out"
    cleanse.run(crawl, out, cleanse.Config(workers=1))
    (out / "notes.md").write_text("mine")
    (out / "corpus" / "mine.txt").write_text("mine")
    one = tmp_path / "one.txt"
    one.write_text("Un seul texte, qui reste.")
    cleanse.run(one, out, cleanse.Config(workers=1))
    assert [r["id"] for r in rows(out, "corpus")] == ["one.txt"]
    assert (out / "notes.md").read_text() == (out / "corpus" / "mine.txt").read_text() == "mine"


def test_filters_withhold_with_a_reason(output, seeds, tmp_path, rows):
    cleanse.run(seeds, tmp_path, cleanse.Config(language=("de",), min_words=60))
    documents = rows(tmp_path, "documents")
    assert {r["id"] for r in documents if r["status"] == "kept"} == {"de-night-train.txt"}
    filtered = {r["id"]: r["reason"] for r in documents if r["status"] == "filtered"}
    assert filtered["el-school.txt"] == "language"
    assert not any(r["status"] == "duplicate" for r in documents)
    assert {r["id"] for r in rows(tmp_path, "withheld")} >= set(filtered)


def test_a_dry_run_judges_and_writes_no_corpus(seeds, tmp_path, manifest):
    report = cleanse.run(seeds, tmp_path, cleanse.Config(dry_run=True))
    assert report.counts["kept"] > 10
    assert not (tmp_path / "corpus").exists()
    assert (tmp_path / "report.html").exists()
    assert "corpus" not in manifest(tmp_path)["tables"]


@pytest.mark.parametrize("step", ["repair", "extract", "chrome", "language", "duplicates"])
def test_a_step_can_be_left_out(seeds, tmp_path, rows, step):
    cleanse.run(seeds, tmp_path, cleanse.Config(skip=(step,)))
    documents = rows(tmp_path, "documents")
    checks = {
        "repair": not any(r["repairs"] for r in documents),
        "extract": not any(r["step"] == "extract" for r in rows(tmp_path, "removed")),
        "chrome": not any(r["step"] == "chrome" for r in rows(tmp_path, "removed")),
        "language": {r["language"] for r in documents} == {"und"},
        "duplicates": not any(r["status"] == "duplicate" for r in documents),
    }
    assert checks[step]


def test_keep_chooses_which_near_duplicate_stays(tmp_path, rows):
    words = " ".join(f"mot{n}" for n in range(200))
    values = [
        ("a", words, "2023-05-01"),
        ("b", f"{words} fin du texte ici", "2023-04"),
        ("c", words, None),
        ("d", words, "2024"),
    ]
    source = tmp_path / "r.jsonl"
    source.write_text("".join(json.dumps({"id": i, "text": t, "date": d}) + "\n" for i, t, d in values))
    kept = {}
    for keep in ("longest", "first", "oldest", "newest"):
        cleanse.run(source, tmp_path / "out", cleanse.Config(keep=keep, series_guard=False))
        kept[keep] = [r["record_id"] for r in rows(tmp_path / "out", "corpus")]
    assert kept == {"longest": ["b"], "first": ["a"], "oldest": ["b"], "newest": ["d"]}


def test_no_documents_is_a_corpus_of_none(tmp_path, rows, manifest):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".hidden").write_text("x")
    report = cleanse.run(tmp_path / "in", tmp_path / "out")
    assert report.counts["read"] == 0
    assert manifest(tmp_path / "out")["counts"]["hidden"] == 1
    assert rows(tmp_path / "out", "corpus") == []
    assert (tmp_path / "out" / "README.md").exists()
