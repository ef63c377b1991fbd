"""Marks of items and scores of attempts, in exact fractions, rounded once at the end."""

import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from quiz.domain.items import Answer, Gap, Item
from quiz.domain.names import fold

FULL_SCORE = 10_000  # hundredths of a point
WITHOUT_ACCENTS = Fraction(1, 2)  # the published mark of a typed word that lacks its accents


def mark(item: Item, answer: Answer | None) -> Fraction:
    """The mark of one answer, from 0 to 1; nothing answered is 0, and nothing is negative.

    `multiple`: right ticks / right options − wrong ticks / wrong options, at least 0.
    `classify`, `match`, `cloze`: right parts / all parts; a typed word without its accents is
    half right. `order`: right adjacent pairs / (steps − 1). `scenario`: the mean of its
    questions, so that every item of a paper weighs the same.
    """
    if answer is None:
        return Fraction(0)
    given = answer if isinstance(answer, dict) else {}
    match item.kind:
        case "multiple":
            return _ticks(item, answer)
        case "order":
            placed = [follows(item, given, n) for n in range(1, len(item.steps))]
            return Fraction(sum(placed), len(placed))
        case "cloze" if item.is_typed:
            return _mean([typed_mark(gap, given.get(gap.code)) for gap in item.gaps])
        case "scenario":
            return _mean([mark(one, given.get(one.code)) for one in item.questions])
    key = item.right_answer()
    if isinstance(key, dict):
        return Fraction(sum(given.get(part) == right for part, right in key.items()), len(key))
    return Fraction(int(answer == key))


def follows(item: Item, answer: dict[str, Answer], index: int) -> bool:
    """Whether this step of `order` (1 is the second) stands right after the one before it.

    Two steps at one place stand nowhere: else one could be put behind several at once.
    """
    places = [str(answer.get(item.steps[at].code, "")) for at in (index - 1, index)]
    taken = [str(place) for place in answer.values()]
    if any(taken.count(place) != 1 for place in places):
        return False
    return int(places[1]) == int(places[0]) + 1


def typed_mark(gap: Gap, typed: Answer | None) -> Fraction:
    """1 for a word that may stand in this gap, ½ when it only lacks accents, else 0.

    Compared in NFC, without regard to case and spaces; a wrong accent makes another word.
    """
    said = _spoken(str(typed or ""))
    wanted = [_spoken(answer) for answer in gap.answers]
    if said in wanted:
        return Fraction(1)
    return WITHOUT_ACCENTS if any(_lacks_accents(said, one) for one in wanted) else Fraction(0)


def score(marks: Sequence[Fraction]) -> int:
    """The mean mark in hundredths of a point, 0–10000, rounded half up.

    >>> score([Fraction(1), Fraction(1, 2), Fraction(0)])
    5000
    >>> score([Fraction(1, 3), Fraction(1, 3), Fraction(1)])
    5556
    """
    if not marks:
        raise ValueError("cannot score a quiz with no items")
    return half_up(FULL_SCORE * _mean(marks))


def half_up(value: Fraction) -> int:
    """The nearest integer of a value that is not negative; halves go up."""
    return half_up_ratio(value.numerator, value.denominator)


def half_up_ratio(part: int, whole: int) -> int:
    """The same of part / whole, without making a fraction of them."""
    return (2 * part + whole) // (2 * whole)


def _ticks(item: Item, answer: Answer) -> Fraction:
    ticked = set(answer)
    right = [option.code for option in item.options if option.key]
    wrong = [option.code for option in item.options if not option.key]
    earned = Fraction(len(ticked.intersection(right)), len(right))
    lost = Fraction(len(ticked.intersection(wrong)), len(wrong))
    return max(Fraction(0), earned - lost)


def _mean(marks: Sequence[Fraction]) -> Fraction:
    return sum(marks, Fraction(0)) / len(marks)


def _lacks_accents(said: str, wanted: str) -> bool:
    return fold(said) == fold(wanted) and all(
        _accents(ours) <= _accents(theirs) for ours, theirs in zip(said, wanted, strict=True)
    )


def _accents(letter: str) -> set[str]:
    return {"đ"} if letter == "đ" else set(unicodedata.normalize("NFD", letter)[1:])


def _spoken(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
