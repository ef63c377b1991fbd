"""Reading the bank's TOML files strictly: every fault is named by file, item and fault."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from quiz.domain.bank import (
    DIFFICULTIES,
    KINDS,
    Bank,
    Confusion,
    English,
    Item,
    Lesson,
    Objective,
    Situation,
    Source,
    parse_item,
)

SITUATION_KINDS = ("department", "commune", "service_unit", "mass_organisation")
FOLDERS = {"differences": ("d", 17), "messages": ("m", 9)}
MINIMUM_ITEMS = 5
ITEM_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")

Keys = Mapping[str, type]
# Keys of each table: name → type. A "?" marks a key that may be missing.
COMMON: Keys = {
    "code": str,
    "number": int,
    "name": str,
    "heading": str,
    "minutes": int,
    "sources": list,
    "explanation": str,
    "objectives": list,
    "situations": list,
    "english": dict,
    "items": list,
}
DIFFERENCE = {
    **COMMON,
    "it": str,
    "dx": str,
    "it_points": list,
    "dx_points": list,
    "confused_with": list,
}
MESSAGE = {**COMMON, "key_phrase": str, "asks": list, "rests_on": list}
ENGLISH_MESSAGE = {"name": str, "heading": str, "summary": str}
ENGLISH_DIFFERENCE = {**ENGLISH_MESSAGE, "it": str, "dx": str}
OBJECTIVE = {"code": str, "text": str, "english": str}
SITUATION = {"for": str, "it": str, "dx": str}
CONFUSION = {"lesson": str, "tell_apart": str}
SOURCE = {"title": str, "publisher": str, "date?": str, "number?": str, "url?": str}
ITEM: Keys = {
    "code": str,
    "kind": str,
    "objective": str,
    "difficulty": str,
    "stem": str,
    "explanation": str,
    "source": str,
}
ITEM_OF: Mapping[str, Keys] = {
    "single": {**ITEM, "options": list},
    "multiple": {**ITEM, "options": list},
    "true_false": {**ITEM, "answer": bool, "feedback": str},
    "classify": {**ITEM, "statements": list},
    "match": {**ITEM, "pairs": list, "spare": str},
}
OPTION = {"text": str, "key?": bool, "feedback?": str}
STATEMENT = {"text": str, "side": str, "feedback": str}
PAIR = {"left": str, "right": str, "feedback": str}


class BankFaults(Exception):
    """The bank cannot be used; `faults` names each reason."""

    def __init__(self, faults: list[str]) -> None:
        """Show every fault when the start is stopped."""
        super().__init__("\n" + "\n".join(faults))
        self.faults = faults


def load(folder: Path) -> Bank:
    """The bank of this folder. Raises BankFaults with all faults of all files."""
    reader = _Reader(folder)
    bank = reader.read()
    if reader.faults:
        raise BankFaults(reader.faults)
    return bank


class _Reader:
    """One pass over the files; it goes on after a fault, to name them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.where = ""
        self.item_files: dict[str, str] = {}

    def read(self) -> Bank:
        sources = self._sources()
        lessons: dict[str, Lesson] = {}
        codes = [f"d{n:02d}" for n in range(1, 18)] + [f"m{n}" for n in range(1, 10)]
        for name, (letter, count) in FOLDERS.items():
            for path in sorted((self.folder / name).glob("*.toml")):
                lesson = self._lesson(path, letter, codes, set(sources))
                if lesson is None:
                    continue
                if lesson.code in lessons:
                    self._fault(f"code {lesson.code!r} is used by two files")
                lessons[lesson.code] = lesson
            self.where = f"{name}/"
            for number in range(1, count + 1):
                code = f"{letter}{number:02d}" if letter == "d" else f"{letter}{number}"
                if code not in lessons and not self.faults:
                    self._fault(f"lesson {code} is missing")
        return Bank({code: lessons[code] for code in codes if code in lessons}, sources)

    def _sources(self) -> dict[str, Source]:
        raw = self._toml(self.folder / "sources.toml")
        found = {}
        for code, table in raw.items():
            if self._table(table, SOURCE, f"source {code}"):
                found[code] = Source(code=code, **table)
        return found

    def _lesson(
        self, path: Path, letter: str, codes: list[str], sources: set[str]
    ) -> Lesson | None:
        raw = self._toml(path)
        is_difference = letter == "d"
        before = len(self.faults)
        if not raw or not self._table(raw, DIFFERENCE if is_difference else MESSAGE, "lesson"):
            return None
        number = raw["number"]
        width = 2 if is_difference else 1
        self._expect(raw["code"] == f"{letter}{number:0{width}d}", "code and number disagree")
        self._expect(path.name.startswith(f"{number:0{width}d}-"), "number and file name disagree")
        self._expect(1 <= raw["minutes"] <= 5, "minutes must be 1 to 5")
        self._known(raw["sources"], sources, "source")
        self._expect(bool(raw["sources"]), "a lesson needs a source")
        english = ENGLISH_DIFFERENCE if is_difference else ENGLISH_MESSAGE
        self._table(raw["english"], english, "english")
        self._tables(raw["objectives"], OBJECTIVE, "objective")
        self._expect(len(raw["objectives"]) == 3, "a lesson has three objectives")
        self._tables(raw["situations"], SITUATION, "situation")
        self._expect(bool(raw["situations"]), "a lesson needs a situation")
        for situation in raw["situations"]:
            self._expect(
                situation.get("for") in SITUATION_KINDS,
                f"situation for {situation.get('for')!r} is not known",
            )
        if is_difference:
            self._tables(raw["confused_with"], CONFUSION, "confused_with")
            self._known((c.get("lesson") for c in raw["confused_with"]), codes, "lesson")
            for side in ("it_points", "dx_points"):
                self._expect(2 <= len(raw[side]) <= 3, f"{side} has 2 or 3 sentences")
            self._longest(raw["it"], 60, "it")
            self._longest(raw["dx"], 60, "dx")
        else:
            self._known(raw["rests_on"], codes, "lesson")
        if len(self.faults) > before:
            return None
        objectives = {objective["code"] for objective in raw["objectives"]}
        items = [self._item(table, raw["code"], objectives, sources) for table in raw["items"]]
        self._expect(len(items) >= MINIMUM_ITEMS, f"a lesson has at least {MINIMUM_ITEMS} items")
        if len(self.faults) > before:
            return None
        return _lesson_of(raw, tuple(item for item in items if item))

    def _item(
        self, raw: Mapping[str, Any], lesson: str, objectives: set[str], sources: set[str]
    ) -> Item | None:
        before = len(self.faults)
        code = raw.get("code", "?")
        name = f"item {code}"
        kind = raw.get("kind")
        if kind not in KINDS:
            self._fault(f"{name}: kind {kind!r} is not one of {', '.join(KINDS)}")
            return None
        if not self._table(raw, ITEM_OF[kind], name):
            return None
        self._expect(
            bool(ITEM_CODE.fullmatch(code)) and code.startswith(f"{lesson}-"),
            f"{name}: a code is the lesson's code and lower-case words joined by hyphens",
        )
        if code in self.item_files:
            self._fault(f"{name}: the code is used in {self.item_files[code]} too")
        self.item_files[code] = self.where
        self._known([raw["objective"]], objectives, f"{name}: objective")
        self._known([raw["source"]], sources, f"{name}: source")
        self._expect(
            raw["difficulty"] in DIFFICULTIES,
            f"{name}: difficulty is one of {', '.join(DIFFICULTIES)}",
        )
        parts = {"classify": self._statements, "match": self._pairs}
        if kind != "true_false":
            parts.get(kind, self._options)(raw, name)
        return parse_item(raw, lesson) if len(self.faults) == before else None

    def _options(self, raw: Mapping[str, Any], name: str) -> None:
        if not self._tables(raw["options"], OPTION, f"{name}: option"):
            return
        options = raw["options"]
        keys = sum(option.get("key", False) for option in options)
        if raw["kind"] == "single":
            self._expect(3 <= len(options) <= 4, f"{name}: 3 or 4 options are needed")
            self._expect(keys == 1, f"{name}: one option is the key, not {keys}")
        else:
            self._expect(4 <= len(options) <= 6, f"{name}: 4 to 6 options are needed")
            self._expect(keys >= 2, f"{name}: at least two options are keys")
            self._expect(keys < len(options), f"{name}: a distractor is needed")
        self._different([option["text"] for option in options], f"{name}: options")
        for number, option in enumerate(options, start=1):
            if not option.get("key", False):
                self._expect(
                    bool(option.get("feedback")), f"{name}: option {number} needs feedback"
                )

    def _statements(self, raw: Mapping[str, Any], name: str) -> None:
        if not self._tables(raw["statements"], STATEMENT, f"{name}: statement"):
            return
        statements = raw["statements"]
        self._expect(4 <= len(statements) <= 6, f"{name}: 4 to 6 statements are needed")
        sides = {statement["side"] for statement in statements}
        self._expect(sides == {"it", "dx"}, f'{name}: both sides, "it" and "dx", are needed')
        self._different([statement["text"] for statement in statements], f"{name}: statements")

    def _pairs(self, raw: Mapping[str, Any], name: str) -> None:
        if not self._tables(raw["pairs"], PAIR, f"{name}: pair"):
            return
        pairs = raw["pairs"]
        self._expect(3 <= len(pairs) <= 5, f"{name}: 3 to 5 pairs are needed")
        self._different([*(pair["right"] for pair in pairs), raw["spare"]], f"{name}: choices")
        self._different([pair["left"] for pair in pairs], f"{name}: stems")

    def _toml(self, path: Path) -> dict[str, Any]:
        self.where = str(path.relative_to(self.folder))
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._fault("the file is missing")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._fault(f"not TOML: {error}")
        return {}

    def _tables(self, raw: list[Any], keys: Keys, name: str) -> bool:
        checked = [self._table(table, keys, f"{name} {n}") for n, table in enumerate(raw, start=1)]
        return all(checked)

    def _table(self, raw: Any, keys: Keys, name: str) -> bool:
        """Whether the table has just these keys, of these types, with composed text."""
        before = len(self.faults)
        if not isinstance(raw, dict):
            self._fault(f"{name}: a table is needed")
            return False
        wanted = {key.removesuffix("?"): kind for key, kind in keys.items()}
        for key, value in raw.items():
            if key not in wanted:
                self._fault(f"{name}: key {key!r} is not known")
            elif type(value) is not wanted[key]:
                self._fault(f"{name}: {key} must be a {wanted[key].__name__}")
            else:
                self._texts(value, f"{name}: {key}")
        for key in keys:
            if not key.endswith("?") and key not in raw:
                self._fault(f"{name}: {key} is missing")
        return len(self.faults) == before

    def _texts(self, value: Any, name: str) -> None:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                self._expect(bool(text.strip()), f"{name} is empty")
                self._expect(unicodedata.is_normalized("NFC", text), f"{name} is not NFC")

    def _known(self, found: Iterable[Any], known: Iterable[str], name: str) -> None:
        for code in found:
            self._expect(code in known, f"{name} {code!r} is not known")

    def _different(self, texts: list[str], name: str) -> None:
        self._expect(len({text.casefold() for text in texts}) == len(texts), f"{name} repeat")

    def _longest(self, text: str, length: int, name: str) -> None:
        self._expect(len(text) <= length, f"{name} is longer than {length} characters")

    def _expect(self, holds: bool, fault: str) -> None:
        if not holds:
            self._fault(fault)

    def _fault(self, fault: str) -> None:
        self.faults.append(f"{self.where}: {fault}")


def _lesson_of(raw: Mapping[str, Any], items: tuple[Item, ...]) -> Lesson:
    plain: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in raw.items()
        if key not in ("objectives", "situations", "confused_with", "english", "items")
    }
    return Lesson(
        **plain,
        objectives=tuple(Objective(**one) for one in raw["objectives"]),
        situations=tuple(Situation(one["for"], one["it"], one["dx"]) for one in raw["situations"]),
        confused_with=tuple(Confusion(**one) for one in raw.get("confused_with", ())),
        english=English(**raw["english"]),
        items=items,
    )
