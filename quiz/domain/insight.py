"""What a learner's answers say when they are taken together: where strong, which way they err."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from quiz.domain.bank import Stage
from quiz.domain.items import Answer, Item

FEW = 10  # answers below which a share or a direction may be chance
CHANCE = Fraction(1, 10)  # how likely a split may be by chance and still be called a direction


@dataclass(frozen=True)
class Cluster:
    """Ideas that are easily confused, and the share of their marks that somebody earned."""

    stage: Stage
    answers: int
    share: Fraction | None  # None without answers

    @property
    def is_small(self) -> bool:
        """Whether so few answers say little."""
        return self.answers < FEW


@dataclass(frozen=True)
class Drift:
    """Which way the statements of `classify` were put wrongly."""

    sorted: int
    it_as_dx: int
    dx_as_it: int

    @property
    def wrong(self) -> int:
        """How many were put under the other side."""
        return self.it_as_dx + self.dx_as_it

    @property
    def is_small(self) -> bool:
        """Whether so few errors say little about a direction."""
        return self.wrong < FEW

    @property
    def is_clear(self) -> bool:
        """Whether the errors lean one way more than chance would let them.

        A sign test: were both errors equally likely, a split at least as uneven as k against
        n − k (k the smaller) would come up with the probability
        min(1, 2 · Σ C(n, i) / 2ⁿ, i from 0 to k), two-sided and exact; below 1/10 counts. See
        W. J. Conover, *Practical Nonparametric Statistics*, 3rd ed. 1999, section 3.4. It takes
        ten errors at least, and both statements as likely to be met: papers draw about as many
        of either side.

        >>> Drift(40, it_as_dx=6, dx_as_it=8).is_clear, Drift(40, 2, 9).is_clear
        (False, True)
        """
        smaller = min(self.it_as_dx, self.dx_as_it)
        tail = sum(comb(self.wrong, count) for count in range(smaller + 1))
        return not self.is_small and Fraction(2 * tail, 2**self.wrong) < CHANCE


def clusters(stages: Sequence[Stage], marks: Iterable[tuple[str, Fraction]]) -> list[Cluster]:
    """The strongest cluster first, those without answers last; `marks` are (lesson, mark).

    A lesson may be in several clusters. Equal shares keep the order of the path.
    """
    earned: dict[str, list[Fraction]] = {}
    for lesson, mark in marks:
        earned.setdefault(lesson, []).append(mark)
    found = []
    for stage in stages:
        own = [mark for lesson in stage.lessons for mark in earned.get(lesson, ())]
        found.append(Cluster(stage, len(own), sum(own, Fraction(0)) / len(own) if own else None))
    return sorted(found, key=lambda one: -1 if one.share is None else one.share, reverse=True)


def drift(answered: Iterable[tuple[Item, Answer | None]]) -> Drift:
    """The direction of error over these answers, those inside scenarios included.

    A statement that was left open says nothing.
    """
    put = [sides for item, answer in answered for sides in _sides(item, answer)]
    return Drift(
        sorted=len(put), it_as_dx=put.count(("it", "dx")), dx_as_it=put.count(("dx", "it"))
    )


def _sides(item: Item, answer: Answer | None) -> list[tuple[str, str]]:
    """For each statement that was put somewhere: where it belongs, and where it was put."""
    given = answer if isinstance(answer, dict) else {}
    sides = [
        (statement.side, str(given[statement.code]))
        for statement in item.statements
        if statement.code in given
    ]
    for question in item.questions:
        sides += _sides(question, given.get(question.code))
    return sides
