"""What each person has read and practised."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from quiz.domain.bank import Bank, Path
from quiz.domain.mastery import NEW, state
from quiz.models import LessonProgress, db, insert_new


def mark_read(person_id: int, lesson_code: str, now: datetime) -> None:
    """Remember that the lesson was read; the first time counts."""
    db.session.execute(
        insert_new(LessonProgress)
        .values(person_id=person_id, lesson_code=lesson_code, read_at=now)
        .on_conflict_do_update(
            index_elements=["person_id", "lesson_code"],
            set_={"read_at": now},
            where=LessonProgress.read_at.is_(None),
        )
    )
    db.session.commit()


def record_practice(person_id: int, lesson_code: str, score: int, finished_at: datetime) -> None:
    """Keep the latest practice score (hundredths of a point). The caller commits."""
    latest = {"practised_at": finished_at, "practice_score": score}
    db.session.execute(
        insert_new(LessonProgress)
        .values(person_id=person_id, lesson_code=lesson_code, **latest)
        .on_conflict_do_update(index_elements=["person_id", "lesson_code"], set_=latest)
    )


def progress_of(person_id: int) -> dict[str, LessonProgress]:
    """A person's progress by lesson code; lessons not begun are missing."""
    rows = db.session.scalars(select(LessonProgress).where(LessonProgress.person_id == person_id))
    return {row.lesson_code: row for row in rows}


def mastery(progress: LessonProgress | None) -> str:
    """The state of one lesson: new, learnt, review or mastered."""
    if progress is None:
        return "new"
    return state(progress.read_at is not None, progress.practice_score)


def states(person_id: int, bank: Bank) -> dict[str, str]:
    """The state of every lesson for one person, in the order of the bank."""
    progress = progress_of(person_id)
    return {code: mastery(progress.get(code)) for code in bank.lessons}


def done(states: Mapping[str, str], codes: Sequence[str]) -> int:
    """How many of these lessons have been read or practised."""
    return sum(states[code] != NEW for code in codes)


def next_of(path: Path, states: Mapping[str, str]) -> str | None:
    """The first lesson of a path that has not been begun."""
    return next((code for code in path.lessons if states[code] == NEW), None)


def next_lesson(states: dict[str, str]) -> str | None:
    """Where to go on: what to review first, then the first lesson not begun."""
    for wanted in ("review", "new"):
        for code, found in states.items():
            if found == wanted:
                return code
    return None
