"""Reading the bank's TOML files strictly: every fault is named by file, item and fault."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path as File
from typing import Any

from quiz.domain.bank import (
    COUNTS,
    DIFFERENCE,
    MESSAGE,
    PLACES,
    TOPIC,
    Bank,
    Confusion,
    English,
    Lesson,
    Objective,
    Path,
    Situation,
    Source,
    Stage,
    anchor,
    headings,
    lesson_codes,
    syllables,
)
from quiz.domain.items import DIFFICULTIES, KINDS, Item, parse_item

SITUATION_KINDS = ("department", "commune", "service_unit", "mass_organisation")
FOLDERS = {"differences": DIFFERENCE, "messages": MESSAGE, "topics": TOPIC}
MINIMUM_ITEMS = {DIFFERENCE: 16, MESSAGE: 12, TOPIC: 8}
EXPLANATION_SYLLABLES = (150, 250)
MAXIMUM_MINUTES = 5
ITEM_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")

Keys = Mapping[str, type]
# Keys of each table: name → type. A "?" marks a key that may be missing.
COMMON: Keys = {
    "code": str,
    "number": int,
    "name": str,
    "heading": str,
    "sources": list,
    "explanation": str,
    "think": str,
    "objectives": list,
    "situations": list,
    "english": dict,
    "items": list,
}
LESSON_OF: Mapping[str, Keys] = {
    DIFFERENCE: {
        **COMMON,
        "it": str,
        "dx": str,
        "it_points": list,
        "dx_points": list,
        "confused_with": list,
    },
    MESSAGE: {**COMMON, "key_phrase": str, "asks": list, "rests_on": list},
    TOPIC: {**COMMON, "points": list, "rests_on": list, "not_public?": str},
}
ENGLISH: Keys = {"name": str, "heading": str, "summary": str}
ENGLISH_DIFFERENCE: Keys = {**ENGLISH, "it": str, "dx": str}
OBJECTIVE: Keys = {"code": str, "text": str, "english": str, "see": str}
SITUATION: Keys = {"for": str, "it": str, "dx": str}
CONFUSION: Keys = {"lesson": str, "tell_apart": str}
SOURCE: Keys = {"title": str, "publisher": str, "date?": str, "number?": str, "url?": str}
PATH: Keys = {
    "code": str,
    "name": str,
    "summary": str,
    "english_name": str,
    "english_summary": str,
    "stages": list,
}
STAGE: Keys = {
    "code": str,
    "name": str,
    "english": str,
    "lessons": list,
    "note?": str,
    "english_note?": str,
}
QUESTION: Keys = {"kind": str, "stem": str, "explanation": str}
ITEM: Keys = {
    **QUESTION,
    "code": str,
    "objective": str,
    "difficulty": str,
    "source": str,
    "excludes?": list,
}
PARTS_OF: Mapping[str, Keys] = {
    "single": {"options": list},
    "multiple": {"options": list},
    "true_false": {"answer": bool, "feedback": str},
    "classify": {"statements": list},
    "match": {"pairs": list, "spare": str},
    "order": {"steps": list},
    "cloze": {"text": str, "gaps": list, "words?": list},
    "scenario": {"parts": list},
}
OPTION: Keys = {"text": str, "key?": bool, "feedback?": str, "see?": str}
STATEMENT: Keys = {"text": str, "side": str, "feedback": str}
PAIR: Keys = {"left": str, "right": str, "feedback": str}
STEP: Keys = {"text": str, "feedback?": str}
GAP: Keys = {"answers": list, "feedback": str}


class BankFaults(Exception):
    """The bank cannot be used; `faults` names each reason."""

    def __init__(self, faults: list[str]) -> None:
        """Show every fault when the start is stopped."""
        super().__init__("\n" + "\n".join(faults))
        self.faults = faults


def load(folder: File) -> Bank:
    """The bank of this folder. Raises BankFaults with all faults of all files."""
    reader = _Reader(folder)
    bank = reader.read()
    if reader.faults:
        raise BankFaults(reader.faults)
    return bank


class _Reader:
    """One pass over the files; it goes on after a fault, to name them all."""

    def __init__(self, folder: File) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.where = ""
        self.item_files: dict[str, str] = {}

    def read(self) -> Bank:
        sources = self._sources()
        lessons: dict[str, Lesson] = {}
        for name, kind in FOLDERS.items():
            for path in sorted((self.folder / name).glob("*.toml")):
                lesson = self._lesson(path, kind, set(sources))
                if lesson is None:
                    continue
                self._expect(
                    lesson.code not in lessons, f"code {lesson.code!r} is used by two files"
                )
                lessons[lesson.code] = lesson
            self.where = f"{name}/"
            for code in lesson_codes():
                if code[0] == kind and code not in lessons and not self.faults:
                    self._fault(f"lesson {code} is missing")
        self._excludes(lessons)
        ordered = {code: lessons[code] for code in lesson_codes() if code in lessons}
        return Bank(ordered, sources, self._paths())

    def _sources(self) -> dict[str, Source]:
        raw = self._toml(self.folder / "sources.toml")
        return {
            code: Source(code=code, **table)
            for code, table in raw.items()
            if self._table(table, SOURCE, f"source {code}")
        }

    def _paths(self) -> dict[str, Path]:
        raw = self._toml(self.folder / "paths.toml")
        found = {}
        for table in raw.get("paths", ()):
            name = f"path {table.get('code', '?')}"
            if not self._table(table, PATH, name):
                continue
            if not self._tables(table["stages"], STAGE, f"{name}: stage"):
                continue
            for stage in table["stages"]:
                self._known(stage["lessons"], lesson_codes(), f"{name}: lesson")
            stages = tuple(
                Stage(**{**stage, "lessons": tuple(stage["lessons"])}) for stage in table["stages"]
            )
            self._expect(table["code"] not in found, f"{name}: the code is used twice")
            found[table["code"]] = Path(**{**table, "stages": stages})
        return found

    def _lesson(self, path: File, kind: str, sources: set[str]) -> Lesson | None:
        raw = self._toml(path)
        before = len(self.faults)
        if not raw or not self._table(raw, LESSON_OF[kind], "lesson"):
            return None
        number, width = raw["number"], 2 if kind == DIFFERENCE else 1
        self._expect(raw["code"] == f"{kind}{number:0{width}d}", "code and number disagree")
        self._expect(number <= COUNTS[kind], f"number is at most {COUNTS[kind]}")
        self._expect(path.name.startswith(f"{number:0{width}d}-"), "number and file name disagree")
        self._longest(raw["name"], 30, "name")
        self._known(raw["sources"], sources, "source")
        self._expect(bool(raw["sources"]), "a lesson needs a source")
        least, most = EXPLANATION_SYLLABLES
        length = syllables(raw["explanation"])
        self._expect(
            least <= length <= most, f"explanation has {length} syllables, not {least} to {most}"
        )
        self._english(raw["english"], kind)
        self._objectives(raw)
        self._situations(raw, kind)
        for key in ("it_points", "dx_points", "asks"):
            self._expect(2 <= len(raw.get(key, "xx")) <= 3, f"{key} has 2 or 3 sentences")
        self._expect(3 <= len(raw.get("points", "xxx")) <= 5, "points has 3 to 5 sentences")
        self._known(raw.get("rests_on", ()), lesson_codes(), "lesson")
        if kind == DIFFERENCE:
            self._expect(bool(raw["confused_with"]), "a difference needs a neighbour")
            if self._tables(raw["confused_with"], CONFUSION, "confused_with"):
                neighbours = [one["lesson"] for one in raw["confused_with"]]
                self._known(neighbours, lesson_codes(), "lesson")
            self._longest(raw["it"], 60, "it")
            self._longest(raw["dx"], 60, "dx")
        if len(self.faults) > before:
            return None
        places = _places(raw)
        items = [self._item(table, raw, places, sources) for table in raw["items"]]
        fewest = MINIMUM_ITEMS[kind]
        self._expect(
            len(items) >= fewest, f"a lesson of this kind has {fewest} items, not {len(items)}"
        )
        if len(self.faults) > before:
            return None
        lesson = _lesson_of(raw, tuple(item for item in items if item), self.where)
        self._expect(
            lesson.minutes <= MAXIMUM_MINUTES,
            f"reading takes {lesson.minutes} minutes, not {MAXIMUM_MINUTES}",
        )
        return lesson

    def _english(self, raw: Mapping[str, Any], kind: str) -> None:
        keys = ENGLISH_DIFFERENCE if kind == DIFFERENCE else ENGLISH
        if self._table(raw, keys, "english"):
            sentences = len(SENTENCE_END.findall(raw["summary"]))
            self._expect(sentences == 3, f"english: summary has three sentences, not {sentences}")

    def _objectives(self, raw: Mapping[str, Any]) -> None:
        self._expect(len(raw["objectives"]) == 3, "a lesson has three objectives")
        if self._tables(raw["objectives"], OBJECTIVE, "objective"):
            places = _places(raw)
            self._known([one["see"] for one in raw["objectives"]], places, "objective: place")

    def _situations(self, raw: Mapping[str, Any], kind: str) -> None:
        if not self._tables(raw["situations"], SITUATION, "situation"):
            return
        found = [situation["for"] for situation in raw["situations"]]
        self._known(found, SITUATION_KINDS, "situation for")
        if kind == DIFFERENCE:
            self._expect(
                sorted(found) == sorted(SITUATION_KINDS),
                "a difference has one situation for each kind of agency",
            )
        else:
            self._expect(len(found) == 2, "this lesson has two situations")

    def _item(
        self, raw: Mapping[str, Any], lesson: Mapping[str, Any], places: set[str], sources: set[str]
    ) -> Item | None:
        before = len(self.faults)
        name = f"item {raw.get('code', '?')}"
        if not self._question(raw, ITEM, name, places):
            return None
        code = raw["code"]
        self._expect(
            bool(ITEM_CODE.fullmatch(code)) and code.startswith(f"{lesson['code']}-"),
            f"{name}: a code is the lesson's code and lower-case words joined by hyphens",
        )
        self._longest(code, 40, f"{name}: code")
        if code in self.item_files:
            self._fault(f"{name}: the code is used in {self.item_files[code]} too")
        self.item_files[code] = self.where
        objectives = [objective["code"] for objective in lesson["objectives"]]
        self._known([raw["objective"]], objectives, f"{name}: objective")
        self._known([raw["source"]], sources, f"{name}: source")
        self._expect(
            raw["difficulty"] in DIFFICULTIES,
            f"{name}: difficulty is one of {', '.join(DIFFICULTIES)}",
        )
        return parse_item(raw, lesson["code"]) if len(self.faults) == before else None

    def _question(self, raw: Mapping[str, Any], keys: Keys, name: str, places: set[str]) -> bool:
        """Check an item, or a question of a scenario, and its parts."""
        before = len(self.faults)
        kind = raw.get("kind")
        if kind not in KINDS:
            self._fault(f"{name}: kind {kind!r} is not one of {', '.join(KINDS)}")
            return False
        if not self._table(raw, {**keys, **PARTS_OF[kind]}, name):
            return False
        check: Mapping[str, Callable[[Mapping[str, Any], str, set[str]], None]] = {
            "single": self._options,
            "multiple": self._options,
            "classify": self._statements,
            "match": self._pairs,
            "order": self._steps,
            "cloze": self._gaps,
            "scenario": self._parts,
        }
        if kind in check:
            check[kind](raw, name, places)
        return len(self.faults) == before

    def _options(self, raw: Mapping[str, Any], name: str, places: set[str]) -> None:
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
            here = f"{name}: option {number}"
            if not option.get("key", False):
                self._expect(bool(option.get("feedback")), f"{here} needs feedback")
            self._known([option["see"]] if "see" in option else [], places, f"{here}: place")

    def _statements(self, raw: Mapping[str, Any], name: str, _places: set[str]) -> None:
        if not self._tables(raw["statements"], STATEMENT, f"{name}: statement"):
            return
        statements = raw["statements"]
        self._expect(4 <= len(statements) <= 6, f"{name}: 4 to 6 statements are needed")
        sides = {statement["side"] for statement in statements}
        self._expect(sides == {"it", "dx"}, f'{name}: both sides, "it" and "dx", are needed')
        self._different([statement["text"] for statement in statements], f"{name}: statements")

    def _pairs(self, raw: Mapping[str, Any], name: str, _places: set[str]) -> None:
        if not self._tables(raw["pairs"], PAIR, f"{name}: pair"):
            return
        pairs = raw["pairs"]
        self._expect(3 <= len(pairs) <= 5, f"{name}: 3 to 5 pairs are needed")
        self._different([*(pair["right"] for pair in pairs), raw["spare"]], f"{name}: choices")
        self._different([pair["left"] for pair in pairs], f"{name}: stems")

    def _steps(self, raw: Mapping[str, Any], name: str, _places: set[str]) -> None:
        if not self._tables(raw["steps"], STEP, f"{name}: step"):
            return
        steps = raw["steps"]
        self._expect(3 <= len(steps) <= 6, f"{name}: 3 to 6 steps are needed")
        self._different([step["text"] for step in steps], f"{name}: steps")
        for number, step in enumerate(steps[1:], start=2):
            self._expect(bool(step.get("feedback")), f"{name}: step {number} needs feedback")

    def _gaps(self, raw: Mapping[str, Any], name: str, _places: set[str]) -> None:
        if not self._tables(raw["gaps"], GAP, f"{name}: gap"):
            return
        gaps = raw["gaps"]
        self._expect(1 <= len(gaps) <= 4, f"{name}: 1 to 4 gaps are needed")
        wanted = [f"{{{number}}}" for number in range(1, len(gaps) + 1)]
        found = re.findall(r"\{.*?\}", raw["text"])
        self._expect(found == wanted, f"{name}: text has its gaps as {', '.join(wanted)}")
        self._expect(all(gap["answers"] for gap in gaps), f"{name}: a gap needs an answer")
        first = [gap["answers"][0] for gap in gaps if gap["answers"]]
        if "words" in raw:
            self._expect(bool(raw["words"]), f"{name}: words is empty")
            self._different([*first, *raw["words"]], f"{name}: words")

    def _parts(self, raw: Mapping[str, Any], name: str, places: set[str]) -> None:
        parts = raw["parts"]
        self._expect(2 <= len(parts) <= 4, f"{name}: 2 to 4 parts are needed")
        for number, part in enumerate(parts, start=1):
            here = f"{name}: part {number}"
            self._expect(part.get("kind") != "scenario", f"{here}: a scenario has no scenarios")
            if part.get("kind") != "scenario":
                self._question(part, QUESTION, here, places)

    def _excludes(self, lessons: Mapping[str, Lesson]) -> None:
        for lesson in lessons.values():
            for item in lesson.items:
                self.where = self.item_files[item.code]
                self._known(item.excludes, self.item_files, f"item {item.code}: excludes")

    def _toml(self, path: File) -> dict[str, Any]:
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


def _places(raw: Mapping[str, Any]) -> set[str]:
    """The anchors of a lesson's page: its headings and the parts that it has."""
    has = {
        "hai-ve": "it_points",
        "tinh-huong": "situations",
        "de-nham": "confused_with",
        "viec-can-lam": "asks",
        "can-nho": "points",
    }
    own = {place for place in PLACES if has[place] in raw}
    return own | {anchor(heading) for heading in headings(raw["explanation"])}


def _lesson_of(raw: Mapping[str, Any], items: tuple[Item, ...], file: str) -> Lesson:
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
        file=file,
    )
