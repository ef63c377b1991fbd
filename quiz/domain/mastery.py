"""What we believe a learner can do now, per lesson, and why; it moves both ways."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from quiz.domain.memory import AGAIN, HARD, Known

NEW, LEARNT, REVIEW, MASTERED = "new", "learnt", "review", "mastered"
STATES = (MASTERED, REVIEW, LEARNT, NEW)
ENOUGH = 6  # items answered before a lesson can count as mastered
MASTERED_FROM, REVIEW_BELOW = Fraction(4, 5), Fraction(1, 2)
STALE_FROM = Fraction(1, 2)  # of the items answered, when so many are due


@dataclass(frozen=True)
class Mastery:
    """What a state rests on: the latest answer to each item of the lesson counts, and its age.

    >>> Mastery(is_read=True, size=16).state
    'learnt'
    >>> Mastery(is_read=False, size=16, right=7, wrong=1).state
    'mastered'
    >>> Mastery(is_read=False, size=16, right=7, wrong=1, due=4).state
    'review'
    """

    is_read: bool
    size: int  # items that the lesson has
    right: int = 0
    shaky: int = 0  # right but unsure, or only partly right
    wrong: int = 0
    due: int = 0  # of all these
    next_due_at: datetime | None = None

    @property
    def answered(self) -> int:
        """How many items of the lesson have been answered."""
        return self.right + self.shaky + self.wrong

    @property
    def share(self) -> Fraction:
        """The share of the answered items that is firm; a shaky one is half of one."""
        return Fraction(2 * self.right + self.shaky, 2 * self.answered)

    @property
    def state(self) -> str:
        """To review when half of what was answered is due, or less than half of it is firm.

        Else mastered when enough was answered and four fifths of it are firm, else learnt.
        """
        if not self.answered:
            return LEARNT if self.is_read else NEW
        if self.share < REVIEW_BELOW or Fraction(self.due, self.answered) >= STALE_FROM:
            return REVIEW
        return MASTERED if self.answered >= ENOUGH and self.share >= MASTERED_FROM else LEARNT

    @property
    def missing(self) -> int:
        """How many more items must be answered before the lesson can count as mastered."""
        return max(0, min(ENOUGH, self.size) - self.answered)


def mastery(is_read: bool, size: int, cards: Iterable[Known], now: datetime) -> Mastery:
    """The mastery of one lesson from the cards of its items."""
    cards = list(cards)
    wrong = sum(card.grade == AGAIN for card in cards)
    shaky = sum(card.grade == HARD for card in cards)
    to_come = [card.due_at for card in cards if not card.is_due(now)]
    return Mastery(
        is_read=is_read,
        size=size,
        right=len(cards) - wrong - shaky,
        shaky=shaky,
        wrong=wrong,
        due=sum(card.is_due(now) for card in cards),
        next_due_at=min(to_come, default=None),
    )
