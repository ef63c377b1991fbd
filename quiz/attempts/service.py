"""The life of an attempt while its owner takes it: continue, save, submit."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn

from sqlalchemy import JSON, SQLColumnExpression, bindparam, select, update
from sqlalchemy.orm import joinedload

from quiz.accounts.service import SignedIn
from quiz.admission import service as admission
from quiz.audit import service as audit
from quiz.domain import scheduling
from quiz.domain.errors import N_, NotFound, Refused
from quiz.domain.items import Item
from quiz.domain.memory import grade as memory_grade
from quiz.domain.paper import Position, Sheet, decode, encode, sheet
from quiz.domain.practice import is_checked_at_once
from quiz.domain.scoring import mark
from quiz.grading import service as grading
from quiz.journal import service as journal
from quiz.journal.service import Entry, OperationReused, Saved
from quiz.memory import service as memory
from quiz.models import (
    AnyRow,
    AnySelect,
    Attempt,
    Campaign,
    Prepared,
    Save,
    SignIn,
    db,
    transactions,
)
from quiz.papers import service as papers

Fields = Mapping[str, Sequence[str]]


class AttemptOver(Refused):
    """The attempt was handed in, or its time is up; what was saved before counts."""

    message = N_(
        "Lượt thi này đã kết thúc nên câu trả lời vừa gửi không được nhận. "
        "Các câu đã lưu trước đó vẫn được chấm."
    )


class NoSuchPosition(Refused):
    """The paper has no such question."""

    status = 400
    message = N_("Lượt thi này không có câu hỏi đó. Hãy tải lại trang.")


class OpenElsewhere(Refused):
    """Another device has taken the attempt over; this one may take it back."""

    message = N_(
        "Lượt thi này đang mở ở thiết bị khác nên thiết bị này chưa lưu được. "
        "Bấm “Làm tiếp ở đây” để chuyển về thiết bị này; các câu đã lưu vẫn còn nguyên."
    )


class NothingChosen(Refused):
    """A practice question is checked against an answer, not against nothing."""

    status = 422
    message = N_("Anh/Chị chưa trả lời câu này. Hãy trả lời rồi bấm lại nút bên dưới.")


class AlreadyChecked(Refused):
    """A practice question is checked once answered, so the first answer stands."""

    message = N_("Câu này đã trả lời nên không đổi được nữa. Hãy sang câu tiếp theo.")


class OneByOne(Refused):
    """A practice question is answered alone, since answering shows its key."""

    status = 400
    message = N_("Khi luyện tập, Anh/Chị trả lời từng câu một. Hãy tải lại trang.")


@dataclass(frozen=True)
class Question:
    """One question of a paper as the learner sees it, with the answer in force."""

    number: int
    sheet: Sheet
    filled: Mapping[str, Sequence[str]]
    confidence: str | None
    revision: int
    saved_at: datetime | None

    @cached_property
    def is_answered(self) -> bool:
        """Whether every part of it has an answer in force."""
        return not self.sheet.open_fields(self.filled)

    @property
    def is_begun(self) -> bool:
        """Whether some of its parts have an answer in force, and others have not."""
        return bool(self.filled) and not self.is_answered


@dataclass(frozen=True)
class Sitting:
    """An attempt in progress."""

    questions: list[Question]

    @property
    def unanswered(self) -> list[int]:
        """Numbers of the questions with a part that has no answer."""
        return [question.number for question in self.questions if not question.is_answered]

    @property
    def unchecked(self) -> list[int]:
        """Numbers of the questions of a practice that have not been handed in yet."""
        return [question.number for question in self.questions if not question.revision]

    @property
    def last_saved_at(self) -> datetime | None:
        """When the latest answer was saved."""
        moments = [q.saved_at for q in self.questions if q.saved_at is not None]
        return max(moments, default=None)


def own_attempt(attempt_id: str, who: SignedIn) -> Attempt:
    """The person's own attempt with its campaign. Raises NotFound, also for other people's."""
    with_campaign = joinedload(Attempt.campaign)
    attempt = db.session.get(Attempt, attempt_id, options=[with_campaign])
    if attempt is None or attempt.person_id != who.person_id:
        raise NotFound
    return attempt


def in_hand(attempt_id: str, who: SignedIn) -> AnyRow:
    """The person's own attempt, as far as taking it needs. Raises NotFound as `own_attempt`."""
    attempt: AnyRow | None = _IN_HAND.first(attempt_id=attempt_id, person_id=who.person_id)
    if attempt is None:
        raise NotFound
    return attempt


def is_elsewhere(attempt: AnyRow, who: SignedIn, now: datetime) -> bool:
    """Whether another device, still signed in, may write to this attempt, and this may not."""
    if attempt.lease_id in (None, who.sign_in_id):
        return False
    holder = db.session.get(SignIn, attempt.lease_id)
    return holder is not None and holder.ended_at is None and holder.expires_at > now


