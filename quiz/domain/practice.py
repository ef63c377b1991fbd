"""What a practice is about. It is never ranked."""

from dataclasses import dataclass
from fractions import Fraction

from quiz.domain.bank import Bank, Lesson, Path, Stage
from quiz.domain.errors import NotFound
from quiz.domain.scoring import FULL_SCORE, half_up

LESSON, PATH, STAGE = "lesson", "path", "stage"
WRONG, MIXED, REVIEW = "wrong", "mixed", "review"
PRE, POST = "pre", "post"
KINDS = (LESSON, PATH, STAGE, WRONG, MIXED, REVIEW, PRE, POST)
SMALLEST_GROUP = 5  # people: the mean of fewer would tell what single persons scored
CALM_GROUP = 30  # people: the mean of fewer moves much with each of them
CLUSTERS = "theo-cum-de-nham"  # the path whose stages are clusters of what is easily confused


@dataclass(frozen=True)
class Source:
    """Where the items of a practice come from: a kind and, for some, what of that kind.

    Written "lesson:d03", "path:ca-khoa", "stage:theo-cum-de-nham:tien", "wrong" (what I got
    wrong), "mixed", "review" (of the day), "pre:ca-khoa" and "post:ca-khoa" (tests of a course).
    """

    kind: str
    code: str = ""  # of the lesson or the path
    stage: str = ""

    @classmethod
    def parse(cls, text: str) -> "Source":
        """The source that is written so, whether the bank has it or not. Raises NotFound."""
        kind, _, rest = text.partition(":")
        code, _, stage = rest.partition(":")
        source = cls(kind, code, stage)
        takes_code, takes_stage = kind in (LESSON, PATH, STAGE, PRE, POST), kind == STAGE
        if kind not in KINDS or (bool(code), bool(stage)) != (takes_code, takes_stage):
            raise NotFound
        return source

    def __str__(self) -> str:
        """The text that `parse` reads.

        >>> str(Source.parse("stage:theo-cum-de-nham:tien"))
        'stage:theo-cum-de-nham:tien'
        """
        return ":".join(part for part in (self.kind, self.code, self.stage) if part)

    @property
    def is_test(self) -> bool:
        """Whether it is taken once, and shows keys only at its end."""
        return self.kind in (PRE, POST)


def lesson_of(source: Source, bank: Bank) -> Lesson | None:
    """The lesson that a source is about, if it is one and the bank has it."""
    return bank.lessons.get(source.code) if source.kind == LESSON else None


def path_of(source: Source, bank: Bank) -> Path | None:
    """The path that a source is about, or a stage of, if the bank has it."""
    return bank.paths.get(source.code) if source.kind != LESSON else None


def stage_of(source: Source, bank: Bank) -> Stage | None:
    """The stage of a path that a source is about, if the bank has it."""
    path = path_of(source, bank)
    return next((one for one in path.stages if one.code == source.stage), None) if path else None


def lessons_of(source: Source, bank: Bank) -> tuple[str, ...]:
    """The lessons that a source draws from; for the others, all. Raises NotFound."""
    if source.kind == LESSON:
        found: Lesson | Path | Stage | None = lesson_of(source, bank)
    elif source.kind == STAGE:
        found = stage_of(source, bank)
    elif source.code:
        found = path_of(source, bank)
    else:
        return tuple(bank.lessons)
    if found is None:
        raise NotFound
    return (found.code,) if isinstance(found, Lesson) else found.lessons


def is_checked_at_once(practice: str | None) -> bool:
    """Whether each answer of an attempt shows its key, and feeds its card, as soon as it is given.

    >>> [is_checked_at_once(source) for source in (None, "lesson:d03", "pre:theo-cum-de-nham")]
    [False, True, False]
    """
    return practice is not None and not Source.parse(practice).is_test


@dataclass(frozen=True)
class Gain:
    """What a course brought: the scores of the tests before and after, hundredths of a point."""

    before: int
    after: int
    size: int  # items of each test

    @property
    def points(self) -> int:
        """How many hundredths of a point the second test is above the first."""
        return self.after - self.before

    @property
    def is_clear(self) -> bool:
        """Whether the difference is more than two items: less may well be chance.

        >>> Gain(6000, 7333, 15).is_clear, Gain(6000, 8000, 15).is_clear
        (False, True)
        """
        return abs(self.points) * self.size > 2 * FULL_SCORE


@dataclass(frozen=True)
class GroupGain:
    """What a course brought a group: sums over the people who took both of its tests.

    In hundredths of a point. Who took one test only is in neither sum: else the means would
    compare different people.
    """

    people: int
    before_sum: int
    after_sum: int

    @property
    def before(self) -> int:
        """The mean score of the test before the course."""
        return half_up(Fraction(self.before_sum, self.people))

    @property
    def after(self) -> int:
        """The mean score of the test after it."""
        return half_up(Fraction(self.after_sum, self.people))

    @property
    def points(self) -> int:
        """The mean gain, as the difference of the two means that stand beside it.

        So the page adds up; it is within a hundredth of Σ (after − before) / people.

        >>> GroupGain(3, 10_000, 20_000).points
        3334
        """
        return self.after - self.before

    @property
    def is_small(self) -> bool:
        """Whether to say beside the number that the group is small."""
        return self.people < CALM_GROUP
