"""What to review today, and what mastery rests on."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from quiz.domain.mastery import LEARNT, MASTERED, NEW, REVIEW, Mastery
from quiz.domain.memory import (
    AGAIN,
    CONFUSING,
    EASY,
    GOOD,
    HARD,
    REVIEW_SIZE,
    Known,
    grade,
    streak,
    todays,
)

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
LESSONS = {code: [f"{code}-{n:02d}" for n in range(1, 17)] for code in ("d01", "d03", "d07")}
NEIGHBOURS = {"d03": ["d07"]}


def card(item, grade=GOOD, due_in_days=0):
    due_at = NOON + timedelta(days=due_in_days)
    return Known(item, item[:3], grade, due_at, NOON - timedelta(days=5))


@pytest.mark.parametrize(
    ("mark", "confidence", "expected"),
    [
        pytest.param(Fraction(0), "sure", AGAIN, id="wrong, however sure"),
        pytest.param(Fraction(1), None, GOOD, id="right"),
        pytest.param(Fraction(1), "fairly", GOOD, id="right and fairly sure"),
        pytest.param(Fraction(1), "sure", EASY, id="right and sure"),
        pytest.param(Fraction(1), "unsure", HARD, id="right but unsure"),
        pytest.param(Fraction(1, 2), "sure", HARD, id="half right"),
        pytest.param(Fraction(49, 100), None, AGAIN, id="less than half right"),
    ],
)
def test_a_grade_comes_from_the_mark_and_how_sure_one_was(mark, confidence, expected):
    assert grade(mark, confidence) == expected


def test_the_review_of_the_day_is_at_most_a_handful():
    known = [card(item) for item in LESSONS["d01"] + LESSONS["d03"]]

    assert len(todays(known, LESSONS, NEIGHBOURS, NOON)) == REVIEW_SIZE


def test_nothing_due_is_no_review_even_if_something_is_confusing():
    known = [card("d07-01", AGAIN, due_in_days=1), card("d03-01", due_in_days=3)]

    assert todays(known, LESSONS, NEIGHBOURS, NOON) == []


def test_what_comes_later_today_is_due_and_tomorrow_is_not():
    known = [card("d01-01", due_in_days=11 / 24), card("d01-02", due_in_days=13 / 24)]

    assert todays(known, LESSONS, {}, NOON) == ["d01-01"]


@pytest.mark.parametrize(
    "neighbours", [{"d03": ["d07"]}, {"d07": ["d03"]}], ids=["says", "is said"]
)
def test_lessons_that_are_mixed_up_with_a_neighbour_come_first(neighbours):
    known = [card("d01-01", AGAIN, -9), card("d03-01", GOOD, -1), card("d07-01", AGAIN, 1)]

    chosen = todays(known, LESSONS, neighbours, NOON)

    assert chosen[:2] == ["d03-01", "d01-01"]


def test_lessons_take_turns():
    known = [card(item, AGAIN, -n) for n, item in enumerate(LESSONS["d01"])] + [card("d03-01")]

    assert "d03-01" in todays(known, LESSONS, {}, NOON)[:2]


def test_places_left_go_to_unseen_items_of_what_is_mixed_up():
    known = [card("d03-01", GOOD, -1), card("d07-01", AGAIN, 1), card("d07-02", AGAIN, 1)]

    chosen = todays(known, LESSONS, NEIGHBOURS, NOON)

    assert chosen == ["d03-01", "d03-02", "d03-03", "d03-04"]
    assert len(chosen) == 1 + CONFUSING


def test_the_order_of_the_cards_changes_nothing():
    known = [card(f"d01-{n:02d}", (GOOD, AGAIN)[n % 2], -(n % 3)) for n in range(1, 13)]

    assert todays(known, LESSONS, NEIGHBOURS, NOON) == todays(
        known[::-1], LESSONS, NEIGHBOURS, NOON
    )


def test_a_streak_goes_on_through_today_or_yesterday_and_may_begin_again():
    today = NOON.date()
    days = [today - timedelta(days=n) for n in (0, 1, 2, 4)]

    assert streak(days, today).days == 3
    assert streak(days[1:], today).days == 2
    paused = streak(days[3:], today)
    assert (paused.days, paused.has_paused) == (0, True)
    assert not streak([], today).has_paused


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        pytest.param({}, NEW, id="nothing done"),
        pytest.param({"is_read": True}, LEARNT, id="read"),
        pytest.param({"right": 5}, LEARNT, id="all right, but too few"),
        pytest.param({"right": 6}, MASTERED, id="enough, all right"),
        pytest.param({"right": 8, "wrong": 2}, MASTERED, id="four fifths right"),
        pytest.param({"right": 7, "wrong": 2}, LEARNT, id="just less than four fifths"),
        pytest.param({"right": 6, "shaky": 4}, MASTERED, id="a shaky one is half right"),
        pytest.param({"right": 3, "wrong": 3}, LEARNT, id="half right"),
        pytest.param({"right": 2, "wrong": 3}, REVIEW, id="less than half right"),
        pytest.param({"right": 8, "due": 3}, MASTERED, id="a few are due"),
        pytest.param({"right": 8, "due": 4}, REVIEW, id="half of it is due"),
    ],
)
def test_mastery_is_reckoned_from_right_wrong_and_due(counts, state):
    assert Mastery(**{"is_read": False, "size": 16, **counts}).state == state