def continue_here(attempt_id: str, who: SignedIn, now: datetime) -> None:
    """Let this device write, and no other. Raises NotFound."""
    attempt = in_hand(attempt_id, who)
    if attempt.state != "open" or attempt.lease_id == who.sign_in_id:
        return
    details = {"from": attempt.lease_id, "to": who.sign_in_id}
    _take_lease(attempt_id, who)
    audit.record(
        "attempt continued on another device",
        "attempt",
        attempt_id,
        now=now,
        person_id=who.person_id,
        details=details,
    )
    db.session.commit()


def save(entry: Entry, who: SignedIn, fields: Fields, now: datetime) -> Saved:
    """Journal the answer that `fields` give. A replayed op_id gets its acknowledgement again.

    Raises NotFound, NoSuchPosition, BadAnswer, AttemptOver, OpenElsewhere, AlreadyChecked,
    PaperInHand or OperationReused.
    """
    if entry.position < 1:
        raise NoSuchPosition
    attempt = _writable(_WITH_QUESTION, who, attempt_id=entry.attempt_id, index=entry.position - 1)
    item, place = _question(attempt.question)
    entry = replace(
        entry, answer=decode(item, place, fields), confidence=_asked(attempt, entry.confidence)
    )
    if attempt.campaign_id is None:
        if entry.answer is None:
            raise NothingChosen
        admission.check_may_practise(who.person_id, now)
    refusal = _reason_not_to_save(attempt, who, now) or _already_checked(attempt, entry.position)
    saved = None if refusal else journal.append(entry, now)
    if saved is None:
        return journal.replayed(entry) or _refuse(refusal or OperationReused())
    _keep_lease(attempt, who)
    if is_checked_at_once(attempt.practice):
        _remember(who.person_id, item, entry, now)
    transactions.commit()
    return saved


@dataclass(frozen=True)
class SavedSheet:
    """What became of a plain form: which answers were saved, and which newer ones stay."""

    saved: list[int]
    stale: list[int]


def save_sheet(
    attempt_id: str,
    who: SignedIn,
    *,
    op_id: str,
    shown: Mapping[int, int],
    fields: Mapping[int, Fields],
    confidences: Mapping[int, str],
    now: datetime,
) -> SavedSheet:
    """Journal every answer of a plain form that differs from what its page showed.

    `shown` gives the revision that the page showed for each position. Raises as `save` does,
    and OneByOne; then nothing of the form is kept.
    """
    attempt = _writable(_WITH_PAPER, who, attempt_id=attempt_id)
    if attempt.campaign_id is None:
        raise OneByOne
    rows = db.session.execute(
        select(Save.position, Save.revision, Save.answer, Save.confidence).where(
            Save.attempt_id == attempt_id, Save.is_stale.is_(False)
        )  # what pages show
    )
    given_before = {(row.position, row.revision): (row.answer, row.confidence) for row in rows}
    questions, entries = dict(enumerate(attempt.paper, start=1)), []
    for position, given in fields.items():
        item, place = _question(questions.get(position))
        answer, revision = decode(item, place, given), shown.get(position, 0)
        confidence = _asked(attempt, confidences.get(position))
        if (answer, confidence) != given_before.get((position, revision), (None, None)):
            op = str(uuid.uuid5(uuid.UUID(op_id), str(position)))
            entries.append(Entry(op, attempt_id, position, revision + 1, answer, confidence))
    refusal = _reason_not_to_save(attempt, who, now)
    outcome, is_new = [], set()
    for entry in entries:
        saved = None if refusal else journal.append(entry, now)
        outcome.append(saved or journal.replayed(entry) or _refuse(refusal or OperationReused()))
        is_new.add(saved is not None)
    if len(is_new) > 1:  # a form that was sent before, and something beside it
        raise OperationReused
    if entries and not refusal:
        _keep_lease(attempt, who)
    db.session.commit()
    return SavedSheet(
        saved=[one.position for one in outcome if not one.is_stale],
        stale=[one.position for one in outcome if one.is_stale],
    )


def accepts_saves(attempt: Attempt | AnyRow, now: datetime) -> bool:
    """A save counts while the attempt is open and now ≤ deadline + grace."""
    return attempt.state == "open" and scheduling.accepts(attempt.deadline_at, now)


def submit(attempt_id: str, who: SignedIn, *, op_id: str, now: datetime) -> None:
    """Hand the attempt in and grade it, once; whoever comes second finds it done.

    Raises NotFound, PaperInHand, OperationReused, or OpenElsewhere while another device has it
    in hand.
    """
    attempt = in_hand(attempt_id, who)
    if attempt.state == "open":
        if attempt.practice is not None:
            admission.check_may_practise(who.person_id, now)
        if accepts_saves(attempt, now) and is_elsewhere(attempt, who, now):
            raise OpenElsewhere
        grading.finish(attempt_id, attempt.deadline_at, now, op_id)
    grading.grade(attempt_id, now)
    if attempt.practice is not None:
        memory.absorb(now, who.person_id)


