"""The laws of a run: nothing is lost, nothing disagrees, and how it was run leaves no trace."""

import json
import logging
import random
import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

import cleanse
from cleanse import inputs
from cleanse.atomic_write import UNFINISHED, new_file
from cleanse.documents import Span
from cleanse.inputs import Listing, Source
from cleanse.pipeline import chunks
from cleanse.spans import restore

pytestmark = pytest.mark.slow  # whole runs

ALL = ("corpus", "withheld", "documents", "removed")


@pytest.fixture(scope="module")
def output(seeds, tmp_path_factory):
    """The output of a run on the seeds."""
    folder = tmp_path_factory.mktemp("out")
    cleanse.run(seeds, folder, cleanse.Config(workers=0))
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


def make_small(patch):
    """Make segments, parts and files so small that a small input makes many."""
    patch.setattr(chunks, "SEGMENT_BYTES", 20_000)
    patch.setattr(chunks, "CHUNK_CHARS", 9_000)
    patch.setattr(chunks, "ROW_GROUP_CHARS", 3_000)
    patch.setattr("cleanse.stages.write.PART_CHARS", 30_000)
    patch.setattr("cleanse.inputs.byte_ranges.PIECE_BYTES", 10_000)


@pytest.fixture
def small_shards(monkeypatch):
    make_small(monkeypatch)


class Finished(NamedTuple):
    """A finished run on the crawl. Tests that change it take a copy."""

    output: Path
    digest: str

    def copy_to(self, folder):
        shutil.copytree(self.output, folder)
        return self.digest


@pytest.fixture(scope="module")
def finished(crawl, tmp_path_factory):
    output = tmp_path_factory.mktemp("finished") / "out"
    return Finished(output, cleanse.run(crawl, output, cleanse.Config(workers=0)).digest)


@pytest.fixture(scope="module")
def finished_small(crawl, tmp_path_factory):
    output = tmp_path_factory.mktemp("finished-small") / "out"
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        return Finished(output, cleanse.run(crawl, output, cleanse.Config(workers=0)).digest)


def test_the_digest_is_the_same_for_one_two_and_three_workers(crawl, tmp_path):
    digests = {cleanse.run(crawl, tmp_path / str(n), cleanse.Config(workers=n)).digest for n in (1, 2, 3)}
    assert len(digests) == 1


def test_the_digest_does_not_depend_on_how_the_input_is_cut(finished, finished_small, rows):
    assert (
        len(list((finished.output / "corpus").iterdir())) == 1 < len(list((finished_small.output / "corpus").iterdir()))
    )
    assert finished.digest == finished_small.digest
    assert [rows(finished.output, t) for t in ALL] == [rows(finished_small.output, t) for t in ALL]


def test_the_digest_does_not_depend_on_the_order_in_which_files_were_made(crawl, finished, tmp_path):
    shuffled = tmp_path / "in"
    shuffled.mkdir()
    for path in sorted(crawl.iterdir(), reverse=True):
        shutil.copy(path, shuffled)
    assert cleanse.run(shuffled, tmp_path / "out", cleanse.Config(workers=0)).digest == finished.digest


def test_records_are_numbered_through_the_pieces_of_a_file(finished_small, rows):
    documents = {r["id"]: r for r in rows(finished_small.output, "documents")}
    assert documents["part-3.jsonl#18"]["reason"] == "malformed-json"
    assert documents["part-3.jsonl#40"]["record_id"] == "3-39"
    assert len(documents) == 241
    assert rows(finished_small.output, "documents")[9]["id"] == "part-0.jsonl#9"


def staged(output):
    """What was staged page by page, each with what changes when it is made again."""
    files = {p.relative_to(output): p.stat().st_mtime_ns for p in (output / ".cleanse").rglob("*.parquet")}
    return {path: made for path, made in files.items() if path.parts[1] != "find"}


def concluded(output):
    """Of what was staged what a note speaks of: that is what a later run takes up. A process may end just before it."""
    notes = (output / ".cleanse").glob("*/*.json")
    there = {(note.parent.name, name) for note in notes for name in json.loads(note.read_bytes())["files"]}
    return {path: made for path, made in staged(output).items() if (path.parts[1], path.stem) in there}


