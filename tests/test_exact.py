"""The line model's arithmetic is exact: the same to the bit on every CPU, for a page alone and for pages together."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cleanse.chrome import Page, load_rules, split_lines, strip, strip_pages
from cleanse.chrome.line_model import Judge, Question, load_model, network
from cleanse.chrome.rule_matcher import match
from cleanse.portable_math import exp_array, log1p_array, log1p_whole, log_array

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "cases"
KERNELS = ("Haswell", "Zen", "Nehalem", "SkylakeX", "Sandybridge")  # of OpenBLAS, by their CPU
LOGARITHMS = "eb2b1f01fccd"  # start of the digest of values that every CPU must give
EXPONENTIALS = "f4b5aa362517"


def texts() -> list[str]:
    """Pages of many genres and some that are odd."""
    zoo = [path.read_text(encoding="utf-8") for path in sorted((CASES / "zoo").glob("*.txt"))]
    pages = tomllib.loads((CASES / "chrome.toml").read_text(encoding="utf-8"))["page"]
    plain = ["\n".join(line[2:] for line in page.split("\n")) for page in zoo]
    return [*plain, *(page["text"] for page in pages), "one line", "x\n" * 600]


def digest() -> str:
    """A digest of all that the model and the engine say about these pages, one by one and together."""
    rules = load_rules()
    asked = {}
    for number, text in enumerate(texts()):
        lines = split_lines(text)
        asked[number] = Question(text, lines, match(lines, rules.index))
    said = hashlib.sha256()
    for answer in _answers(asked):
        said.update(answer)
    pages = [Page(text) for text in texts()]
    together = [result for result, _ in strip_pages(pages, rules)]
    alone = [strip(page.text, rules) for page in pages]
    if together != alone:
        return "pages together are not as each alone"
    said.update(repr(alone).encode())
    return said.hexdigest()


def _answers(asked: dict[int, Question]) -> Iterator[bytes]:
    together = Judge("balanced").judge(asked)
    for number, question in asked.items():
        alone = Judge("balanced").judge({0: question})[0]
        if not np.array_equal(alone.chance, together[number].chance):
            yield b"a page alone is not as among others"
        yield alone.chance.tobytes()


def elsewhere(**environment: str) -> str:
    """The digest in a process of its own, whose libraries take the CPU for another one."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_exact; print(test_exact.digest())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(Path(__file__).parent)],
        env=os.environ | environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def here() -> str:
    """The digest in this process."""
    return digest()


@pytest.mark.slow
@pytest.mark.parametrize("kernel", KERNELS)
def test_every_kernel_of_the_matrix_library_gives_the_same(kernel: str, here: str) -> None:
    """OpenBLAS multiplies matrices in another order on every CPU; sums of whole numbers do not care."""
    assert elsewhere(OPENBLAS_CORETYPE=kernel, OPENBLAS_NUM_THREADS="1") == here


@pytest.mark.slow
def test_threads_change_nothing(here: str) -> None:
    """Nor does the number of threads."""
    assert elsewhere(OPENBLAS_NUM_THREADS="4") == here


@pytest.mark.slow
def test_without_vector_instructions_it_is_the_same(here: str) -> None:
    """Numpy chooses other code for other instruction sets; here all that it can do without are switched off."""
    optional = np._core._multiarray_umath.__cpu_dispatch__  # type: ignore[attr-defined]
    present = np._core._multiarray_umath.__cpu_features__  # type: ignore[attr-defined]
    assert elsewhere(NPY_DISABLE_CPU_FEATURES=" ".join(f for f in optional if present.get(f))) == here


def test_no_sum_of_products_leaves_the_whole_numbers_that_float32_holds() -> None:
    """Whatever the inputs are: they are bounded, and so are the weights of every output."""
    for name, layer in load_model().net.layers.items():
        most = network.MOST
        if name == "inp":
            most = network.INPUT_MOST
        elif name.startswith("whole."):
            most = network.SHARE_STEPS
        assert np.array_equal(layer.weight, np.rint(layer.weight))
        assert (np.abs(layer.weight.astype(np.int64)).sum(0) * most).max() < network.EXACT
        assert set(np.frexp(layer.step)[0].tolist()) == {0.5}  # powers of two


@pytest.mark.slow
def test_what_goes_into_a_product_is_whole_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen at work, on all pages."""
    seen: dict[str, float] = {}
    layer = network._layer

    def watched(net: network.Network, name: str, x: np.ndarray) -> np.ndarray:
        assert np.array_equal(x, np.rint(x))
        seen[name] = max(seen.get(name, 0), float(np.abs(x).max()))
        return layer(net, name, x)

    monkeypatch.setattr(network, "_layer", watched)
    for text in texts():
        strip(text, load_rules())
    assert seen.pop("inp") <= network.INPUT_MOST
    assert max(seen.pop("whole.0"), seen.pop("whole.1")) <= network.SHARE_STEPS
    assert max(seen.values()) <= network.MOST


def test_logarithms_and_exponentials_are_right_and_the_same_everywhere() -> None:
    """Right to 14 digits; the bits are pinned, since they stand for those of every CPU."""
    values = np.concatenate([np.arange(1, 2000) / 7, np.arange(1, 1000) * 1e-4, 2.0 ** np.arange(-50, 50)])
    assert np.allclose(log_array(values), np.log(values), rtol=1e-14, atol=1e-15)
    powers = np.arange(-4000, 4000) / 37
    assert np.allclose(exp_array(powers), np.exp(powers), rtol=1e-13, atol=0)
    assert hashlib.sha256(log_array(values).tobytes()).hexdigest()[:12] == LOGARITHMS
    assert hashlib.sha256(exp_array(powers).tobytes()).hexdigest()[:12] == EXPONENTIALS
    counts = np.array([0, 1, 4095, 4096, 1_000_000])
    assert np.array_equal(log1p_whole(counts), log1p_array(counts).astype(np.float32))
