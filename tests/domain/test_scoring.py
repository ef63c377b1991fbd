"""Marks against a second, plain implementation, and feedback part by part."""

import itertools
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.domain.feedback import Feedback, feedback_on
from quiz.domain.scoring import mark, score
from tests.domain.items import (
    BANKED,
    CLASSIFY,
    ITEMS,
    MATCH,
    MULTIPLE,
    ORDER,
    SCENARIO,
    SINGLE,
    TRUE_FALSE,
    TYPED,
)


def plain_mark(of, answer):
    """The marks of the rules once more, told part by part and without the app's helpers."""
    if answer is None:
        return Fraction(0)
    if of.kind in ("single", "true_false"):
        return Fraction(1 if [o.code for o in of.options if o.key] == [answer] else 0)
    if of.kind == "multiple":
        total = Fraction(0)
        rights = [o for o in of.options if o.key]
        wrongs = [o for o in of.options if not o.key]
        for option in of.options:
            if option.code in answer:
                total += Fraction(1, len(rights)) if option.key else -Fraction(1, len(wrongs))
        return total if total > 0 else Fraction(0)
    if of.kind == "classify":
        hits = [s for s in of.statements if answer.get(s.code) == s.side]
        return Fraction(len(hits), len(of.statements))
    if of.kind == "match":
        hits = [n for n in range(len(of.pairs)) if answer.get(f"l{n + 1}") == f"r{n + 1}"]
        return Fraction(len(hits), len(of.pairs))
    if of.kind == "order":
        at = {}
        for step, place in answer.items():
            at.setdefault(int(place), []).append(step)
        line = {place: steps[0] for place, steps in at.items() if len(steps) == 1}
        hits = 0
        for place, step in line.items():
            number = int(step[1:])
            if line.get(place + 1) == f"s{number + 1}":
                hits += 1
        return Fraction(hits, len(of.steps) - 1)
    if of.kind == "cloze":
        total = Fraction(0)
        for number, gap in enumerate(of.gaps, start=1):
            given_word = answer.get(f"g{number}")
            if given_word is None:
                continue
            if of.words:
                total += given_word == f"w{number}"
                continue
            total += max(plain_typed(given_word, wanted) for wanted in gap.answers)
        return total / len(of.gaps)
    marks = [plain_mark(one, answer.get(one.code)) for one in of.questions]
    return sum(marks) / len(marks)


def plain_typed(said, wanted):
    said, wanted = (" ".join(text.lower().split()) for text in (said, wanted))
    if said == wanted:
        return Fraction(1)
    if len(said) != len(wanted):
        return Fraction(0)
    for ours, theirs in zip(said, wanted, strict=True):
        bare = unicodedata.normalize("NFD", theirs)[0] if theirs != "đ" else "d"
        partly = {theirs, bare}
        marks = unicodedata.normalize("NFD", theirs)[1:]
        for count in range(len(marks) + 1):
            for some in itertools.combinations(marks, count):
                partly.add(unicodedata.normalize("NFC", bare + "".join(some)))
        if ours not in partly:
            return Fraction(0)
    return Fraction(1, 2)


codes = {
    "single": st.sampled_from("abcd"),
    "true_false": st.sampled_from(["true", "false"]),
    "multiple": st.lists(st.sampled_from("abcde"), unique=True, min_size=1).map(sorted),
    "classify": st.dictionaries(
        st.sampled_from(["s1", "s2", "s3", "s4"]), st.sampled_from(["it", "dx"])
    ),
    "match": st.dictionaries(
        st.sampled_from(["l1", "l2", "l3"]), st.sampled_from(["r1", "r2", "r3", "r4"])
    ),
    "order": st.dictionaries(
        st.sampled_from(["s1", "s2", "s3", "s4"]), st.sampled_from(["1", "2", "3", "4"])
    ),
}
WORDS = (
    *("nền tảng", "nen tang so", "Nền  Tảng Số", "nên tảng", "nến tảng", "điện toán"),
    *("dien toan", "điện toan", "đien toán", "khác", "diện toán"),
)
typed = st.dictionaries(
    st.sampled_from(["g1", "g2"]),
    st.sampled_from(WORDS),
)
chosen_words = st.dictionaries(st.sampled_from(["g1", "g2"]), st.sampled_from(["w1", "w2", "w3"]))


