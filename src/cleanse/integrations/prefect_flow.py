"""Define the Prefect flow `cleanse`: the stages of a run as tasks over batches. See docs/guides/flow.md for its use.

Tasks take paths and return paths. The items of a batch and their results are in files below the cache folder, as
messages (see `pipeline.messages`). Results of stages are cached, so a task that runs twice, or a run that is started
again after it was killed, does not repeat finished work.
"""

from __future__ import annotations

import inspect
import logging
import os
import shutil
import time
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from prefect import flow, get_client, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import as_completed
from prefect.logging.handlers import APILogHandler
from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_LEVEL, temporary_settings
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from cleanse import remote
from cleanse.atomic_write import new_file
from cleanse.config import Config
from cleanse.corpus import read_manifest
from cleanse.errors import CleanseError, SettingError, WorkerError
from cleanse.pipeline import messages
from cleanse.pipeline.process_pool import worker_map
from cleanse.pipeline.run import Report, execute, open_run
from cleanse.pipeline.runner import run_stages
from cleanse.report.summary import largest_clusters, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

    from prefect.futures import PrefectFuture
    from prefect.task_runners import TaskRunner

    from cleanse.pipeline.chunks import Segment
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.runner import Work
    from cleanse.pipeline.stage import Stage

    Map = Callable[..., Iterable[Any]]
    Future = PrefectFuture[str]

TRIES = 2  # times that a whole run is tried; the second try reuses what the first has cached
RETRY_SECONDS = [2, 20]  # before the second and third try of a task: a disk or a network may be away for a moment
TRANSIENT_ERRORS = (OSError, MemoryError, WorkerError)  # may have causes outside of cleanse, which may pass
HANDOVER = "handover"  # folder in the cache folder, for the files that tasks hand each other
BATCHES = 12  # default number of tasks of a stage

log = logging.getLogger("cleanse.flow")


# -- tasks ------------------------------------------------------------------------------------------------------------


def _may_pass(_task: object, _run: object, state: Any) -> bool:
    """Return whether a task failed for a reason that may pass, so that another try makes sense."""
    return isinstance(state.result(raise_on_failure=False), TRANSIENT_ERRORS)


_TASK = {
    "retries": len(RETRY_SECONDS),
    "retry_delay_seconds": RETRY_SECONDS,
    "retry_condition_fn": _may_pass,
    "cache_policy": NO_CACHE,  # Prefect's cache does not notice that a file is gone; the cache of cleanse does
    "persist_result": False,
}


@task(**_TASK)  # type: ignore[call-overload,untyped-decorator]
def run_batch(function: str, batch: str, mapper: Map, to: str) -> str:
    """Call a function for each item of a batch, and return the file that holds the results.

    Args:
        function: File that holds the function.
        batch: File that holds the items: the arguments of each call.
        mapper: A function like the builtin `map`, which may spread its calls over processes.
        to: File for the results.
    """
    _log_to_run()
    return _save(list(mapper(_load(function), *zip(*_load(batch), strict=True))), to)


@task(**_TASK)  # type: ignore[call-overload,untyped-decorator]
def run_alone(function: Callable[[], Any]) -> Any:
    """Call a function of a stage over all documents, in the process of the flow."""
    return function()


def _save(value: object, path: str) -> str:
    """Write a value to a file, and return its path. The file is renamed when complete, as a cluster may run a task twice."""
    with new_file(Path(path), durable=False) as temporary:
        temporary.write_bytes(messages.encode(value))
    return path


def _load(path: str) -> Any:
    """Return the value in a file that `_save` wrote."""
    return messages.decode(Path(path).read_bytes())


def _weave(dealt: Sequence[Sequence[Any]]) -> list[Any]:
    """Return items that were dealt out to batches, in their original order."""
    out: list[Any] = [None] * sum(map(len, dealt))
    for i, items in enumerate(dealt):
        out[i :: len(dealt)] = items
    return out


