"""The Prefect flow `cleanse`: the pipeline's steps as tasks over batches, nothing else. docs/flow.md tells how to run it.

    fix encoding → strip chrome ┊ learn lines of sites ┊ mark them → detect language → sign ┊ find near-duplicates ┊ write corpus

Tasks are given paths and hand on paths: the items of a batch, and what came of them, lie in files below the staging
folder. The pipeline stages there what each step finds, so a task that runs twice, or a run that is started again after a
kill, does not do again what is done.
"""

import logging
import os
import pickle
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from prefect import flow, get_client, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectFuture, as_completed
from prefect.logging.handlers import APILogHandler
from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_LEVEL, temporary_settings
from prefect.states import State
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import Field

from cleanse.atomic_write import new_file
from cleanse.config import Config
from cleanse.corpus import read_manifest
from cleanse.errors import OutputError, SettingError, SourceError
from cleanse.pipeline import run
from cleanse.pipeline.process_pool import worker_map
from cleanse.pipeline.rows import Staged
from cleanse.pipeline.run import Plan, Report
from cleanse.report.summary import largest_clusters, summary
from cleanse.stages.duplicates import Verdicts

Map = Callable[..., Iterable[Any]]

TRIES = 2  # of a whole run; the second takes up what the first has staged
RETRY_SECONDS = [2, 20]  # of a task, before its second and third try: a disk or a network may be away for a moment
PASSING = (OSError, MemoryError)  # what can fail for reasons outside of us
FINAL = (SettingError, SourceError, OutputError)  # a caller's mistake, which another try would meet again
STEPS = 7  # with a task for every batch each, where lines are learned: what progress is reckoned by
TITLES = {  # what the search has done by tasks, for people
    "search_bands": "compare bands",
    "write_spool": "collect texts",
    "run_job": "verify pairs",
    "write_entry": "write index",
}
HANDOVER = "handover"  # folder in the staging folder: what tasks hand each other

Future = PrefectFuture[str]

log = logging.getLogger("cleanse.flow")


# -- tasks ------------------------------------------------------------------------------------------------------------


def _may_pass(_task: object, _run: object, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), PASSING)


step = partial(
    task,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=_may_pass,
    cache_policy=NO_CACHE,  # Prefect's caches do not notice that a file is gone; the pipeline's staging does
    persist_result=False,
)


@step(name="fix encoding")
def fix_encoding(shared: str, batch: str, spread: Map) -> str:
    """Read shards: bytes to page text. Hands on their parts; what is known of the shards lies beside them."""
    read = _each(run.read_shard, shared, batch, spread)
    _save(read, batch + ".read")
    return _save([Staged(part, ()) for parts, _ in read for part in parts], batch + ".parts")


@step(name="strip chrome")
def strip_chrome(shared: str, batch: str, spread: Map) -> str:
    """Mark the chrome of parts."""
    return _save(_each(run.strip_part, shared, batch, spread), batch + ".chrome")


@step(name="strip chrome: learn lines of sites", task_run_name="strip chrome: learn lines of sites")
def learn_lines(shared: str, stripped: list[str]) -> list[str]:
    """What recurs on the pages of each site, from all parts together. Hands on the batches again, a file each."""
    _log_to_run()
    batches = [_load(path) for path in stripped]
    learned = iter(run.learn_lines(_load(shared), list(chain.from_iterable(batches))))
    return [_save(list(islice(learned, len(b))), path + ".learned") for b, path in zip(batches, stripped, strict=True)]


@step(name="strip chrome: mark lines of sites")
def mark_lines(shared: str, batch: str, spread: Map) -> str:
    """Mark the lines that were learned of the sites of parts."""
    return _save(_each(run.mark_part, shared, batch, spread), batch + ".marked")


@step(name="detect language")
def detect_language(shared: str, batch: str, spread: Map) -> str:
    """Tell the languages of parts."""
    return _save(_each(run.tell_part, shared, batch, spread), batch + ".language")


@step(name="find near-duplicates: sign")
def sign(shared: str, batch: str, spread: Map) -> str:
    """Sign parts."""
    return _save(_each(run.sign_part, shared, batch, spread), batch + ".signed")


