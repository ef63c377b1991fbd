"""Papers: laying items out, showing them without their key, reading answers."""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quiz.domain.errors import N_, Refused
from quiz.domain.items import Answer, Item

SIDES = ("it", "dx")
SIDE_NAMES = {"it": "CNTT", "dx": "CĐS"}
MAXIMUM_TYPED = 100  # characters of a typed gap
GAP = re.compile(r"\{\d\}")

Fields = Mapping[str, Sequence[str]]


class BadAnswer(Refused):
    """An answer that the question does not offer."""

    status = 400
    message = N_("Câu trả lời không khớp với câu hỏi. Hãy tải lại trang rồi chọn lại.")


@dataclass(frozen=True)
class Position:
    """One question of a frozen paper: the item, its version, and the order it is shown in.

    `order` holds the codes of what is shuffled: options, statements, steps, choices of
    `match`, words of `cloze`. A scenario has the orders of its questions in `orders` instead.
    """

    item: str
    version: str
    order: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What a learner may see of an item: built from an allow-list, with nothing of its key.

    `choices` are the options, the choices of `match` or the words of `cloze`; `parts` the
    statements, steps, stems or gaps. All are known by their place alone. `pieces` is the text
    of `cloze` around its gaps.
    """

    kind: str
    stem: str
    choices: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()
    questions: tuple["Sheet", ...] = ()

    def open_fields(self, filled: Fields) -> list[str]:
        """The fields that still want an answer (see `decode` for their names)."""
        names = [
            _joined(str(n), name)
            for n, question in enumerate(self.questions)
            for name in question.open_fields({})
        ] or [str(n) for n in range(len(self.parts))]
        return [name for name in names or [""] if name not in filled]


def lay_out(item: Item, rng: random.Random) -> Position:
    """The item at a place of a paper, with its parts in random order."""
    orders = tuple(_shuffled(question, rng) for question in item.questions)
    return Position(item.code, item.digest, _shuffled(item, rng), orders)


def in_file_order(item: Item) -> Position:
    """The item with its parts as their writer put them."""
    orders = tuple(tuple(_shown(question)) for question in item.questions)
    return Position(item.code, item.digest, tuple(_shown(item)), orders)


def sheet(item: Item, position: Position) -> Sheet:
    """The item as a learner sees it."""
    questions = tuple(
        _sheet(question, order)
        for question, order in zip(item.questions, position.orders, strict=True)
    )
    return (
        Sheet(item.kind, item.stem, questions=questions)
        if questions
        else _sheet(item, position.order)
    )


def decode(item: Item, position: Position, fields: Fields) -> Answer | None:
    """The answer that a form's fields give; None when they give none. Raises BadAnswer.

    Fields are named "" for the whole question, or "0", "1", … for its parts. Values are
    places in the shown order; "it" and "dx" for `classify`; "1" for the first place of
    `order`; the words themselves where they are typed. In a scenario the number of the
    question goes before: "0", or "0.1" for a part.

    A part may be left open; it then earns nothing.
    """
    if not item.questions:
        return _decode(item, position.order, fields)
    by_question: dict[str, dict[str, Sequence[str]]] = {}
    for name, values in fields.items():
        number, _, rest = name.partition(".")
        by_question.setdefault(number, {})[rest] = values
    answers: dict[str, Answer] = {}
    for number, given in by_question.items():
        question = item.questions[_index(number, len(item.questions))]
        answer = _decode(question, position.orders[int(number)], given)
        if answer is not None:
            answers[question.code] = answer
    return answers or None


def encode(item: Item, position: Position, answer: Answer) -> dict[str, list[str]]:
    """The fields that give this answer: the inverse of `decode`."""
    if not item.questions:
        return _encode(item, position.order, answer)
    given = answer if isinstance(answer, dict) else {}
    return {
        _joined(str(number), name): values
        for number, question in enumerate(item.questions)
        if question.code in given
        for name, values in _encode(question, position.orders[number], given[question.code]).items()
    }


def in_words(item: Item, position: Position, answer: Answer) -> list[str]:
    """The answer as its page showed it, a line per part: codes would hint at the key."""
    if not item.questions:
        return _in_words(_sheet(item, position.order), _encode(item, position.order, answer))
    given = answer if isinstance(answer, dict) else {}
    return [
        f"{question.stem} {line}"
        for question, order in zip(item.questions, position.orders, strict=True)
        if question.code in given
        for line in in_words(question, Position("", "", order), given[question.code])
    ]


def _in_words(sheet: Sheet, fields: Fields) -> list[str]:
    if not sheet.parts:
        return [sheet.choices[int(value)] for value in fields[""]]
    return [
        f"{sheet.parts[int(name)]} → "
        f"{sheet.choices[int(value)] if sheet.choices else SIDE_NAMES.get(value, value)}"
        for name, values in fields.items()
        for value in values
    ]


def _shown(item: Item) -> list[str]:
    """The codes that are shuffled, in the order of the file."""
    return list(item.choices() or item.parts()) if not item.is_typed else []


def _shuffled(item: Item, rng: random.Random) -> tuple[str, ...]:
    order = _shown(item)
    if item.kind != "true_false":
        rng.shuffle(order)
    return tuple(order)


def _sheet(item: Item, order: Sequence[str]) -> Sheet:
    choices, parts = item.choices(), item.parts()
    return Sheet(
        kind=item.kind,
        stem=item.stem,
        choices=tuple(choices[code] for code in order) if choices else (),
        parts=tuple(parts[code] for code in _part_codes(item, order)),
        pieces=tuple(GAP.split(item.text)) if item.text else (),
    )


def _part_codes(item: Item, order: Sequence[str]) -> Sequence[str]:
    """The parts as shown: shuffled themselves, or in the file's order beside choices."""
    return order if item.statements or item.steps else list(item.parts())


