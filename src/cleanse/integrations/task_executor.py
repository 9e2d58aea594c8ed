"""Spread the work of a run over Prefect's tasks."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from prefect.artifacts import update_progress_artifact
from prefect.futures import as_completed

from cleanse.integrations.prefect_tasks import load, run_alone, run_batch, save
from cleanse.pipeline.runner import run_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextvars import Context
    from pathlib import Path
    from uuid import UUID

    from prefect.futures import PrefectFuture
    from prefect.task_runners import TaskRunner

    from cleanse.pipeline.chunks import Segment
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.runner import Work
    from cleanse.pipeline.stage import Map, Stage

    Future = PrefectFuture[str]

log = logging.getLogger("cleanse.flow")


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
        before: The tasks that ended last. The run graph shows the next tasks behind them.
    """

    runner: TaskRunner[Any]
    mapper: Map
    folder: Path
    batches: int
    context: Context
    artifact: UUID
    watched: bool = True
    saved: int = 0
    before: list[Future] = field(default_factory=list)

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
        for stage, futures in submitted:
            self._finish(stage.title, futures)
        return _results_of(submitted[-1][1])

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
        return _results_of(futures)

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
        return [save(items[i::n], self._name("batch")) for i in range(n)]

    def _name(self, kind: str) -> str:
        """Return a path that was not used before."""
        self.saved += 1
        return str(self.folder / f"{kind}-{self.saved:06d}")

    def _submit(self, title: str, function: Callable[..., Any], batches: Sequence[Any]) -> list[Future]:
        """Submit a task for every batch; batches are files, or futures of files."""
        shared = save(function, self._name("function"))
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


def _results_of(futures: Sequence[Future]) -> list[Any]:
    """Return the results of all batches, in the order of the items."""
    return _weave([[result for (result,) in load(future.result())] for future in futures])


def _weave(dealt: Sequence[Sequence[Any]]) -> list[Any]:
    """Return items that were dealt out to batches, in their original order."""
    out: list[Any] = [None] * sum(map(len, dealt))
    for i, items in enumerate(dealt):
        out[i :: len(dealt)] = items
    return out