def sitting(attempt: AnyRow | Attempt) -> Sitting:
    """The paper with the answers in force, and nothing of its key."""
    in_force = journal.in_force(attempt.id)
    questions = []
    places = papers.positions(attempt.paper)
    papers.load([place.version for place in places])
    for number, place in enumerate(places, start=1):
        item, kept = papers.item(place.version), in_force.get(number)
        filled = encode(item, place, kept.answer) if kept and kept.answer is not None else {}
        questions.append(
            Question(
                number=number,
                sheet=sheet(item, place),
                filled=filled,
                confidence=kept.confidence if kept else None,
                revision=kept.revision if kept else 0,
                saved_at=kept.saved_at if kept else None,
            )
        )
    return Sitting(questions)


def _writable(locked: Prepared, who: SignedIn, **values: object) -> AnyRow:
    """The attempt, locked: saves come one after another, and none while it is handed in."""
    attempt: AnyRow | None = locked.first(person_id=who.person_id, **values)
    if attempt is None:
        raise NotFound
    return attempt


def _locked(of_the_paper: SQLColumnExpression[Any]) -> AnySelect:
    return (
        select(
            Attempt.id,
            Attempt.state,
            Attempt.deadline_at,
            Attempt.campaign_id,
            Attempt.practice,
            Attempt.lease_id,
            Campaign.asks_confidence,
            SignIn.ended_at.label("lease_ended_at"),
            SignIn.expires_at.label("lease_expires_at"),
            of_the_paper,
        )
        .outerjoin(Campaign, Campaign.id == Attempt.campaign_id)
        .outerjoin(SignIn, SignIn.id == Attempt.lease_id)
        .where(Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id"))
        .with_for_update(key_share=True, of=Attempt)
    )


_IN_HAND = Prepared(
    lambda: (
        select(
            Attempt.id,
            Attempt.number,
            Attempt.state,
            Attempt.practice,
            Attempt.paper,
            Attempt.deadline_at,
            Attempt.lease_id,
            Campaign.name.label("campaign_name"),
            Campaign.asks_confidence,
        )
        .outerjoin(Campaign, Campaign.id == Attempt.campaign_id)
        .where(Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id"))
    )
)
_WITH_PAPER = Prepared(lambda: _locked(Attempt.paper))
# A paper is long, and each save needs one question of it.
_WITH_QUESTION = Prepared(
    lambda: _locked(
        Attempt.paper[bindparam("index", type_=JSON.JSONIntIndexType())].label("question")
    )
)


def _reason_not_to_save(attempt: AnyRow, who: SignedIn, now: datetime) -> Refused | None:
    if not accepts_saves(attempt, now):
        return AttemptOver()
    held = attempt.lease_expires_at is not None and (
        attempt.lease_ended_at is None and attempt.lease_expires_at > now
    )
    if held and attempt.campaign_id is not None and attempt.lease_id != who.sign_in_id:
        return OpenElsewhere()
    return None


def _asked(attempt: AnyRow, confidence: str | None) -> str | None:
    """How sure a person is, if anybody asked: practice does, and some campaigns."""
    return None if attempt.asks_confidence is False else confidence


def _already_checked(attempt: AnyRow, position: int) -> Refused | None:
    """A practice question has shown its key once answered."""
    if attempt.campaign_id is not None:
        return None
    answered = select(Save.id).where(Save.attempt_id == attempt.id, Save.position == position)
    return AlreadyChecked() if db.session.execute(answered.limit(1)).first() else None


def _remember(person_id: int, item: Item, entry: Entry, now: datetime) -> None:
    """Let the person's card learn from a practice question, whose key is shown now."""
    worth = mark(item, entry.answer)
    memory.learn(person_id, {item.code: memory_grade(worth, entry.confidence)}, now)


def _keep_lease(attempt: AnyRow, who: SignedIn) -> None:
    """After another device signed out, the one that writes holds the attempt."""
    if attempt.campaign_id is not None and attempt.lease_id != who.sign_in_id:
        _take_lease(attempt.id, who)


def _take_lease(attempt_id: str, who: SignedIn) -> None:
    db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open")
        .values(lease_id=who.sign_in_id)
    )


def _question(frozen: Mapping[str, Any] | None) -> tuple[Item, Position]:
    if frozen is None:
        raise NoSuchPosition
    place = papers.position(frozen)
    return papers.item(place.version), place


def _refuse(refusal: Refused) -> NoReturn:
    raise refusal
