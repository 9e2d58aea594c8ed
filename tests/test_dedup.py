"""Near-duplicates: every part against a plain Python reference, and the whole against planted families."""

from __future__ import annotations

import re
import sys
from collections import Counter
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise
from unicodedata import normalize

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanse.character_values import UNTABLED
from cleanse.dedup import candidates, decide, find_duplicates, pair_search, shingles, sign_texts, write_bands
from cleanse.dedup.bands import as_ratio, bands_for
from cleanse.dedup.candidates import candidate_pairs, distinct, repeated, split
from cleanse.dedup.minhash import permutations, sign
from cleanse.dedup.representatives import date_keys, leader_order, settle
from cleanse.dedup.shingles import shingle, word_hashes
from cleanse.dedup.verify import _promising, judge
from cleanse.errors import SettingError
from cleanse.text import is_unspaced

SOME_WORDS = re.findall(
    r"\w+",
    """river stone lamp window quiet garden market letter winter bridge morning silver copper ladder basket thunder
    meadow harbour candle mirror pocket orchard feather gravel whistle cotton marble timber saddle anchor""",
)


def seen(text):
    """The text without soft hyphens and zero-width characters, ligatures and width forms as plain letters."""
    usual = re.sub("[\uff00-\uffef\ufb00-\ufb06]", lambda match: normalize("NFKC", match[0]), text)
    return re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", usual)


def words_of(text):
    r"""The words of the contract, the slow way: `\w+` of the lower-cased text, scripts without spaces character by character."""
    found = []
    for word in re.findall(r"\w+", seen(text).lower()):
        run = ""
        for character in word:
            if is_unspaced(ord(character)):
                found += [run, character] if run else [character]
                run = ""
            else:
                run += character
        found += [run] if run else []
    return found


def grams(text):
    words = words_of(text)
    return set(zip(*(words[i:] for i in range(5)), strict=False))


def jaccard(one, other):
    a, b = grams(one), grams(other)
    return len(a & b) / len(a | b)


def prose(seed, words=200):
    """Text of unrelated words, the same for the same seed."""
    random = np.random.default_rng(seed)
    return " ".join(random.choice(SOME_WORDS, words).tolist())


def edited(text, seed, share):
    """The text with this share of its words replaced."""
    random = np.random.default_rng(seed)
    return " ".join("new" + str(random.integers(999)) if random.random() < share else w for w in text.split())


