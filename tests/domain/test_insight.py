"""What answers say when they are taken together."""

from fractions import Fraction

import pytest

from quiz.domain.bank import Stage
from quiz.domain.insight import Drift, clusters, drift
from quiz.domain.items import Item, Statement

STAGES = (
    Stage("a", "A", "A", ("d01", "d02")),
    Stage("b", "B", "B", ("d02", "d03")),
    Stage("c", "C", "C", ("d17",)),
)
SORTING = Item(
    code="x",
    kind="classify",
    stem="",
    explanation="",
    statements=tuple(Statement(f"s{n}", "", side) for n, side in enumerate(("it", "it", "dx"))),
)


def test_the_strongest_cluster_comes_first_and_the_unknown_last():
    marks = [("d01", Fraction(0)), ("d02", Fraction(1)), ("d03", Fraction(1, 2))]

    found = clusters(STAGES, marks)

    assert [(one.stage.code, one.answers, one.share) for one in found] == [
        ("b", 2, Fraction(3, 4)),
        ("a", 2, Fraction(1, 2)),
        ("c", 0, None),
    ]


def test_a_share_over_fewer_than_ten_answers_is_small():
    nine, ten = ([("d17", Fraction(1))] * count for count in (9, 10))

    assert clusters(STAGES, nine)[0].is_small
    assert not clusters(STAGES, ten)[0].is_small


def test_the_direction_of_error_is_counted_per_statement():
    answers = [
        (SORTING, {"s0": "dx", "s1": "it", "s2": "it"}),
        (SORTING, {"s0": "dx"}),
        (SORTING, None),
    ]

    assert drift(answers) == Drift(sorted=4, it_as_dx=2, dx_as_it=1)


def test_statements_inside_a_scenario_count_too():
    scene = Item("y", "scenario", "", "", questions=(SORTING,))

    found = drift([(scene, {"x": {"s2": "it"}}), (scene, {})])

    assert found == Drift(sorted=1, it_as_dx=0, dx_as_it=1)
    assert found.is_small


@pytest.mark.parametrize(
    ("it_as_dx", "dx_as_it", "is_clear"),
    [
        pytest.param(6, 8, False, id="8 against 6 is chance: 0.79"),
        pytest.param(2, 8, False, id="8 of 10: 0.109"),
        pytest.param(1, 9, True, id="9 of 10: 0.021"),
        pytest.param(9, 1, True, id="either way"),
        pytest.param(0, 9, False, id="nine errors are few, however they lean"),
        pytest.param(5, 13, True, id="13 of 18: 0.096"),
        pytest.param(6, 14, False, id="14 of 20: 0.115"),
        pytest.param(10, 10, False, id="even"),
        pytest.param(0, 0, False, id="none"),
    ],
)
def test_a_direction_is_claimed_only_where_chance_would_not_do(it_as_dx, dx_as_it, is_clear):
    assert Drift(40, it_as_dx, dx_as_it).is_clear is is_clear
