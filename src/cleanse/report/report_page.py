"""Write report.html, which shows people what a run did: one file that opens offline and runs no script but its own.

Every string in it may come from the web. Text reaches the page by two ways only: the template engine, which escapes it,
and JSON in a data block, which the script shows by `textContent`. The content security policy in the page's head names
the hashes of its one style sheet and its one script, so nothing else can run or load.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.corpus.output_folder import CARD_MARK, REPORT
from cleanse.report import samples
from cleanse.report.attention import find_attention
from cleanse.report.commands import changed, run_command
from cleanse.report.filter_trial import try_presets
from cleanse.report.selection import WHY, Picks, pick_from, pick_noticed
from cleanse.report.site_statistics import MOST_LINES
from cleanse.report.statistics import CONFIDENCE_STEPS, Figures, add_part, read_parts
from cleanse.report.survey import METADATA, SHOWN_SOURCES, Survey, signal_ranges, survey, top_sources, years_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LANGUAGES, MAX_SITES, MAX_ENCODINGS = 40, 40, 30  # rows of a table
FIRST_RULES, FIRST_SITES = 16, 12  # rows shown at once; the others appear on a click
COLOURS = 7  # rule names with a colour of their own: those that removed most
_WITHHELD = (
    ("duplicate", "text of near-duplicates"),
    ("filtered", "text of filtered documents"),
    ("rejected", "text of rejected documents"),
)
_FOLDER = Path(__file__).parent / "templates"


def write_page(output: Path, manifest: Mapping[str, Any]) -> None:
    """Write the report of a finished run from its tables, one part file at a time.

    Args:
        output: The output folder.
        manifest: Manifest of the run.
    """
    page = render(output, manifest)
    with new_file(output / REPORT) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render(output: Path, manifest: Mapping[str, Any]) -> str:
    """Return the report as HTML, under 3 MB for a corpus of any size.

    Args:
        output: The output folder.
        manifest: Manifest of the run.
    """
    figures, picks, counted = Figures(), Picks(), survey(output)
    attention = manifest.get("attention") or find_attention(output)
    pick_noticed(picks, attention)
    for part in read_parts(output):
        add_part(figures, part)
        pick_from(picks, part)
    rules = sorted(figures.rule_chars, key=lambda rule: (-figures.rule_chars[rule], rule))
    pages = samples.pages(output, picks, list(manifest["languages"])[: MAX_LANGUAGES // 2])
    clusters = samples.clusters(output, picks)
    data = {"pages": pages, "clusters": clusters, "colours": _colours(figures), "doubted": WHY["doubted"]}
    data["output"] = shlex.quote(str(output))
    return render_template(
        "report.html",
        data,
        manifest=manifest,
        mark=CARD_MARK,
        figures=figures,
        characters=_characters(manifest, figures, counted),
        attention=attention,
        survey=counted,
        sources=top_sources(counted, SHOWN_SOURCES),
        years=years_of(counted),
        ranges=signal_ranges(counted),
        trials=try_presets({code: values for code, (_, values) in counted.signals.items()}),
        folder=data["output"],
        metadata=METADATA,
        shown_ids={page["id"] for page in pages},
        funnel=_funnel(manifest["counts"]),
        languages=_languages(manifest, figures),
        confidence_steps=CONFIDENCE_STEPS,
        lengths=_lengths(figures),
        rules=rules[: samples.MAX_RULES],
        first_rules=FIRST_RULES,
        first_sites=FIRST_SITES,
        more_rules=max(0, len(rules) - samples.MAX_RULES),
        examples=samples.examples(output, picks, rules),
        colours=data["colours"],
        sites=_sites(figures),
        most_lines=MOST_LINES,
        rejected=samples.rejected(output, picks),
        encodings=figures.encodings.most_common(MAX_ENCODINGS),
        pages=pages,
        clusters=clusters,
        whys=[label for label in WHY.values() if any(label in page["why"] for page in pages)],
        changed=changed(manifest),
        command=run_command(manifest, output),
    )


def render_template(name: str, data: Any, **values: Any) -> str:
    """Return a template filled with values, style sheet, script, data, and the policy that admits only these.

    Args:
        name: File name of the template.
        data: Value for the script, as JSON.
        values: Values for the template.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": lambda n: f"{n:,}", "percent": percent, "short": samples.short}
    style, script = ((_FOLDER / file).read_text(encoding="utf-8") for file in ("report.css", "report.js"))
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    page = environment.get_template(name).render(
        **values,
        style=Markup(style),  # noqa: S704, our own file
        script=Markup(script),  # noqa: S704, our own file
        data=Markup(samples.embedded(data)),  # noqa: S704, holds no character that means something in HTML
        policy=policy + "; base-uri 'none'; form-action 'none'",
    )
    return page.encode("utf-8", "replace").decode()


