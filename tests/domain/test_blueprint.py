"""Drawing papers: even over topics, by difficulty and kind, never two that tell."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz.domain.blueprint import Blueprint, TooFewItems, draw, shares
from quiz.domain.items import DIFFICULTIES, KINDS
from tests.domain.items import item

THIRDS = {"remember": 3, "understand": 4, "apply": 3}


def topics(count, items):
    """Topics whose items go through all kinds and difficulties."""
    return {
        f"d{t:02d}": [
            item(KINDS[n % len(KINDS)], f"d{t:02d}-{n}", difficulty=DIFFICULTIES[n % 3])
            for n in range(items)
        ]
        for t in range(1, count + 1)
    }


@given(seed=st.integers(0, 999), size=st.integers(1, 30))
def test_a_draw_is_even_over_the_topics(seed, size):
    pool = topics(6, 5)

    drawn = draw(pool, Blueprint(tuple(pool), size), set(), random.Random(seed))

    counts = [sum(one.code.startswith(topic) for one in drawn) for topic in pool]
    assert len({one.code for one in drawn}) == size
    assert max(counts) - min(counts) <= 1


@given(seed=st.integers(0, 999), size=st.integers(1, 36))
def test_a_draw_keeps_the_shares_of_the_difficulties(seed, size):
    pool = topics(6, 18)

    drawn = draw(pool, Blueprint(tuple(pool), size, THIRDS), set(), random.Random(seed))

    found = Counter(one.difficulty for one in drawn)
    assert {name: found[name] for name in DIFFICULTIES} == shares(THIRDS, size)


@given(seed=st.integers(0, 999))
def test_a_draw_goes_through_the_kinds(seed):
    pool = topics(6, 48)

    drawn = draw(pool, Blueprint(tuple(pool), 24), set(), random.Random(seed))

    assert set(Counter(one.kind for one in drawn).values()) == {3}


@given(seed=st.integers(0, 999))
def test_only_the_kinds_that_are_wanted(seed):
    pool = topics(6, 16)
    wanted = ("single", "order")

    drawn = draw(pool, Blueprint(tuple(pool), 12, kinds=wanted), set(), random.Random(seed))

    assert {one.kind for one in drawn} == set(wanted)


@given(seed=st.integers(0, 999))
def test_of_items_that_exclude_each_other_one_is_drawn(seed):
    pool = topics(2, 6)
    pool["d01"][0] = replace(pool["d01"][0], excludes=("d02-0", "d01-1"))

    drawn = draw(pool, Blueprint(tuple(pool), 9), set(), random.Random(seed))

    found = {one.code for one in drawn}
    assert "d01-0" not in found or not found & {"d02-0", "d01-1"}


def test_unseen_items_come_first():
    pool = topics(1, 6)
    seen = {f"d01-{n}" for n in range(4)}

    drawn = draw(pool, Blueprint(("d01",), 2, THIRDS), seen, random.Random(1))

    assert {one.code for one in drawn} == {"d01-4", "d01-5"}


def test_a_draw_of_more_than_there_is_is_refused():
    with pytest.raises(TooFewItems):
        draw(topics(2, 3), Blueprint(("d01", "d02"), 7), set(), random.Random(1))


@given(
    size=st.integers(1, 100),
    weights=st.dictionaries(st.sampled_from(DIFFICULTIES), st.integers(0, 9)),
)
def test_shares_add_up_and_are_within_one_of_exact(size, weights):
    found = shares(weights, size)

    total = sum(weights.values())
    if not total:
        assert found == {}
        return
    assert sum(found.values()) == size
    for name, count in found.items():
        assert abs(count - weights.get(name, 0) * size / total) < 1


def test_a_practice_takes_what_there_is():
    pool = topics(1, 3)
    blueprint = Blueprint(tuple(pool), 8, may_be_short=True)

    assert len(draw(pool, blueprint, set(), random.Random(1))) == 3


@pytest.mark.parametrize(
    ("attempts", "learns", "gain"), [(2, True, 7), (3, True, 10), (10, False, 15)]
)
def test_T_L9_taking_many_attempts_gains_no_more_than_luck_gives(attempts, learns, gain):
    """Somebody who knows six answers in ten, of pools of three papers' size; points of 100.

    Who learns every answer of a paper gains nothing by it as long as there are unseen items.
    """
    rng = random.Random(9)
    pools = topics(1, 60)
    blueprint, people, best = Blueprint(("d01",), 20), 100, 0
    for _ in range(people):
        known = {item.code for item in rng.sample(pools["d01"], 36)}
        seen, scores = set(), []
        for _ in range(attempts):
            paper = {item.code for item in draw(pools, blueprint, seen, rng)}
            scores.append(len(paper & known) * 5)
            seen |= paper
            known |= paper if learns else set()
        best += max(scores)

    assert 0 < best / people - 60 <= gain
