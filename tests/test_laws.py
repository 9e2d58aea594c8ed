"""What holds of every run, whatever stages, options and columns there are."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from dataclasses import fields, replace
from functools import partial

import pytest

import cleanse
from cleanse.chrome import load_rules, strip
from cleanse.chrome.rule_files import build_index
from cleanse.config import Config
from cleanse.corpus import Tables
from cleanse.corpus.columns import COLUMNS
from cleanse.documents import Document, Rights, Span
from cleanse.filters import filter_documents
from cleanse.options import help_of
from cleanse.pipeline import cache as cache_module
from cleanse.pipeline.stage import version_of
from cleanse.stages import STAGES
from conftest import ROOT
from site_pages import article, page

LONE = cleanse.Config(workers=0)


def write_pages(folder, texts):
    folder.mkdir()
    lines = [json.dumps({"url": f"https://www.site{n % 3}.example/{n}", "text": text}) for n, text in enumerate(texts)]
    (folder / "pages.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Articles of three sites with lines that recur, near-duplicates, a short text and one in another language."""
    texts = [page(n) for n in range(36)]
    texts += [f"{page(n)}\n\nIt was printed again, with one more line." for n in range(6)]
    texts += [
        "The mill is closed.",
        "Le moulin de la vallée a rouvert samedi, après deux ans de travaux de ses voisins.",
    ]
    return write_pages(tmp_path_factory.mktemp("laws") / "pages", texts)


# -- filters ----------------------------------------------------------------------------------------------------------


def test_the_search_looks_at_exactly_the_documents_that_have_no_reason_against_them(pages, tmp_path, rows):
    config = replace(LONE, min_words=20, language=("en",), series_guard=False)
    report = cleanse.run(pages, tmp_path / "out", config)
    documents = rows(tmp_path / "out", "documents")
    assert report.counts["filtered"] == 2
    assert report.counts["duplicate"] == 6
    searched = {row["id"] for row in documents if row["status"] in ("kept", "duplicate")}
    assert {row["duplicate_of"] for row in documents if row["duplicate_of"]} <= searched
    for row in documents:
        if row["status"] == "filtered":
            assert row["jaccard"] is None
            assert row["reason"] in ("min-words", "language")
            assert row["evidence"]


def test_a_filter_never_lets_a_filtered_twin_take_the_place_of_a_kept_one(tmp_path, rows):
    """The longer of two twins is filtered by its language; the other must stay, though the policy prefers the longest."""
    words = " ".join(article(1, 30)[1])
    source = write_pages(tmp_path / "in", [words, words + " The end came late."])
    languages = iter(["en", "fr"])
    with pytest.MonkeyPatch.context() as patch:
        from cleanse.language import Language

        patch.setattr(
            "cleanse.stages.language.detect_all", lambda texts, _: [Language(next(languages), 1.0, {}) for _ in texts]
        )
        cleanse.run(source, tmp_path / "out", replace(LONE, language=("en",)))
    status = [(row["status"], row["reason"]) for row in rows(tmp_path / "out", "documents")]
    assert status == [("kept", None), ("filtered", "language")]


@pytest.mark.parametrize("least", [0, 5, 50])
@pytest.mark.parametrize("wanted", [(), ("en",), ("en", "fr")])
def test_filters_judge_each_document_by_itself(least, wanted):
    words, codes, confidences = [4, 5, 49, 50, 51], ["en", "fr", "de", "en", "und"], [0.1, 0.2, 0.3, 0.4, 0.5]
    judge = partial(filter_documents, min_words=least, wanted=wanted)
    alone = [judge([n], [code], [sure])[0] for n, code, sure in zip(words, codes, confidences, strict=True)]
    assert judge(words, codes, confidences) == alone
    for n, code, reason in zip(words, codes, alone, strict=True):
        assert (reason is None) == (n >= least and (not wanted or code in wanted))


# -- the cache --------------------------------------------------------------------------------------------------------


def cached(output):
    return {path: path.stat().st_mtime_ns for path in sorted((output / ".cleanse").glob("*/*"))}


