"""Try limits on signals on a finished corpus, from its tables alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TextIO

from cleanse.corpus import read_manifest
from cleanse.corpus.reader import columns, parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

MOST = 40  # rows that are printed
NAMED = 4  # rules and languages that a row of the report names


def try_on_output(output: Path, name: str, examples: int) -> list[dict[str, Any]]:
    """Return what a filter would remove from the kept documents, rules that remove most first.

    Each row has rule, language, site, the number of documents, how many of them no other rule would remove, and
    examples.

    Args:
        output: The output folder.
        name: A preset, or a file of limits.
        examples: Number of ids shown in each row.

    Raises:
        OutputError: The folder holds no finished run.
        SettingError: The preset cannot be used.
    """
    from cleanse.quality import load_preset, try_filter
    from cleanse.signals import SIGNALS

    read_manifest(output)
    preset = load_preset(name, [signal.name for signal in SIGNALS])
    rows: list[dict[str, Any]] = try_filter(_documents(output), preset, examples).to_pylist()
    return sorted(rows, key=lambda row: (-row["documents"], row["rule"], row["language"], row["site"] or ""))


def _documents(output: Path) -> pa.Table:
    """Return the signals of the kept documents with id, language, site and characters."""
    import pyarrow as pa

    from cleanse.corpus import SCHEMAS

    tables = []
    for path in parts(output, "corpus"):
        kept = columns(path, ("id", "language", "site", "chars"))
        signals = columns(output / "signals" / path.name, SCHEMAS["signals"].names)
        tables.append(kept.join(signals, "id", join_type="inner"))
    return pa.concat_tables(tables)


def try_presets(samples: Mapping[str, npt.NDArray[np.float64]]) -> list[dict[str, Any]]:
    """Return what each preset would withhold of documents whose signals are known: a row for each preset.

    Rows have `preset`, `documents`, `of`, the `rules` and the `languages` with most of them, as pairs of name and number.

    Args:
        samples: Language → a row of signals for each document, in the order of `SIGNALS`.
    """
    import numpy as np
    import pyarrow as pa

    from cleanse.quality import PRESETS, find_masks, load_preset
    from cleanse.signals import SIGNALS

    codes = [code for code in sorted(samples) for _ in range(len(samples[code]))]
    if not codes:
        return []
    values = np.concatenate([samples[code] for code in sorted(samples)])
    table = pa.table({signal.name: column for signal, column in zip(SIGNALS, values.T, strict=True)})
    rows = []
    for name in PRESETS:
        preset = load_preset(name, [signal.name for signal in SIGNALS])
        masks = {rule.id: mask for rule, mask in find_masks(table, codes, preset).items()}
        taken = np.logical_or.reduce(list(masks.values()))
        rules = Counter({rule: int(mask.sum()) for rule, mask in masks.items() if mask.any()})
        languages = Counter(code for code, is_taken in zip(codes, taken.tolist(), strict=True) if is_taken)
        row = {"preset": name, "documents": int(taken.sum()), "of": len(codes)}
        rows.append(row | {"rules": rules.most_common(NAMED), "languages": languages.most_common(NAMED)})
    return rows


def print_trial(rows: list[dict[str, Any]], to: TextIO) -> None:
    """Print what each rule would remove, as a table.

    Args:
        rows: The result of `try_on_output`.
        to: The stream to write to.
    """
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "language", "site", "documents", "only this", "of", "such as", box=None)
    for row in rows[:MOST]:
        counts = (f"{row[name]:,}" for name in ("documents", "only", "of"))
        table.add_row(row["rule"], row["language"], row["site"] or "", *counts, ", ".join(row["examples"]))
    console = Console(file=to, highlight=False, width=None if to.isatty() else 160)
    console.print(table if rows else "nothing would be removed")
    if len(rows) > MOST:
        console.print(f"and {len(rows) - MOST} more rows; --json prints all")
