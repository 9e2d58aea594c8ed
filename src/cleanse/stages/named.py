"""Strip chrome with rules that name documents, in two stages: an id is known only when the records before it are counted.

    chunks ┊ find_named: the documents of each chunk that own rules name ┊ → strip_named

A chunk without such a document has no result here and stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cleanse.chrome.document_chrome import keep_extracted, rules_of, strip_documents
from cleanse.chrome.rule_matcher import names_document
from cleanse.pipeline import guard
from cleanse.pipeline.cache import Note, hash_of
from cleanse.pipeline.chunks import Results
from cleanse.pipeline.rows import CLEANED, draft_of, ids_of, row_of_cleaned
from cleanse.pipeline.stage import Stage
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from cleanse.chrome.rule_matcher import Rule
    from cleanse.config import Config
    from cleanse.pipeline.cache import Cache
    from cleanse.pipeline.chunks import Chunk
    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map

NAMED = (Column("row", "int64"), Column("id", "string"))


def names_documents(config: Config) -> bool:
    """Return whether a rule names documents."""
    return config.rules is not None and "chrome" not in config.skip and bool(_rules_for_documents(config))


def _rules_for_documents(config: Config) -> list[Rule]:
    return [rule for rule in rules_of(config.rules, config.without).rules if rule.documents]


def find_named(plan: Plan, state: CorpusState, mapper: Map) -> CorpusState:  # noqa: ARG001  as every corpus stage
    """Return the state in which each chunk has the list of its documents that rules name, if there are any.

    Args:
        plan: The plan of the run.
        state: The chunks.
        mapper: Not used: the search takes little time.
    """
    rules = _rules_for_documents(plan.config)
    return replace(state, chunks=tuple(_with_names(chunk, plan.cache, rules) for chunk in state.chunks))


def _with_names(chunk: Chunk, cache: Cache, rules: Sequence[Rule]) -> Chunk:
    """Return the chunk with the list of its documents that rules name; the chunk itself if there are none."""
    near = [rule for rule in rules if any(_may_name(pattern, chunk) for pattern in rule.documents)]
    rows, acting = [], set[str]()
    for row, name in enumerate(ids_of(Results(chunk, cache)) if near else ()):
        naming = [rule for rule in near if any(names_document(pattern, name) for pattern in rule.documents)]
        if naming:
            rows.append((row, name))
            acting.update(map(repr, naming))
    if not rows:
        return chunk
    key = hash_of("named", rows, sorted(acting))

    def make() -> tuple[Note, bool]:
        import pyarrow as pa

        schema = make_schema(NAMED)
        table = pa.table(list(zip(*rows, strict=True)), schema)
        return Note({key: cache.write(FIND_NAMED.name, key, [table], schema)}, {}), True

    cache.once(FIND_NAMED.name, key, make)
    return chunk.with_result(FIND_NAMED.name, key)


def _may_name(pattern: str, chunk: Chunk) -> bool:
    """Return whether a document of the sources that a chunk was read from can have an id of this pattern."""
    beginning = pattern.partition("*")[0]
    return any(beginning.startswith(source) or source.startswith(beginning) for source, _ in chunk.origins)


def strip_named(results: Results, facts: dict[str, Any], **options: Any) -> Iterator[pa.Table]:
    """Yield the cleaned documents of a chunk; those that rules name are cleaned again with these rules.

    Args:
        results: Results of the stages that this one reads.
        facts: Receives a summary for the log.
        options: Options that the stage names.
    """
    import pyarrow as pa

    rules = rules_of(options["rules"], options["without"])
    pairs = (zip(*(column.to_pylist() for column in t.columns), strict=True) for t in results.tables(FIND_NAMED.name))
    names = {row: name for pair in pairs for row, name in pair}
    facts["summary"] = f"{len(names)} documents that rules name"

    def work(items: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        drafts = [draft_of(row) for _, row in items]
        cleaned = strip_documents(drafts, rules, options["chrome"], [name for name, _ in items])
        return [row_of_cleaned(one) for one, _ in cleaned]

    def give_up(item: tuple[str, dict[str, Any]], reason: Any) -> dict[str, Any]:
        return row_of_cleaned(keep_extracted(draft_of(item[1]), reason))

    first = 0
    for drafts, cleaned in zip(results.tables("read"), results.tables("chrome"), strict=True):
        rows = cleaned.to_pylist()
        here = [n for n in range(len(rows)) if first + n in names]
        items = [(names[first + n], drafts.slice(n, 1).to_pylist()[0]) for n in here]
        for n, row in zip(here, guard.each_batch(items, work, give_up), strict=True):
            rows[n] = row
        first += len(rows)
        yield pa.Table.from_pylist(rows, make_schema(CLEANED))


FIND_NAMED = Stage(
    name="named",
    title="strip chrome: find named documents",
    run=find_named,
    reads=("read", "chrome"),
    adds=NAMED,
    scope="corpus",
    applies=names_documents,
)
STRIP_NAMED = Stage(
    name="rules",
    title="strip chrome: rules for documents",
    run=strip_named,
    reads=("read", "chrome", "named"),
    adds=CLEANED,
    options=("rules", "without", "chrome"),
    libraries=("numpy",),
    replaces="chrome",
    applies=names_documents,
)
