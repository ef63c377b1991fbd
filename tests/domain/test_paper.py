"""Laying items out and reading answers, for every kind of item."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.domain.items import Item
from quiz.domain.paper import BadAnswer, decode, encode, in_file_order, lay_out, sheet
from quiz.domain.review import EVERYTHING, Reveal, verdict
from quiz.domain.scoring import mark, score
from tests.domain.items import CLASSIFY, ITEMS, MATCH, ORDER, SCENARIO, SINGLE, TYPED

places = st.text(alphabet="0123456789itdx-. ٣ề", max_size=4)
forms = st.dictionaries(st.text(alphabet="012.x", max_size=4), st.lists(places, max_size=4))


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
@pytest.mark.parametrize("seed", range(5))
def test_the_key_can_be_given_by_a_form_and_leaves_nothing_open(of, seed):
    position = lay_out(of, random.Random(seed))
    fields = encode(of, position, of.right_answer())

    assert decode(of, position, fields) == of.right_answer()
    assert sheet(of, position).open_fields(fields) == []


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
def test_an_item_survives_its_own_json(of):
    assert Item.from_json(of.to_json()) == of
    assert Item.from_json(of.to_json()).digest == of.digest


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
def test_a_sheet_is_the_same_whatever_the_key(of):
    """Two items that differ in their key alone look alike when laid out alike."""
    shown = str(sheet(of, in_file_order(of)))

    assert "key" not in shown
    assert "feedback" not in shown
    assert of.explanation not in shown


@pytest.mark.parametrize(
    ("of", "fields", "left"),
    [
        pytest.param(SINGLE, {}, [""], id="whole"),
        pytest.param(CLASSIFY, {"1": ["it"]}, ["0", "2", "3"], id="parts"),
        pytest.param(
            SCENARIO,
            {"0": ["1"], "1.0": ["it"]},
            ["1.1", "1.2", "1.3", "2.0", "2.1"],
            id="scenario",
        ),
    ],
)
def test_what_is_left_open_is_known(of, fields, left):
    assert sheet(of, in_file_order(of)).open_fields(fields) == left


@pytest.mark.parametrize(
    ("of", "fields"),
    [
        pytest.param(SINGLE, {"": ["0", "1"]}, id="two options of single"),
        pytest.param(SINGLE, {"0": ["1"]}, id="a part of what has none"),
        pytest.param(SINGLE, {"": ["4"]}, id="an option that is not offered"),
        pytest.param(MATCH, {"0": ["07"]}, id="a place as no form writes it"),
        pytest.param(ORDER, {"0": ["0"]}, id="a place before the first"),
        pytest.param(ORDER, {"0": ["5"]}, id="a place after the last"),
        pytest.param(CLASSIFY, {"0": ["both"]}, id="a side that is none"),
        pytest.param(TYPED, {"0": ["x" * 101]}, id="typed without end"),
        pytest.param(TYPED, {"0": ["a\x00b"]}, id="typed by no keyboard"),
        pytest.param(SCENARIO, {"3": ["1"]}, id="a question that is not there"),
        pytest.param(SCENARIO, {"": ["1"]}, id="a scenario as one question"),
        pytest.param(SCENARIO, {"1.0.0": ["it"]}, id="a part of a part"),
    ],
)
def test_what_is_not_offered_is_refused(of, fields):
    with pytest.raises(BadAnswer):
        decode(of, in_file_order(of), fields)


def test_what_is_typed_is_composed_and_trimmed():
    answer = decode(TYPED, in_file_order(TYPED), {"0": ["  ne\u0302\u0300n  ta\u0309ng "]})

    assert answer == {"g1": "nền tảng"}


def test_a_scenario_is_reviewed_question_by_question():
    position = in_file_order(SCENARIO)
    answer = {"q1": "a", "q2": {"s1": "it", "s2": "it"}}

    seen = verdict(SCENARIO, position, answer, EVERYTHING)

    assert [one.mark for one in seen.questions] == [0, mark(CLASSIFY, answer["q2"]), 0]
    assert seen.questions[1].right == {"0"}
    assert seen.questions[2].filled == {}
    assert seen.questions[0].key == {"": ["1"]}


@pytest.mark.parametrize("of", ITEMS, ids=lambda one: one.kind)
def test_what_may_not_be_seen_is_not_there(of):
    hidden = Reveal(score=True, marks=False, answers=False, key=False)

    seen = verdict(of, in_file_order(of), of.right_answer(), hidden)

    for one in (seen, *seen.questions):
        assert (one.filled, one.mark, one.key, one.explanation) == (None, None, None, None)
        assert (one.right, one.feedback) == (frozenset(), ())


def test_no_items_is_no_score():
    with pytest.raises(ValueError, match="no items"):
        score([])
