"""Plan a run: its input, output and options, and the cache keys that follow from them."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from cleanse import inputs, plugins
from cleanse.pipeline.cache import Cache, hash_of
from cleanse.pipeline.chunks import cut_input
from cleanse.pipeline.stage import version_of
from cleanse.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cleanse.config import Config
    from cleanse.corpus.reference import Earlier
    from cleanse.pipeline.chunks import Segment
    from cleanse.pipeline.stage import Stage

log = logging.getLogger(__name__)

CACHE_FOLDER = ".cleanse"  # in the output folder


@dataclass(frozen=True, slots=True)
class Plan:
    """The inputs, output folder and options of a run.

    Attributes:
        input: The input.
        output: The output folder.
        config: The options.
        cache: The cache of results.
        segments: The segments of the input.
        versions: Stage → version of its code, libraries and users' functions.
        hidden: Number of names in the input that start with a dot and were left out.
        earlier: Outputs whose documents count as already seen.
        previous: Manifest of the output that this run replaces; None if there is none.
    """

    input: Path
    output: Path
    config: Config
    cache: Cache
    segments: tuple[Segment, ...]
    versions: dict[str, str]
    hidden: int = 0
    earlier: tuple[Earlier, ...] = ()
    previous: dict[str, Any] | None = None

    @property
    def processes(self) -> int:
        """Return the number of worker processes: as many as asked for, but no more than there are segments."""
        wanted = len(os.sched_getaffinity(0)) if self.config.workers is None else self.config.workers
        return min(wanted, max(1, len(self.segments)))

    def options_of(self, stage: Stage) -> dict[str, Any]:
        """Return the options that a stage names, with their values."""
        return {name: getattr(self.config, name) for name in stage.options}

    def key_of(self, stage: Stage, read: Iterable[object], counted: object = None) -> str:
        """Return the cache key of a stage's result.

        Args:
            stage: The stage.
            read: Keys of the results that it reads.
            counted: What its result depends on of its options; None: their values.
        """
        values = [getattr(self.config, name) for name in stage.options] if counted is None else counted
        return hash_of(stage.name, self.versions[stage.name], list(read), values)


def claim(input_: Path, output: Path, config: Config) -> None:
    """Check input, options and output before any work, and make the output folder.

    Args:
        input_: The input.
        output: The output folder.
        config: The options.

    Raises:
        SettingError: An option cannot be used.
        SourceError: The input is missing or of no known kind.
        OutputError: The output, or an earlier output, cannot be used.
    """
    from cleanse import corpus
    from cleanse.corpus.reference import open_earlier

    inputs.check_input(input_)
    _load_all(config)
    open_earlier(config.against, output, config.threshold)
    corpus.claim(output, input_, dry_run=config.dry_run)
    (output / CACHE_FOLDER).mkdir(exist_ok=True)


def make_plan(input_: Path, output: Path, config: Config) -> Plan:
    """Return the plan of a run: list the input, cut it into segments, prepare the cache.

    Args:
        input_: The input.
        output: The output folder, after `claim`.
        config: The options.

    Raises:
        OutputError: An earlier output cannot be used.
        SettingError: The index of an earlier output was made with other options.
    """
    from cleanse import corpus
    from cleanse.corpus.reference import open_earlier

    folder = output / CACHE_FOLDER
    _clear_folder(folder, everything=config.fresh)
    earlier = open_earlier(config.against, output, config.threshold)
    listing = inputs.list_sources(input_, follow_links=config.follow_links)
    versions = {stage.name: _version(stage, config) for stage in STAGES}
    segments = cut_input(listing)
    previous = corpus.read_manifest(output) if (output / corpus.MANIFEST).exists() else None
    plan = Plan(input_, output, config, Cache(folder), segments, versions, listing.hidden, earlier, previous)
    log.info("%s: %d files in %d segments; to %s", input_, len(listing.sources), len(plan.segments), output)
    return plan


def _version(stage: Stage, config: Config) -> str:
    """Return the version of a stage, with that of the users' functions that its options name."""
    functions = [plugins.fingerprint(getattr(config, option)) for option in stage.plugins]
    return hash_of(version_of(stage), functions)


def _load_all(config: Config) -> None:
    """Load all that the options name, before any work. Raises SettingError for what cannot be loaded."""
    from cleanse.chrome.document_chrome import rules_of
    from cleanse.html import load_extractor
    from cleanse.language import load_detector
    from cleanse.stages.filter import preset_of

    if config.rules or config.without:  # the package's own rules are proven by its tests; workers load them
        rules_of(config.rules, config.without)
    load_detector(config.detector)
    load_extractor(config.extractor)
    preset_of(config.filter)


def _clear_folder(folder: Path, *, everything: bool) -> None:
    """Remove temporary folders of killed runs; all results too, if `everything`."""
    for path in folder.iterdir():
        if path.is_dir() and (everything or path.name.startswith(("texts-", "index-"))):
            shutil.rmtree(path, ignore_errors=True)


def settings_of(config: Config) -> dict[str, Any]:
    """Return the options that a row of the output can depend on, by name."""
    return {one.name: getattr(config, one.name) for one in fields(config) if one.metadata["rows"]}