def _log_to_run() -> None:
    """Send what `cleanse` logs to the Prefect run or task of this process. On a cluster the process of each task calls it.

    The level is Prefect's own (PREFECT_LOGGING_LEVEL). The pool returns what worker processes log to the thread of the
    task. Outside of a run nothing is sent; the handler stays, because tasks of a process may overlap.
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
class TaskExecutor:
    """Spreads the work of a run over Prefect's tasks: one task for each stage and batch.

    Attributes:
        runner: Prefect's task runner.
        mapper: How a task works through its batch: over processes of this machine, or one by one on a cluster.
        folder: Folder for the files that tasks hand each other.
        batches: Number of tasks of a stage.
        context: Context of the flow, so that its tasks belong to the flow.
        artifact: Id of the artifact that shows the progress.
        watched: Whether the progress is shown; False after the server did not answer.
        saved: Number of files so far.
    """

    runner: TaskRunner[Any]
    mapper: Map
    folder: Path
    batches: int
    context: Context
    artifact: UUID
    watched: bool = True
    saved: int = 0
    before: list[Future] = field(
        default_factory=list
    )  # the tasks that ended last; the run graph shows the next behind them

    def run_documents(self, plan: Plan, stages: Sequence[Stage], items: Sequence[Segment | Work]) -> list[Work]:
        """Run stages over segments or chunks, batch by batch; batches do not wait for each other between stages.

        Args:
            plan: The plan of the run, without its segments.
            stages: The stages, in order.
            items: Segments, or the work of earlier stages.
        """
        batches: list[Any] = self._deal([(item,) for item in items])
        submitted: list[tuple[Stage, list[Future]]] = []
        for stage in stages:
            batches = self._submit(stage.title, partial(run_stages, plan, (stage.name,)), batches)
            submitted.append((stage, batches))
            if stage is not stages[-1]:
                batches = [self._as_batch(future) for future in batches]
        for stage, futures in submitted:
            self._finish(stage.title, futures)
        return _weave([_load(future.result()) for future in submitted[-1][1]])

    def map(self, stage: Stage, function: Callable[..., Any], *columns: Iterable[Any]) -> list[Any]:
        """Call a function for each set of arguments, batch by batch.

        Args:
            stage: The stage.
            function: The function.
            columns: The arguments: one iterable for each parameter.
        """
        items = list(zip(*columns, strict=True))
        if not items:
            return []
        name = getattr(function, "__name__", "").replace("_", " ")
        title = f"{stage.title}: {name}" if name else stage.title
        futures = self._submit(title, function, self._deal(items))
        self._finish(title, futures)
        return _weave([_load(future.result()) for future in futures])

    def run_corpus(self, stage: Stage, function: Callable[[], Any]) -> Any:
        """Call the function of a stage over all documents. Its work on single documents becomes tasks of its own.

        Args:
            stage: The stage.
            function: The function.
        """
        return run_alone.with_options(name=stage.title, task_run_name=stage.title)(function, wait_for=self.before)

    def _deal(self, items: Sequence[Any]) -> list[str]:
        """Return files of batches. Each takes every n-th item: neighbours are alike, so batches take equally long."""
        n = min(self.batches, len(items))
        return [_save(items[i::n], self._name("batch")) for i in range(n)]

    def _name(self, kind: str) -> str:
        """Return a path that was not used before."""
        self.saved += 1
        return str(self.folder / f"{kind}-{self.saved:06d}")

    def _as_batch(self, future: Future) -> Any:
        """Return the results of a batch as a batch for the next stage."""
        to = self._name("batch")
        return self.context.run(self.runner.submit, _hand_on, {"results": future, "to": to}, [])

    def _submit(self, title: str, function: Callable[..., Any], batches: Sequence[Any]) -> list[Future]:
        """Submit a task for every batch; batches are files, or futures of files."""
        shared = _save(function, self._name("function"))
        futures = []
        for i, batch in enumerate(batches, 1):
            work = run_batch.with_options(name=title, task_run_name=f"{title} {i} of {len(batches)}")
            given = {"function": shared, "batch": batch, "mapper": self.mapper, "to": self._name("results")}
            behind = [self.before[i % len(self.before)]] if self.before and isinstance(batch, str) else []
            futures.append(self.context.run(self.runner.submit, work, given, behind))
        return futures

    def _finish(self, title: str, futures: Sequence[Future]) -> None:
        """Wait for tasks and show how many are done. The first failure ends the run."""
        for i, future in enumerate(as_completed(list(futures)), 1):
            future.result()
            self.show(f"{title}: {i} of {len(futures)} batches", 100.0 * i / len(futures))
        self.before = list(futures)
        log.info("%s: %d %s done", title, len(futures), "batch" if len(futures) == 1 else "batches")

    def show(self, what: str, percent: float) -> None:
        """Move the progress bar. After a failure it is not tried again, because the run does not depend on it.

        Args:
            what: What is being done.
            percent: How much of it is done, 0 to 100.
        """
        if not self.watched:
            return
        try:
            update_progress_artifact(self.artifact, progress=percent, description=what)
        except Exception as error:  # noqa: BLE001  no failure to show progress may end the run
            self.watched = False
            log.warning("the progress is no longer shown: %s: %s", type(error).__name__, error)


@task(**_TASK)  # type: ignore[call-overload,untyped-decorator]
def _hand_on(results: str, to: str) -> str:
    """Make a batch for the next stage from the results of a batch."""
    return _save([(result,) for result in _load(results)], to)


def _run(plan: Plan, cluster: str | None, batches: int) -> Report:
    """Run the stages of a plan as tasks."""
    folder = plan.cache.folder / HANDOVER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cached = sum(1 for _ in plan.cache.folder.glob("*/*.json"))
    log.info("%d segments; %d results cached by earlier runs", len(plan.segments), cached)
    artifact: Any = create_progress_artifact(0.0, key="cleanse-progress", description="starting")
    with _runner(cluster, plan) as (runner, mapper):
        executor = TaskExecutor(runner, mapper, folder, batches, copy_context(), artifact)
        report = execute(plan, executor)
        executor.show("corpus written", 100.0)
    shutil.rmtree(folder, ignore_errors=True)
    return report


@contextmanager
def _runner(cluster: str | None, plan: Plan) -> Iterator[tuple[TaskRunner[Any], Map]]:
    """Yield the task runner, and the function with which each task works through its batch."""
    processes = len(os.sched_getaffinity(0)) if plan.config.workers is None else plan.config.workers
    workers = max(1, min(processes, len(plan.segments)))
    if cluster is None:
        threads: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers + 1)
        with worker_map(min(processes, workers)) as mapper, threads:
            yield threads, mapper
        return
    try:
        from prefect_dask import DaskTaskRunner  # type: ignore[attr-defined]
    except ImportError as error:
        raise SettingError(
            "cluster needs Prefect's runner for Dask. Run: pip install 'cleanse-corpus[dask]'."
        ) from error
    local_cluster = {
        "n_workers": workers,
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        "dashboard_address": "127.0.0.1:0",
    }
    chosen = DaskTaskRunner(cluster_kwargs=local_cluster) if cluster == "local" else DaskTaskRunner(address=cluster)
    with get_client(sync_client=True) as client:
        server = str(client.api_url)
    # without a server, Prefect has started one for this run, which the workers have to find
    with temporary_settings({PREFECT_API_URL: server}), chosen as runner:
        yield runner, map


def _show(report: Report) -> None:
    """Show the summary of a finished run in Prefect's interface."""
    manifest = read_manifest(report.output)
    shown = summary(report.output, manifest)
    create_markdown_artifact(shown, key="cleanse-summary", description="summary of the run")
    rows = largest_clusters(report.output)
    create_table_artifact(rows, key="cleanse-clusters", description="the largest clusters of near-duplicates")


