"""From the labelled pages to the model file: n-grams, network, evaluation, packing.

    python training/train.py [--data DIR] [--out FILE] [--folds DIR] [--leave-language-out N]

See training/README.md. Needs torch and rapidfuzz; deterministic for the same versions on the same kind of machine.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import data
import metrics
import network as fitting
import ngrams
from cleanse.chrome.line_model import network, ngram_weights, thresholds, tokenizer
from cleanse.chrome.line_model.page_arrays import REMOVING, STARTING
from cleanse.chrome.line_model.predictor import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARED = Path(__file__).resolve().parents[2] / "shared" / "bench"
NGrams = tuple[np.ndarray, np.ndarray, np.ndarray]  # numbers of the n-grams that count, their weights, bias
VERSION = 1
WORKERS = 2


def main() -> None:
    """Train, print the tables, write the model file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder that holds extraction/ and extraction-fr/")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument(
        "--folds",
        type=Path,
        metavar="DIR",
        help="write the model that saw no page of fold N to DIR/N.npz; of a language left out: to DIR/without-pt.npz",
    )
    parser.add_argument(
        "--leave-language-out", metavar="N", help="only this: the N largest languages in turn, or those named (pt,ko)"
    )
    args = parser.parse_args()
    torch.set_num_threads(1)
    start = time.time()
    pages = data.read_pages(args.data / "extraction")
    french = data.read_pages(args.data / "extraction-fr")
    tables = tokenizer.character_tables()
    grams = ngrams.Grams(pages + french, tables)
    print(f"{len(pages)} pages, {len(grams.lines)} different lines, {time.time() - start:.0f} s", flush=True)
    if args.leave_language_out:
        leave_languages_out(pages, grams, tables, args)
        return
    sites = grams.sites(pages)
    votes, words = ngrams.targets(grams, [p for p in pages if p.labelled])
    folds = range(data.FOLDS)
    sets = [(f,) for f in folds] + list(itertools.combinations(folds, 2)) + [()]
    with ProcessPoolExecutor(WORKERS, initializer=_start, initargs=(grams, sites, votes, words)) as pool:
        fitted = dict(zip(sets, pool.map(_fit_grams, sets), strict=True))
    scores = {s: lines for s, (lines, _) in fitted.items()}
    print(f"n-grams fitted, {time.time() - start:.0f} s", flush=True)
    samples = fitting.examples(pages, grams, tables, 0)
    wanted: list[int | None] = [None, *folds]
    with ProcessPoolExecutor(WORKERS, initializer=_start, initargs=(samples, scores)) as pool:
        nets = dict(zip(wanted, pool.map(_fit_network, wanted), strict=True))
    print(f"networks fitted, {time.time() - start:.0f} s", flush=True)
    themselves = samples[: len(pages)]
    unseen = verdicts(pages, themselves, [scores[(p.fold,)] for p in pages], [nets[p.fold] for p in pages])
    figures = evaluate("extraction", pages, unseen, args.data)
    abroad = [fitting.example(i, page, grams, tables) for i, page in enumerate(french)]
    kept = verdicts(french, abroad, [scores[()]] * len(french), [nets[None]] * len(french))
    figures["french"] = evaluate("extraction-fr", french, kept, args.data)
    about = {
        "version": VERSION, "figures": figures, "pages": len(pages), "epochs": fitting.EPOCHS,
        "width": fitting.WIDTH, "least_sites": ngrams.LEAST_SITES, "torch": torch.__version__, "numpy": np.__version__,
    }  # fmt: skip
    write(args.out, tables, grams, fitted[()][1], sites, nets[None], about)
    if args.folds:
        args.folds.mkdir(parents=True, exist_ok=True)
        for f in folds:
            write(args.folds / f"{f}.npz", tables, grams, fitted[(f,)][1], np.delete(sites, f, 0), nets[f], about)
    print(f"done, {time.time() - start:.0f} s")


_shared: tuple[Any, ...] = ()  # what a worker process was started with


def _start(*args: Any) -> None:
    global _shared  # noqa: PLW0603
    _shared = args
    torch.set_num_threads(1)


def _fit_grams(without: tuple[int, ...]) -> tuple[np.ndarray, NGrams | None]:
    grams, sites, votes, words = _shared
    weights, bias = ngrams.fit(grams, sites, votes, words, without)
    lines = ngrams.score_lines(grams, weights, bias).astype(np.float16)
    used = np.flatnonzero(weights.any(1))
    return lines, (used, weights[used], bias) if len(without) < 2 else None


def _fit_network(without: int | None) -> dict[str, np.ndarray]:
    samples, scores = _shared
    return fitting.fit(samples, scores, without)


