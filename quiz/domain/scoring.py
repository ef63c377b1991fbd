"""Marks of items and scores of attempts, in exact fractions, rounded once at the end."""

from collections.abc import Sequence
from fractions import Fraction

from quiz.domain.bank import Answer, Item

FULL_SCORE = 10_000  # hundredths of a point


def mark(item: Item, answer: Answer | None) -> Fraction:
    """The mark of one answer, from 0 to 1; nothing answered is 0, and nothing is negative.

    `multiple`: right ticks / right options − wrong ticks / wrong options, at least 0.
    `classify` and `match`: right parts / all parts.
    """
    if answer is None:
        return Fraction(0)
    if item.kind == "multiple":
        ticked = set(answer)
        right = [option.code for option in item.options if option.key]
        wrong = [option.code for option in item.options if not option.key]
        earned = Fraction(len(ticked.intersection(right)), len(right))
        lost = Fraction(len(ticked.intersection(wrong)), len(wrong))
        return max(Fraction(0), earned - lost)
    key = item.right_answer()
    if isinstance(key, dict):
        given = answer if isinstance(answer, dict) else {}
        return Fraction(sum(given.get(part) == right for part, right in key.items()), len(key))
    return Fraction(int(answer == key))


def score(marks: Sequence[Fraction]) -> int:
    """The mean mark in hundredths of a point, 0–10000, rounded half up.

    >>> score([Fraction(1), Fraction(1, 2), Fraction(0)])
    5000
    >>> score([Fraction(1, 3), Fraction(1, 3), Fraction(1)])
    5556
    """
    if not marks:
        raise ValueError("cannot score a quiz with no items")
    return half_up(FULL_SCORE * sum(marks, Fraction(0)) / len(marks))


def half_up(value: Fraction) -> int:
    """The nearest integer of a value that is not negative; halves go up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
