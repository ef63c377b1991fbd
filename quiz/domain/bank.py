"""The bank: lessons with their items, the paths through them, and their sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quiz.domain.items import Item
from quiz.domain.names import fold

DIFFERENCE, MESSAGE, TOPIC = "d", "m", "t"
COUNTS = {DIFFERENCE: 17, MESSAGE: 9, TOPIC: 9}
READING_PACE = 200  # syllables a minute, an unhurried reader
# The parts of every lesson's page that have an anchor beside the headings of its text.
PLACES = ("hai-ve", "tinh-huong", "de-nham", "viec-can-lam", "can-nho")


def lesson_codes() -> list[str]:
    """All codes in order: d01–d17, m1–m9, t1–t9."""
    return [
        f"{letter}{number:02d}" if letter == DIFFERENCE else f"{letter}{number}"
        for letter, count in COUNTS.items()
        for number in range(1, count + 1)
    ]


@dataclass(frozen=True)
class Objective:
    """What a learner can do after the lesson, and the place that teaches it."""

    code: str
    text: str
    english: str
    see: str


@dataclass(frozen=True)
class Situation:
    """A scene from office life, seen from both sides (else: done badly, done well)."""

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
    """A difference (d01–d17), a message (m1–m9) or a topic (t1–t9), with its items."""

    code: str
    number: int
    name: str
    heading: str
    sources: tuple[str, ...]
    explanation: str  # Markdown
    think: str  # a question to take to one's own desk
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
    points: tuple[str, ...] = ()  # what to remember of a topic
    not_public: str = ""  # what the topic cannot teach, said openly
    file: str = ""  # where it is written, from the folder of the bank

    @property
    def kind(self) -> str:
        """DIFFERENCE, MESSAGE or TOPIC."""
        return self.code[0]

    @property
    def is_difference(self) -> bool:
        """Whether this is one of the 17."""
        return self.kind == DIFFERENCE

    @property
    def is_message(self) -> bool:
        """Whether this is one of the nine messages."""
        return self.kind == MESSAGE

    @property
    def minutes(self) -> int:
        """Reading time of all its text in whole minutes, rounded up."""
        return -(-syllables(" ".join(self._texts())) // READING_PACE)

    def place_of(self, objective: str) -> str:
        """The anchor of the place that teaches an objective; "" when there is none."""
        return next((one.see for one in self.objectives if one.code == objective), "")

    def _texts(self) -> list[str]:
        return [
            self.heading,
            self.explanation,
            self.think,
            self.not_public,
            *self.it_points,
            *self.dx_points,
            *self.asks,
            *self.points,
            *(text for one in self.situations for text in (one.it, one.dx)),
            *(one.tell_apart for one in self.confused_with),
        ]


@dataclass(frozen=True)
class Stage:
    """A part of a path: a day of it, or a cluster."""

    code: str
    name: str
    english: str
    lessons: tuple[str, ...]
    note: str = ""
    english_note: str = ""


@dataclass(frozen=True)
class Path:
    """A way through the lessons."""

    code: str
    name: str
    summary: str
    english_name: str
    english_summary: str
    stages: tuple[Stage, ...]

    @property
    def lessons(self) -> tuple[str, ...]:
        """Its lessons, each once, in order."""
        return tuple(dict.fromkeys(code for stage in self.stages for code in stage.lessons))


@dataclass(frozen=True)
class Bank:
    """All lessons in order (d01–d17, m1–m9, t1–t9); items, paths and sources by code."""

    lessons: Mapping[str, Lesson]
    sources: Mapping[str, Source]
    paths: Mapping[str, Path]
    items: Mapping[str, Item] = field(init=False)

    def __post_init__(self) -> None:
        """Index the items."""
        items = {item.code: item for lesson in self.lessons.values() for item in lesson.items}
        object.__setattr__(self, "items", items)

    @property
    def differences(self) -> list[Lesson]:
        """The 17."""
        return self.of_kind(DIFFERENCE)

    @property
    def messages(self) -> list[Lesson]:
        """The nine messages."""
        return self.of_kind(MESSAGE)

    @property
    def topics(self) -> list[Lesson]:
        """The nine topics."""
        return self.of_kind(TOPIC)

    def of_kind(self, kind: str) -> list[Lesson]:
        """The lessons of a kind, in order."""
        return [lesson for lesson in self.lessons.values() if lesson.kind == kind]


def anchor(heading: str) -> str:
    """The anchor of a heading: without accents and signs, joined by hyphens.

    >>> anchor("Khác ở đâu?")
    'khac-o-dau'
    """
    plain = "".join(c if c.isalnum() else " " for c in fold(heading))
    return "-".join(plain.split())


def headings(markdown: str) -> list[str]:
    """The second-level headings of a text."""
    return [line[3:].strip() for line in markdown.splitlines() if line.startswith("## ")]


def syllables(text: str) -> int:
    """How many words of Vietnamese spelling (tiếng) a text has."""
    return len([word for word in text.split() if any(c.isalnum() for c in word)])
