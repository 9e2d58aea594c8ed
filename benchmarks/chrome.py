"""Measure `strip` on the extraction benchmark: F1, words lost and left, pages per second, idempotence, planted texts.

    python benchmarks/chrome.py [--data ../shared/bench] [--setting balanced] [--kinds resili_main,bs4] [--sample 1]
                                [--folds DIR [--language pt] | --without model.]

The shipped line model has seen these pages. For figures that hold for unseen sites have `training/train.py --folds DIR`
write the models that each left out a fifth of the sites: every page is then cleaned with the one that did not see it.
With `--leave-language-out` it writes those that saw no page of a language: `--language` cleans its pages with that one.
hurt, wrecked: pages that lose more than 5 %, more than 30 % of their content. kept, absent: segments that must stay and
those that must go (pages of trafilatura's evaluation).
Predictions go to a temporary folder; `score.py` and `lines.py` of the benchmark judge them. "by lang" lists the languages
with 20 or more pages with gold text. Single process, CPU time.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))
from cleanse.chrome import SETTINGS, load_rules, strip
from cleanse.chrome.line_model import load_model
from data import fold_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cleanse.chrome.rule_files import Rules

DATA = Path(__file__).resolve().parents[2] / "shared" / "bench"
KINDS = ("resili_main", "inscriptis", "resili_full", "bs4")
PLANTED = 2000  # texts
LANGUAGE_PAGES = 20  # pages with gold text that a language needs to be listed


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


class Engine(NamedTuple):
    """How pages are cleaned."""

    setting: str
    rules: Rules
    folds: Path | None  # folder of the models that left out a fold each
    language: str | None = None  # clean only its pages, with the model that left it out

    def clean(self, text: str, site: str | None) -> str:
        """The cleaned text of a page of this site; a site of None was never seen in training."""
        left_out = f"without-{self.language}" if self.language else fold_of(site) if site else None
        model = load_model(self.folds / f"{left_out}.npz") if self.folds and left_out is not None else None
        return strip(text, self.rules, self.setting, model=model).text


def predict(
    folder: Path, kinds: list[str], engine: Engine, sample: int, out: Path
) -> dict[str, tuple[int, float, int]]:
    """Write predictions of a benchmark folder; for every kind the pages, seconds and pages that a second run changes."""
    told = dict.fromkeys(kinds, (0, 0.0, 0))
    french = folder.name == "extraction-fr"
    sites = {row["id"]: None if french else row.get("site") or row["id"] for row in rows(folder / "gold.jsonl.gz")}
    with out.open("w", encoding="utf-8") as lines, out.with_suffix(".keep").open("w", encoding="utf-8") as keep:
        for row in (r for i, r in enumerate(rows(folder / "text.jsonl.gz")) if i // len(KINDS) % sample == 0):
            kind = row["dump_kind"]
            if kind not in kinds or engine.language not in (None, row["lang"]):
                continue
            began = time.process_time()
            text = engine.clean(row["page_text"], sites[row["id"]])
            seconds = time.process_time() - began
            changed = engine.clean(text, sites[row["id"]]) != text
            pages, total, unstable = told[kind]
            told[kind] = (pages + 1, total + seconds, unstable + changed)
            base = {"id": row["id"], "dump_kind": kind}
            lines.write(json.dumps(base | {"text": text}) + "\n")
            keep.write(json.dumps(base | {"text": row["page_text"]}) + "\n")
    return told


def run(script: Path, *arguments: str) -> dict[str, Any]:
    """What a scorer of the benchmark writes as JSON."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.json"
        subprocess.run(
            [sys.executable, str(script), *arguments, "--json", str(out)], check=True, stdout=subprocess.DEVNULL
        )
        return json.loads(out.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def report(data: Path, name: str, kinds: list[str], scratch: Path, engine: Engine, sample: int) -> None:
    """Print the table of one benchmark folder."""
    preds = scratch / f"{name}.jsonl"
    told = predict(data / name, kinds, engine, sample, preds)
    part, scorers = str(part_of(data / name, preds, scratch)), data / "extraction"
    ours = run(scorers / "score.py", "--gold", part, "--pred", str(preds))
    keep = run(scorers / "score.py", "--gold", part, "--pred", str(preds.with_suffix(".keep")))
    lines = run(scorers / "lines.py", "--data", part, "--pred", str(preds))
    before = {r["kind"]: r["sh_f"] for r in keep["kind"]}
    print(f"\n{name}, {engine.setting}")
    print(
        "kind         pages    F1  keep   lost  left  cost  hurt  wrecked  clean  short  kept  absent  pages/s  unstable"
    )
    for r in sorted(ours["kind"], key=lambda r: kinds.index(r["kind"])):
        kind = r["kind"]
        pages, seconds, unstable = told[kind]
        m = lines[kind]
        print(
            f"{kind:12s} {pages:5d}  {r['sh_f']:.3f} {before[kind]:.3f}  {m['content_lost']:5.2f} {m['chrome_left']:5.1f} "
            f"{m['cost']:5.1f}  {100 * m['hurt']:4.1f}  {100 * m['wrecked']:7.2f}  {100 * m['clean']:5.1f}  {m['recall'].get('short line', 1):.3f}"
            f"  {r.get('seg_with', 1):.3f}  {r.get('seg_without', 1):.3f}"
            f"  {pages / max(seconds, 1e-9):7.0f}  {unstable}"
        )
    kept = {(r["kind"], r["lang"]): r["sh_f"] for r in keep["lang"] if "sh_f" in r}
    for r in ours["lang"]:
        if r.get("n", 0) >= LANGUAGE_PAGES:
            was = kept[r["kind"], r["lang"]]
            mark = "" if r["sh_f"] >= was else "  below keep everything"
            print(f"  {r['kind']:12s} {r['lang']}  {r['n']:4d}  {r['sh_f']:.3f}  keep {was:.3f}{mark}")


def part_of(folder: Path, preds: Path, scratch: Path) -> Path:
    """A copy of a benchmark folder with only the pages that were predicted, so that a sample is scored by itself."""
    with preds.open(encoding="utf-8") as lines:
        ids = {json.loads(line)["id"] for line in lines}
    out = scratch / f"part-{folder.name}"
    out.mkdir(exist_ok=True)
    for name in ("gold.jsonl.gz", "text.jsonl.gz"):
        with gzip.open(out / name, "wt", encoding="utf-8", compresslevel=1) as part:
            part.writelines(json.dumps(row) + "\n" for row in rows(folder / name) if row["id"] in ids)
    return out


def planted(data: Path, engine: Engine, scratch: Path) -> None:
    """Print how many texts change of those that hold no chrome, some of which speak of cookies and newsletters."""
    make = [sys.executable, str(data / "dedup" / "planted.py"), "gen", "--n", str(PLANTED), "--seed", "1"]
    subprocess.run([*make, "--out", str(scratch / "planted")], check=True, stdout=subprocess.DEVNULL)
    changed = 0
    for path in sorted((scratch / "planted" / "jsonl").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text = json.loads(line)["text"]
            changed += engine.clean(text, None) != text
    print(f"\nplanted texts: {PLANTED}, changed {changed}")


def main() -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--setting", choices=SETTINGS, default="balanced")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--sample", type=int, default=1, help="only every n-th page")
    parser.add_argument("--folds", type=Path, help="folder of the models of training/train.py --folds")
    parser.add_argument("--without", action="append", default=[], help="a rule to leave out; model. for the line model")
    parser.add_argument("--language", help="only its pages, each cleaned by the model that saw none of them")
    args = parser.parse_args()
    if not args.data.is_dir():
        parser.error(f"no benchmark data at {args.data}; name its folder with --data")
    if args.language and not (args.folds and (args.folds / f"without-{args.language}.npz").is_file()):
        parser.error(f"--language {args.language} needs --folds DIR with a model without-{args.language}.npz")
    with tempfile.TemporaryDirectory() as name:
        scratch, rules = Path(name), load_rules(without=args.without)
        engine = Engine(args.setting, rules, args.folds, args.language)
        report(args.data, "extraction", args.kinds.split(","), scratch, engine, args.sample)
        if args.language:
            return
        report(args.data, "extraction-fr", ["resili_main"], scratch, engine, 1)
        planted(args.data, engine, scratch)


if __name__ == "__main__":
    main()
