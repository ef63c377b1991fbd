"""What each person has read, and how well they know it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from quiz.domain.bank import Bank, Lesson, Path
from quiz.domain.mastery import NEW, REVIEW, Mastery, mastery
from quiz.domain.memory import Known
from quiz.memory import service as memory
from quiz.models import LessonProgress, db, insert_new


def mark_read(person_id: int, lesson_code: str, now: datetime) -> None:
    """Remember that the lesson was read; the first time counts."""
    db.session.execute(
        insert_new(LessonProgress)
        .values(person_id=person_id, lesson_code=lesson_code, read_at=now)
        .on_conflict_do_nothing(index_elements=["person_id", "lesson_code"])
    )
    db.session.commit()


def read_at(person_id: int) -> dict[str, datetime]:
    """When a person first read each lesson; lessons not read are missing."""
    rows = db.session.execute(
        select(LessonProgress.lesson_code, LessonProgress.read_at).where(
            LessonProgress.person_id == person_id
        )
    )
    return {row.lesson_code: row.read_at for row in rows}


def mastery_of(person_id: int, lesson: Lesson, bank: Bank, is_read: bool, now: datetime) -> Mastery:
    """How well one person knows one lesson, and why."""
    cards = memory.known(person_id, bank, lesson.items)
    return mastery(is_read, len(lesson.items), cards, now)


def masteries(
    person_id: int, bank: Bank, now: datetime, known: Sequence[Known] | None = None
) -> dict[str, Mastery]:
    """How well one person knows every lesson, in the order of the bank.

    `known` gives the person's cards when the caller has read them already.
    """
    read = read_at(person_id)
    by_lesson: dict[str, list[Known]] = {code: [] for code in bank.lessons}
    for card in memory.known(person_id, bank) if known is None else known:
        by_lesson[card.lesson].append(card)
    return {
        code: mastery(code in read, len(lesson.items), by_lesson[code], now)
        for code, lesson in bank.lessons.items()
    }


def states(found: Mapping[str, Mastery]) -> dict[str, str]:
    """The state of each lesson: new, learnt, review or mastered."""
    return {code: one.state for code, one in found.items()}


def done(states: Mapping[str, str], codes: Sequence[str]) -> int:
    """How many of these lessons have been read or practised."""
    return sum(states[code] != NEW for code in codes)


def next_of(path: Path, states: Mapping[str, str]) -> str | None:
    """The first lesson of a path that has not been begun."""
    return next((code for code in path.lessons if states[code] == NEW), None)


def next_lesson(states: Mapping[str, str]) -> str | None:
    """Where to go on: what to review first, then the first lesson not begun."""
    for wanted in (REVIEW, NEW):
        for code, found in states.items():
            if found == wanted:
                return code
    return None