@pytest.mark.parametrize(
    "config", [LONE, replace(LONE, skip=("duplicates",)), replace(LONE, chrome="careful")], ids=str
)
def test_what_a_run_used_is_in_the_cache_afterwards_for_every_stage(config, pages, tmp_path):
    cleanse.run(pages, tmp_path / "out", config)
    before = cached(tmp_path / "out")
    writes = []
    with pytest.MonkeyPatch.context() as patch:
        write = cache_module.Cache.conclude
        patch.setattr(cache_module.Cache, "conclude", lambda self, *rest: (writes.append(rest[0]), write(self, *rest)))
        cleanse.run(pages, tmp_path / "out", config)
    assert writes == []
    assert cached(tmp_path / "out") == before
    home = {stage.replaces or stage.name for stage in STAGES if stage.applies(config) and stage.name != "index"}
    assert home <= {path.parent.name for path in before}


def test_a_run_with_other_options_and_back_leaves_only_what_the_last_run_used(pages, tmp_path):
    cleanse.run(pages, tmp_path / "out", LONE)
    before = {path.name for path in cached(tmp_path / "out")}
    cleanse.run(pages, tmp_path / "out", replace(LONE, threshold=0.9, language=("en",)))
    cleanse.run(pages, tmp_path / "out", LONE)
    assert {path.name for path in cached(tmp_path / "out")} == before


DETECT = """
from {package}.words import CODE

def detect(text):
    return CODE, 1.0
"""


@pytest.mark.slow
def test_another_version_of_a_users_function_redoes_its_stage_and_no_earlier_one(pages, tmp_path, monkeypatch, rows):
    package = tmp_path / "mine" / "own_detector"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "here.py").write_text(DETECT.format(package="own_detector"))
    (package / "words.py").write_text('CODE = "fr"\n')
    config = replace(LONE, detector="own_detector.here:detect")

    def languages():
        """Run in a process of its own, as a user does after an edit."""
        code = (
            "import sys, cleanse; cleanse.run(sys.argv[1], sys.argv[2], "
            f"cleanse.Config(workers=0, detector={config.detector!r}))"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "mine"), str(ROOT / "src")])}
        subprocess.run([sys.executable, "-c", code, pages, tmp_path / "out"], env=environment, check=True)
        return {row["language"] for row in rows(tmp_path / "out", "documents")}

    assert languages() == {"fr"}
    before = {path for path in cached(tmp_path / "out") if path.parent.name in ("read", "chrome", "notes")}
    (package / "words.py").write_text('CODE = "de"\n')  # not the function's own file, but of its package
    assert languages() == {"de"}
    assert before <= set(cached(tmp_path / "out"))


def test_a_stages_version_is_that_of_its_code_whatever_is_around_it():
    versions = {stage.name: version_of(stage) for stage in STAGES}
    assert versions == {stage.name: version_of.__wrapped__(stage) for stage in STAGES}
    modules = {stage.name: stage.run.__module__ for stage in STAGES}
    assert len(set(versions.values())) >= len(set(modules.values()))  # stages of one module may share it


# -- doors ------------------------------------------------------------------------------------------------------------


def test_deduplicate_of_clean_many_is_what_a_run_says(tmp_path, rows):
    texts = [article(n, 20)[1] for n in range(12)]
    pages = [" ".join(text) for text in texts] + [" ".join(text[:-1]) for text in texts[:6]] + [""]
    folder = tmp_path / "in"
    folder.mkdir()
    for n, text in enumerate(pages):
        (folder / f"{n:02}.txt").write_text(text)
    (folder / "noise.txt").write_bytes(b"\x00\x01\x02\xff" * 50)
    raws = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    listed = cleanse.deduplicate(cleanse.clean_many(raws))
    cleanse.run(folder, tmp_path / "out", LONE)
    names = (
        "id",
        "status",
        "reason",
        "evidence",
        "duplicate_of",
        "jaccard",
        "series_of",
        "language",
        "title",
        "author",
    )
    ran = {row["id"]: row for table in ("withheld", "corpus", "documents") for row in rows(tmp_path / "out", table)}
    told = {table: {row["id"]: row for row in rows(tmp_path / "out", table)} for table in ("withheld", "corpus")}
    assert Counter(one.status for one in listed) == {"kept": 12, "duplicate": 6, "rejected": 2}
    for one in listed:
        row = {**told["withheld"].get(one.id, {}), **told["corpus"].get(one.id, {}), **ran[one.id]}
        assert {name: getattr(one, name) for name in names if name in row} == {n: row[n] for n in names if n in row}


