"""NearDuplicateIndex: document by document it says what the batch step says of all, in memory and on Redis."""

import random
import shutil
import socket
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

import cleanse
from cleanse import Match, NearDuplicateIndex
from cleanse.dedup import find_duplicates
from cleanse.errors import SettingError, SourceError

pytestmark = pytest.mark.slow  # whole runs

WORDS = [f"mot{n}" for n in range(2000)]


def article(seed, length=120):
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def edited(text, seed, share):
    chance = random.Random(seed)
    return " ".join("autrement" if chance.random() < share else word for word in text.split())


def families(seed=1):
    """Texts in families of four, some too far for their family, some of one or two words, in no order."""
    texts = [edited(article(n // 4), n, (0, 0.01, 0.02, 0.2)[n % 4]) for n in range(120)]
    texts += [
        article(3).upper(),
        article(4) + " .",
        "un",
        "Un !",
        "deux mots",
        "",
        "...",
        "日本語の文章です。",
        "日本語の文章です",
    ]
    texts += [
        f"Le marché a lieu le {n} mars à {7 + n} h, place de la gare, et {n + 40} stands sont prévus." for n in (3, 8)
    ]
    random.Random(seed).shuffle(texts)
    return texts


def grams(text):
    words = text.lower().split()
    return set(zip(*(words[i:] for i in range(5)), strict=False))


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory):
    """A redis-server of our own on loopback, which keeps nothing."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server: apt-get install redis-server")
    redis = pytest.importorskip("redis", reason="needs Redis's client: pip install redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                redis.Redis(port=port).ping()
                break
            except redis.ConnectionError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(params=["memory", "redis"])
def make(request):
    """Indices of one kind; on Redis each under a name of its own."""
    if request.param == "memory":
        return NearDuplicateIndex
    port = request.getfixturevalue("redis_port")
    names = iter(range(1000))

    def on_redis(*arguments, **settings):
        settings.setdefault("name", f"{request.node.name}-{next(names)}")
        return NearDuplicateIndex(*arguments, storage=stored(port), **settings)

    return on_redis


def stored(port):
    return {"type": "redis", "redis": {"host": "127.0.0.1", "port": port}}


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("guard", [True, False])
def test_it_lets_in_what_the_batch_step_keeps(make, threshold, guard):
    texts = families()
    batch = find_duplicates(texts, threshold, "first", series_guard=guard)
    index = make(threshold, series_guard=guard)
    found = [index.add(str(n), text) for n, text in enumerate(texts)]
    assert [match is None for match in found] == [verdict.duplicate_of is None for verdict in batch]
    assert len(index) == sum(match is None for match in found)
    assert sum(match is not None for match in found) > 5
    for match, verdict in zip(found, batch, strict=True):
        if match is not None:
            assert match.jaccard <= verdict.jaccard  # the batch may name one that is kept later on
            assert found[int(match.id)] is None


def test_the_jaccard_is_exact_and_the_most_alike_comes_first(make):
    base, other = article(1).split(), article(2).split()
    texts = {"far": other[:30] + base[30:], "unlike": other, "near": base[:95] + other[95:]}
    index = make(0.5)
    assert [index.add(name, " ".join(words)) for name, words in texts.items()] == [None] * 3
    expected = []
    for name in ("near", "far"):
        one, two = grams(" ".join(base)), grams(" ".join(texts[name]))
        expected.append(Match(name, len(one & two) / len(one | two)))
    assert index.query(" ".join(base)) == expected
    assert index.query(article(77)) == []


def test_to_ask_adds_nothing_and_a_duplicate_is_not_held(make):
    index = make()
    assert index.query(article(1)) == []
    assert len(index) == 0
    assert index.add("a", article(1)) is None
    assert index.add("b", article(1).upper()) == Match("a", 1.0)
    assert ("a" in index, "b" in index, len(index)) == (True, False, 1)


def test_short_texts_are_duplicates_only_if_equal_and_texts_without_words_never(make):
    index = make()
    found = [index.add(str(n), text) for n, text in enumerate(("un deux", "un trois", "Un, deux!", "", "", "..."))]
    assert found == [None, None, Match("0", 1.0), None, None, None]


@pytest.mark.parametrize("id_", ["", "a"])
def test_an_id_is_given_once_and_never_empty(make, id_):
    index = make()
    index.add("a", article(1))
    with pytest.raises(SettingError, match=r"Give every document an id of its own"):
        index.add(id_, article(2))


def test_ids_and_texts_may_be_any_strings(make, tmp_path):
    index = make()
    index.add("dossier/été 😀\udcff#3", "un \ud800 " + article(1))
    index.save(tmp_path / "index.parquet")
    again = NearDuplicateIndex.open(tmp_path / "index.parquet")
    assert [match.id for match in again.query("un " + article(1))] == ["dossier/été 😀\udcff#3"]


def test_what_was_saved_is_opened_with_the_same_answers(make, tmp_path):
    texts = families()
    index = make(0.75, series_guard=False)
    for n, text in enumerate(texts):
        index.add(f"d{n}", text)
    index.save(tmp_path / "index.parquet")
    again = NearDuplicateIndex.open(tmp_path / "index.parquet")
    assert (again.threshold, again.series_guard, len(again)) == (0.75, False, len(index))
    assert [again.query(text) for text in texts] == [index.query(text) for text in texts]
    again.save(tmp_path / "again.parquet")
    assert pq.read_table(tmp_path / "again.parquet") == pq.read_table(tmp_path / "index.parquet")


def test_a_file_that_is_no_index_is_refused(tmp_path):
    (tmp_path / "x").write_text("no")
    for path in (tmp_path / "x", tmp_path / "missing"):
        with pytest.raises(SourceError, match=r"Name a file that save\(\) wrote"):
            NearDuplicateIndex.open(path)


def test_an_index_of_another_version_is_refused(tmp_path, monkeypatch):
    NearDuplicateIndex().save(tmp_path / "index")
    monkeypatch.setattr("cleanse.dedup.incremental.VERSION", "2")
    with pytest.raises(SettingError, match="another version"):
        NearDuplicateIndex.open(tmp_path / "index")


@pytest.mark.parametrize("settings", [{"threshold": 0}, {"storage": {"type": "disk"}}, {"storage": {"type": "redis"}}])
def test_settings_that_cannot_be_used_are_refused(settings):
    with pytest.raises(SettingError):
        NearDuplicateIndex(**settings)


def test_without_redis_client_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("cleanse.dedup.incremental.find_spec", lambda _: None)
    with pytest.raises(SettingError, match=r"pip install 'cleanse-corpus\[redis\]'"):
        NearDuplicateIndex(storage=stored(1))


ADD = """
import sys
from cleanse import NearDuplicateIndex
index = NearDuplicateIndex(storage={"type": "redis", "redis": {"host": "127.0.0.1", "port": int(sys.argv[1])}}, name="two")
for n, text in enumerate(sys.stdin.read().splitlines()):
    index.add(f"{sys.argv[2]}{n}", text)
"""


def test_processes_share_an_index_on_redis(redis_port):
    texts = [article(n) for n in range(40)]
    started = [
        subprocess.Popen([sys.executable, "-c", ADD, str(redis_port), name], stdin=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    for process, some in zip(started, (texts[:25], texts[25:]), strict=True):
        process.stdin.write("\n".join(some))
        process.stdin.close()
    assert [process.wait() for process in started] == [0, 0]
    index = NearDuplicateIndex(storage=stored(redis_port), name="two")
    assert len(index) == 40
    assert [index.query(text)[0].id for text in texts] == [*(f"a{n}" for n in range(25)), *(f"b{n}" for n in range(15))]


def test_a_name_on_redis_keeps_its_settings(redis_port):
    NearDuplicateIndex(0.8, storage=stored(redis_port), name="kept")
    with pytest.raises(SettingError, match="kept with other settings"):
        NearDuplicateIndex(0.7, storage=stored(redis_port), name="kept")


def test_an_index_is_opened_onto_redis_under_a_name_that_holds_nothing(redis_port, tmp_path):
    index = NearDuplicateIndex()
    index.add("a", article(1))
    index.save(tmp_path / "index")
    there = NearDuplicateIndex.open(tmp_path / "index", storage=stored(redis_port), name="opened")
    assert there.query(article(1)) == [Match("a", 1.0)]
    with pytest.raises(SettingError, match="holds documents already"):
        NearDuplicateIndex.open(tmp_path / "index", storage=stored(redis_port), name="opened")


def test_the_signatures_are_the_batch_steps(make):
    minhash = make()._sign([article(1)])[0][0]
    from cleanse.dedup.minhash import sign
    from cleanse.dedup.shingles import shingle

    assert np.array_equal(minhash.hashvalues, sign(shingle([article(1)]), 120)[0])
    assert cleanse.NearDuplicateIndex is NearDuplicateIndex