ANY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" \n.,_-'’ABCabc019éÉßẞİıΣσςДд中日本語ひらカタｶ々ไทยกขລາວខ្មែရန်한국אבعربी𝐀𐐀𠀀😀\u0301\u200d"),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=6), st.sampled_from([2, 3, 7, 64]))
def test_words_are_those_of_the_regular_expression_in_any_batch_and_window(texts, window):
    reference = [words_of(text) for text in texts]
    names, values = {}, {}  # of hashes, and of words
    for batch in (texts, *([text] for text in texts)):
        hashes, first = word_hashes(batch)
        for text, begin, end in zip(batch, first[:-1], first[1:], strict=True):
            expected = words_of(text)
            assert end - begin == len(expected)
            for word, value in zip(expected, hashes[begin:end].tolist(), strict=True):
                assert names.setdefault(value, word) == word
                assert values.setdefault(word, value) == value
    longest = max((len(w.encode("utf-16-le")) // 2 for words in reference for w in words), default=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles, "WINDOW", max(window, longest + 2))
        again, first_again = word_hashes(texts)
    hashes, first = word_hashes(texts)
    assert np.array_equal(again, hashes)
    assert np.array_equal(first_again, first)


def test_only_two_characters_cannot_be_lowered_by_table():
    codes = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
    assert [c for c in codes if len(c.lower()) > 1] == [UNTABLED[0]]
    assert all(c.lower().lower() == c.lower() for c in codes)
    assert ("AΣ").lower() != "AΣ"[:-1].lower() + "Σ".lower()
    cased = [c for c in codes if ("a" + c).lower() != "a" + c.lower() or (c + "a").lower() != c.lower() + "a"]
    assert cased == [UNTABLED[1]]


def test_code_points_are_words_or_none_as_the_regular_expression_says():
    blocks = [
        (0, 0x10000),
        (0x10300, 0x10500),
        (0x1AFF0, 0x1B180),
        (0x1D400, 0x1D800),
        (0x1F1E0, 0x1F300),
        (0x20000, 0x20100),
    ]
    characters = [chr(c) for first, end in blocks for c in range(first, end)]
    _, offsets = word_hashes(characters)
    assert np.diff(offsets).tolist() == [len(words_of(c)) for c in characters]


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=6))
def test_equal_grams_have_equal_hashes_and_documents_keep_to_themselves(texts):
    shingled = shingle(texts)
    names = {}
    at = 0
    for text, count in zip(texts, shingled.counts.tolist(), strict=True):
        words = words_of(text)
        assert count == max(0, len(words) - 4)
        for i in range(count):
            assert names.setdefault(int(shingled.hashes[at + i]), words[i : i + 5]) == words[i : i + 5]
        at += count


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=6))
def test_the_exact_hash_tells_word_sequences_apart(texts):
    exact = shingle(texts).exact.tolist()
    for (one, a), (other, b) in combinations(zip(texts, exact, strict=True), 2):
        assert (a == b) == (words_of(one) == words_of(other))
    assert all((a == 0) == (not words_of(text)) for text, a in zip(texts, exact, strict=True))


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=6))
def test_signatures_are_those_of_datasketch(texts):
    shingled = shingle(texts)
    signatures = sign(shingled, 120)
    assert signatures.dtype == np.uint32
    assert signatures.shape == (len(texts), 120)
    assert np.array_equal(np.array(permutations(120)), MinHash(num_perm=120).permutations)
    at = 0
    for count, signature in zip(shingled.counts.tolist(), signatures, strict=True):
        theirs = MinHash(num_perm=120, hashfunc=int)
        theirs.update_batch((shingled.hashes[at : at + count] >> np.uint64(32)).tolist())
        assert np.array_equal(theirs.hashvalues, signature)
        at += count


@pytest.mark.parametrize(("threshold", "count", "rows"), [(0.7, 25, 5), (0.8, 20, 6), (0.9, 12, 10), (1.0, 1, 125)])
def test_the_bands_for_the_usual_thresholds(threshold, count, rows):
    bands = bands_for(threshold)
    assert (bands.count, bands.rows) == (count, rows)


@pytest.mark.parametrize("threshold", [0.03, 0.05, *(i / 100 for i in range(10, 99))])
def test_bands_find_99_of_100_pairs_just_above_any_threshold(threshold):
    assert bands_for(threshold).recall(as_ratio(threshold) + Fraction(2, 100)) >= Fraction(99, 100)


def test_a_threshold_is_the_ratio_that_the_user_wrote():
    assert as_ratio(0.8) == Fraction(4, 5)
    assert as_ratio(1) == 1
    assert as_ratio(1e-5) == Fraction(1, 100_000)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, float("nan")])
def test_a_threshold_that_is_no_similarity_is_refused(threshold):
    with pytest.raises(SettingError, match="Use a number above 0 and up to 1"):
        bands_for(threshold)


def test_members_of_a_crowded_bucket_meet_only_the_first():
    hashes = np.full(10, 7 << 40, np.uint64)
    pairs, crowded, limited = candidate_pairs([hashes], most=3)
    earlier, later = split(pairs)
    assert (crowded, limited) == (1, 7)
    assert set(zip(earlier.tolist(), later.tolist(), strict=True)) == {
        (a, b) for b in range(10) for a in range(min(b, 3))
    }


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=8, max_size=8), max_size=4),
    st.integers(1, 9),
    st.sampled_from([1, 3, 20, candidates.BLOCK]),
)
def test_candidate_pairs_are_those_that_share_a_bucket_whatever_the_block(bands, most, block):
    expected = set()
    for band in bands:
        for value in set(band):
            members = [rank for rank, own in enumerate(band) if own == value]
            expected |= {(a, b) for i, b in enumerate(members) for a in members[: min(i, most)]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "BLOCK", block)
        pairs, _, _ = candidate_pairs((np.array(b, np.uint64) << np.uint64(30) for b in bands), most)
    assert list(zip(*(side.tolist() for side in split(pairs)), strict=True)) == sorted(expected)


