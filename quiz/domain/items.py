"""An item of the bank, of any kind, as files write it and attempts keep it."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Union

# single, true_false: an option's code. multiple: the sorted codes of the ticked options.
# classify: "it" or "dx" per statement. match: a choice's code per stem.
# order: a place ("1" is the first) per step. cloze: a word's code, or what was typed, per gap.
# scenario: the answer to each of its questions, by the question's code.
Answer = Union[str, list[str], dict[str, "Answer"]]  # noqa: UP007 (it names itself)

KINDS = ("single", "true_false", "multiple", "classify", "match", "order", "cloze", "scenario")
DIFFICULTIES = ("remember", "understand", "apply")
TRUE, FALSE = "true", "false"


@dataclass(frozen=True)
class Option:
    """Any choice offered; a distractor says in its feedback why one would think so."""

    code: str
    text: str
    key: bool = False
    feedback: str = ""
    see: str = ""  # the place of the lesson to read again; "": where the objective is taught


@dataclass(frozen=True)
class Statement:
    """A sentence to put under CNTT ("it") or CĐS ("dx")."""

    code: str
    text: str
    side: str
    feedback: str = ""


@dataclass(frozen=True)
class Pair:
    """A stem and the choice that belongs to it."""

    code: str
    left: str
    right: str
    feedback: str = ""


@dataclass(frozen=True)
class Step:
    """A step to put in order; its feedback says why it follows the one before it."""

    code: str
    text: str
    feedback: str = ""


@dataclass(frozen=True)
class Gap:
    """A gap of a sentence and what may stand there; the first answer is the model."""

    code: str
    answers: tuple[str, ...]
    feedback: str = ""


Part = Option | Statement | Pair | Step | Gap


@dataclass(frozen=True)
class Item:
    """One question of the bank; `code` is for ever, `digest` is this exact wording and key.

    A scenario holds its own questions; their codes are "q1", "q2", …
    """

    code: str
    kind: str
    stem: str
    explanation: str
    lesson: str = ""
    objective: str = ""
    difficulty: str = ""
    source: str = ""
    options: tuple[Option, ...] = ()
    statements: tuple[Statement, ...] = ()
    pairs: tuple[Pair, ...] = ()
    spare: str = ""  # the choice of `match` that belongs to no stem
    steps: tuple[Step, ...] = ()  # in the right order
    text: str = ""  # of `cloze`, with its gaps as {1}, {2}, …
    gaps: tuple[Gap, ...] = ()
    words: tuple[str, ...] = ()  # of the bank of `cloze` that fit no gap; none: type it
    questions: tuple["Item", ...] = ()
    excludes: tuple[str, ...] = field(default=(), compare=False)  # never on the same paper

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole item, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The item as canonical JSON: equal items give equal text.

        What is empty is left out, so that a new kind does not change the digest of old items.
        """
        content = _dense(asdict(replace(self, excludes=())))
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Item":
        """The item that `to_json` wrote."""
        return _from_fields(json.loads(text))

    @property
    def is_typed(self) -> bool:
        """Whether its gaps are filled by typing."""
        return self.kind == "cloze" and not self.words

    def choices(self) -> dict[str, str]:
        """What is offered besides the parts, by code: options, choices of `match`, words."""
        if self.kind == "match":
            return _numbered("r", [*(pair.right for pair in self.pairs), self.spare])
        if self.kind == "cloze" and self.words:
            return _numbered("w", [*(gap.answers[0] for gap in self.gaps), *self.words])
        return {option.code: option.text for option in self.options}

    def parts(self) -> dict[str, str]:
        """What each needs an answer of its own, by code; a gap is its number."""
        return {
            **{statement.code: statement.text for statement in self.statements},
            **{pair.code: pair.left for pair in self.pairs},
            **{step.code: step.text for step in self.steps},
            **{gap.code: f"({n})" for n, gap in enumerate(self.gaps, start=1)},
        }

    def right_answer(self) -> Answer:
        """The answer that earns the whole mark."""
        match self.kind:
            case "classify":
                return {statement.code: statement.side for statement in self.statements}
            case "match":
                return {pair.code: f"r{n}" for n, pair in enumerate(self.pairs, start=1)}
            case "order":
                return {step.code: str(n) for n, step in enumerate(self.steps, start=1)}
            case "cloze" if self.words:
                return {gap.code: f"w{n}" for n, gap in enumerate(self.gaps, start=1)}
            case "cloze":
                return {gap.code: gap.answers[0] for gap in self.gaps}
            case "scenario":
                return {question.code: question.right_answer() for question in self.questions}
            case "multiple":
                return sorted(option.code for option in self.options if option.key)
        return next(option.code for option in self.options if option.key)


def parse_item(raw: Mapping[str, Any], lesson: str) -> Item:
    """An item from the checked table of a file; its parts get their codes by their order."""
    return replace(
        _parse_question(raw, raw["code"]),
        lesson=lesson,
        objective=raw["objective"],
        difficulty=raw["difficulty"],
        source=raw["source"],
        excludes=tuple(raw.get("excludes", ())),
    )


def _parse_question(raw: Mapping[str, Any], code: str) -> Item:
    options = [
        Option(letter, **option)
        for letter, option in zip("abcdef", raw.get("options", ()), strict=False)
    ]
    if raw["kind"] == "true_false":
        for value, text in ((TRUE, "Đúng"), (FALSE, "Sai")):
            is_key = (value == TRUE) == raw["answer"]
            options.append(Option(value, text, is_key, "" if is_key else raw["feedback"]))
    return Item(
        code=code,
        kind=raw["kind"],
        stem=raw["stem"],
        explanation=raw["explanation"],
        options=tuple(options),
        statements=_parsed(Statement, "s", raw.get("statements", ())),
        pairs=_parsed(Pair, "l", raw.get("pairs", ())),
        spare=raw.get("spare", ""),
        steps=_parsed(Step, "s", raw.get("steps", ())),
        text=raw.get("text", ""),
        gaps=_parsed(Gap, "g", raw.get("gaps", ())),
        words=tuple(raw.get("words", ())),
        questions=tuple(
            _parse_question(part, f"q{n}") for n, part in enumerate(raw.get("parts", ()), start=1)
        ),
    )


def _parsed(kind: Callable[..., Any], letter: str, tables: Any) -> tuple[Any, ...]:
    return tuple(
        kind(**{key: _frozen(value) for key, value in table.items()}, code=f"{letter}{n}")
        for n, table in enumerate(tables, start=1)
    )


def _from_fields(fields: dict[str, Any]) -> Item:
    kinds = {
        "options": Option,
        "statements": Statement,
        "pairs": Pair,
        "steps": Step,
        "gaps": Gap,
    }
    for name, kind in kinds.items():
        tables = fields.get(name, ())
        fields[name] = tuple(
            kind(**{key: _frozen(value) for key, value in table.items()}) for table in tables
        )
    fields["words"] = tuple(fields.get("words", ()))
    fields["questions"] = tuple(_from_fields(one) for one in fields.get("questions", ()))
    return Item(**fields)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _dense(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dense(one) for key, one in value.items() if one}
    return [_dense(one) for one in value] if isinstance(value, list | tuple) else value


def _numbered(letter: str, texts: list[str]) -> dict[str, str]:
    return {f"{letter}{number}": text for number, text in enumerate(texts, start=1)}