@step(name="find near-duplicates: gather", task_run_name="find near-duplicates: gather")
def gather(shared: str, shards: list[str], signed: list[str]) -> str:
    """All parts in their order, each with what its ids need and the names of what was staged for it."""
    plan = replace(_load(shared), shards=tuple(_woven([_load(path) for path in shards])))
    done = {one.part.key: one for path in signed for one in _load(path)}
    read = _woven([_load(path + ".read") for path in shards])
    staged = [replace(done[one.part.key], part=one.part, origins=one.origins) for one in run.assemble(plan, read)]
    return _save(staged, f"{shared}.staged")


@step(name="find near-duplicates: compare")
def compare(shared: str, batch: str, spread: Map) -> str:
    """What the search does on documents: bring the texts of candidate pairs together, verify pairs."""
    _log_to_run()
    return _save(list(spread(_load(shared), *zip(*_load(batch), strict=True))), batch + ".compared")


@step(name="find near-duplicates", task_run_name="find near-duplicates")
def find(search: Callable[[], Verdicts]) -> Verdicts:
    """Decide which documents stay. Runs in the flow's own process and hands its work on documents to tasks."""
    return search()


@step(name="write corpus")
def write_corpus(shared: str, batch: str, spread: Map) -> str:
    """Write output files."""
    return _save(_each(run.write_group, shared, batch, spread), batch + ".written")


def _each(function: Callable[[Plan, Any], Any], shared: str, batch: str, spread: Map) -> list[Any]:
    _log_to_run()
    return list(spread(partial(function, _load(shared)), _load(batch)))


def _save(value: object, path: str) -> str:
    """Hand on a value in a file; renamed when whole, because a cluster may run a task twice at once."""
    with new_file(Path(path)) as temporary:
        temporary.write_bytes(pickle.dumps(value))
    return path