def written(output):
    """The part files of all tables, each with what changes when it is written again."""
    return {p.relative_to(output): p.stat().st_mtime_ns for p in output.glob("*/part-*.parquet")}


def test_another_threshold_redoes_only_signatures(crawl, finished, tmp_path):
    finished.copy_to(tmp_path / "out")
    before = staged(tmp_path / "out")
    second = cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0, threshold=0.6)).digest
    after = staged(tmp_path / "out")
    kept = {p for p in before if before[p] == after.get(p)}
    assert {p.parts[1] for p in kept} == {"read", "chrome", "language", "flags", "signals", "filter"}
    assert {p.parts[1] for p in set(after) - kept} == {"sign"}
    assert cleanse.run(crawl, tmp_path / "fresh", cleanse.Config(workers=0, threshold=0.6, fresh=True)).digest == second


def test_another_language_or_policy_redoes_only_the_filter(crawl, finished, tmp_path):
    finished.copy_to(tmp_path / "out")
    before = staged(tmp_path / "out")
    cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0, language=("fr",), keep="oldest", min_words=3))
    after = staged(tmp_path / "out")
    assert {p.parts[1] for p in set(before) ^ set(after)} == {"filter"}
    assert all(after[p] == made for p, made in before.items() if p in after)


@pytest.fixture
def sites(tmp_path):
    """Pages of three sites, a file each; one page names its site only by a subdomain."""
    folder = tmp_path / "sites"
    folder.mkdir()
    for site in ("a.example", "b.example", "c.example"):
        lines = []
        for n in range(30):
            url = f"https://{'www.' if n else 'news.'}{site}/{n}"
            text = f"{site} saw the {n}th of its {n * 7} boats come home in good order.\n\nOur readers liked this too"
            lines.append(json.dumps({"url": url, "text": text}) + "\n")
        (folder / f"{site}.jsonl").write_text("".join(lines))
    return folder


def test_rules_for_a_site_redo_only_its_pages(sites, tmp_path, small_shards, monkeypatch, rows):
    monkeypatch.setattr(chunks, "SEGMENT_BYTES", 1)  # a shard for each file
    cleanse.run(sites, tmp_path / "out", cleanse.Config(workers=0))
    before = staged(tmp_path / "out")
    line = "Our readers liked this too"
    rules = tmp_path / "mine.toml"
    rules.write_text(f'[[rule]]\nname = "teaser"\nsites = ["b.example"]\nlines = ["{line}"]\nremoves = ["{line}"]\n')
    config = cleanse.Config(workers=0, rules=str(rules))
    told = cleanse.run(sites, tmp_path / "out", config)
    after = staged(tmp_path / "out")
    for stage in ("chrome", "language", "sign"):
        made = {p for p in after if p.parts[1] == stage and before.get(p) != after[p]}
        assert len([p for p in after if p.parts[1] == stage]) == 3
        assert len(made) == 1, stage
    assert {r["id"].partition("#")[0] for r in rows(tmp_path / "out", "corpus") if line not in r["text"]} == {
        "b.example.jsonl"
    }
    assert cleanse.run(sites, tmp_path / "fresh", config).digest == told.digest


def test_a_rule_for_all_sites_redoes_the_pages_of_all(sites, tmp_path):
    cleanse.run(sites, tmp_path / "out", cleanse.Config(workers=0))
    before = staged(tmp_path / "out")
    rules = tmp_path / "mine.toml"
    rules.write_text('[[rule]]\nname = "teaser"\nlines = ["Our readers liked this too"]\n')
    cleanse.run(sites, tmp_path / "out", cleanse.Config(workers=0, rules=str(rules)))
    after = staged(tmp_path / "out")
    assert {p.parts[1] for p in after if p in before} == {"read"}


@pytest.mark.parametrize("stage", ["read", "chrome", "language", "sign", "find"])
def test_a_stage_file_that_was_deleted_or_damaged_is_made_again(crawl, finished, tmp_path, stage):
    first = finished.copy_to(tmp_path / "out")
    files = sorted((tmp_path / "out" / ".cleanse" / stage).glob("*.parquet"))
    files[0].unlink()
    damaged = bytearray(files[-1].read_bytes()) if len(files) > 1 else None
    if damaged:
        damaged[len(damaged) // 2] ^= 1
        files[-1].write_bytes(damaged)
    assert cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0)).digest == first


