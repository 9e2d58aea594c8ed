"""Two small charts as SVG, so that no plotting library is needed: bars, and curves over a logarithmic axis."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 760
INK, FAINT, OURS, THEIRS = "#1f2933", "#9aa5b1", "#0b6e4f", "#7b8794"
COLOURS = ("#0b6e4f", "#b4532a", "#2b5c8a", "#6b4e8f")
_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" font-family="sans-serif" font-size="13" fill="{ink}">'


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def bars(title: str, values: Mapping[str, float], notes: Mapping[str, str]) -> str:
    """One bar for each value, longest first, with a note behind it."""
    ranked = sorted(values.items(), key=lambda item: -item[1])
    height = 50 + 30 * len(ranked)
    out = [_HEAD.format(w=WIDTH, h=height, ink=INK), f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    out.append(_text(10, 24, title))
    for row, (name, value) in enumerate(ranked):
        y, long = 42 + 30 * row, 270 * value / ranked[0][1]
        colour = OURS if name.startswith("cleanse") else THEIRS
        out.append(_text(150, y + 15, name, "end"))
        out.append(f'<rect x="158" y="{y}" width="{max(1, long):.1f}" height="20" fill="{colour}"/>')
        out.append(_text(164 + long, y + 15, f"{value:,.0f}"))
        out.append(_text(WIDTH - 10, y + 15, notes.get(name, ""), "end", FAINT))
    return "\n".join([*out, "</svg>\n"])


def curves(title: str, x_name: str, xs: Sequence[float], series: Mapping[str, Sequence[float]]) -> str:
    """Values over x, both on logarithmic axes; each curve is named at its end."""
    height, left, right, top, bottom = 380, 70, 205, 44, 44
    flat = [value for values in series.values() for value in values if value > 0]
    low, high = math.floor(math.log10(min(flat))), math.ceil(math.log10(max(flat)))
    first, last = math.log10(xs[0]), math.log10(xs[-1])

    def place(x: float, y: float) -> tuple[float, float]:
        across = left + (WIDTH - left - right) * (math.log10(x) - first) / (last - first)
        return across, height - bottom - (height - top - bottom) * (math.log10(max(y, 10**low)) - low) / (high - low)

    out = [_HEAD.format(w=WIDTH, h=height, ink=INK), f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    out.append(_text(10, 24, title))
    for power in range(low, high + 1):
        _, y = place(xs[0], 10**power)
        out.append(f'<path d="M{left} {y:.1f}H{WIDTH - right}" stroke="{FAINT}" stroke-width=".4"/>')
        out.append(_text(left - 6, y + 4, f"{10.0**power:,g}", "end", FAINT))
    for x in xs:
        across, _ = place(x, 10**low)
        out.append(_text(across, height - bottom + 18, f"{x:,.0f}", "middle", FAINT))
    out.append(_text((left + WIDTH - right) / 2, height - 8, x_name, "middle", FAINT))
    labels = []
    for colour, (name, values) in zip(COLOURS, series.items(), strict=False):
        points = [place(x, value) for x, value in zip(xs, values, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        labels.append((points[-1][1] + 4, f"{name}: {values[-1]:,.0f}", colour))
    lowest = 0.0  # where the last label stands: the next keeps clear of it
    for y, text, colour in sorted(labels):
        lowest = max(y, lowest + 15)
        out.append(_text(WIDTH - right + 8, lowest, text, colour=colour))
    return "\n".join([*out, "</svg>\n"])
