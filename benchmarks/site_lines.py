"""Measure lines learned per site: what the chrome step costs without and with them, on sites with enough pages.

    python benchmarks/site_lines.py [--data ../shared/bench] [--pages 8] [--kinds resili_main,bs4] [--setting balanced]
                                    [--folds DIR | --without model.]

Pages of the extraction benchmark, each dump kind a crawl of its own. The shipped line model has seen these pages, so that
it leaves little to learn; `--folds DIR` (see chrome.py) takes for every page the model that did not see its site, and
`--without model.` none. Lost and left are words per 100 words of content (`lines.py`), cost = left + 2 lost; hurt: pages
that lost more than 5 %; again: texts that learning and cleaning once more, on the cleaned texts, changes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chrome import DATA, KINDS, part_of, rows, run
from cleanse.chrome import SETTINGS, SiteLines, load_rules, strip
from cleanse.chrome.boilerplate_learning import learn
from cleanse.chrome.line_model import load_model
from cleanse.chrome.site_boilerplate import note_page
from data import fold_of

if TYPE_CHECKING:
    from cleanse.chrome.line_model import Model
    from cleanse.chrome.rule_files import Rules
    from cleanse.documents import Span


class Crawl(NamedTuple):
    """The pages of a site as dumps of one kind, and how they are cleaned."""

    kind: str
    site: str
    pages: list[dict[str, Any]]
    rules: Rules
    setting: str
    model: Model | None

    def clean(self, texts: list[str], learned: SiteLines | None = None) -> list[tuple[str, tuple[Span, ...]]]:
        """Cleaned texts with what was removed from each."""
        told = (strip(text, self.rules, self.setting, model=self.model, learned=learned) for text in texts)
        return [(found.text, found.removed) for found in told]

    def learn(self, texts: list[str], cleaned: list[tuple[str, tuple[Span, ...]]]) -> SiteLines:
        """What recurs, once rules and model have done their work."""
        pairs = zip(texts, cleaned, strict=True)
        return learn(self.site, [note_page(text, removed) for text, (_, removed) in pairs])


def crawls(folder: Path, args: argparse.Namespace) -> list[Crawl]:
    """All sites with enough pages, by dump kind."""
    sites = {row["id"]: row.get("site") for row in rows(folder / "gold.jsonl.gz")}
    many = {site for site, n in Counter(sites.values()).items() if site and n >= args.pages}
    held = defaultdict(list)
    for row in rows(folder / "text.jsonl.gz"):
        if sites[row["id"]] in many and row["dump_kind"] in args.kinds.split(","):
            held[row["dump_kind"], sites[row["id"]]].append(row)
    rules = load_rules(without=args.without)
    models = {site: load_model(args.folds / f"{fold_of(site)}.npz") if args.folds else None for site in many}
    return [Crawl(k, s, pages, rules, args.setting, models[s]) for (k, s), pages in sorted(held.items())]


def predict(crawl: Crawl) -> tuple[list[str], list[str], SiteLines, int]:
    """A site's texts without and with learned lines, the lines, and how many texts another cleaning changes."""
    dumps = [page["page_text"] for page in crawl.pages]
    first = crawl.clean(dumps)
    without = [text for text, _ in first]
    learned = crawl.learn(dumps, first)
    texts = [text for text, _ in crawl.clean(without, learned)]
    again = crawl.clean(texts, crawl.learn(texts, crawl.clean(texts)))
    return without, texts, learned, sum(text != once for (text, _), once in zip(again, texts, strict=True))


def write(path: Path, crawls: list[Crawl], texts: list[list[str]]) -> None:
    """Predictions as the scorers read them."""
    with path.open("w", encoding="utf-8") as lines:
        for crawl, cleaned in zip(crawls, texts, strict=True):
            for page, text in zip(crawl.pages, cleaned, strict=True):
                lines.write(json.dumps({"id": page["id"], "dump_kind": crawl.kind, "text": text}) + "\n")


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--pages", type=int, default=8, help="of a site, at least")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--setting", choices=SETTINGS, default="balanced")
    parser.add_argument("--folds", type=Path, help="folder of the models of training/train.py --folds")
    parser.add_argument("--without", action="append", default=[], help="a rule to leave out; model. for the line model")
    args = parser.parse_args()
    folder = args.data / "extraction"
    held = crawls(folder, args)
    done = [predict(crawl) for crawl in held]
    print("kind         lines of a site   F1     lost   left   cost   hurt  again")
    with tempfile.TemporaryDirectory() as name:
        for number, mode in enumerate(("without", "with")):
            preds = Path(name) / f"{mode}.jsonl"
            write(preds, held, [outcome[number] for outcome in done])
            part = str(part_of(folder, preds, Path(name)))
            f1 = {r["kind"]: r["sh_f"] for r in run(folder / "score.py", "--gold", part, "--pred", str(preds))["kind"]}
            lines = run(folder / "lines.py", "--data", part, "--pred", str(preds))
            for kind in args.kinds.split(","):
                mine = [outcome for crawl, outcome in zip(held, done, strict=True) if crawl.kind == kind]
                learned = sum(len(outcome[2].lines) for outcome in mine) / max(1, len(mine)) if number else 0
                again = f"{sum(outcome[3] for outcome in mine):5d}" if number else ""
                m = lines[kind]
                print(
                    f"{kind:12s} {mode:8s} {learned:6.0f}   {f1[kind]:.3f}  {m['content_lost']:5.2f}  {m['chrome_left']:5.2f}"
                    f"  {m['cost']:5.2f}  {100 * m['hurt']:5.1f}  {again}"
                )


if __name__ == "__main__":
    main()