def test_a_run_that_was_interrupted_is_taken_up_and_ends_the_same(crawl, finished_small, tmp_path, small_shards):
    def stop(step, done, total, unit):
        if "detect language" in step and 0 < done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0), progress=stop)
    assert not (tmp_path / "out" / "manifest.json").exists()
    before = staged(tmp_path / "out")
    assert cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0)).digest == finished_small.digest
    after = staged(tmp_path / "out")
    assert all(after[p] == before[p] for p in before)


def test_a_run_that_ends_early_leaves_no_unfinished_file_of_ours_and_every_foreign_one(crawl, tmp_path):
    out = tmp_path / "out"
    ours = [out / name / ".new-x.parquet" for name in ("corpus", "index", ".cleanse/read")]
    ours.append(out / f".new-{'0' * 32}")
    foreign = [out / "notes" / ".new-idea.txt", out / ".new-idea.txt"]

    def stop(step, done, total, unit):
        for path in (*ours, *foreign):
            path.parent.mkdir(exist_ok=True)
            path.touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cleanse.run(crawl, out, cleanse.Config(workers=0), progress=stop)
    assert not any(path.exists() for path in ours)
    assert all(path.exists() for path in foreign)


def test_a_run_that_was_killed_while_it_wrote_the_index_is_taken_up(crawl, finished, tmp_path):
    out = tmp_path / "out"
    whole = finished.copy_to(out)
    unfinished = new_file(next((out / "index").glob("*.arrow")))
    left = unfinished.__enter__()  # a process that is killed never leaves the block
    left.write_bytes(b"half")
    assert cleanse.run(crawl, out, cleanse.Config(workers=0)).digest == whole
    assert not left.exists()
    assert [p for p in out.rglob("*") if fnmatch(p.name, UNFINISHED)] == []


def test_a_run_that_was_interrupted_while_it_wrote_searches_and_writes_only_what_is_left(
    crawl, finished_small, tmp_path, small_shards, monkeypatch
):
    def stop(step, done, total, unit):
        if step == "write corpus" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0), progress=stop)
    before = written(tmp_path / "out")
    assert before

    def search(*arguments):
        raise AssertionError("the search was done")

    monkeypatch.setattr("cleanse.stages.duplicates._search", search)
    assert cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0)).digest == finished_small.digest
    after = written(tmp_path / "out")
    assert all(after[p] == before[p] for p in before)
    assert len(after) > len(before)


def test_a_run_with_nothing_new_writes_nothing_but_what_is_gone_or_damaged(
    crawl, finished_small, tmp_path, small_shards, rows
):
    first = finished_small.copy_to(tmp_path / "out")
    before = written(tmp_path / "out")
    gone, damaged, *_ = sorted(path for path in before if path.parts[0] == "corpus")
    held = rows(tmp_path / "out", "corpus")
    (tmp_path / "out" / gone).unlink()
    content = bytearray((tmp_path / "out" / damaged).read_bytes())
    content[len(content) // 3] ^= 1
    (tmp_path / "out" / damaged).write_bytes(content)
    assert cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0)).digest == first
    assert rows(tmp_path / "out", "corpus") == held
    after = written(tmp_path / "out")
    again = {path.name for path in after if after[path] != before[path]}
    assert again == {gone.name, damaged.name}


def test_many_shards_become_fewer_and_larger_and_the_digest_stays(
    crawl, finished_small, tmp_path, small_shards, monkeypatch
):
    many = len(chunks.cut_input(inputs.list_sources(crawl)))
    monkeypatch.setattr(chunks, "SEGMENTS", 3)
    few = len(chunks.cut_input(inputs.list_sources(crawl)))
    assert many > 6 >= few
    assert cleanse.run(crawl, tmp_path / "few", cleanse.Config(workers=0)).digest == finished_small.digest


