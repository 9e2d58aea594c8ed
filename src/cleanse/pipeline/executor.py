"""Spread the work of a run.

An executor runs the stages that work on single documents over segments and chunks, and maps functions for the stages
that work on all documents. The command line uses a pool of processes; the flow uses Prefect's tasks (see
`integrations.task_executor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from cleanse.pipeline.chunks import Segment
from cleanse.pipeline.runner import run_stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.runner import Work
    from cleanse.pipeline.stage import Map, Stage

    Progress = Callable[[str, int, int, str], None]  # title, done, total, unit


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