def verdicts(
    pages: Sequence[data.Page], samples: Sequence[fitting.Example], scores: Sequence[np.ndarray], nets: Sequence[Any]
) -> dict[str, list[np.ndarray]]:
    """For each setting which lines of each page stay, given each page's stage-1 scores and network; rules decide nothing."""
    keeps: dict[str, list[np.ndarray]] = {setting: [] for setting in thresholds.SETTINGS}
    for page, sample, lines, net in zip(pages, samples, scores, nets, strict=True):
        seen = fitting.inputs(sample, lines)
        chance = network.chance(network.run(network.quantise(net), seen, sample.words))
        found, starts = page.found[:, :REMOVING].max(1), page.found[:, :STARTING].max(1)
        none = np.zeros(len(chance))
        for setting, limits in thresholds.SETTINGS.items():
            gone = thresholds.remove(chance, sample.words, seen[:, network.MARGIN], found, starts, none, limits)
            keeps[setting].append(~gone)
    return keeps


def evaluate(name: str, pages: list[data.Page], keeps: dict[str, list[np.ndarray]], folder: Path) -> dict[str, Any]:
    """Print the table of every setting and return its figures."""
    papers = metrics.sheets(pages, data.read_gold(folder / name), folder / "extraction")
    figures: dict[str, Any] = {}
    for setting, kept in keeps.items():
        for kind, cost in metrics.table(pages, papers, kept).items():
            print(f"{name} {setting:10s} {kind:12s} {cost}", flush=True)
            figures[f"{setting} {kind}"] = {
                k: round(getattr(cost, k), 4) for k in ("f1", "cost", "lost", "hurt", "clean")
            }
    return figures


def write(
    path: Path, tables: tuple[np.ndarray, np.ndarray], grams: ngrams.Grams, fit: NGrams, sites: np.ndarray,
    net: dict[str, np.ndarray], about: dict[str, Any],
) -> None:  # fmt: skip
    """The model file: plain arrays, no pickle."""
    used, weights, bias = fit
    places, prints, small, scale = ngram_weights.pack(grams.hashes[used], weights, sites.sum(0)[used].astype(np.int64))
    text = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    np.savez(
        path, classes=tables[0], folded=tables[1], places=places, fingerprints=prints, weights=small,
        scale=np.float64(scale), bias=bias, about=text, **{f"net.{k}": v for k, v in net.items()},
    )  # fmt: skip
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(places)} n-grams")


def leave_languages_out(pages: list[data.Page], grams: ngrams.Grams, tables: Any, args: argparse.Namespace) -> None:
    """For each of the largest languages: train without it, judge on it."""
    every = metrics.sheets(pages, data.read_gold(args.data / "extraction"), args.data / "extraction")
    main_dumps = [p.lang for p in pages if p.kind == data.KINDS[0] and p.labelled and p.dataset != "wcxb-other"]
    largest = sorted(set(main_dumps), key=lambda lang: (-main_dumps.count(lang), lang))
    wanted: str = args.leave_language_out
    left_out = largest[: int(wanted)] if wanted.isdecimal() else wanted.split(",")
    if not set(left_out) <= set(largest):
        sys.exit(f"--leave-language-out {wanted}: there are pages of {', '.join(largest)}")
    samples = fitting.examples(pages, grams, tables, 0)
    with ProcessPoolExecutor(WORKERS, initializer=_start, initargs=(pages, samples, grams, tables, args.folds)) as pool:
        for lang, keeps in zip(left_out, pool.map(_without_language, left_out), strict=True):
            own = _pages_of(pages, lang)
            theirs, papers = [pages[i] for i in own], [every[i] for i in own]
            before = metrics.table(theirs, papers, [np.ones(len(p.lines), bool) for p in theirs])
            for kind, cost in metrics.table(theirs, papers, keeps).items():
                print(
                    f"{lang} {kind:12s} keep everything F1 {before[kind].f1:.4f} cost {before[kind].cost:5.2f} | {cost}",
                    flush=True,
                )


def _pages_of(pages: list[data.Page], lang: str) -> list[int]:
    return [i for i, p in enumerate(pages) if p.lang == lang and p.dataset != "wcxb-other"]


def _without_language(lang: str) -> list[np.ndarray]:
    """Which lines of its pages stay, by a model that saw none of them; the rules decide nothing."""
    pages, samples, grams, tables, folder = _shared
    # the language becomes fold 0, the others are dealt over the rest
    moved = [data.replace(p, fold=0 if p.lang == lang else 1 + p.fold % (data.FOLDS - 1)) for p in pages]
    dealt = [data.replace(s, fold=moved[s.page].fold) for s in samples]
    sites = grams.sites(moved)
    votes, words = ngrams.targets(grams, [p for p in moved if p.labelled])
    sets = [(0,), *((0, f) for f in range(1, data.FOLDS))]
    fits = {s: ngrams.fit(grams, sites, votes, words, s) for s in sets}
    scores = {s: ngrams.score_lines(grams, *fits[s]).astype(np.float16) for s in sets}
    net = fitting.fit(dealt, scores, 0)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        weights, bias = fits[(0,)]
        used = np.flatnonzero(weights.any(1))
        about = {"version": VERSION, "without": lang}
        fit = used, weights[used], bias
        write(folder / f"without-{lang}.npz", tables, grams, fit, np.delete(sites, 0, 0), net, about)
    own = _pages_of(moved, lang)
    return verdicts([moved[i] for i in own], [dealt[i] for i in own], [scores[(0,)]] * len(own), [net] * len(own))[
        "balanced"
    ]


if __name__ == "__main__":
    main()
