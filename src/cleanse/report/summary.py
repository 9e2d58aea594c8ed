"""Summarize a finished run in a few lines of Markdown, and its largest clusters as rows, for Prefect's artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MOST = 12  # rows of each table in the summary
CLUSTERS = 25  # clusters listed
MEMBERS = 5  # near-duplicates named of each cluster

_FUNNEL = ("read", "rejected", "filtered", "duplicate", "kept")


def summary(output: Path, manifest: Mapping[str, Any]) -> str:
    """Return funnel, languages, reasons, rules, digest and places of a run, as Markdown.

    Args:
        output: The output folder.
        manifest: The manifest of the run.
    """
    counts = manifest["counts"]
    share = counts["chars_kept"] / counts["chars_in"] if counts["chars_in"] else 0.0
    slowest = max(manifest["seconds"].items(), key=lambda item: item[1], default=("", 0.0))
    lines = [
        f"# {counts['kept']:,} of {counts['read']:,} documents kept",
        "",
        f"{counts['chars_kept']:,} of {counts['chars_in']:,} characters ({share:.0%}).",
        "",
        f"- report: `{output / 'report.html'}`",
        f"- corpus: `{output / 'corpus'}`",
        f"- digest: `{manifest['digest']}`",
        f"- slowest step: {slowest[0]}, {slowest[1]:.1f} s of {sum(manifest['seconds'].values()):.1f} s",
        "",
        *_table("documents", ((name, counts[name]) for name in _FUNNEL)),
    ]
    for title, name in (("language", "languages"), ("not kept because", "reasons"), ("removed by rule", "rules")):
        ranked = list(manifest[name].items())
        if ranked:
            lines += ["", *_table(title, ranked[:MOST])]
        if len(ranked) > MOST:
            lines += ["", f"… and {len(ranked) - MOST} more in the report."]
    return "\n".join(lines)


def _table(title: str, rows: Iterable[tuple[str, int]]) -> list[str]:
    """Return a table of names and counts."""
    cells = (f"| {_plain(name)} | {count:,} |" for name, count in rows)
    return [f"| {title} | |", "|:---|---:|", *cells]


def _plain(name: str) -> str:
    """Return a name that cannot break out of its cell."""
    return name.replace("|", "\\|").replace("\n", " ")


def largest_clusters(output: Path) -> list[dict[str, Any]]:
    """Return a row for each of the largest clusters: kept document, number of near-duplicates, least Jaccard, some ids."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    parts = sorted(str(path) for path in (output / "documents").glob("part-*.parquet"))
    if not parts:
        return []
    columns = ["id", "duplicate_of", "jaccard"]
    duplicates = ds.dataset(parts, format="parquet").to_table(
        columns=columns, filter=ds.field("duplicate_of").is_valid()
    )
    grouped = duplicates.group_by("duplicate_of").aggregate([("jaccard", "min"), ("id", "count")])
    largest = grouped.sort_by([("id_count", "descending"), ("duplicate_of", "ascending")]).slice(0, CLUSTERS)
    rows = []
    for kept in largest.to_pylist():
        ids = duplicates.filter(pc.equal(duplicates["duplicate_of"], pa.scalar(kept["duplicate_of"])))["id"]
        names = ", ".join(ids.slice(0, MEMBERS).to_pylist()) + (" …" if len(ids) > MEMBERS else "")
        least = round(kept["jaccard_min"], 4)
        rows.append(
            {
                "kept": kept["duplicate_of"],
                "near-duplicates": kept["id_count"],
                "least Jaccard": least,
                "such as": names,
            }
        )
    return rows