@pytest.mark.slow
def test_the_command_line_the_form_of_prefect_and_the_reference_say_the_same_of_every_option():
    pytest.importorskip("prefect", reason="needs Prefect: pip install 'cleanse-corpus[flow]'")
    from cleanse.cli import run_parser
    from cleanse.integrations.prefect_flow import cleanse_corpus

    arguments = {action.dest: action.help for action in run_parser()._actions}
    form = cleanse_corpus.parameters.properties
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for option in fields(Config):
        help_ = option.metadata["help"]
        assert arguments[option.name].replace("%%", "%").startswith(help_), option.name
        assert form[option.name]["description"] == help_, option.name
        assert help_of(option) in reference, option.name


def test_the_manifest_names_the_libraries_that_the_stages_declare(pages, tmp_path, manifest):
    cleanse.run(pages, tmp_path / "out", LONE)
    declared = {library for stage in STAGES for library in stage.libraries}
    assert set(manifest(tmp_path / "out")["versions"]) == {"python", *declared}


# -- columns ----------------------------------------------------------------------------------------------------------


def sentinels():
    """A document each of whose fields holds a value that no other field has."""
    values = {}
    for n, field in enumerate(fields(Document), 1):
        kind = str(field.type)
        if kind.startswith("tuple"):
            values[field.name] = (f"<{field.name}>",)
        elif kind.startswith("int"):
            values[field.name] = 1000 + n
        elif kind.startswith("float"):
            values[field.name] = n + 0.5
        elif kind.startswith("str"):
            values[field.name] = f"<{field.name}>"
    spans = (Span(11, 15, "abcd", "<step>", "<rule>", "<span evidence>"), Span(20, 22, "ef", "s", "r", "e"))
    signals = {column.name: 5000 + n for n, column in enumerate(COLUMNS["signals"][1:])}
    rights = Rights("<license>", True, False, "<tdm_policy>", "<robots>", "<copyright_holder>")
    return Document(**{**values, "removed": spans, "signals": signals, "rights": rights, "personal": None})


COMPUTED = {"chars": 6, "chars_kept": 6, "spans_removed": 2}  # of the sentinels' text, `<text>`


@pytest.mark.parametrize("status", ["kept", "filtered"])
def test_each_column_holds_what_its_name_says(status, tmp_path, rows):
    document = replace(sentinels(), status=status, duplicate_corpus=None)
    with Tables(tmp_path, 0, tuple(COLUMNS)) as tables:
        tables.add(document, decoded=True)
    table = "corpus" if status == "kept" else "withheld"
    for name in (table, "documents"):
        (row,) = rows(tmp_path, name)
        for column, value in row.items():
            if column in COMPUTED:
                assert value == COMPUTED[column], column
            elif hasattr(document.rights, column):
                assert value == getattr(document.rights, column), column
            elif hasattr(document, column):
                expected = getattr(document, column)
                assert value == (list(expected) if isinstance(expected, tuple) else expected), column
            else:
                assert column == "removed_share", f"say in this test what {column} holds"
    assert rows(tmp_path, "removed")[0] == {
        "id": "<id>", "start": 11, "end": 15, "text": "abcd", "step": "<step>", "rule": "<rule>",
        "evidence": "<span evidence>",
    }  # fmt: skip
    (measured,) = rows(tmp_path, "signals")
    assert measured == {"id": "<id>", **document.signals}


def test_every_column_says_what_it_holds():
    for table, columns in COLUMNS.items():
        for column in columns:
            assert column.about, f"{table}: {column.name}"


# -- rules ------------------------------------------------------------------------------------------------------------


def test_the_names_of_rules_do_not_act(seeds):
    """With other names, in another order of names, the same characters go; the name says only by which rule."""
    rules = load_rules()

    def other(rule):
        file, _, name = rule.partition(".")
        return f"{file}.{zlib.crc32(name.encode()):08x}"

    renamed = tuple(replace(rule, id=other(rule.id)) for rule in rules.rules)
    names = {rule.id: other(rule.id) for rule in rules.rules}
    assert len(set(names.values())) == len(names)
    others = replace(
        rules, rules=renamed, index=build_index(renamed), sure=frozenset(names.get(one, one) for one in rules.sure)
    )
    seen = set()
    for path in sorted(seeds.glob("*.txt")):
        text = cleanse.decode(path.read_bytes()).text or ""
        before, after = strip(text, rules, "balanced"), strip(text, others, "balanced")
        seen |= {span.rule for span in before.removed}
        assert [(s.start, s.end, names.get(s.rule, s.rule)) for s in before.removed] == [
            (s.start, s.end, s.rule) for s in after.removed
        ], path.name
    assert len(seen & set(names)) >= 10


