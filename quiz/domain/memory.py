"""What answers tell of memory, what to review today, and how many days in a row it was done."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from quiz.domain.days import end_of_day

AGAIN, HARD, GOOD, EASY = "again", "hard", "good", "easy"
GRADES = (AGAIN, HARD, GOOD, EASY)
HALF = Fraction(1, 2)
REVIEW_SIZE = 8  # items of a day's review: a handful, so that a missed day piles up nothing
CONFUSING = 3  # of them at most that are not due, but of lessons that this person mixes up


def grade(worth: Fraction, confidence: str | None) -> str:
    """How well an answer was remembered, from its mark and how sure the person said to be.

    Wrong is AGAIN, right is GOOD, right and sure EASY, right but unsure HARD. Partly right is
    HARD from half of the mark on, below it AGAIN: more was wrong than right.

    >>> [grade(Fraction(n, 4), "sure") for n in range(5)]
    ['again', 'again', 'hard', 'hard', 'easy']
    """
    if worth < 1:
        return HARD if worth >= HALF else AGAIN
    return {"sure": EASY, "unsure": HARD}.get(confidence or "", GOOD)


@dataclass(frozen=True)
class Known:
    """What one person's card of one item tells."""

    item: str
    lesson: str
    grade: str  # of the latest answer
    due_at: datetime
    answered_at: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether its day has come: the whole day, not the minute at which it was answered."""
        return self.due_at < end_of_day(now)


def todays(
    known: Sequence[Known],
    lessons: Mapping[str, Sequence[str]],
    neighbours: Mapping[str, Iterable[str]],
    now: datetime,
) -> list[str]:
    """Items for the review of the day, at most REVIEW_SIZE, the most urgent first.

    First what is due, one item of each lesson in turn: lessons that this person mixes up with
    a neighbour (more wrong answers there count more), then those answered wrong, then the
    longest due. Places that are left go to a few more items of the lessons that are mixed up
    most, unseen ones first. Nothing due, no review.

    `lessons` gives the items of each lesson, `neighbours` the lessons it is confused with.
    """
    due = [card for card in known if card.is_due(now)]
    if not due:
        return []
    mixed_up = confusion(known, neighbours)
    due.sort(key=lambda c: (-mixed_up[c.lesson], c.grade != AGAIN, c.due_at, c.item))
    turns: Counter[str] = Counter()
    in_turn: list[tuple[int, str]] = []
    for card in due:
        in_turn.append((turns[card.lesson], card.item))
        turns[card.lesson] += 1
    in_turn.sort(key=lambda one: one[0])
    chosen = [item for _, item in in_turn[:REVIEW_SIZE]]
    seen = {card.item for card in known}
    more = [
        item
        for lesson, _ in sorted(mixed_up.items(), key=lambda one: (-one[1], one[0]))
        for item in sorted(lessons.get(lesson, ()), key=lambda code: (code in seen, code))
        if item not in chosen
    ]
    return chosen + more[: min(CONFUSING, REVIEW_SIZE - len(chosen))]


def confusion(known: Iterable[Known], neighbours: Mapping[str, Iterable[str]]) -> Counter[str]:
    """How many wrong answers the neighbours of each lesson have; lessons with none are missing.

    Being a neighbour works both ways, whichever of the two lessons says so.
    """
    pairs = {
        pair
        for one, others in neighbours.items()
        for two in others
        for pair in ((one, two), (two, one))
    }
    wrong = Counter(card.lesson for card in known if card.grade == AGAIN)
    found: Counter[str] = Counter()
    for lesson, neighbour in pairs:
        if wrong[neighbour]:
            found[lesson] += wrong[neighbour]
    return found


@dataclass(frozen=True)
class Streak:
    """How regular a person reviews; a missed day is told, never punished."""

    days: int  # in a row, up to today or yesterday
    is_done_today: bool
    has_paused: bool  # reviewed once, but neither today nor yesterday


def streak(days: Iterable[date], today: date) -> Streak:
    """The streak from the days on which a review was finished.

    >>> streak([date(2026, 11, 22), date(2026, 11, 21)], date(2026, 11, 23))
    Streak(days=2, is_done_today=False, has_paused=False)
    >>> streak([date(2026, 11, 20)], date(2026, 11, 23))
    Streak(days=0, is_done_today=False, has_paused=True)
    """
    done = set(days)
    day = today if today in done else today - timedelta(days=1)
    count = 0
    while day in done:
        day, count = day - timedelta(days=1), count + 1
    return Streak(count, today in done, bool(done) and not count)
