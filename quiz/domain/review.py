"""What of a finished attempt its owner may see, and when."""

from dataclasses import dataclass

AT_ONCE, AFTER_CLOSE, NEVER = "at_once", "after_close", "never"


@dataclass(frozen=True)
class ReviewPolicy:
    """When each part is shown: "at_once", "after_close" or "never"."""

    score: str
    answers: str  # own answers with their marks
    key: str  # the key, explanations and feedback


@dataclass(frozen=True)
class Reveal:
    """The parts that may be seen now."""

    score: bool
    answers: bool
    key: bool


def reveal(policy: ReviewPolicy, closed: bool) -> Reveal:
    """The one place that decides; every page and export asks here.

    >>> reveal(ReviewPolicy("at_once", "after_close", "never"), closed=False)
    Reveal(score=True, answers=False, key=False)
    """

    def shown(when: str) -> bool:
        return when == AT_ONCE or (when == AFTER_CLOSE and closed)

    return Reveal(shown(policy.score), shown(policy.answers), shown(policy.key))
