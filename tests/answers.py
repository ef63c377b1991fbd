"""Answers to a paper, as a form sends them."""

from quiz.attempts import service
from quiz.domain.items import Item
from quiz.domain.paper import Position, encode
from quiz.journal.service import Entry
from quiz.models import Attempt
from quiz.web.bank import bank


def place(attempt: Attempt, number: int) -> tuple[Item, Position]:
    """The item at this number of the paper, and how it is laid out."""
    raw = attempt.paper[number - 1]
    orders = tuple(tuple(order) for order in raw["orders"])
    position = Position(raw["item"], raw["version"], tuple(raw["order"]), orders)
    return bank().items[raw["item"]], position


def position_of(attempt: Attempt, kind: str) -> int:
    """The first number of the paper with an item of this kind."""
    for number in range(1, len(attempt.paper) + 1):
        if place(attempt, number)[0].kind == kind:
            return number
    raise LookupError(f"the paper has no {kind}")


def right_fields(attempt: Attempt, number: int) -> dict[str, list[str]]:
    """The fields that earn the whole mark."""
    item, position = place(attempt, number)
    return encode(item, position, item.right_answer())


def form_fields(attempt: Attempt, numbers: range | list[int]) -> dict[str, list[str]]:
    """The plain form with these questions answered right and its revisions."""
    fields = {}
    for number in numbers:
        fields[f"r{number}"] = ["0"]
        for part, values in right_fields(attempt, number).items():
            fields[f"p{number}.{part}" if part else f"p{number}"] = values
    return fields


def answer_right(attempt: Attempt, who, numbers, now, op_id) -> None:
    """Save the right answers of these questions: one by one in practice, else in one form."""
    right = {number: right_fields(attempt, number) for number in numbers}
    if attempt.campaign_id:
        form = {"shown": {}, "fields": right, "confidences": {}}
        service.save_sheet(attempt.id, who, op_id=op_id(), now=now, **form)
        return
    for number, fields in right.items():
        entry = Entry(op_id(), attempt.id, number, revision=1, answer=None)
        service.save(entry, who, fields, now)
