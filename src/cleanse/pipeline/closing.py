"""Close a run: add up the outcomes of its part files, write card, report and manifest, and prune the cache."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from cleanse import __version__, corpus
from cleanse.documents import STATUSES
from cleanse.pipeline.cache import hash_of
from cleanse.pipeline.plan import settings_of
from cleanse.pipeline.reason_watch import is_transient
from cleanse.pipeline.slowest import find_slowest
from cleanse.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.status import Duplicates

log = logging.getLogger(__name__)

AMOUNTS = (
    "chars_in",
    *(f"chars_{status}" for status in STATUSES),
    "words_kept",
    "doubts",
)  # beside documents by status


@dataclass(frozen=True, slots=True)
class Report:
    """Summary of a finished run.

    Attributes:
        output: The output folder.
        digest: Digest of the output.
        counts: Number of documents read, by status, and left out as hidden; characters read (`chars_in`) and of texts by
            status (`chars_kept` …); words kept (`words_kept`); documents with a doubt (`doubts`).
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


def close_run(plan: Plan, state: CorpusState, seconds: dict[str, float]) -> Report:
    """Add up the outcomes; write card, report and, last, the manifest; remove what earlier runs left.

    Args:
        plan: The plan of the run.
        state: The state after the last stage.
        seconds: Seconds by stage.
    """
    from cleanse.corpus.card import write_card, write_croissant
    from cleanse.report.attention import find_attention
    from cleanse.report.report_page import write_page
    from cleanse.report.site_statistics import site_lines

    total = corpus.Outcome()
    for outcome in state.outcomes:
        total.add(outcome)
    manifest = _manifest(plan, total, state.duplicates, seconds) | {"slowest": find_slowest(state.chunks, plan.cache)}
    corpus.sweep(plan.output, {name for table in manifest["tables"].values() for name in table["files"]})
    manifest |= {"site_lines": site_lines(plan.output), "attention": find_attention(plan.output)}
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
    counts |= {name: chars[name] for name in AMOUNTS}
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
        # spans of these pages hold masked text, so the page text cannot be restored
        "forgotten": list(plan.config.mask) if plan.config.forget else [],
        "against": [{"output": e.name, "digest": e.digest, "documents": e.index.rows} for e in plan.earlier],
        "tables": tables,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
        "input": str(plan.input),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _ranked(counter: Counter[str] | None) -> dict[str, int]:
    """Return counts in descending order."""
    return dict(sorted((counter or {}).items(), key=lambda item: (-item[1], item[0])))
