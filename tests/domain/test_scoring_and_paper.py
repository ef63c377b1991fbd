"""Marks, scores and answers, for every kind of item."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.domain.bank import Item, Option, Pair, Statement
from quiz.domain.paper import BadAnswer, Blueprint, TooFewItems, decode, draw, encode, lay_out
from quiz.domain.review import Reveal, ReviewPolicy, reveal
from quiz.domain.scoring import mark, score


def item(kind, code="d01-x", **parts):
    return Item(code, "d01", kind, "d01-o1", "apply", "?", "Vì.", "a8", **parts)


SINGLE = item("single", options=tuple(Option(c, c, c == "b", "") for c in "abcd"))
MULTIPLE = item("multiple", options=tuple(Option(c, c, c in "ab", "") for c in "abcde"))
TRUE_FALSE = item(
    "true_false", options=(Option("true", "Đúng", False, ""), Option("false", "Sai", True, ""))
)
CLASSIFY = item(
    "classify",
    statements=tuple(Statement(f"s{n}", str(n), "it" if n % 2 else "dx", "") for n in range(1, 5)),
)
MATCH = item(
    "match", pairs=tuple(Pair(f"l{n}", f"L{n}", f"R{n}", "") for n in range(1, 4)), spare="R4"
)
ITEMS = (SINGLE, MULTIPLE, TRUE_FALSE, CLASSIFY, MATCH)


@pytest.mark.parametrize(
    ("of", "answer", "worth"),
    [
        pytest.param(SINGLE, "b", 1, id="single right"),
        pytest.param(SINGLE, "a", 0, id="single wrong"),
        pytest.param(TRUE_FALSE, "false", 1, id="judged right"),
        pytest.param(MULTIPLE, ["a", "b"], 1, id="all right ticks"),
        pytest.param(MULTIPLE, ["a"], Fraction(1, 2), id="half of the right ticks"),
        pytest.param(MULTIPLE, ["a", "b", "c"], Fraction(2, 3), id="one wrong tick costs a third"),
        pytest.param(MULTIPLE, ["c", "d"], 0, id="never below nothing"),
        pytest.param(MULTIPLE, ["a", "b", "c", "d", "e"], 0, id="ticking all earns nothing"),
        pytest.param(CLASSIFY, {"s1": "it", "s2": "it"}, Fraction(1, 4), id="parts of classify"),
        pytest.param(MATCH, {"l1": "r1", "l2": "r4"}, Fraction(1, 3), id="parts of match"),
    ],
)
def test_the_mark_of(of, answer, worth):
    assert mark(of, answer) == worth


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
def test_the_key_earns_all_and_nothing_earns_nothing(of):
    assert mark(of, of.right_answer()) == 1
    assert mark(of, None) == 0


@given(marks=st.lists(st.fractions(0, 1), min_size=1, max_size=30))
def test_a_score_is_in_range_and_grows_with_every_mark(marks):
    assert 0 <= score(marks) <= 10_000
    assert score([*marks[:-1], Fraction(1)]) >= score(marks)


def test_no_items_is_no_score():
    with pytest.raises(ValueError, match="no items"):
        score([])


places = st.text(alphabet="0123456789itdx-. ٣", max_size=4)
forms = st.dictionaries(st.text(alphabet="0123x", max_size=2), st.lists(places, max_size=4))


@given(of=st.sampled_from(ITEMS), seed=st.integers(0, 99), fields=forms)
def test_any_form_gives_an_answer_that_is_offered_or_is_refused(of, seed, fields):
    position = lay_out(of, random.Random(seed))
    try:
        answer = decode(of, position, fields)
    except BadAnswer:
        return
    if answer is not None:
        assert decode(of, position, encode(of, position, answer)) == answer
        assert 0 <= mark(of, answer) <= 1


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
def test_an_item_survives_its_own_json(of):
    assert Item.from_json(of.to_json()) == of
    assert Item.from_json(of.to_json()).digest == of.digest


def topics(count, items):
    return {
        f"d{t:02d}": [item("single", f"d{t:02d}-{n}", options=SINGLE.options) for n in range(items)]
        for t in range(1, count + 1)
    }


@given(seed=st.integers(0, 999), size=st.integers(1, 30))
def test_a_draw_is_even_over_the_topics(seed, size):
    pool = topics(6, 5)

    drawn = draw(pool, Blueprint(tuple(pool), size), set(), random.Random(seed))

    counts = [sum(one.code.startswith(topic) for one in drawn) for topic in pool]
    assert len({one.code for one in drawn}) == size
    assert max(counts) - min(counts) <= 1


def test_unseen_items_come_first():
    pool = topics(1, 6)
    seen = {f"d01-{n}" for n in range(4)}

    drawn = draw(pool, Blueprint(("d01",), 2), seen, random.Random(1))

    assert {one.code for one in drawn} == {"d01-4", "d01-5"}


def test_a_draw_of_more_than_there_is_is_refused():
    with pytest.raises(TooFewItems):
        draw(topics(2, 3), Blueprint(("d01", "d02"), 7), set(), random.Random(1))


@pytest.mark.parametrize("closed", [False, True])
def test_after_close_means_after_close(closed):
    policy = ReviewPolicy("at_once", "after_close", "never")

    assert reveal(policy, closed) == Reveal(score=True, answers=closed, key=False)
