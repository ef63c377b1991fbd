"""Writing and reading the journal. It is the truth of an attempt; all else is projected from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, literal, select

from quiz.domain.errors import N_, Refused
from quiz.domain.items import Answer
from quiz.models import AnyRow, Attempt, Prepared, RefusedSave, Save, db, insert_new, transactions

REFUSALS_KEPT = 200  # of one attempt: enough to see what happened, too few to fill a disk


class OperationReused(Refused):
    """The same op_id came with another body."""

    message = N_(
        "Yêu cầu này đã được gửi trước đó với nội dung khác. "
        "Hãy tải lại trang để xem câu trả lời đang lưu."
    )


@dataclass(frozen=True)
class Entry:
    """One answer that a person gives to one question (position from 1, revision from 1)."""

    op_id: str
    attempt_id: str
    position: int
    revision: int
    answer: Answer | None
    confidence: str | None = None


@dataclass(frozen=True)
class Saved:
    """What the server acknowledges: only what the database has accepted."""

    position: int
    revision: int
    saved_at: datetime
    is_stale: bool  # a newer answer, from another page or device, stays in force


def append(entry: Entry, now: datetime) -> Saved | None:
    """Add an entry; None when its op_id was used before. The caller commits.

    An entry whose revision is not above all earlier ones of its question is kept, but is stale:
    its page had not seen the answer in force. The caller holds the lock of the attempt.
    """
    row = _APPEND.first(**_columns(entry), saved_at=now)
    return Saved(entry.position, entry.revision, now, row.is_stale) if row else None


def replayed(entry: Entry) -> Saved | None:
    """The acknowledgement that this very operation was given before, if it was.

    Raises OperationReused when its op_id came with anything else.
    """
    row = db.session.execute(select(Save).where(Save.op_id == entry.op_id)).scalar()
    if row is None:
        return None
    if any(getattr(row, name) != value for name, value in _columns(entry).items()):
        raise OperationReused
    return Saved(row.position, row.revision, row.saved_at, row.is_stale)


def in_force(attempt_id: str) -> dict[int, AnyRow]:
    """Per position the latest entry that is not stale, with its answer, time and confidence."""
    return in_force_in([attempt_id])[attempt_id]


def in_force_in(attempt_ids: Sequence[str]) -> dict[str, dict[int, AnyRow]]:
    """The same of several attempts, each of which is in the answer."""
    found: dict[str, dict[int, AnyRow]] = {attempt_id: {} for attempt_id in attempt_ids}
    past_the_orm = transactions.connection()
    for row in past_the_orm.execute(_in_force(), {"attempt_ids": attempt_ids}):
        found[row.attempt_id][row.position] = row
    return found


def entries(*which: ColumnElement[bool]) -> Any:
    """A query of entries that are not stale, in the order in which they came into force."""
    return (
        select(
            Save.attempt_id,
            Save.position,
            Save.revision,
            Save.answer,
            Save.confidence,
            Save.saved_at,
        )
        .where(*which, Save.is_stale.is_(False))
        .order_by(Save.id)
    )


def note_refusal(
    attempt_id: str,
    person_id: int,
    *,
    reason: str,
    op_id: str | None,
    position: int | None,
    size: int,
    now: datetime,
) -> None:
    """Journal that a save of one's own attempt was refused, and why; its content is not kept.

    `size` is that of the request, in bytes.
    """
    own = select(Attempt.id).where(Attempt.id == attempt_id, Attempt.person_id == person_id)
    kept = (
        select(func.count())
        .select_from(RefusedSave)
        .where(RefusedSave.attempt_id == attempt_id)
        .scalar_subquery()
    )
    columns: Mapping[str, Any] = {
        "op_id": op_id,
        "position": position,
        "reason": reason,
        "size": size,
        "refused_at": now,
    }
    values = [
        literal(value, RefusedSave.__table__.c[name].type).label(name)
        for name, value in columns.items()
    ]
    db.session.execute(
        insert(RefusedSave).from_select(
            ["attempt_id", *columns],
            select(Attempt.id, *values).where(Attempt.id.in_(own), kept < REFUSALS_KEPT),
        )
    )
    db.session.commit()


def refusals(attempt_id: str) -> Iterable[RefusedSave]:
    """What was refused of one attempt, in order."""
    return db.session.scalars(
        select(RefusedSave).where(RefusedSave.attempt_id == attempt_id).order_by(RefusedSave.id)
    )


@lru_cache(maxsize=1)
def _in_force() -> Any:
    # Who keeps changing an answer makes the journal long, but not the reading of it.
    latest = (
        select(func.max(Save.id))
        .where(
            Save.attempt_id.in_(bindparam("attempt_ids", expanding=True)), Save.is_stale.is_(False)
        )
        .group_by(Save.attempt_id, Save.position)
    )
    return entries(Save.id.in_(latest))


def _append() -> Any:
    table = Save.__table__
    columns = {
        name: bindparam(name, type_=table.c[name].type)
        for name in (*Entry.__dataclass_fields__, "saved_at")
    }
    known = func.coalesce(
        select(func.max(table.c.revision))
        .where(table.c.attempt_id == columns["attempt_id"], table.c.position == columns["position"])
        .scalar_subquery(),
        0,
    )
    return (
        insert_new(Save)
        .values(**columns, is_stale=known >= columns["revision"])
        .on_conflict_do_nothing(index_elements=[Save.op_id])
        .returning(Save.is_stale)
    )


_APPEND = Prepared(_append)


def _columns(entry: Entry) -> dict[str, Any]:
    return {
        "op_id": entry.op_id,
        "attempt_id": entry.attempt_id,
        "position": entry.position,
        "revision": entry.revision,
        "answer": entry.answer,
        "confidence": entry.confidence,
    }
