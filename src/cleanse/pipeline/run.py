"""Run all stages, in the order of `STAGES`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse import corpus, remote
from cleanse.config import Config
from cleanse.errors import OutputError
from cleanse.pipeline.closing import Report, close_run
from cleanse.pipeline.corpus_state import CorpusState
from cleanse.pipeline.executor import PoolExecutor
from cleanse.pipeline.lock import locked
from cleanse.pipeline.plan import Plan, claim, make_plan
from cleanse.pipeline.process_pool import worker_map
from cleanse.pipeline.runner import Work, assemble
from cleanse.rewriting import mask_ids
from cleanse.stages import STAGES

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from cleanse.pipeline.chunks import Chunk
    from cleanse.pipeline.executor import Executor, Progress
    from cleanse.pipeline.stage import Stage


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
    with open_run(Path(input_), Path(output), config or Config()) as plan, worker_map(plan.processes) as mapper:
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
    return close_run(plan, state, clock.seconds)


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