@given(st.lists(st.integers(0, 6)))
def test_repeated_values_are_told_with_the_first_that_equals_them(values):
    places, firsts = repeated(np.array(values, np.uint64))
    first = [values.index(value) for value in values]
    expected = [(place, one) for place, one in enumerate(first) if place != one]
    assert list(zip(places.tolist(), firsts.tolist(), strict=True)) == expected


@given(st.lists(st.integers(0, 9)))
def test_distinct_values_are_sorted_and_each_once(values):
    assert distinct(np.array(values, np.int64)).tolist() == sorted(set(values))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 99), unique=True), max_size=4), st.integers(1, 5), st.integers(1, 20))
def test_sorted_files_are_merged_to_the_same_pairs_in_slices_of_any_size(tmp_path_factory, files, every, most):
    folder = tmp_path_factory.mktemp("pairs")
    results = []
    for number, own in enumerate(files):
        pairs = np.array(sorted(own), np.uint64)
        pairs.tofile(folder / f"{number}.bin")
        results.append(pair_search.Searched(folder / f"{number}.bin", pairs[::every].copy(), 0, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair_search, "EVERY", every)
        slices = [pairs.tolist() for pairs in pair_search.merge(results, max(most, every))]
    assert [pair for pairs in slices for pair in pairs] == sorted({pair for own in files for pair in own})
    assert not list(folder.iterdir())


def settled(size, earlier, later, jaccards, series):
    """Twin, J and series of every document, as the policy settles them."""
    found = settle(size, earlier, later, jaccards, series)
    twin, similarity, series_of = np.full(size, -1), np.full(size, np.nan), np.full(size, -1)
    twin[found.gone], similarity[found.gone], series_of[found.form] = found.twin, found.jaccard, found.form_of
    assert len(set(found.gone.tolist())) == len(found.gone)
    return twin, similarity, series_of


def test_no_chain_a_document_stays_if_the_one_like_it_goes():
    earlier, later = np.array([0, 1]), np.array([1, 2])
    twin, similarity, _ = settled(3, earlier, later, np.array([0.9, 0.85]), np.array([False, False]))
    assert twin.tolist() == [-1, 0, -1]
    assert similarity[1] == 0.9


def test_the_twin_is_the_kept_document_that_is_most_alike():
    earlier, later = np.array([0, 1]), np.array([1, 2])
    twin, similarity, _ = settled(3, earlier, later, np.array([0.85, 0.9]), np.array([False, False]))
    assert twin.tolist() == [-1, 2, -1]
    assert similarity[1] == 0.9


def test_a_series_is_no_duplicate():
    twin, _, series = settled(2, np.array([0]), np.array([1]), np.array([0.9]), np.array([True]))
    assert twin.tolist() == [-1, -1]
    assert series.tolist() == [-1, 0]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from([0.8, 0.85, 0.9, 1.0]), st.booleans()))
)
def test_every_removed_document_has_a_kept_twin_and_no_two_kept_are_alike(found):
    pairs = {(min(a, b), max(a, b)): (value, series) for a, b, value, series in found if a != b}
    earlier, later = (np.array([p[i] for p in pairs], np.int64) for i in (0, 1))
    jaccards = np.array([v for v, _ in pairs.values()], float)
    twin, similarity, _ = settled(12, earlier, later, jaccards, np.array([s for _, s in pairs.values()], bool))
    for rank, (own, value) in enumerate(zip(twin.tolist(), similarity.tolist(), strict=True)):
        if own >= 0:
            assert twin[own] < 0
            assert pairs[min(rank, own), max(rank, own)] == (value, False)
    assert all(series or twin[a] >= 0 or twin[b] >= 0 for (a, b), (_, series) in pairs.items())


