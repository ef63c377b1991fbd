"""What a learner is told about a wrong answer, part by part."""

from typing import NamedTuple

from quiz.domain.items import Answer, Item, Part
from quiz.domain.scoring import follows, typed_mark


class Feedback(NamedTuple):
    """Why a part of an answer is wrong, and the place of the lesson to read again."""

    text: str
    see: str = ""  # an anchor of the lesson; "" is the place that teaches the objective


def feedback_on(item: Item, answer: Answer | None) -> list[Feedback]:
    """Why the wrong parts of this answer are wrong, in the order of the file.

    Parts left open get none, except in `order`, where a missing step breaks the chain.
    """
    if answer is None:
        return []
    if not isinstance(answer, dict):
        chosen = [answer] if isinstance(answer, str) else answer
        return [
            Feedback(option.feedback, option.see)
            for option in item.options
            if option.code in chosen and not option.key
        ]
    if item.kind == "scenario":
        return [
            one
            for question in item.questions
            for one in feedback_on(question, answer.get(question.code))
        ]
    if item.kind == "order":
        broken = [n for n in range(1, len(item.steps)) if not follows(item, answer, n)]
        return [Feedback(item.steps[n].feedback) for n in broken]
    if item.is_typed:
        return [
            Feedback(gap.feedback)
            for gap in item.gaps
            if gap.code in answer and typed_mark(gap, answer[gap.code]) < 1
        ]
    key = item.right_answer()
    right = key if isinstance(key, dict) else {}
    parts: tuple[Part, ...] = (*item.statements, *item.pairs, *item.gaps)
    return [
        Feedback(part.feedback)
        for part in parts
        if part.code in answer and answer[part.code] != right[part.code]
    ]
