"""The agency index, ranks and ties: exact fractions, rounded half up once, at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from quiz.domain.scoring import half_up, half_up_ratio


class AgencyResult(NamedTuple):
    """What an agency's people did. Scores are best scores in hundredths of a point."""

    code: str
    name: str
    kind: str
    headcount: int  # roster entries minus excused
    participants: int
    score_sum: int
    passed: int

    @property
    def participation(self) -> Fraction:
        """The share of the roster that took part."""
        return _share(self.participants, self.headcount)

    @property
    def mean(self) -> int | None:
        """Mean best score of those who took part, in hundredths of a point."""
        if not self.participants:
            return None
        return half_up(Fraction(self.score_sum, self.participants))

    @property
    def pass_rate(self) -> Fraction | None:
        """The share of those who took part that passed."""
        if not self.participants:
            return None
        return Fraction(self.passed, self.participants)


@dataclass(frozen=True)
class Rule:
    """The constants that a campaign publishes."""

    shrinkage: int = 10  # k: how many average colleagues are added to each agency
    minimum: int = 5  # headcount from which an agency is ranked


class Row(NamedTuple):
    """An agency on the board. Equal agencies share a rank (1, 2, 2, 4); small ones have none."""

    rank: int | None
    is_tied: bool
    index: int  # type: ignore[assignment]  # hundredths of a point, 0–10000; no list's method
    result: AgencyResult


@dataclass(frozen=True)
class Change:
    """What one more participant would do to an agency."""

    index: int
    rank: int | None


def overall_mean(results: Sequence[AgencyResult]) -> Fraction:
    """m: the mean over the whole roster, in hundredths; who has not taken part counts 0."""
    return _share(sum(r.score_sum for r in results), sum(r.headcount for r in results))


def index(result: AgencyResult, mean: Fraction, rule: Rule) -> int:
    """(Σ s + k·m) / (N + k), in hundredths of a point, rounded half up.

    >>> six = AgencyResult("a", "A", "commune", 6, 6, 6 * 9500, 6)
    >>> index(six, Fraction(4800), Rule(shrinkage=10))
    6563
    """
    return _index(result, mean.numerator, mean.denominator, rule)


def _index(result: AgencyResult, numerator: int, denominator: int, rule: Rule) -> int:
    people = result.headcount + rule.shrinkage
    if people == 0:
        return 0
    # (Σ s + k·m) / (N + k) over the denominator of m: a board asks this of every agency.
    total = result.score_sum * denominator + rule.shrinkage * numerator
    return half_up_ratio(total, people * denominator)


def board(results: Sequence[AgencyResult], rule: Rule, kind: str | None = None) -> list[Row]:
    """The board, best first: index → participation → passes per head → equal rank.

    With `kind`, only that peer band is ranked; the index is the same on every board. Passes
    are counted per head of the roster, not per participant: else one more participant who
    does not pass could lower the rank of an agency at equal index and participation.
    Equal agencies stand in the order of their codes.
    """
    scored = _scored(results, rule, kind)
    ranked = [one for one in scored if one[1].headcount >= rule.minimum]
    small = [one for one in scored if one[1].headcount < rule.minimum]
    ranked.sort(key=lambda one: one[1].code)
    ranked.sort(key=lambda one: one[0], reverse=True)  # stable: equals stay in code order
    small.sort(key=lambda one: one[1].code)
    merits = [merit for merit, _ in ranked]
    rows = []
    rank = 0
    for place, (merit, result) in enumerate(ranked):
        if place == 0 or merit != merits[place - 1]:
            rank = place + 1
        is_tied = rank <= place or merits[place + 1 : place + 2] == [merit]
        rows.append(Row(rank, is_tied, merit[0], result))
    rows += [Row(None, False, merit[0], result) for merit, result in small]
    return rows


def with_one_more(
    results: Sequence[AgencyResult],
    code: str,
    score: int,
    passes: bool,
    rule: Rule,
    kind: str | None = None,
) -> Change | None:
    """The agency's index and rank if one more colleague took part with this score.

    None when everybody has taken part, or when the agency is of another band. Neither can get
    worse: see the tests.
    """
    place = next((n for n, one in enumerate(results) if one.code == code), None)
    if place is None or results[place].participants >= results[place].headcount:
        return None
    before = results[place]
    after = before._replace(
        participants=before.participants + 1,
        score_sum=before.score_sum + score,
        passed=before.passed + int(passes),
    )
    scored = _scored([*results[:place], after, *results[place + 1 :]], rule, kind)
    own = next((merit for merit, result in scored if result is after), None)
    if own is None:
        return None
    better = sum(merit > own for merit, one in scored if one.headcount >= rule.minimum)
    return Change(own[0], better + 1 if after.headcount >= rule.minimum else None)


def wilson_lower(successes: int, tries: int, z: float = 1.96) -> float:
    """Lower bound of a share, 0–1, for small groups (Wilson 1927); 0 without tries.

    >>> [round(wilson_lower(s, n), 4) for s, n in ((106, 341), (4, 11), (2, 2), (0, 10))]
    [0.2641, 0.1517, 0.3424, 0.0]
    """
    if tries == 0:
        return 0.0
    share = successes / tries
    spread = z * sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    return max(0.0, (share + z * z / (2 * tries) - spread) / (1 + z * z / tries))


Merit = tuple[int, int, int]  # its index, then who took part and who passed, per `scale` heads


def _scored(
    results: Sequence[AgencyResult], rule: Rule, kind: str | None
) -> list[tuple[Merit, AgencyResult]]:
    """The agencies of a peer band, or all, with what ranks each among all agencies."""
    numerator, denominator = overall_mean(results).as_integer_ratio()
    # Shares of rosters that differ at all, differ by one or more in so many heads.
    scale = max((result.headcount for result in results), default=0) ** 2
    return [
        (
            (
                _index(result, numerator, denominator, rule),
                result.participants * scale // (result.headcount or 1),
                result.passed * scale // (result.headcount or 1),
            ),
            result,
        )
        for result in results
        if kind is None or result.kind == kind
    ]


def _share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)