def _load(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301  written by this very run


def _woven(dealt: Sequence[Sequence[Any]]) -> list[Any]:
    """What was dealt out to batches, in its order again."""
    out: list[Any] = [None] * sum(map(len, dealt))
    for i, items in enumerate(dealt):
        out[i :: len(dealt)] = items
    return out


def _log_to_run() -> None:
    """Send what `cleanse` logs to the run or task that this process works for; on a cluster, each task's process has to.

    The level is Prefect's own (PREFECT_LOGGING_LEVEL). What worker processes log, `worker_map` brings back to the thread
    of the task. Outside of a run nothing is sent: the handler stays, because tasks of a process may overlap.
    """
    logger = logging.getLogger("cleanse")
    if any(isinstance(handler, APILogHandler) for handler in logger.handlers):
        return
    handler = APILogHandler()
    handler.addFilter(lambda _: FlowRunContext.get() is not None or TaskRunContext.get() is not None)
    logger.addHandler(handler)
    logger.setLevel(PREFECT_LOGGING_LEVEL.value())


# -- a run ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Bench:
    """Where the tasks of a run are done, what they share, and how far they are."""

    runner: TaskRunner[Any]
    spread: Map  # how a task works through its batch: over processes of this machine; one by one on a cluster
    folder: Path  # of what tasks hand each other
    batches: int
    context: Context  # the flow's own: what a task hands out is the flow's, too
    artifact: UUID  # that shows the progress
    watched: bool = True  # as long as that works
    done: float = 0.0  # steps and shares of steps
    at: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def save(self, name: str, value: object) -> str:
        """A file for tasks."""
        return _save(value, str(self.folder / name))

    def deal(self, name: str, items: Sequence[Any]) -> list[str]:
        """Files of batches. Each takes every n-th item: neighbours are alike, so that batches take equally long."""
        n = min(self.batches, len(items))
        return [self.save(f"{name}-{i:03d}", list(items[i::n])) for i in range(n)]

    def submit(self, work: Any, shared: str, given: Sequence[Any], after: Sequence[Any] = ()) -> list[Future]:
        """A task for every batch; `given` are files, or futures of an earlier step's."""
        tasks = [work.with_options(task_run_name=f"{work.name} {i + 1} of {len(given)}") for i in range(len(given))]
        return [
            self.context.run(
                self.runner.submit, one, {"shared": shared, "batch": batch, "spread": self.spread}, list(after)
            )
            for one, batch in zip(tasks, given, strict=True)
        ]

    def finish(self, step: str, futures: Sequence[Future], share: float = 1.0) -> list[str]:
        """Wait for tasks and say how far they are; the first failure ends the run. Returns what they hand on."""
        for i, future in enumerate(as_completed(list(futures)), 1):
            future.result()
            self.done += share / len(futures)
            self.show(f"{step}: {i} of {len(futures)} batches")
        log.info("%s: %d %s done", step, len(futures), "batch" if len(futures) == 1 else "batches")
        return [future.result() for future in futures]

    def show(self, what: str) -> None:
        """Move the progress bar. A server that no longer answers is asked once: the work does not need it."""
        if not self.watched:
            return
        try:
            update_progress_artifact(self.artifact, progress=min(100.0, 100 * self.done / STEPS), description=what)
        except Exception as error:  # noqa: BLE001  whatever it is, it is not worth the run
            self.watched = False
            log.warning("the progress is no longer shown: %s: %s", type(error).__name__, error)

    def lap(self, name: str) -> None:
        """The seconds since the last lap are this one's. Steps before the search overlap: they are one lap."""
        now = time.perf_counter()
        self.seconds[name] = now - self.at
        self.at = now

    def mapper(self, after: Sequence[Any]) -> Map:
        """A map over tasks, for what the near-duplicate search does on documents."""

        def spread(function: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
            items = list(zip(*columns, strict=True))
            if not items:
                return []
            name = function.__name__
            shared, batches = self.save(name, function), self.deal(name, items)
            work = compare.with_options(name=f"find near-duplicates: {TITLES.get(name, name)}")
            tasks = self.submit(work, shared, batches, after)
            return _woven([_load(path) for path in self.finish(work.name, tasks, 1 / len(TITLES))])

        return spread


def _run(plan: Plan, cluster: str | None, batches: int) -> Report:
    """The pipeline's `run`, with tasks for processes."""
    folder = plan.staging.folder / HANDOVER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    log.info("%d shards; %d results staged by earlier runs", len(plan.shards), _staged(plan))
    artifact = create_progress_artifact(0.0, key="cleanse-progress", description="starting")
    with _hands(cluster, plan) as (runner, spread):
        bench = _Bench(runner, spread, folder, batches, copy_context(), artifact)
        shared = bench.save("plan", replace(plan, shards=()))
        staged, last = _clean(bench, shared, plan)
        found = find(partial(run.find, plan, staged, bench.mapper([last])), wait_for=[last], return_state=True)
        verdicts = found.result()
        bench.lap("find near-duplicates")
        run.begin_writing(plan)
        run.write_index(plan, staged, verdicts, bench.mapper([found]))
        groups = bench.deal("groups", run.group_parts(staged, verdicts))
        written = bench.finish("write corpus", bench.submit(write_corpus, shared, groups, [found]))
        bench.lap("write corpus")
        outcomes = list(chain.from_iterable(_load(path) for path in written))
    report = run.close_run(plan, staged, verdicts, outcomes, bench.seconds)
    shutil.rmtree(folder, ignore_errors=True)
    bench.done = STEPS
    bench.show("corpus written")
    return report


def _clean(bench: _Bench, shared: str, plan: Plan) -> tuple[list[Staged], Any]:
    """What is done before the search: batch by batch, a step of one beside another step of another."""
    shards = bench.deal("shards", plan.shards)
    read = bench.submit(fix_encoding, shared, shards)
    marked = bench.submit(strip_chrome, shared, read)
    bench.finish(fix_encoding.name, read)
    if run.learns(plan):  # a site's pages may lie in every batch
        stripped = bench.finish(strip_chrome.name, marked)
        learned = bench.runner.submit(learn_lines, {"shared": shared, "stripped": stripped})
        marked = bench.submit(mark_lines, shared, learned.result(), [learned])
    told = bench.submit(detect_language, shared, marked)
    signed = bench.submit(sign, shared, told)
    last_work = mark_lines if run.learns(plan) else strip_chrome
    for work, futures in ((last_work, marked), (detect_language, told), (sign, signed)):
        bench.finish(work.name, futures)
    last = bench.runner.submit(gather, {"shared": shared, "shards": shards, "signed": signed})
    staged = _load(last.result())
    bench.lap("read and clean")
    return staged, last


def _staged(plan: Plan) -> int:
    return sum(1 for _ in plan.staging.folder.glob("*/*.json"))


@contextmanager
def _hands(cluster: str | None, plan: Plan) -> Iterator[tuple[TaskRunner[Any], Map]]:
    """Who does the tasks, and how each works through its batch."""
    workers = max(1, min(plan.config.workers or len(os.sched_getaffinity(0)), len(plan.shards)))
    if cluster is None:
        with worker_map(workers) as spread, ThreadPoolTaskRunner(max_workers=workers + 1) as threads:
            yield threads, spread
        return
    try:
        import cloudpickle
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise SettingError("cluster needs Prefect's runner for Dask. Run: pip install 'cleanse[dask]'.") from error
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the package is installed on workers, this file is not
    here = {"n_workers": workers, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    chosen = DaskTaskRunner(cluster_kwargs=here) if cluster == "local" else DaskTaskRunner(address=cluster)
    with get_client(sync_client=True) as client:
        server = str(client.api_url)
    # a run without a server has started one of its own, which the workers have to find
    with temporary_settings({PREFECT_API_URL: server}), chosen as runner:
        yield runner, map


def _tell(report: Report) -> None:
    """What a person sees of a finished run."""
    manifest = read_manifest(report.output)
    create_markdown_artifact(
        summary(report.output, manifest), key="cleanse-summary", description="what the run came to"
    )
    rows = largest_clusters(report.output)
    create_table_artifact(rows, key="cleanse-clusters", description="the largest clusters of near-duplicates")


# -- the flow ---------------------------------------------------------------------------------------------------------


@flow(name="cleanse", flow_run_name="{input} to {output}")
def cleanse_corpus(
    input: str = "seeds",  # noqa: A002  the contract's name
    output: str = "output",
    *,
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.8,
    keep: Literal["longest", "first", "oldest", "newest"] = "longest",
    language: list[str] = [],  # noqa: B006  as Prefect's form shows it; never changed
    min_words: Annotated[int, Field(ge=0)] = 0,
    chrome: Literal["careful", "balanced", "thorough"] = "balanced",
    rules: str | None = None,
    without: list[str] = [],  # noqa: B006
    skip: list[Literal["repair", "extract", "chrome", "language", "duplicates"]] = [],  # noqa: B006
    detector: str = "cascade",
    extractor: str = "trafilatura",
    text_field: str | None = None,
    carry: list[str] | None = None,
    series_guard: bool = True,
    against: list[str] = [],  # noqa: B006
    fresh: bool = False,
    dry_run: bool = False,
    workers: Annotated[int | None, Field(ge=1)] = None,
    cluster: str | None = None,
    batches: Annotated[int, Field(ge=1)] = 12,
) -> Report:
    """Turn scraped pages into a clean, deduplicated, language-tagged Parquet corpus, and show what was removed and why.

    Args:
        input: folder (read recursively) or one file: txt, md, html, jsonl, parquet, csv
        output: folder for the corpus, the removed spans and the report
        threshold: near-duplicate Jaccard, over 0 and up to 1
        keep: which of several near-duplicates stays
        language: keep only these languages (ISO 639 codes)
        min_words: withhold documents with fewer words
        chrome: how much evidence removal needs
        rules: TOML file of own chrome rules; keep rules always win
        without: switch a chrome rule off, by its id
        skip: leave a step out
        detector: language detector, or package.module:function
        extractor: HTML extractor, or package.module:function
        text_field: field of a record that holds the page
        carry: fields of a record to carry; default: all
        series_guard: texts that differ only in numbers, dates, names stay
        against: earlier outputs: what stands there is a duplicate
        fresh: use nothing cached
        dry_run: judge and report, write no corpus
        workers: processes; default: one per CPU
        cluster: where tasks run. Empty: processes of this machine. "local": a Dask cluster on this machine, for this run
            alone. Else the address of a Dask scheduler, such as tcp://10.0.0.5:8786
        batches: tasks of a step; on a cluster, two to four for each worker

    """
    config = Config(
        workers=workers, threshold=threshold, keep=keep, language=tuple(language), min_words=min_words, chrome=chrome,
        rules=os.path.abspath(rules) if rules else None, without=tuple(without), skip=tuple(skip), detector=detector,
        extractor=extractor, text_field=text_field, carry=None if carry is None else tuple(carry),
        series_guard=series_guard, against=tuple(map(os.path.abspath, against)), fresh=fresh, dry_run=dry_run,
    )  # fmt: skip
    _log_to_run()
    plan = run.open_run(Path(input).absolute(), Path(output).absolute(), config)
    for left in reversed(range(TRIES)):
        try:
            report = _run(plan, cluster, batches)
            break
        except Exception as error:
            if not left or isinstance(error, FINAL):
                raise
            log.warning("%s: %s; once more, from what is staged", type(error).__name__, error)
    _tell(report)
    return report


if __name__ == "__main__":
    cleanse_corpus()
