"""Other extractors on the bench of real pages: F1 and segments as score.py counts them, and CPU time beside trafilatura's.

    python benchmarks/extract_peers.py ../shared/bench/extraction [--every 4]

Each is asked with the settings its makers recommend for articles, comments left out where that can be said. One that is not
installed is left out (`pip install readability-lxml resiliparse jusText`).
"""

from __future__ import annotations

import argparse
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from extract import pages, scorer

if TYPE_CHECKING:
    from collections.abc import Callable

STOPWORDS = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pl": "Polish",
    "ru": "Russian",
    "el": "Greek",
}


def peers() -> dict[str, Callable[[dict[str, str]], str]]:
    """Those that can be imported, as functions of a page of the bench."""
    import trafilatura

    out: dict[str, Callable[[dict[str, str]], str]] = {
        "trafilatura": lambda p: trafilatura.extract(p["html"], include_comments=False) or "",
        "trafilatura fast": lambda p: trafilatura.extract(p["html"], include_comments=False, fast=True) or "",
        "trafilatura precision": lambda p: (
            trafilatura.extract(p["html"], include_comments=False, favor_precision=True) or ""
        ),
        "trafilatura recall": lambda p: trafilatura.extract(p["html"], include_comments=False, favor_recall=True) or "",
    }
    try:
        from resiliparse.extract.html2text import extract_plain_text

        out["resiliparse main"] = lambda p: extract_plain_text(p["html"], main_content=True)
    except ImportError:
        pass
    try:
        from lxml import html as lxml_html
        from readability import Document

        out["readability-lxml"] = lambda p: _lines(lxml_html.fromstring(Document(p["html"]).summary()))
    except ImportError:
        pass
    try:
        import justext

        out["jusText"] = lambda p: "\n".join(
            part.text
            for part in justext.justext(
                p["html"].encode(), justext.get_stoplist(STOPWORDS.get(p["lang"], "English")), encoding="utf-8"
            )
            if not part.is_boilerplate
        )
    except ImportError:
        pass
    return out


def _lines(tree: object) -> str:
    from cleanse.html.visible_text import render

    return render(tree).text  # type: ignore[arg-type]


def main() -> None:
    """Ask, score and time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--every", type=int, default=1, help="look at every n-th page only")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    score = scorer(given.bench)
    gold = score.load_gold(str(given.bench))
    asked = peers()
    todo = pages(given.bench)[:: given.every]
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in asked}
    for page in todo:
        truth = gold[page["id"]]
        for name, ask in asked.items():
            start = time.process_time()
            try:
                text = ask(page)
            except Exception:  # noqa: BLE001  a page that breaks it is one it finds nothing on
                text = ""
            row = {"ms": 1000 * (time.process_time() - start)}
            if "gold_text" not in truth:
                row |= {key: score.segs(text, truth["with"], truth["without"])[key] for key in ("with", "without")}
            elif page["dataset"] != "wcxb-other":
                found = score.score(score.drop_neutral(text, truth), truth["gold_text"])
                row |= {"f1": found["sh_f"], "p": found["sh_p"], "r": found["sh_r"]}
            rows[name].append(row)
    for name, own in rows.items():
        means = {
            key: np.mean([row[key] for row in own if key in row]) for key in ("f1", "p", "r", "with", "without", "ms")
        }
        print(f"{name:24s}" + "  ".join(f"{key} {value:.3f}" for key, value in means.items()))


if __name__ == "__main__":
    main()
