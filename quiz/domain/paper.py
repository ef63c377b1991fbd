"""Papers: drawing items, laying them out, showing them without their key, reading answers."""

import random
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from quiz.domain.bank import Answer, Item
from quiz.domain.errors import N_, Refused

SIDES = ("it", "dx")


class TooFewItems(Refused):
    """The blueprint asks for more items than its topics hold."""

    status = 422
    message = N_("Các chủ đề đã chọn chỉ có %(held)d câu hỏi. Hãy giảm số câu hoặc thêm chủ đề.")


class BadAnswer(Refused):
    """An answer that the question does not offer."""

    status = 400
    message = N_("Câu trả lời không khớp với câu hỏi. Hãy tải lại trang rồi chọn lại.")


@dataclass(frozen=True)
class Blueprint:
    """What to draw: the topics (lesson codes) and how many items in all."""

    topics: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Position:
    """One question of a frozen paper: the item, its version, and the order it is shown in.

    `order` holds option codes, or statement codes, or (for `match`) the codes of the choices.
    """

    item: str
    version: str
    order: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """What a learner may see of an item: built from an allow-list, with nothing of its key.

    `choices` are the options (or the choices of `match`), `parts` the statements of
    `classify` or the stems of `match`. Both are known by their place alone.
    """

    kind: str
    stem: str
    choices: tuple[str, ...]
    parts: tuple[str, ...]


def draw(
    items: Mapping[str, Sequence[Item]],
    blueprint: Blueprint,
    seen: Container[str],
    rng: random.Random,
) -> list[Item]:
    """Items for one paper: even over the topics, unseen ones first, in random order.

    A topic that holds too few items leaves its share to the others. Raises TooFewItems.
    """
    piles = []
    for topic in blueprint.topics:
        pile = list(items[topic])
        rng.shuffle(pile)
        pile.sort(key=lambda item: item.code in seen)  # stable: stays random within each half
        piles.append(pile)
    held = sum(len(pile) for pile in piles)
    if held < blueprint.size:
        raise TooFewItems(held=held)
    drawn: list[Item] = []
    while len(drawn) < blueprint.size:
        # One from each topic in turn; the last round reaches random topics.
        rng.shuffle(piles)
        for pile in piles[: blueprint.size - len(drawn)]:
            if pile:
                drawn.append(pile.pop(0))
        piles = [pile for pile in piles if pile]
    rng.shuffle(drawn)
    return drawn


def lay_out(item: Item, rng: random.Random) -> Position:
    """The item at a place of a paper, with its parts in random order."""
    if item.kind == "match":
        order = [f"r{number}" for number in range(1, len(item.pairs) + 2)]
    else:
        order = [part.code for part in item.options or item.statements]
    if item.kind != "true_false":
        rng.shuffle(order)
    return Position(item.code, item.digest, tuple(order))


def sheet(item: Item, position: Position) -> Sheet:
    """The item as a learner sees it."""
    if item.kind == "classify":
        texts = {statement.code: statement.text for statement in item.statements}
        parts = tuple(texts[code] for code in position.order)
        return Sheet(item.kind, item.stem, (), parts)
    if item.kind == "match":
        rights = item.rights()
        lefts = tuple(pair.left for pair in item.pairs)
        return Sheet(item.kind, item.stem, tuple(rights[code] for code in position.order), lefts)
    texts = {option.code: option.text for option in item.options}
    return Sheet(item.kind, item.stem, tuple(texts[code] for code in position.order), ())


def decode(item: Item, position: Position, fields: Mapping[str, Sequence[str]]) -> Answer | None:
    """The answer that a form's fields give; None when they give none. Raises BadAnswer.

    Fields are named "" for the whole question, or "0", "1", … for its parts; values are
    places in the shown order, or "it" and "dx".

    A part of `classify` or `match` may be left open; it then earns nothing.
    """
    if item.kind in ("classify", "match"):
        return _decode_parts(item, position, fields)
    if set(fields) - {""}:
        raise BadAnswer
    chosen = [_at(position.order, value) for value in fields.get("", ()) if value != ""]
    if len(set(chosen)) != len(chosen):
        raise BadAnswer
    if not chosen:
        return None
    if item.kind == "multiple":
        return sorted(chosen)
    if len(chosen) > 1:
        raise BadAnswer
    return chosen[0]


def encode(item: Item, position: Position, answer: Answer) -> dict[str, list[str]]:
    """The fields that give this answer: the inverse of `decode`."""
    if isinstance(answer, dict):
        codes = _part_codes(item, position)
        places = {right: str(place) for place, right in enumerate(position.order)}
        return {
            str(codes.index(part)): [value if value in SIDES else places[value]]
            for part, value in sorted(answer.items(), key=lambda one: codes.index(one[0]))
        }
    chosen = [answer] if isinstance(answer, str) else answer
    return {"": sorted(str(position.order.index(code)) for code in chosen)}


def _decode_parts(
    item: Item, position: Position, fields: Mapping[str, Sequence[str]]
) -> dict[str, str] | None:
    codes = _part_codes(item, position)
    answer = {}
    for name, values in fields.items():
        if len(values) != 1:
            raise BadAnswer
        part, value = _at(codes, name), values[0]
        if value == "":
            continue
        if item.kind == "match":
            answer[part] = _at(position.order, value)
        elif value in SIDES:
            answer[part] = value
        else:
            raise BadAnswer
    return answer or None


def _part_codes(item: Item, position: Position) -> Sequence[str]:
    return position.order if item.kind == "classify" else [pair.code for pair in item.pairs]


def _at(codes: Sequence[str], place: str) -> str:
    """The code at a place given as text; "07" or "٧" is no place that a form of ours sends."""
    if not (place.isascii() and place.isdecimal() and str(int(place[:3])) == place):
        raise BadAnswer
    if int(place) >= len(codes):
        raise BadAnswer
    return codes[int(place)]