def answers_to(of):
    if of.kind == "cloze":
        return chosen_words if of.words else typed
    if of.questions:
        return st.fixed_dictionaries({}, optional={q.code: answers_to(q) for q in of.questions})
    return codes[of.kind]


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
@given(data=st.data())
def test_marks_agree_with_a_plain_implementation(of, data):
    answer = data.draw(answers_to(of))

    assert mark(of, answer) == plain_mark(of, answer)
    assert 0 <= mark(of, answer) <= 1


@pytest.mark.parametrize(
    ("of", "answer", "worth"),
    [
        pytest.param(SINGLE, "b", 1, id="single right"),
        pytest.param(SINGLE, "a", 0, id="single wrong"),
        pytest.param(TRUE_FALSE, "false", 1, id="judged right"),
        pytest.param(MULTIPLE, ["a"], Fraction(1, 2), id="half of the right ticks"),
        pytest.param(MULTIPLE, ["a", "b", "c"], Fraction(2, 3), id="one wrong tick costs a third"),
        pytest.param(MULTIPLE, ["c", "d"], 0, id="never below nothing"),
        pytest.param(MULTIPLE, ["a", "b", "c", "d", "e"], 0, id="ticking all earns nothing"),
        pytest.param(CLASSIFY, {"s1": "it", "s2": "it"}, Fraction(1, 4), id="parts of classify"),
        pytest.param(MATCH, {"l1": "r1", "l2": "r4"}, Fraction(1, 3), id="parts of match"),
        pytest.param(
            ORDER, {"s1": "2", "s2": "3", "s3": "4", "s4": "1"}, Fraction(2, 3), id="shifted chain"
        ),
        pytest.param(
            ORDER, {"s1": "1", "s2": "2", "s3": "2", "s4": "3"}, 0, id="twins stand nowhere"
        ),
        pytest.param(BANKED, {"g1": "w1", "g2": "w3"}, Fraction(1, 2), id="a spare word"),
        pytest.param(TYPED, {"g1": "NỀN  tảng", "g2": "dien toan"}, Fraction(3, 4), id="typed"),
        pytest.param(TYPED, {"g1": "nến tảng"}, 0, id="a wrong accent is another word"),
        pytest.param(TYPED, {"g2": "điên toán"}, Fraction(1, 4), id="one accent is missing"),
        pytest.param(
            SCENARIO, {"q1": "b", "q2": {"s1": "it", "s2": "dx"}}, Fraction(1, 2), id="scenario"
        ),
    ],
)
def test_the_mark_of(of, answer, worth):
    assert mark(of, answer) == worth == plain_mark(of, answer)


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
def test_the_key_earns_all_and_nothing_earns_nothing(of):
    assert mark(of, of.right_answer()) == 1
    assert feedback_on(of, of.right_answer()) == []
    assert mark(of, None) == 0
    assert feedback_on(of, None) == []


@given(marks=st.lists(st.fractions(0, 1), min_size=1, max_size=30))
def test_a_score_is_in_range_and_grows_with_every_mark(marks):
    assert 0 <= score(marks) <= 10_000
    assert score([*marks[:-1], Fraction(1)]) >= score(marks)


@pytest.mark.parametrize(
    ("of", "answer", "said"),
    [
        pytest.param(ORDER, {"s1": "1", "s2": "2", "s3": "4", "s4": "3"}, ["F3", "F4"], id="order"),
        pytest.param(TYPED, {"g1": "nen tang", "g2": "điện toán"}, ["F1"], id="without accents"),
        pytest.param(BANKED, {"g2": "w1"}, ["F2"], id="the gap that was filled"),
        pytest.param(SCENARIO, {"q1": "a", "q3": {"g2": "sai"}}, ["vì", "F2"], id="scenario"),
    ],
)
def test_wrong_parts_are_told_why(of, answer, said):
    assert feedback_on(of, answer) == [Feedback(text) for text in said]
