"""The board: one more participant never hurts, order never matters, ties are ties."""

import random
from fractions import Fraction

import pytest

from quiz.domain.ranking import AgencyResult, Rule, board, index, overall_mean, with_one_more

CASES = 20_000


def agency(code, headcount=10, participants=0, score_sum=0, passed=0, kind="commune"):
    return AgencyResult(code, code.upper(), kind, headcount, participants, score_sum, passed)


def random_province(rng):
    results = []
    for number in range(rng.randint(1, 5)):
        headcount = rng.randint(1, 12)
        participants = rng.randint(0, headcount)
        # A few coarse scores make ties frequent.
        scores = [rng.choice((0, 5_000, 7_000, 10_000)) for _ in range(participants)]
        passed = sum(score >= 7_000 for score in scores)
        results.append(
            AgencyResult(f"a{number}", "A", "commune", headcount, participants, sum(scores), passed)
        )
    return results


def one_more(results, code, score):
    return [
        r._replace(
            participants=r.participants + 1,
            score_sum=r.score_sum + score,
            passed=r.passed + int(score >= 7_000),
        )
        if r.code == code
        else r
        for r in results
    ]


def losses(rank_of, cases):
    """How often one more participant lowered a rank, as `rank_of` ranks."""
    rng = random.Random(2026)
    lost = 0
    for _ in range(cases):
        results = random_province(rng)
        incomplete = [r for r in results if r.participants < r.headcount]
        if not incomplete:
            continue
        code = rng.choice(incomplete).code
        after = one_more(results, code, rng.choice((0, 1, 5_000, 7_000, 10_000)))
        lost += rank_of(after, code) > rank_of(results, code)
    return lost


def board_rank(results, code):
    rows = board(results, Rule(shrinkage=10, minimum=1))
    return next(row.rank for row in rows if row.result.code == code)


def mean_rank(results, code):
    means = {r.code: Fraction(r.score_sum, r.participants or 1) for r in results}
    return 1 + sum(mean > means[code] for mean in means.values())


def test_one_more_participant_never_lowers_a_rank():
    assert losses(board_rank, CASES) == 0


def test_the_mean_of_participants_fails_the_same_test():
    assert losses(mean_rank, 2_000) > 0


def test_one_more_participant_never_lowers_an_index():
    rng = random.Random(7)
    rule = Rule()
    for _ in range(CASES):
        results = random_province(rng)
        chosen = rng.choice(results)
        if chosen.participants == chosen.headcount:
            continue
        after = one_more(results, chosen.code, rng.randint(0, 10_000))
        before = index(chosen, overall_mean(results), rule)
        changed = next(r for r in after if r.code == chosen.code)
        assert index(changed, overall_mean(after), rule) >= before


def test_P16_the_order_of_the_data_does_not_matter():
    rng = random.Random(3)
    for _ in range(100):
        results = random_province(rng)
        shuffled = rng.sample(results, len(results))
        assert board(results, Rule()) == board(shuffled, Rule())


def test_equal_agencies_share_a_rank():
    results = [
        agency("a", participants=10, score_sum=90_000, passed=10),
        agency("b", participants=10, score_sum=80_000, passed=10),
        agency("c", participants=10, score_sum=80_000, passed=10),
        agency("d", participants=10, score_sum=70_000, passed=10),
    ]

    rows = board(results, Rule())

    assert [(row.rank, row.is_tied) for row in rows] == [
        (1, False),
        (2, True),
        (2, True),
        (4, False),
    ]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param({"participants": 9}, {"participants": 8}, id="participation"),
        pytest.param({"passed": 6}, {"passed": 5}, id="then passes per head"),
    ],
)
def test_ties_of_the_index_are_broken_by(better, worse):
    same = {"participants": 8, "score_sum": 60_000, "passed": 5}
    results = [agency("a", **{**same, **worse}), agency("b", **{**same, **better})]

    assert [row.result.code for row in board(results, Rule())] == ["b", "a"]


def test_a_small_agency_is_listed_but_not_ranked():
    rows = board([agency("a", headcount=4), agency("b", headcount=5)], Rule(minimum=5))

    assert [(row.result.code, row.rank) for row in rows] == [("b", 1), ("a", None)]


def test_a_band_ranks_its_own_with_the_index_of_all():
    results = [
        agency("a", participants=10, score_sum=90_000, kind="department"),
        agency("b", participants=10, score_sum=50_000),
    ]

    whole, band = board(results, Rule()), board(results, Rule(), "commune")

    assert [row.rank for row in band] == [1]
    assert band[0].index == whole[1].index


def test_what_one_more_would_change_is_what_then_happens():
    results = [agency("a", participants=5, score_sum=40_000), agency("b", participants=9)]

    change = with_one_more(results, "a", 8_000, True, Rule())

    after = board(one_more(results, "a", 8_000), Rule())
    assert (change.index, change.rank) == (after[0].index, after[0].rank)


def test_a_complete_agency_has_no_one_more():
    assert with_one_more([agency("a", participants=10)], "a", 1, False, Rule()) is None
