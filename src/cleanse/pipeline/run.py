"""Run all stages, in the order of `STAGES`.

An executor decides how the work is spread. It runs the stages that work on single documents over segments and chunks,
and maps functions for the stages that work on all documents. The command line uses a pool of processes, the flow uses
Prefect's tasks.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cleanse import __version__, corpus, remote
from cleanse.config import Config
from cleanse.documents import STATUSES
from cleanse.errors import OutputError
from cleanse.pipeline.cache import hash_of
from cleanse.pipeline.chunks import Segment
from cleanse.pipeline.corpus_state import CorpusState
from cleanse.pipeline.lock import locked
from cleanse.pipeline.plan import Plan, claim, make_plan, settings_of
from cleanse.pipeline.process_pool import worker_map
from cleanse.pipeline.runner import Work, assemble, is_transient, run_stages
from cleanse.pipeline.slowest import find_slowest
from cleanse.rewriting import mask_ids
from cleanse.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cleanse.pipeline.chunks import Chunk
    from cleanse.pipeline.stage import Stage
    from cleanse.status import Duplicates

    Map = Callable[..., Iterable[Any]]  # like the builtin: results in the order of the arguments
    Progress = Callable[[str, int, int, str], None]  # title, done, total, unit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """Summary of a finished run.

    Attributes:
        output: The output folder.
        digest: Digest of the output.
        counts: Number of documents read, by status, and left out as hidden; characters in and kept (`chars_in`,
            `chars_kept`).
        languages: Number of kept documents by language.
        seconds: Seconds by stage, added up over the workers.
        reasons: Number of documents that are not kept, by reason.
        missing: Number of documents that failed because of the machine; another run tries them again.
        dry_run: Whether no corpus was written.
    """

    output: Path
    digest: str
    counts: dict[str, int]
    languages: dict[str, int]
    seconds: dict[str, float]
    reasons: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    dry_run: bool = False


class Executor(Protocol):
    """Spreads the work of a run."""

    def run_documents(self, plan: Plan, stages: Sequence[Stage], items: Sequence[Segment | Work]) -> list[Work]:
        """Run stages over segments, or over the work of earlier stages, and return their work in the same order.

        Args:
            plan: The plan of the run, without its segments.
            stages: The stages, in order.
            items: Segments, or the work of earlier stages.
        """

    def map(self, stage: Stage, function: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
        """Call a function for each set of arguments, for a stage over all documents; return the results in order.

        Args:
            stage: The stage.
            function: The function.
            columns: The arguments: one iterable for each parameter.
        """

    def run_corpus(self, stage: Stage, function: Callable[[], Any]) -> Any:
        """Call the function of a stage over all documents and return its result.

        Args:
            stage: The stage.
            function: The function; its work on single documents goes through `map`.
        """


def run(
    input_: str | os.PathLike[str],
    output: str | os.PathLike[str],
    config: Config | None = None,
    *,
    progress: Progress | None = None,
) -> Report:
    """Clean a folder or file of pages into an output folder, as the command line does.

    Args:
        input_: Folder, which is read recursively, or one file; or the URL of one.
        output: Folder for the corpus, the removed spans and the report; or the URL of a folder in an object store.
        config: Options; None: the defaults.
        progress: Called with the title of a stage, the amount done, the total and the unit ("bytes", "documents" or
            "tasks"); None: progress is not shown.

    Raises:
        SettingError: An option cannot be used.
        SourceError: The input is missing or cannot be read at all.
        OutputError: The output cannot be written, or another run writes to it.
        WorkerError: Worker processes die again and again.
    """
    with open_run(Path(input_), Path(output), config or Config()) as plan:
        workers = len(os.sched_getaffinity(0)) if plan.config.workers is None else plan.config.workers
        with worker_map(min(workers, max(1, len(plan.segments)))) as mapper:
            return execute(plan, PoolExecutor(mapper, progress or (lambda *_: None)))


@contextmanager
def open_run(input_: Path, output: Path, config: Config) -> Iterator[Plan]:
    """Yield the plan of a run, lock the output folder meanwhile, and clean up if the run is interrupted.

    An output at a URL is first made in a local folder, and uploaded when it is complete. Raises the errors of `run`;
    what the system refuses, such as to write to a full disk, is an OutputError.

    Args:
        input_: The input.
        output: The output folder.
        config: The options.
    """
    if (url := remote.url_of(output)) is not None:
        claimed = remote.claim(url)
        with open_run(input_, remote.staging_folder(url), config) as plan:
            yield plan
        if not config.dry_run:
            remote.publish(plan.output, claimed)
        return
    try:
        claim(input_, output, config)
        with locked(output):
            plan = make_plan(input_, output, config)
            try:
                yield plan
            except BaseException:
                corpus.sweep_unfinished(output)  # a process that was killed could not do so itself
                raise
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise OutputError(
            f"{error.strerror or error}{where}. Mend that and run the same command; finished work is not done again."
        ) from error


def execute(plan: Plan, executor: Executor) -> Report:
    """Run all stages of a plan and return the summary.

    Args:
        plan: The plan.
        executor: Spreads the work.
    """
    clock = _Clock()
    sent = replace(plan, segments=(), previous=None)  # small, because it is sent to workers with every call
    active = [stage for stage in STAGES if stage.applies(plan.config)]
    works: list[Any] = list(plan.segments)
    state = CorpusState()
    for is_corpus, group in groupby(active, lambda stage: stage.scope == "corpus"):
        stages = list(group)
        if not is_corpus:
            works = executor.run_documents(sent, stages, works)
            clock.add(works)
            state = replace(state, chunks=tuple(chunks_of(plan, works)))
            continue
        for stage in stages:
            with clock.timed(stage):
                state = executor.run_corpus(stage, partial(stage.run, sent, state, partial(executor.map, stage)))
        works = [Work((chunk,)) for chunk in state.chunks]
    return _close(plan, state, clock.seconds)


def chunks_of(plan: Plan, works: Sequence[Work]) -> list[Chunk]:
    """Return the chunks of all work, with all that their ids depend on.

    Args:
        plan: The plan of the run.
        works: The work on all segments, in order.
    """
    if works and works[0].counts:
        chunks = assemble(plan.segments, works)
        return forget_in_ids(chunks, plan.config.mask) if plan.config.forget else chunks
    return list(chain.from_iterable(work.chunks for work in works))


def forget_in_ids(chunks: Sequence[Chunk], kinds: tuple[str, ...]) -> list[Chunk]:
    """Return chunks whose ids hold no personal data of some kinds.

    Args:
        chunks: All chunks of the run.
        kinds: The kinds to mask.
    """
    names = mask_ids({name for chunk in chunks for name, _ in chunk.origins}, kinds)
    return [
        replace(chunk, origins=tuple((names[name], before) for name, before in chunk.origins), masked=kinds)
        for chunk in chunks
    ]


@dataclass(frozen=True, slots=True)
class PoolExecutor:
    """Spreads the work of a run over processes. The stages of a segment run one after the other in the same process.

    Attributes:
        mapper: A function like the builtin `map` that spreads its calls over processes.
        progress: Called as for `run`.
    """

    mapper: Map
    progress: Progress

    def run_documents(self, plan: Plan, stages: Sequence[Stage], items: Sequence[Segment | Work]) -> list[Work]:
        """Run stages over segments, or over the work of earlier stages; see `Executor`."""
        names = tuple(stage.name for stage in stages)
        are_segments = bool(items) and isinstance(items[0], Segment)
        sizes = [item.bytes if isinstance(item, Segment) else item.rows for item in items]
        results = self.mapper(partial(run_stages, plan, names), items)
        return self._follow(_title_of(stages), results, sizes, "bytes" if are_segments else "documents")

    def map(self, stage: Stage, function: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
        """Call a function for each set of arguments; see `Executor`."""
        arguments = [list(column) for column in columns]
        return self._follow(stage.title, self.mapper(function, *arguments), [1] * len(arguments[0]), "tasks")

    def run_corpus(self, stage: Stage, function: Callable[[], Any]) -> Any:
        """Call the function of a stage over all documents; see `Executor`."""
        return self._follow(stage.title, (function() for _ in range(1)), [1], "tasks")[0]

    def _follow(self, title: str, results: Iterable[Any], sizes: Sequence[int], unit: str) -> list[Any]:
        """Return the results as a list, and show progress as they come."""
        total, done = sum(sizes), 0
        self.progress(title, 0, total, unit)
        out = []
        for result, size in zip(results, sizes, strict=True):
            out.append(result)
            done += size
            self.progress(title, done, total, unit)
        return out


def _title_of(stages: Sequence[Stage]) -> str:
    """Return the title of stages that run one after the other, such as "fix encoding, strip chrome"."""
    return ", ".join(dict.fromkeys(stage.title.partition(":")[0] for stage in stages))


@dataclass(slots=True)
class _Clock:
    """Seconds by stage; of stages that work on single documents, added up over the workers."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, works: Iterable[Work]) -> None:
        """Add the seconds of work that is done."""
        for work in works:
            for name, seconds in work.seconds.items():
                self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            work.seconds.clear()

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Measure the seconds of a stage over all documents."""
        started = time.perf_counter()
        yield
        self.seconds[stage.name] = time.perf_counter() - started


# -- the end of a run -------------------------------------------------------------------------------------------------


def _close(plan: Plan, state: CorpusState, seconds: dict[str, float]) -> Report:
    """Add up the outcomes; write card, report and, last, the manifest; remove what earlier runs left."""
    from cleanse.corpus.card import write_card, write_croissant
    from cleanse.report.report_page import write_page
    from cleanse.report.site_statistics import site_lines

    total = corpus.Outcome()
    for outcome in state.outcomes:
        total.add(outcome)
    manifest = _manifest(plan, total, state.duplicates, seconds) | {"slowest": find_slowest(state.chunks, plan.cache)}
    corpus.sweep(plan.output, {name for table in manifest["tables"].values() for name in table["files"]})
    manifest |= {"site_lines": site_lines(plan.output)}
    write_card(plan.output, manifest, plan.previous)
    write_croissant(plan.output, manifest)
    write_page(plan.output, manifest)
    if plan.config.forget:
        plan.cache.clear()
    corpus.write_manifest(plan.output, manifest)
    plan.cache.prune(chain(_used_keys(state), total.keys))
    counts = manifest["counts"]
    log.info("%d of %d documents kept; digest %s", counts["kept"], counts["read"], manifest["digest"])
    missing = sum(n for reason, n in manifest["reasons"].items() if is_transient(reason, ""))
    return Report(
        plan.output,
        manifest["digest"],
        counts,
        manifest["languages"],
        seconds,
        manifest["reasons"],
        missing,
        plan.config.dry_run,
    )


def _used_keys(state: CorpusState) -> Iterator[str]:
    """Yield the cache keys of all results that this run used."""
    for chunk in state.chunks:
        yield from chunk.results.values()
        yield from chunk.replaced
        yield chunk.results["read"].partition("-")[0]  # the note of its segment
    for _, key in state.keys:
        yield key


def _manifest(plan: Plan, total: corpus.Outcome, duplicates: Duplicates, seconds: dict[str, float]) -> dict[str, Any]:
    """Return the manifest. Only `digest`, and what it covers, does not depend on how the run was executed."""
    status = total.counts.get("status", Counter())
    chars = total.counts.get("chars", Counter())
    counts = {"read": sum(status.values()), **{name: status[name] for name in STATUSES}, "hidden": plan.hidden}
    counts |= {name: chars[name] for name in ("chars_in", "chars_kept")}
    tables = {
        name: {"rows": total.rows[name], "digest": f"{digest:064x}", "files": sorted(total.files[name])}
        for name, digest in total.digests.items()
    }
    digests = [(name, tables[name]["digest"]) for name in corpus.DIGESTED if name in tables]
    return {
        "cleanse": __version__,
        "digest": hash_of(digests, *(one.digest for one in plan.earlier)),
        "settings": settings_of(plan.config),
        "versions": corpus.versions(chain.from_iterable(stage.libraries for stage in STAGES)),
        "counts": counts,
        "languages": _ranked(total.counts.get("language")),
        "reasons": _ranked(total.counts.get("reason")),
        "rules": _ranked(total.counts.get("rule")),
        "encodings": _ranked(total.counts.get("encoding")),
        "repairs": _ranked(total.counts.get("repair")),
        "near_duplicates": duplicates.counts,
        "forgotten": list(plan.config.mask)
        if plan.config.forget
        else [],  # spans of these pages hold masked text, so the page text cannot be restored
        "against": [{"output": e.name, "digest": e.digest, "documents": e.index.rows} for e in plan.earlier],
        "tables": tables,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
        "input": str(plan.input),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _ranked(counter: Counter[str] | None) -> dict[str, int]:
    """Return counts in descending order."""
    return dict(sorted((counter or {}).items(), key=lambda item: (-item[1], item[0])))