# -- one digest -------------------------------------------------------------------------------------------------------


def write_golden(folder, seeds, records=2000):
    """The seeds, and records of 40 sites in several files: articles, copies with small changes, notices of one form."""
    folder.mkdir()
    draw = random.Random(12)
    texts = []
    for n in range(records):
        kind = draw.random()
        if kind < 0.1 and texts:
            texts.append(draw.choice(texts) + draw.choice(["", "\n\nIt was printed again.", "\n\nLeave a comment"]))
        elif kind < 0.15:
            texts.append(
                f"Notice {n}: the road to the mill is closed from {n % 28 + 1} May, from {n % 12} to {n % 12 + 5} o'clock."
            )
        else:
            texts.append(
                page(
                    n % 1500,
                    [f"The Herald of parish {n % 40}", "Home News Sport"],
                    ["Leave a comment", f"Printed at {n % 40} Quay Street"],
                )
            )
    for first in range(0, records, 250):
        lines = [
            json.dumps({"url": f"https://site{n % 40}.example/{n}", "text": texts[n], "n": n})
            for n in range(first, min(first + 250, records))
        ]
        (folder / f"crawl-{first:04}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for path in sorted(seeds.iterdir()):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


FLOW = "import sys; from corpus import cleanse_corpus as f; print(f(sys.argv[1], sys.argv[2], workers=1).digest)"


@pytest.fixture(scope="module")
def golden(tmp_path_factory, seeds):
    """A folder of pages, and the output of the library on it, in this process alone."""
    folder = tmp_path_factory.mktemp("golden")
    write_golden(folder / "in", seeds)
    cleanse.run(folder / "in", folder / "library", LONE)
    return folder


def command(golden, output, *more):
    return [sys.executable, "-m", "cleanse", str(golden / "in"), str(golden / output), "-q", *more]


@pytest.mark.slow
def test_the_golden_input_makes_every_stage_do_something(golden, manifest):
    made = manifest(golden / "library")
    assert made["counts"]["read"] >= 2000
    assert made["counts"]["kept"] > 1000
    assert made["counts"]["duplicate"] > 100
    assert made["counts"]["rejected"] >= 2
    assert {"site.learned", "en.comment-form"} <= set(made["rules"])
    assert list(made["seconds"]) == [stage.name for stage in STAGES if stage.applies(LONE)]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_command_line_comes_to_the_digest_of_the_library(workers, golden, manifest):
    subprocess.run(command(golden, f"workers-{workers}", "-j", workers), check=True)
    ours, theirs = manifest(golden / f"workers-{workers}"), manifest(golden / "library")
    assert ours["digest"] == theirs["digest"]
    assert list(ours["seconds"]) == list(theirs["seconds"])
    assert {name: table["digest"] for name, table in ours["tables"].items()} == {
        name: table["digest"] for name, table in theirs["tables"].items()
    }


@pytest.mark.slow
def test_a_run_that_was_killed_and_resumed_comes_to_the_same_digest(golden, manifest):
    process = subprocess.Popen(command(golden, "killed", "-j", "2"), start_new_session=True)
    deadline = time.monotonic() + 300
    while len(list((golden / "killed").glob(".cleanse/chrome/*.json"))) < 1 and time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (golden / "killed" / "manifest.json").exists()
    subprocess.run(command(golden, "killed", "-j", "2"), check=True)
    assert manifest(golden / "killed")["digest"] == manifest(golden / "library")["digest"]


@pytest.mark.slow
@pytest.mark.server
def test_the_flow_comes_to_the_same_digest_by_the_same_stages_in_the_same_order(golden, manifest, tmp_path):
    pytest.importorskip("prefect", reason="needs Prefect: pip install 'cleanse-corpus[flow]'")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = plain | {
        "PREFECT_HOME": str(tmp_path), "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300", "PREFECT_LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "flows")]),
    }  # fmt: skip
    arguments = [sys.executable, "-c", FLOW, str(golden / "in"), str(golden / "flow")]
    done = subprocess.run(arguments, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    ours, theirs = manifest(golden / "flow"), manifest(golden / "library")
    assert ours["digest"] == theirs["digest"]
    assert list(ours["seconds"]) == list(theirs["seconds"])