def test_the_default_size_of_shards_holds_up_to_forty_gigabytes():
    def times(bytes_, files=1):
        return chunks._growth(Listing(tuple([Source("a", "a", "text", bytes_ // files)] * files), 0))

    assert times(10) == times(41_000_000_000) == times(10, 10_000) == 1
    assert times(42_000_000_000) == 2
    assert times(369_000_000_000) == 16
    assert times(3_000_000, 3_000_000) == 2


def test_what_workers_log_arrives_where_the_run_was_called(crawl, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "cleanse"):
        cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=2))
    said = [(record.name, record.getMessage()) for record in caplog.records]
    assert ("cleanse.read", "segment 0, from note.txt: 241 documents, 6 (6 malformed-json) rejected") in said
    assert {"cleanse.pipeline.closing", "cleanse.read", "cleanse.chrome"} <= {name for name, _ in said}
    assert sum(name == "cleanse.chrome" for name, _ in said) == 1
    assert any("documents kept; digest" in message for _, message in said)


def test_what_is_not_whole_is_a_warning(crawl, finished, tmp_path, caplog):
    finished.copy_to(tmp_path / "out")
    next((tmp_path / "out" / ".cleanse" / "chrome").glob("*.parquet")).unlink()
    with caplog.at_level(logging.WARNING, "cleanse"):
        cleanse.run(crawl, tmp_path / "out", cleanse.Config(workers=0))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "is damaged" in caplog.text


def test_the_package_has_no_handler_but_the_one_that_does_nothing():
    assert [type(handler) for handler in logging.getLogger("cleanse").handlers] == [logging.NullHandler]


def test_a_new_run_replaces_its_own_output_and_leaves_foreign_files_alone(finished_small, tmp_path, small_shards, rows):
    out = tmp_path / "out"
    finished_small.copy_to(out)
    (out / "notes.md").write_text("mine")
    (out / "corpus" / "mine.txt").write_text("mine")
    one = tmp_path / "one.txt"
    one.write_text("Un seul texte, qui reste.")
    cleanse.run(one, out, cleanse.Config(workers=0))
    assert [r["id"] for r in rows(out, "corpus")] == ["one.txt"]
    assert (out / "notes.md").read_text() == (out / "corpus" / "mine.txt").read_text() == "mine"


def test_filters_withhold_with_a_reason(output, seeds, tmp_path, rows):
    cleanse.run(seeds, tmp_path, cleanse.Config(workers=0, language=("de",), min_words=60))
    documents = rows(tmp_path, "documents")
    assert {r["id"] for r in documents if r["status"] == "kept"} == {"de-night-train.txt"}
    filtered = {r["id"]: r["reason"] for r in documents if r["status"] == "filtered"}
    assert filtered["el-school.txt"] == "language"
    assert not any(r["status"] == "duplicate" for r in documents)
    assert {r["id"] for r in rows(tmp_path, "withheld")} >= set(filtered)


def test_a_dry_run_judges_and_writes_no_corpus(seeds, tmp_path, manifest):
    report = cleanse.run(seeds, tmp_path, cleanse.Config(workers=0, dry_run=True))
    assert report.counts["kept"] > 10
    assert not (tmp_path / "corpus").exists()
    assert (tmp_path / "report.html").exists()
    assert "corpus" not in manifest(tmp_path)["tables"]


@pytest.mark.parametrize("step", ["repair", "extract", "chrome", "language", "duplicates"])
def test_a_step_can_be_left_out(seeds, tmp_path, rows, step):
    cleanse.run(seeds, tmp_path, cleanse.Config(workers=0, skip=(step,)))
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
        cleanse.run(source, tmp_path / "out", cleanse.Config(workers=0, keep=keep, series_guard=False))
        kept[keep] = [r["record_id"] for r in rows(tmp_path / "out", "corpus")]
    assert kept == {"longest": ["b"], "first": ["a"], "oldest": ["b"], "newest": ["d"]}


def test_no_documents_is_a_corpus_of_none(tmp_path, rows, manifest):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".hidden").write_text("x")
    report = cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=0))
    assert report.counts["read"] == 0
    assert manifest(tmp_path / "out")["counts"]["hidden"] == 1
    assert rows(tmp_path / "out", "corpus") == []
    assert (tmp_path / "out" / "README.md").exists()