# -- the flow ---------------------------------------------------------------------------------------------------------


def _parameters() -> list[inspect.Parameter]:
    """Return the flow's parameters: input and output, the options of `Config`, and how tasks are spread."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    out = [
        inspect.Parameter("input", either, default="seeds", annotation=str),
        inspect.Parameter("output", either, default="output", annotation=str),
    ]
    for one in fields(Config):
        default = list(one.default) if isinstance(one.default, tuple) else one.default
        out.append(inspect.Parameter(one.name, keyword, default=default, annotation=_annotation(one)))
    out.append(inspect.Parameter("cluster", keyword, default=None, annotation=str | None))
    out.append(inspect.Parameter("batches", keyword, default=BATCHES, annotation=Annotated[int, Field(ge=1)]))
    return out


def _annotation(option: Any) -> Any:
    """Return the type of an option, with its choices and bounds, for Prefect's form."""
    about, (kind, _, optional) = option.metadata, str(option.type).partition(" | ")
    plain: Any = {"int": int, "float": float, "bool": bool}.get(kind, str)
    if about["choices"]:
        plain = Literal[about["choices"]]
    bounds = {"ge": about["least"], "gt": about["over"], "le": about["most"]}
    if bounds := {name: bound for name, bound in bounds.items() if bound is not None}:
        plain = Annotated[plain, Field(**bounds)]
    if kind.startswith("tuple"):
        plain = list[plain]
    return plain | None if optional else plain


