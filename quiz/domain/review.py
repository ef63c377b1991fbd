"""What of a finished attempt its owner may see, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from quiz.domain.feedback import Feedback, feedback_on
from quiz.domain.items import Answer, Item
from quiz.domain.paper import Position, Sheet, encode, sheet
from quiz.domain.scoring import mark, typed_mark

AT_ONCE, AFTER_CLOSE, NEVER = "at_once", "after_close", "never"


@dataclass(frozen=True)
class ReviewPolicy:
    """When each part is shown: "at_once", "after_close" or "never"."""

    score: str
    marks: str  # of each question
    answers: str  # one's own
    key: str  # the key, explanations and feedback


@dataclass(frozen=True)
class Reveal:
    """The parts that may be seen now."""

    score: bool
    marks: bool
    answers: bool
    key: bool

    @property
    def questions(self) -> bool:
        """Whether the questions may be seen again: whenever any part beside the score may."""
        return self.marks or self.answers or self.key

    @property
    def tells_right(self) -> bool:
        """Whether one learns which questions were right: by marks, or answers beside the key."""
        return self.marks or (self.answers and self.key)


def reveal(policy: ReviewPolicy, closed: bool) -> Reveal:
    """The one place that decides; every page and export asks here.

    >>> reveal(ReviewPolicy("at_once", "after_close", "after_close", "never"), closed=False)
    Reveal(score=True, marks=False, answers=False, key=False)
    """

    def shown(when: str) -> bool:
        return when == AT_ONCE or (when == AFTER_CLOSE and closed)

    return Reveal(
        shown(policy.score), shown(policy.marks), shown(policy.answers), shown(policy.key)
    )


EVERYTHING = Reveal(score=True, marks=True, answers=True, key=True)
NOTHING = Reveal(score=False, marks=False, answers=False, key=False)


@dataclass(frozen=True)
class Verdict:
    """One finished question; the parts that may not be seen yet are None.

    `filled` and `key` are fields as a form has them, `right` the names of those that are
    right. A scenario has a verdict on each of its questions.
    """

    sheet: Sheet
    filled: Mapping[str, Sequence[str]] | None
    right: frozenset[str]
    mark: Fraction | None
    is_right: bool | None  # the answer as a whole
    key: Mapping[str, Sequence[str]] | None
    explanation: str | None
    feedback: tuple[Feedback, ...]
    questions: tuple["Verdict", ...] = ()


def verdict(item: Item, position: Position, answer: Answer | None, shown: Reveal) -> Verdict:
    """What may be seen of this answer."""
    given = answer if isinstance(answer, dict) else {}
    filled = encode(item, position, answer) if answer is not None else {}
    worth = mark(item, answer)
    return Verdict(
        sheet=sheet(item, position),
        filled=filled if shown.answers else None,
        right=_right_fields(item, position, answer) if shown.answers and shown.key else frozenset(),
        mark=worth if shown.marks else None,
        is_right=worth == 1 if shown.tells_right else None,
        key=encode(item, position, item.right_answer()) if shown.key else None,
        explanation=item.explanation if shown.key else None,
        feedback=tuple(feedback_on(item, answer)) if shown.answers and shown.key else (),
        questions=tuple(
            verdict(question, Position("", "", order), given.get(question.code), shown)
            for question, order in zip(item.questions, position.orders, strict=True)
        ),
    )


def _right_fields(item: Item, position: Position, answer: Answer | None) -> frozenset[str]:
    """The fields of the right parts; none of `order`, whose marks go by neighbours."""
    if not isinstance(answer, dict) or item.questions or item.steps:
        return frozenset()
    key = encode(item, position, item.right_answer())
    filled = encode(item, position, answer)
    right = {name for name, values in filled.items() if values == key[name]}
    if item.is_typed:
        right = {
            str(n) for n, gap in enumerate(item.gaps) if typed_mark(gap, answer.get(gap.code)) == 1
        }
    return frozenset(right)
