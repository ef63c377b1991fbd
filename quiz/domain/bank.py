"""The question bank: what its files mean, and the item as attempts keep it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

# single, true_false: an option's code. multiple: the sorted codes of the ticked options.
# classify: "it" or "dx" per statement. match: the code of a choice per stem.
Answer = str | list[str] | dict[str, str]

KINDS = ("single", "true_false", "multiple", "classify", "match")
DIFFICULTIES = ("remember", "understand", "apply")
TRUE, FALSE = "true", "false"


@dataclass(frozen=True)
class Option:
    """Any choice offered; a distractor says in its feedback why one would think so."""

    code: str
    text: str
    key: bool
    feedback: str


@dataclass(frozen=True)
class Statement:
    """A sentence to put under CNTT ("it") or CĐS ("dx")."""

    code: str
    text: str
    side: str
    feedback: str


@dataclass(frozen=True)
class Pair:
    """A stem and the choice that belongs to it."""

    code: str
    left: str
    right: str
    feedback: str


@dataclass(frozen=True)
class Item:
    """One question of the bank; `code` is for ever, `digest` is this exact wording and key."""

    code: str
    lesson: str
    kind: str
    objective: str
    difficulty: str
    stem: str
    explanation: str
    source: str
    options: tuple[Option, ...] = ()
    statements: tuple[Statement, ...] = ()
    pairs: tuple[Pair, ...] = ()
    spare: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole item, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The item as canonical JSON: equal items give equal text."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Item":
        """The item that `to_json` wrote."""
        fields = json.loads(text)
        fields["options"] = tuple(Option(**option) for option in fields["options"])
        fields["statements"] = tuple(Statement(**one) for one in fields["statements"])
        fields["pairs"] = tuple(Pair(**pair) for pair in fields["pairs"])
        return cls(**fields)

    def rights(self) -> dict[str, str]:
        """The choices of a `match` item by code; the spare one is the last."""
        texts = [*(pair.right for pair in self.pairs), self.spare]
        return {f"r{number}": text for number, text in enumerate(texts, start=1)}

    def right_answer(self) -> Answer:
        """The answer that earns the whole mark."""
        if self.kind == "classify":
            return {statement.code: statement.side for statement in self.statements}
        if self.kind == "match":
            return {pair.code: f"r{n}" for n, pair in enumerate(self.pairs, start=1)}
        keys = sorted(option.code for option in self.options if option.key)
        return keys if self.kind == "multiple" else keys[0]

    def feedback_on(self, answer: Answer | None) -> list[str]:
        """Why the wrong parts of this answer are wrong, in the order of the file."""
        if answer is None:
            return []
        if isinstance(answer, dict):
            key = self.right_answer()
            right = key if isinstance(key, dict) else {}
            parts: tuple[Statement | Pair, ...] = (*self.statements, *self.pairs)
            return [
                part.feedback
                for part in parts
                if part.code in answer and answer[part.code] != right[part.code]
            ]
        chosen = [answer] if isinstance(answer, str) else answer
        return [o.feedback for o in self.options if o.code in chosen and not o.key]


@dataclass(frozen=True)
class Objective:
    """What a learner can do after the lesson."""

    code: str
    text: str
    english: str


@dataclass(frozen=True)
class Situation:
    """A scene from office life, seen from both sides (messages: done badly, done well)."""

    kind: str  # an agency's kind
    it: str
    dx: str


@dataclass(frozen=True)
class Confusion:
    """A neighbouring difference, and what tells the two apart."""

    lesson: str
    tell_apart: str


@dataclass(frozen=True)
class Source:
    """Where a fact was read."""

    code: str
    title: str
    publisher: str
    date: str = ""
    number: str = ""
    url: str = ""


@dataclass(frozen=True)
class English:
    """What a lesson shows to readers of English."""

    name: str
    heading: str
    summary: str
    it: str = ""
    dx: str = ""


@dataclass(frozen=True)
class Lesson:
    """One of the 26: a difference (d01–d17) or a message (m1–m9), with its items."""

    code: str
    number: int
    name: str
    heading: str
    minutes: int
    sources: tuple[str, ...]
    explanation: str  # Markdown
    objectives: tuple[Objective, ...]
    situations: tuple[Situation, ...]
    english: English
    items: tuple[Item, ...]
    it: str = ""
    dx: str = ""
    it_points: tuple[str, ...] = ()
    dx_points: tuple[str, ...] = ()
    confused_with: tuple[Confusion, ...] = ()
    key_phrase: str = ""
    asks: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()

    @property
    def is_difference(self) -> bool:
        """Whether this is one of the 17, not one of the nine messages."""
        return self.code.startswith("d")


@dataclass(frozen=True)
class Bank:
    """All lessons in order (d01–d17, m1–m9), all items and sources, by code."""

    lessons: Mapping[str, Lesson]
    sources: Mapping[str, Source]
    items: Mapping[str, Item] = field(init=False)

    def __post_init__(self) -> None:
        """Index the items."""
        items = {item.code: item for lesson in self.lessons.values() for item in lesson.items}
        object.__setattr__(self, "items", items)

    @property
    def differences(self) -> list[Lesson]:
        """The 17."""
        return [lesson for lesson in self.lessons.values() if lesson.is_difference]

    @property
    def messages(self) -> list[Lesson]:
        """The nine."""
        return [lesson for lesson in self.lessons.values() if not lesson.is_difference]


def parse_item(raw: Mapping[str, Any], lesson: str) -> Item:
    """An item from the checked table of a file; options get their codes by their order."""
    kind, options = raw["kind"], []
    if kind == "true_false":
        for code, text in ((TRUE, "Đúng"), (FALSE, "Sai")):
            is_key = (code == TRUE) == raw["answer"]
            options.append(Option(code, text, is_key, "" if is_key else raw["feedback"]))
    for letter, option in zip("abcdef", raw.get("options", ()), strict=False):
        is_key = option.get("key", False)
        options.append(Option(letter, option["text"], is_key, option.get("feedback", "")))
    return Item(
        code=raw["code"],
        lesson=lesson,
        kind=kind,
        objective=raw["objective"],
        difficulty=raw["difficulty"],
        stem=raw["stem"],
        explanation=raw["explanation"],
        source=raw["source"],
        options=tuple(options),
        statements=tuple(
            Statement(f"s{number}", one["text"], one["side"], one["feedback"])
            for number, one in enumerate(raw.get("statements", ()), start=1)
        ),
        pairs=tuple(
            Pair(f"l{number}", one["left"], one["right"], one["feedback"])
            for number, one in enumerate(raw.get("pairs", ()), start=1)
        ),
        spare=raw.get("spare", ""),
    )