def _decode(item: Item, order: Sequence[str], fields: Fields) -> Answer | None:
    if item.parts():
        return _decode_parts(item, order, fields)
    if set(fields) - {""}:
        raise BadAnswer
    chosen = [order[_index(value, len(order))] for value in fields.get("", ()) if value != ""]
    if len(set(chosen)) != len(chosen):
        raise BadAnswer
    if not chosen:
        return None
    if item.kind == "multiple":
        return sorted(chosen)
    if len(chosen) > 1:
        raise BadAnswer
    return chosen[0]


def _decode_parts(item: Item, order: Sequence[str], fields: Fields) -> Answer | None:
    codes = _part_codes(item, order)
    answer: dict[str, Answer] = {}
    for name, values in fields.items():
        part = codes[_index(name, len(codes))]
        if len(values) != 1:
            raise BadAnswer
        value = _typed(values[0]) if item.is_typed else values[0]
        if value != "":
            answer[part] = _read_part(item, order, value)
    return answer or None


def _read_part(item: Item, order: Sequence[str], value: str) -> str:
    if item.is_typed:
        return value
    if item.kind == "classify":
        if value not in SIDES:
            raise BadAnswer
        return value
    if item.kind == "order":
        if value not in [str(place) for place in range(1, len(order) + 1)]:
            raise BadAnswer
        return value
    return order[_index(value, len(order))]


def _encode(item: Item, order: Sequence[str], answer: Answer) -> dict[str, list[str]]:
    if isinstance(answer, dict):
        codes = _part_codes(item, order)
        by_place = item.choices()
        return {
            str(number): [str(order.index(str(answer[code]))) if by_place else str(answer[code])]
            for number, code in enumerate(codes)
            if code in answer
        }
    chosen = [answer] if isinstance(answer, str) else answer
    return {"": sorted(str(order.index(code)) for code in chosen)}


def _typed(text: str) -> str:
    """What was typed, composed and trimmed. Raises BadAnswer for what no keyboard gives."""
    said = " ".join(unicodedata.normalize("NFC", text).split())
    if len(said) > MAXIMUM_TYPED or not said.isprintable():
        raise BadAnswer
    return said


def _index(place: str, count: int) -> int:
    """A place given as text; "07" or "٧" is no place that a form of ours sends."""
    if not (place.isascii() and place.isdecimal() and str(int(place[:3])) == place):
        raise BadAnswer
    if int(place) >= count:
        raise BadAnswer
    return int(place)


def _joined(number: str, name: str) -> str:
    return f"{number}.{name}" if name else number