@given(st.lists(st.sampled_from([0, 1, 7, 2**31 - 1])))
def test_the_longest_come_first_and_ties_go_by_number(lengths):
    chars = np.array(lengths, np.int32)
    expected = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    assert leader_order("longest", chars, chars).tolist() == expected


def test_dates_sort_like_their_text_and_none_is_last():
    dates = ["2023-11", "2023-11-05", None, "2021", "2023-11-05T10:30:00Z", "yesterday"]
    keys, chars = date_keys(dates), np.zeros(6, np.int64)
    assert leader_order("oldest", chars, keys).tolist() == [3, 0, 1, 4, 2, 5]
    assert leader_order("newest", chars, keys).tolist() == [4, 1, 0, 3, 2, 5]


def test_an_unknown_policy_is_refused_by_name():
    with pytest.raises(SettingError, match="longest, first, oldest, newest"):
        find_duplicates(["a"], keep="best")


def test_each_policy_keeps_its_own_of_a_family():
    base = prose(1)
    texts = [base, base + " and more", base + " x"]
    dates = ["2022-05", "2023", "2021-01-09"]
    for keep, kept in (("longest", 1), ("first", 0), ("oldest", 2), ("newest", 1)):
        verdicts = find_duplicates(texts, keep=keep, dates=dates)
        assert [i for i, v in enumerate(verdicts) if v.duplicate_of is None] == [kept]
        assert {v.duplicate_of for v in verdicts} == {None, kept}


def test_the_jaccard_is_exact():
    base = prose(2)
    texts = [base, edited(base, 1, 0.02), edited(base, 2, 0.01)]
    for verdict, text in zip(find_duplicates(texts, series_guard=False), texts, strict=True):
        if verdict.duplicate_of is not None:
            assert verdict.jaccard == jaccard(text, texts[verdict.duplicate_of])


def test_upper_case_punctuation_and_quotes_make_no_difference():
    base = prose(3).replace(" river ", " l'eau ")
    texts = [base, base.upper(), base.replace(" ", ", "), base.replace("'", "’"), f"« {base} »"]
    verdicts = find_duplicates(texts, keep="first")
    assert [v.duplicate_of for v in verdicts] == [None, 0, 0, 0, 0]
    assert {v.jaccard for v in verdicts} == {None, 1.0}


def test_texts_shorter_than_a_shingle_are_duplicates_only_if_equal_in_words():
    verdicts = find_duplicates(
        ["One two.", "one, TWO", "one three", "two one", "one", "", "", "!", "one two three four"]
    )
    assert [v.duplicate_of for v in verdicts] == [None, 0] + [None] * 7


def test_an_exact_copy_of_a_removed_document_goes_to_the_same_twin():
    base = prose(4)
    near = edited(base, 1, 0.01)
    verdicts = find_duplicates([base + " longer by some words", near, near, near.upper()])
    assert [v.duplicate_of for v in verdicts] == [None, 0, 0, 0]
    assert len({v.jaccard for v in verdicts}) == 2


def test_pages_on_one_template_with_different_bodies_all_stay():
    head, foot = prose(5, 60), prose(6, 60)
    texts = [f"{head} {prose(100 + i, 150)} {foot}" for i in range(120)]
    assert all(v.duplicate_of is None for v in find_duplicates(texts))


def test_families_are_found_and_singles_stay():
    texts, family = [], []
    for i in range(40):
        base = prose(1000 + i)
        for j, share in enumerate((0, 0.005, 0.01, 0.3)):
            texts.append(edited(base, 7 * i + j, share))
            family.append(i if share < 0.3 else f"other {i}")
    verdicts = find_duplicates(texts, series_guard=False)
    sets = [grams(text) for text in texts]
    pairs = [
        (a, b)
        for a, b in combinations(range(len(texts)), 2)
        if 5 * len(sets[a] & sets[b]) >= 4 * len(sets[a] | sets[b])
    ]
    kept = [v.duplicate_of is None for v in verdicts]
    assert pairs
    assert not [pair for pair in pairs if kept[pair[0]] and kept[pair[1]]]
    assert all(family[i] == family[v.duplicate_of] for i, v in enumerate(verdicts) if v.duplicate_of is not None)


