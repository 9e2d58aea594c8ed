"""report.html: what a run did, for people; one file that opens offline and runs nothing but its own script.

Every string in it came from the web. Text reaches the page by two ways only: the template engine, which escapes it, and
JSON in a data block, which the script shows by `textContent`. The policy in the page's head names the hashes of its one
style sheet and one script: whatever else a string may hold can neither run nor load.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.corpus.output_folder import CARD_MARK, REPORT
from cleanse.report import samples
from cleanse.report.commands import changed, run_command
from cleanse.report.selection import WHY, Picks, pick_from
from cleanse.report.site_statistics import MOST_LINES
from cleanse.report.statistics import CONFIDENCE_STEPS, Figures, add_part, read_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LANGUAGES, MAX_SITES, MAX_ENCODINGS = 40, 40, 30  # rows of a table
FIRST_RULES, FIRST_SITES = 16, 12  # of these stand open; the others behind a click
COLOURS = 7  # removed spans are coloured by the name of their rule; the names that removed most have one of their own
_FOLDER = Path(__file__).parent / "templates"


def write_page(output: Path, manifest: Mapping[str, Any]) -> None:
    """Write the report of a finished run from its tables, a part file at a time."""
    page = render(output, manifest)
    with new_file(output / REPORT) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render(output: Path, manifest: Mapping[str, Any]) -> str:
    """Return the report as HTML, under 3 MB for a corpus of any size."""
    figures, picks = Figures(), Picks()
    for part in read_parts(output):
        add_part(figures, part)
        pick_from(picks, part)
    rules = sorted(figures.rule_chars, key=lambda rule: (-figures.rule_chars[rule], rule))
    pages = samples.pages(output, picks, list(manifest["languages"])[: MAX_LANGUAGES // 2])
    clusters = samples.clusters(output, picks)
    data = {"pages": pages, "clusters": clusters, "colours": _colours(figures), "doubted": WHY["doubted"]}
    return render_template(
        "report.html",
        data,
        manifest=manifest,
        mark=CARD_MARK,
        figures=figures,
        characters=_characters(manifest, figures),
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
    """Fill a template with style sheet, script, data, and the policy that admits only these."""
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
        data=Markup(samples.embedded(data)),  # noqa: S704, holds no character that HTML knows
        policy=policy + "; base-uri 'none'; form-action 'none'",
    )
    return page.encode("utf-8", "replace").decode()


def percent(part: float, whole: float) -> str:
    """Return a share for people: in whole per cent; what is small but there is never shown as zero."""
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.1:
        return "< 0.1 %"
    return f"{share:.0f} %" if share >= 9.95 or share == 0 else f"{share:.1f} %"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _colours(figures: Figures) -> dict[str, int]:
    """Colour numbers by the last part of rule ids: `fr.comment-form` and `en.comment-form` look the same."""
    chars: dict[str, int] = {}
    for rule, n in figures.rule_chars.items():
        name = rule.partition(".")[2] or rule
        chars[name] = chars.get(name, 0) + n
    ranked = sorted(chars, key=lambda name: (-chars[name], name))
    return {name: number for number, name in enumerate(ranked[:COLOURS], 1)}


def _funnel(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Bars of the funnel: where each begins and how long it is, in shares of the documents read."""
    read = max(counts["read"], 1)
    bars, left = [{"name": "read", "n": counts["read"], "x": 0.0, "w": 100.0 * bool(counts["read"])}], counts["read"]
    for name, label in (("rejected", "rejected"), ("filtered", "filtered"), ("duplicate", "near-duplicates")):
        left -= counts[name]
        bars.append({"name": label, "n": counts[name], "x": 100 * left / read, "w": 100 * counts[name] / read})
    return [*bars, {"name": "kept", "n": counts["kept"], "x": 0.0, "w": 100 * counts["kept"] / read}]


def _characters(manifest: Mapping[str, Any], figures: Figures) -> list[dict[str, Any]]:
    """Return where the characters read went; the parts add up to the whole."""
    labels = {"extract": "removed as page furniture of HTML", "chrome": "removed as site chrome"}
    parts = [{"name": "kept in the corpus", "n": manifest["counts"]["chars_kept"], "kind": "kept"}]
    for status, label in (("duplicate", "text of near-duplicates"), ("filtered", "text of filtered documents")):
        parts.append({"name": label, "n": figures.not_kept[status], "kind": status})
    for step, n in sorted(figures.by_step.items()):
        parts.append({"name": labels.get(step, f"removed by {step}"), "n": n, "kind": step})
    at = 0.0
    for part in parts:
        part["x"], part["w"] = at, 100 * part["n"] / max(manifest["counts"]["chars_in"], 1)
        at += part["w"]
    return [part for part in parts if part["n"]]


def _languages(manifest: Mapping[str, Any], figures: Figures) -> list[dict[str, Any]]:
    out = []
    for code, n in list(manifest["languages"].items())[:MAX_LANGUAGES]:
        classes = [int(count) for count in figures.confidence.get(code, [])]
        mean = figures.confidence_sum[code] / n if n else 0.0
        edges = [100 * sum(classes[:i]) / max(n, 1) for i in range(len(classes))]
        out.append({"code": code, "n": n, "mean": mean, "classes": classes, "edges": edges})
    return out


def _lengths(figures: Figures) -> list[dict[str, Any]]:
    """Return documents by length, in powers of two: heights are shares of the highest bar."""
    both = [figures.lengths_in.tolist(), figures.lengths_kept.tolist()]
    used = [i for i in range(len(both[0])) if both[0][i] or both[1][i]]
    if not used:
        return []
    top = max(map(max, both))
    return [
        {"from": _kilo(2**i), "in": a, "kept": b, "in_h": 100 * a / top, "kept_h": 100 * b / top}
        for i, (a, b) in enumerate(zip(*both, strict=True))
        if used[0] <= i <= used[-1]
    ]


def _kilo(n: int) -> str:
    for size, letter in ((2**20, "M"), (2**10, "k")):
        if n >= size:
            return f"{n // size}{letter}"
    return str(n)


def _sites(figures: Figures) -> Sequence[tuple[str, list[int]]]:
    return sorted(figures.sites.items(), key=lambda item: (-item[1][0], item[0]))[:MAX_SITES]
