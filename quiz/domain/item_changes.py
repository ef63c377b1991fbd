"""Telling a polished item from another item under an old code."""

from difflib import SequenceMatcher

from quiz.domain.items import Item
from quiz.domain.names import fold

SAME_STEM = 0.5  # least similarity of two wordings of one stem, from 0 to 1
SAME_PART = 0.35  # parts are short, so a polished one may share less


def change_of_sense(old: Item, new: Item) -> str:
    """What makes the new wording another item, in words; "" when it is the same, polished.

    Parts are compared place by place: their order in the file is their identity.
    """
    if old.kind != new.kind:
        return f"its kind was {old.kind}"
    if len(old.questions) != len(new.questions) or _count(old) != _count(new):
        return "it had another number of parts"
    if old.is_typed != new.is_typed or not _same_key(old, new):
        return "its key was another"
    if _similarity(f"{old.stem} {old.text}", f"{new.stem} {new.text}") < SAME_STEM:
        return "its stem asked something else"
    for one, other in zip(_parts(old), _parts(new), strict=True):
        if _similarity(one, other) < SAME_PART:
            return f"“{other}” was “{one}”"
    for question, other_question in zip(old.questions, new.questions, strict=True):
        reason = change_of_sense(question, other_question)
        if reason:
            return f"in {question.code}, {reason}"
    return ""


def _same_key(old: Item, new: Item) -> bool:
    if old.questions:
        return True  # each question is compared on its own
    if not old.is_typed:
        return old.right_answer() == new.right_answer()
    return all(
        {fold(answer) for answer in one.answers} & {fold(answer) for answer in other.answers}
        for one, other in zip(old.gaps, new.gaps, strict=True)
    )


def _parts(item: Item) -> list[str]:
    """The wording of all that is offered or asked."""
    return [*item.choices().values(), *item.parts().values()]


def _count(item: Item) -> int:
    return len(_parts(item))


def _similarity(one: str, other: str) -> float:
    # Without autojunk, which from 200 letters on takes every frequent letter for noise.
    return SequenceMatcher(None, fold(one), fold(other), autojunk=False).ratio()
