"""The order of the stages: the only module that knows them all.

    sources → read → strip chrome ┊ learn lines of sites ┊ mark them → detect language → sign
            ┊ find near-duplicates ┊ write corpus, card, report, manifest

Outside the bars each part is worked on alone, on any worker; between two bars only small data travels; the writing is
again one part file at a time. How work is spread is an injected `map` (a process pool here, Prefect tasks in the flow).
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, TypeVar

from cleanse import __version__, corpus, inputs
from cleanse.chrome.rule_matcher import LEARNED
from cleanse.config import Config
from cleanse.corpus.card import write_card
from cleanse.corpus.reference import Earlier, open_earlier
from cleanse.documents import STATUSES
from cleanse.pipeline import chunks
from cleanse.pipeline.chunks import Part, Shard, Staging, cut_input, hash_of
from cleanse.pipeline.process_pool import worker_map
from cleanse.pipeline.rows import Staged, documents_of
from cleanse.pipeline.slowest import slowest
from cleanse.pipeline.versions import version_of
from cleanse.report.report_page import write_page
from cleanse.report.site_statistics import site_lines as site_lines_of
from cleanse.stages import boilerplate, decisions, document_stages, duplicates
from cleanse.stages.duplicates import Verdicts

Map = Callable[..., Iterable[Any]]  # like the builtin: results in the order of the arguments
Progress = Callable[[str, int, int], None]  # step, done, total
_Result = TypeVar("_Result")

log = logging.getLogger(__name__)

FILE_CHARS = 64 << 20  # page text that one output file stands for: large enough for readers to scan well
STAGING_FOLDER = ".cleanse"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to. `seconds` by step; `counts`: documents by status, characters in and kept."""

    output: Path
    digest: str
    counts: dict[str, int]
    languages: dict[str, int]
    seconds: dict[str, float]
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that make one output file, with the verdicts on their documents, numbered from 0."""

    number: int
    parts: tuple[Staged, ...]
    verdicts: Verdicts


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that is about to begin: what is read, where to, and how."""

    input: Path
    output: Path
    config: Config
    staging: Staging
    shards: tuple[Shard, ...]
    hidden: int  # names that start with a dot, left out
    earlier: tuple[Earlier, ...] = ()  # outputs that count as already seen


def run(
    input_: str | os.PathLike[str],
    output: str | os.PathLike[str],
    config: Config | None = None,
    *,
    map_: Map | None = None,
    progress: Progress | None = None,
) -> Report:
    """Clean a folder or file of pages into an output folder, as the command line does.

    Raises SettingError, SourceError and OutputError for a caller's mistakes; bad documents are rows in `documents/`.
    """
    clock = _Clock(progress or (lambda *_: None))
    plan = open_run(Path(input_), Path(output), config or Config())
    sent = replace(plan, shards=())  # what goes to workers with every call
    with _spread(plan, map_) as spread:
        staged = assemble(plan, clock.follow("read", spread(partial(read_shard, sent), plan.shards), len(plan.shards)))
        if learns(plan):
            staged = clock.follow("strip chrome", spread(partial(strip_part, sent), staged), len(staged))
            staged = clock.follow("learn lines of sites", (learn_lines(plan, staged) for _ in "1"), 1)[0]
        staged = clock.follow("clean", spread(partial(clean_part, sent), staged), len(staged))
        found = clock.follow("find near-duplicates", (find(plan, staged, spread) for _ in "1"), 1)[0]
        groups = group_parts(staged, found)
        begin_writing(plan)
        clock.follow("write index", (write_index(plan, staged, found, spread) for _ in "1"), 1)
        outcomes = clock.follow("write corpus", spread(partial(write_group, sent), groups), len(groups))
    return close_run(plan, staged, found, outcomes, clock.seconds)


def open_run(input_: Path, output: Path, config: Config) -> Plan:
    """Check what can be checked before any work, list and cut the input, claim the output."""
    listing = inputs.list_sources(input_)
    document_stages.check(config.rules, config.without, config.detector, config.extractor)
    earlier = open_earlier(config.against, output, config.threshold)
    corpus.claim(output, input_, dry_run=config.dry_run)
    folder = output / STAGING_FOLDER
    if config.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    plan = Plan(input_, output, config, Staging(folder), cut_input(listing), listing.hidden, earlier)
    log.info("%s: %d files in %d shards; to %s", input_, len(listing.sources), len(plan.shards), output)
    return plan


