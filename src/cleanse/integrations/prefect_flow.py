"""Define the Prefect flow `cleanse`: the stages of a run as tasks over batches. See docs/guides/flow.md for its use."""

from __future__ import annotations

import inspect
import logging
import shutil
import time
from contextlib import contextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from prefect import flow, get_client
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ThreadPoolTaskRunner

from cleanse.corpus import read_manifest
from cleanse.errors import CleanseError, SettingError, WorkerError
from cleanse.integrations.flow_parameters import ARGUMENTS, config_of, parameters_of_flow, place_of
from cleanse.integrations.prefect_tasks import RETRY_SECONDS, log_to_run
from cleanse.integrations.task_executor import TaskExecutor
from cleanse.pipeline.closing import Report
from cleanse.pipeline.process_pool import worker_map
from cleanse.pipeline.run import execute, open_run
from cleanse.report.summary import largest_clusters, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.task_runners import TaskRunner

    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map

TRIES = 2  # times that a whole run is tried; the second try reuses what the first has cached
HANDOVER = "handover"  # folder in the cache folder, for the files that tasks hand each other

log = logging.getLogger("cleanse.flow")


def _clean_corpus(**parameters: Any) -> Report:
    """Run the flow."""
    own_parameters = {name: parameters.pop(name) for name in ("input", "output", "cluster", "batches")}
    config = config_of(parameters)
    log_to_run()
    with open_run(place_of(own_parameters["input"]), place_of(own_parameters["output"]), config) as plan:
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
    workers = max(1, plan.processes)
    if cluster is None:
        threads: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=workers + 1)
        with worker_map(plan.processes) as mapper, threads:
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


def _make_flow() -> Any:
    """Return the flow, with a signature and documentation made from the options."""

    def cleanse_corpus(*arguments: Any, **parameters: Any) -> Report:
        return _clean_corpus(**signature.bind(*arguments, **parameters).arguments)

    signature = inspect.Signature(parameters_of_flow(), return_annotation=Report)
    cleanse_corpus.__signature__ = signature  # type: ignore[attr-defined]
    cleanse_corpus.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    cleanse_corpus.__doc__ = (
        "Turn scraped pages into a clean, deduplicated, language-tagged Parquet corpus, and show what was removed and why.\n\n"
        "Args:\n" + "\n".join(f"    {name}: {about}" for name, about in ARGUMENTS.items())
    )
    cleanse_corpus.__module__, cleanse_corpus.__qualname__ = __name__, "cleanse_corpus"
    return flow(name="cleanse", flow_run_name="{input} to {output}")(cleanse_corpus)


cleanse_corpus = _make_flow()