def read_rows(chunks, chunk, rows):
    """A picklable reader, as a pipeline would give it."""
    return [chunks[chunk][row] for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [[61], [0, 17, 44, 0], [20, 21, 20]])
@pytest.mark.parametrize("workers", [1, 2])
def test_verdicts_over_chunks_equal_those_in_memory(tmp_path, monkeypatch, sizes, workers):
    base = [edited(prose(i // 4), i, 0.004 * (i % 4)) for i in range(60)] + ["short"]
    monkeypatch.setattr("cleanse.dedup.verify.TASK_CHARS", 9000)
    monkeypatch.setattr("cleanse.dedup.pair_search.TASK_VALUES", 150)  # two bands to a task
    cuts = np.cumsum([0, *sizes])
    chunks = [base[a:b] for a, b in pairwise(cuts)]
    files = [tmp_path / f"{i}.parquet" for i in range(len(chunks))]
    for path, texts in zip(files, chunks, strict=True):
        write_bands(path, sign_texts(texts))
    (tmp_path / "scratch").mkdir()
    if workers == 1:
        decision = decide(files, partial(read_rows, chunks), tmp_path / "scratch")
    else:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            decision = decide(files, partial(read_rows, chunks), tmp_path / "scratch", mapper=pool.map)
    verdicts = find_duplicates(base)
    assert decision.duplicate_of.tolist() == [-1 if v.duplicate_of is None else v.duplicate_of for v in verdicts]
    assert [j for j in decision.jaccard.tolist() if j == j] == [v.jaccard for v in verdicts if v.jaccard]  # noqa: PLR0124
    assert decision.series_of.tolist() == [-1 if v.series_of is None else v.series_of for v in verdicts]
    assert Counter(v.duplicate_of is None for v in verdicts)[False] > 20
    assert not list((tmp_path / "scratch").iterdir())


def test_documents_that_take_no_part_neither_remove_nor_go(tmp_path):
    base = prose(1)
    texts = [base + " the longest", base, base + " x"]
    write_bands(tmp_path / "0.parquet", sign_texts(texts))
    eligible = np.array([False, True, True])
    decision = decide([tmp_path / "0.parquet"], partial(read_rows, [texts]), tmp_path, eligible=eligible)
    assert decision.duplicate_of.tolist() == [-1, 2, -1]


def test_nothing_at_all_gives_no_verdicts(tmp_path):
    assert find_duplicates([]) == []
    write_bands(tmp_path / "0.parquet", sign_texts([]))
    assert len(decide([tmp_path / "0.parquet"], partial(read_rows, [[]]), tmp_path).duplicate_of) == 0
    assert len(decide([], partial(read_rows, []), tmp_path).duplicate_of) == 0


PROSE = {
    "zh": "昨天下午市政府召开会议,讨论如何改善老城区的供水和排水系统。专家认为,管道年久失修是主要原因,需要分三年逐步更换。居民代表希望施工期间"
    "保证交通,并及时公布进度。会议决定先从学校和医院附近开始,预计明年春天完成第一阶段的工程。",
    "ja": "昨日の午後、市役所で旧市街の水道をどう改善するかについて話し合いが行われた。専門家によると、配管の老朽化が主な原因であり、三年かけて順番に交換する"
    "必要がある。住民の代表は、工事の間も通行を確保し、進み具合をすぐに知らせてほしいと求めた。",
    "th": "เมื่อวานตอนบ่ายเทศบาลได้จัดประชุมเพื่อหารือเรื่องการปรับปรุงระบบประปาในเขตเมืองเก่า ผู้เชี่ยวชาญเห็นว่าท่อที่เก่าเกินไปเป็นสาเหตุหลัก "
    "และต้องค่อยๆ เปลี่ยนภายในสามปี ตัวแทนชาวบ้านขอให้ดูแลการจราจรระหว่างก่อสร้างและแจ้งความคืบหน้าอย่างสม่ำเสมอ",
    "ar": "عقد المجلس البلدي أمس اجتماعا لمناقشة سبل تحسين شبكة المياه في المدينة القديمة. ويرى الخبراء أن قدم الأنابيب هو السبب الرئيسي وأن "
    "استبدالها يجب أن يتم على مراحل خلال ثلاث سنوات. وطالب ممثلو السكان بتأمين حركة المرور أثناء الأشغال وبنشر أخبار التقدم بانتظام. "
    "وقرر المجلس البدء بالأحياء القريبة من المدارس والمستشفيات على أن تنتهي المرحلة الأولى في الربيع المقبل بعد موافقة الحكومة.",
}
REPRINT = {"zh": "记者报道:", "ja": "共同通信 ", "th": "ข่าวด่วน ", "ar": "عاجل: "}


@pytest.mark.parametrize("language", sorted(PROSE))
def test_near_duplicates_in_scripts_without_spaces_or_capitals_are_found(language):
    text = PROSE[language]
    half = text[: len(text) // 2]
    texts = [text, REPRINT[language] + text, text[:-4], half + text[-10:], text.replace(".", "،").replace("。", ";")]
    verdicts = find_duplicates(texts, keep="first")
    assert [v.duplicate_of for v in verdicts] == [None, 0, 0, None, 0]
    assert all(v.jaccard is None or v.jaccard == jaccard(t, text) for v, t in zip(verdicts, texts, strict=True))


def test_many_pages_on_one_template_cost_pairs_in_proportion():
    members = np.zeros(4000, np.uint64)
    found = [len(candidate_pairs((members[:n].copy() for _ in "123"), most=50)[0]) for n in (1000, 2000, 4000)]
    assert found == [n * 50 - 50 * 51 // 2 for n in (1000, 2000, 4000)]


def test_a_huge_document_is_read_in_windows(monkeypatch):
    text = prose(9, 9_000)
    monkeypatch.setattr(shingles, "WINDOW", 4096)
    assert np.array_equal(word_hashes([text])[0], np.concatenate([word_hashes([w])[0] for w in text.split()]))


@pytest.mark.parametrize(("shared", "threshold"), [(11, 0.55), (14, 0.7), (16, 0.8), (18, 0.9)])
def test_a_pair_exactly_at_the_threshold_counts(shared, threshold):
    one, other = np.arange(1, 21, dtype=np.uint64), np.arange(1, shared + 1, dtype=np.uint64)
    places = list(_promising([one, other], np.array([20, shared]), np.array([0]), np.array([1]), threshold))
    assert places == [0]
    assert shared / 20 >= threshold


@pytest.mark.parametrize("union", [100, 1_000, 4_999])
def test_one_shingle_decides_at_any_threshold(union):
    words = [f"w{n}" for n in range(union + 4)]
    for per_cent in range(1, 101, 3):
        enough = -(-union * per_cent // 100)  # common shingles: the least that are this share
        pairs = [(" ".join(words), " ".join(words[: common + 4])) for common in (enough, enough - 1) if common]
        reached = [
            judge(pair, np.array([0]), np.array([1]), per_cent / 100, series_guard=False)[0][0] for pair in pairs
        ]
        assert reached == [enough / union, *([0.0] * (enough > 1))]


def test_what_a_reader_does_not_see_makes_no_other_text():
    text = "The final effort of the office was a conflict over fifty flat stones, wide ＡＢＣ 123 and カタカナ."
    hidden = "The ﬁnal e\u00adffort of\u200b the oﬃce was a con\u2060ﬂict over ﬁfty ﬂat sto\u200cnes, wide ABC １２３ and ｶﾀｶﾅ."
    assert shingle([hidden]).hashes.tolist() == shingle([text]).hashes.tolist()
    assert find_duplicates([text, hidden])[0].jaccard is None
    assert {verdict.jaccard for verdict in find_duplicates([text, hidden])} == {None, 1.0}