def read_shard(plan: Plan, shard: Shard) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Fix encoding and extract: stage the drafts of a shard."""
    c = plan.config
    return document_stages.read_shard(
        shard, plan.staging, inputs.Fields((c.text_field,) if c.text_field else (), c.carry), c.extractor, c.skip
    )


def clean_part(plan: Plan, staged: Staged) -> Staged:
    """Strip chrome unless that is done, mark the lines learned of its sites, detect language and sign, back to back."""
    stripped = staged if staged.chrome else strip_part(plan, staged)
    return sign_part(plan, tell_part(plan, mark_part(plan, stripped)))


def learns(plan: Plan) -> bool:
    """Whether lines are learned per site: with the chrome step, unless it is to be careful, or without their rule."""
    c = plan.config
    return (
        "chrome" not in c.skip
        and c.chrome != "careful"
        and not document_stages.rules_of(c.rules, c.without).off(LEARNED)
    )


def strip_part(plan: Plan, staged: Staged) -> Staged:
    """Stage the chrome of a part, and what is to be known of its pages to learn lines of their sites."""
    c = plan.config
    key = document_stages.strip_part(
        staged.part, plan.staging, c.rules, c.without, c.chrome, skipped="chrome" in c.skip
    )
    stripped = replace(staged, chrome=key)
    return replace(stripped, notes=boilerplate.note_part(stripped, plan.staging)) if learns(plan) else stripped


def learn_lines(plan: Plan, staged: list[Staged]) -> list[Staged]:
    """The parts, each with the name of the lines that were learned of its sites from all parts together."""
    return boilerplate.learn_lines(staged, plan.staging)


def mark_part(plan: Plan, staged: Staged) -> Staged:
    """Stage the lines of a part's sites among its chrome."""
    return boilerplate.mark_part(staged, plan.staging, plan.config.rules, plan.config.without, plan.config.chrome)


def tell_part(plan: Plan, staged: Staged) -> Staged:
    """Stage the languages of a part."""
    c = plan.config
    key = document_stages.tell_part(staged.part, staged.chrome, plan.staging, c.detector, skipped="language" in c.skip)
    return replace(staged, language=key)


def sign_part(plan: Plan, staged: Staged) -> Staged:
    """Stage the signatures of a part."""
    if "duplicates" in plan.config.skip:
        return staged
    return replace(staged, signatures=document_stages.sign_part(staged, plan.staging, plan.config.threshold))


def find(plan: Plan, staged: list[Staged], spread: Map) -> Verdicts:
    """Near-duplicates among all documents that pass the filters."""
    search = partial(duplicates.find, staged, plan.staging, plan.config, spread, plan.earlier)
    return decisions.decide(decisions.key_of(staged, plan.config, plan.earlier), plan.staging, search)


def assemble(plan: Plan, read: Iterable[tuple[tuple[Part, ...], tuple[int, ...]]]) -> list[Staged]:
    """The parts of all shards in order, each with what its ids need: how many records of a source came before."""
    seen: Counter[str] = Counter()
    staged = []
    for shard, (parts, counts) in zip(plan.shards, read, strict=True):
        origins = []
        for piece, count in zip(shard.pieces, counts, strict=True):
            origins.append((piece.source.id, seen[piece.source.id]))
            seen[piece.source.id] += count
        staged += [Staged(part, tuple(origins)) for part in parts]
    return staged


def group_parts(staged: Iterable[Staged], found: Verdicts) -> list[Group]:
    """Consecutive parts that make one output file, with the verdicts on their documents."""
    groups: list[list[Staged]] = [[]]
    chars = 0
    for one in staged:
        if groups[-1] and chars + one.part.chars > FILE_CHARS:
            groups.append([])
            chars = 0
        groups[-1].append(one)
        chars += one.part.chars
    ends = list(accumulate((sum(one.part.rows for one in group) for group in groups), initial=0))
    return [
        Group(number, tuple(group), portion)
        for number, (group, portion) in enumerate(zip(groups, _portions(found, ends), strict=True))
    ]


def _portions(found: Verdicts, ends: list[int]) -> list[Verdicts]:
    """The verdicts on the documents from each end to the next, numbered from 0."""
    out = [Verdicts() for _ in ends[1:]]
    for name in ("twins", "series", "stands_for"):
        for number, value in getattr(found, name).items():
            group = bisect_right(ends, number) - 1
            getattr(out[group], name)[number - ends[group]] = value
    return out


def begin_writing(plan: Plan) -> None:
    """From here to the end of the run the output is not whole: its manifest goes first and comes last."""
    (plan.output / corpus.MANIFEST).unlink(missing_ok=True)
    corpus.drop_index(plan.output)


def write_index(plan: Plan, staged: list[Staged], found: Verdicts, spread: Map) -> bool:
    """Write the band index of the corpus, for runs that come later with `against`; False without corpus or signatures."""
    if plan.config.dry_run or "duplicates" in plan.config.skip:
        return False
    folder = plan.output / corpus.INDEX
    folder.mkdir(exist_ok=True)
    duplicates.write_index(folder, found, staged, plan.staging, plan.config, spread)
    return True


def write_group(plan: Plan, group: Group) -> corpus.Outcome:
    """Write one part file of each table, unless an earlier run has: these very rows to a file that is still whole."""
    c = plan.config
    names = tuple(name for name in corpus.TABLES if not (c.dry_run and name == "corpus"))
    found = [sorted(getattr(group.verdicts, name).items()) for name in ("twins", "series", "stands_for")]
    before = [(one.name, one.digest) for one in plan.earlier]
    rests_on = (group.number, group.parts, found, c.language, c.min_words, names, before)
    key = hash_of("write", version_of("write"), repr(rests_on))

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        outcome = replace(_write(plan, group, names), keys=[key])
        kept, documents = outcome.rows["corpus"], outcome.rows["documents"]
        log.info("part %05d written: %d of its %d documents kept", group.number, kept, documents)
        files = {name: chunks.digest_of(plan.output / name) for held in outcome.files.values() for name in held}
        return files, {"outcome": {f.name: getattr(outcome, f.name) for f in fields(outcome)}}

    return corpus.outcome_of(chunks.stage_once(plan.staging, "write", key, make, plan.output)["outcome"])