_ARGUMENTS = {
    "input": "folder (read recursively) or one file",
    "output": "folder for the corpus, the removed spans and the report",
    **{one.name: one.metadata["help"] for one in fields(Config)},
    "cluster": 'where tasks run. Empty: processes of this machine. "local": a Dask cluster on this machine, for this run'
    " alone. Else the address of a Dask scheduler, such as tcp://10.0.0.5:8786",
    "batches": "tasks of a stage; on a cluster, two to four for each worker",
}


def _place(name: str) -> Path:
    """Return an input or output as an absolute path; a URL stays what it is."""
    return Path(name) if remote.url_of(name) is not None else Path(name).absolute()


def _clean_corpus(**parameters: Any) -> Report:
    """Run the flow."""
    own_parameters = {name: parameters.pop(name) for name in ("input", "output", "cluster", "batches")}
    paths = {one.name for one in fields(Config) if one.metadata["path"]}
    config = Config(
        **{name: _absolute(value) if name in paths else _frozen(value) for name, value in parameters.items()}
    )
    _log_to_run()
    with open_run(_place(own_parameters["input"]), _place(own_parameters["output"]), config) as plan:
        report = _run_again(plan, own_parameters["cluster"], own_parameters["batches"])
    _show(report)
    return report


def _run_again(plan: Plan, cluster: str | None, batches: int) -> Report:
    """Run a plan; if it fails for a reason that may pass, run it once more from what is cached."""
    for tries_left in reversed(range(TRIES)):
        try:
            return _run(plan, cluster, batches)
        except Exception as error:
            if not tries_left or (isinstance(error, CleanseError) and not isinstance(error, WorkerError)):
                raise
            log.warning("%s: %s; once more, from what is cached", type(error).__name__, error)
            time.sleep(RETRY_SECONDS[0])
    raise AssertionError


def _frozen(value: Any) -> Any:
    """Return a list as a tuple; other values as they are."""
    return tuple(value) if isinstance(value, list) else value


def _absolute(value: Any) -> Any:
    """Return paths as absolute paths, because workers of a cluster may run in other folders."""
    if isinstance(value, str):
        return os.path.abspath(value)
    return tuple(map(os.path.abspath, value)) if value else _frozen(value)


def _make_flow() -> Any:
    """Return the flow, with a signature and documentation made from the options."""

    def cleanse_corpus(*arguments: Any, **parameters: Any) -> Report:
        return _clean_corpus(**signature.bind(*arguments, **parameters).arguments)

    signature = inspect.Signature(_parameters(), return_annotation=Report)
    cleanse_corpus.__signature__ = signature  # type: ignore[attr-defined]
    cleanse_corpus.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    cleanse_corpus.__doc__ = (
        "Turn scraped pages into a clean, deduplicated, language-tagged Parquet corpus, and show what was removed and why.\n\n"
        "Args:\n" + "\n".join(f"    {name}: {about}" for name, about in _ARGUMENTS.items())
    )
    cleanse_corpus.__module__, cleanse_corpus.__qualname__ = __name__, "cleanse_corpus"
    return flow(name="cleanse", flow_run_name="{input} to {output}")(cleanse_corpus)


cleanse_corpus = _make_flow()