def percent(part: float, whole: float) -> str:
    """Return a share in per cent for people, such as "12 %"; a small share is "< 0.1 %", never zero.

    Args:
        part: The part.
        whole: The whole.
    """
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.1:
        return "< 0.1 %"
    return f"{share:.0f} %" if share >= 9.95 or share == 0 else f"{share:.1f} %"


def _hash(text: str) -> str:
    """Return the hash by which a content security policy names a script or a style sheet."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _colours(figures: Figures) -> dict[str, int]:
    """Return a colour number for each rule name, that is the id without its language, so that languages share it."""
    chars: dict[str, int] = {}
    for rule, n in figures.rule_chars.items():
        name = rule.partition(".")[2] or rule
        chars[name] = chars.get(name, 0) + n
    ranked = sorted(chars, key=lambda name: (-chars[name], name))
    return {name: number for number, name in enumerate(ranked[:COLOURS], 1)}


def _funnel(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the bars of the funnel: name, count, start and length in per cent of the documents read."""
    read = max(counts["read"], 1)
    bars, remaining = (
        [{"name": "read", "n": counts["read"], "x": 0.0, "w": 100.0 * bool(counts["read"])}],
        counts["read"],
    )
    for name, label in (("rejected", "rejected"), ("filtered", "filtered"), ("duplicate", "near-duplicates")):
        remaining -= counts[name]
        bars.append({"name": label, "n": counts[name], "x": 100 * remaining / read, "w": 100 * counts[name] / read})
    return [*bars, {"name": "kept", "n": counts["kept"], "x": 0.0, "w": 100 * counts["kept"] / read}]


def _characters(manifest: Mapping[str, Any], figures: Figures, counted: Survey) -> list[dict[str, Any]]:
    """Return where the characters read went, as parts of one bar that add up to the whole."""
    labels = {"extract": "removed as page furniture of HTML", "chrome": "removed as site chrome"}
    labels |= {"shared": "removed as repeats of shared passages", "pii": "masked"}
    words = counted.words
    kept = manifest["counts"]["chars_kept"]
    parts = [{"name": "kept in the corpus", "n": kept, "words": words["kept"], "kind": "kept"}]
    for status, label in _WITHHELD:
        parts.append({"name": label, "n": figures.not_kept[status], "words": words[status], "kind": status})
    for step, n in sorted(figures.by_step.items()):
        parts.append({"name": labels.get(step, f"removed by {step}"), "n": n, "words": None, "kind": step})
    at = 0.0
    for part in parts:
        part["x"], part["w"] = at, 100 * part["n"] / max(manifest["counts"]["chars_in"], 1)
        at += part["w"]
    return [part for part in parts if part["n"]]


def _languages(manifest: Mapping[str, Any], figures: Figures) -> list[dict[str, Any]]:
    """Return a row for each language: its documents, their mean confidence, and how many have which confidence."""
    out = []
    for code, n in list(manifest["languages"].items())[:MAX_LANGUAGES]:
        classes = [int(count) for count in figures.confidence.get(code, [])]
        mean = figures.confidence_sum[code] / n if n else 0.0
        edges = [100 * sum(classes[:i]) / max(n, 1) for i in range(len(classes))]
        out.append({"code": code, "n": n, "mean": mean, "classes": classes, "edges": edges})
    return out


def _lengths(figures: Figures) -> list[dict[str, Any]]:
    """Return documents by length, in powers of two; heights are shares of the highest bar."""
    counts = [figures.lengths_in.tolist(), figures.lengths_kept.tolist()]
    filled = [i for i in range(len(counts[0])) if counts[0][i] or counts[1][i]]
    if not filled:
        return []
    top = max(map(max, counts))
    return [
        {"from": _spell_power(2**i), "in": a, "kept": b, "in_h": 100 * a / top, "kept_h": 100 * b / top}
        for i, (a, b) in enumerate(zip(*counts, strict=True))
        if filled[0] <= i <= filled[-1]
    ]


def _spell_power(n: int) -> str:
    """Return a power of two in short: 512, 4k, 2M."""
    for size, letter in ((2**20, "M"), (2**10, "k")):
        if n >= size:
            return f"{n // size}{letter}"
    return str(n)


def _sites(figures: Figures) -> Sequence[tuple[str, list[int]]]:
    """Return the sites with the most documents."""
    return sorted(figures.sites.items(), key=lambda item: (-item[1][0], item[0]))[:MAX_SITES]