def _write(plan: Plan, group: Group, names: tuple[str, ...]) -> corpus.Outcome:
    number = 0
    with corpus.Tables(plan.output, group.number, names, {one.name: one.digest for one in plan.earlier}) as tables:
        for staged in group.parts:
            for document, decoded in documents_of(staged, plan.staging):
                tables.add(duplicates.judge(document, group.verdicts, number, plan.config), decoded=decoded)
                number += 1
    return tables.outcome


def close_run(
    plan: Plan, staged: list[Staged], found: Verdicts, outcomes: Iterable[corpus.Outcome], seconds: dict[str, float]
) -> Report:
    """Sum up; write card, report and, last, the manifest; remove what earlier runs left."""
    total = corpus.Outcome()
    for outcome in outcomes:
        total.add(outcome)
    manifest = _manifest(plan, total, found, seconds) | {"slowest": slowest(staged, plan.staging)}
    corpus.sweep(plan.output, {name for table in manifest["tables"].values() for name in table["files"]})
    manifest |= {"site_lines": site_lines_of(plan.output)}
    write_card(plan.output, manifest)
    write_page(plan.output, manifest)
    corpus.write_manifest(plan.output, manifest)
    keys = (
        (s.part.key, s.part.key.partition("-")[0], s.stripped, s.notes, s.learned, s.chrome, s.language, s.signatures)
        for s in staged
    )
    plan.staging.prune(
        chain(chain.from_iterable(keys), total.keys, [decisions.key_of(staged, plan.config, plan.earlier)])
    )
    log.info(
        "%d of %d documents kept; digest %s", manifest["counts"]["kept"], manifest["counts"]["read"], manifest["digest"]
    )
    return Report(
        plan.output, manifest["digest"], manifest["counts"], manifest["languages"], seconds, plan.config.dry_run
    )


def _manifest(plan: Plan, total: corpus.Outcome, found: Verdicts, seconds: dict[str, float]) -> dict[str, Any]:
    """What the run was and came to. Only `digest` and what it covers is the same for every way of running it."""
    status = total.counts.get("status", Counter())
    counts = {"read": sum(status.values()), **{name: status[name] for name in STATUSES}, "hidden": plan.hidden}
    counts |= (
        {name: total.counts["chars"][name] for name in ("chars_in", "chars_kept")}
        if status
        else {"chars_in": 0, "chars_kept": 0}
    )
    tables = {
        name: {"rows": total.rows[name], "digest": f"{digest:064x}", "files": sorted(total.files[name])}
        for name, digest in total.digests.items()
    }
    # what does not change a row of the tables has no place among the settings that a digest speaks for
    settings = {k: v for k, v in asdict(plan.config).items() if k not in ("workers", "fresh")}
    return {
        "cleanse": __version__,
        "digest": hash_of(
            [(name, table["digest"]) for name, table in tables.items()], *(e.digest for e in plan.earlier)
        ),
        "settings": settings,
        "versions": corpus.versions(),
        "counts": counts,
        "languages": _ranked(total.counts.get("language")),
        "reasons": _ranked(total.counts.get("reason")),
        "rules": _ranked(total.counts.get("rule")),
        "encodings": _ranked(total.counts.get("encoding")),
        "repairs": _ranked(total.counts.get("repair")),
        "near_duplicates": found.counts,
        "against": [{"output": e.name, "digest": e.digest, "documents": e.index.rows} for e in plan.earlier],
        "tables": tables,
        "seconds": {step: round(value, 3) for step, value in seconds.items()},
        "input": str(plan.input),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _ranked(counter: Counter[str] | None) -> dict[str, int]:
    return dict(sorted((counter or {}).items(), key=lambda item: (-item[1], item[0])))


@contextmanager
def _spread(plan: Plan, map_: Map | None) -> Iterator[Map]:
    """The given map, or one over as many processes as there is work for."""
    if map_ is not None:
        yield map_
        return
    try:
        with worker_map(min(plan.config.workers or len(os.sched_getaffinity(0)), len(plan.shards))) as spread:
            yield spread
    except BaseException:
        corpus.sweep_unfinished(plan.output)  # a process that was ended could not do so itself
        raise


@dataclass(slots=True)
class _Clock:
    """Seconds by step, and progress told as it goes."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    def follow(self, step: str, results: Iterable[_Result], total: int) -> list[_Result]:
        started = time.perf_counter()
        self.progress(step, 0, total)
        out = []
        for result in results:
            out.append(result)
            self.progress(step, len(out), total)
        self.seconds[step] = time.perf_counter() - started
        return out
