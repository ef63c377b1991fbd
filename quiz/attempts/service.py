"""The life of an attempt: start, save, submit, grade, sweep, and what may be read of it."""

import random
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError

from quiz.accounts.service import SignedIn
from quiz.campaigns import service as campaigns
from quiz.config import GRACE_SECONDS, PRACTICE_SIZE
from quiz.domain.bank import Bank, Lesson
from quiz.domain.blueprint import Blueprint, draw
from quiz.domain.errors import N_, NotFound, Refused
from quiz.domain.items import Answer, Item
from quiz.domain.paper import Position, Sheet, decode, encode, lay_out, sheet
from quiz.domain.review import EVERYTHING, Reveal, ReviewPolicy, Verdict, reveal, verdict
from quiz.domain.scoring import mark, score
from quiz.leaderboards import service as leaderboards
from quiz.lessons import service as lessons
from quiz.models import (
    AnyRow,
    Attempt,
    Campaign,
    ItemVersion,
    Response,
    RosterEntry,
    Save,
    db,
    insert_new,
)

GRACE = timedelta(seconds=GRACE_SECONDS)
Fields = Mapping[str, Sequence[str]]


class CampaignNotOpen(Refused):
    """The window has not begun, or is over."""

    message = N_("Đợt thi này hiện chưa mở hoặc đã đóng. Hãy xem thời gian ở trang thể lệ.")


class NotOnRoster(Refused):
    """The campaign's roster was frozen without this person."""

    status = 403
    message = N_("Anh/Chị chưa có trong danh sách của đợt thi này. Hãy liên hệ đầu mối của đơn vị.")


class NoAttemptLeft(Refused):
    """Every attempt that the rules allow has been used."""

    message = N_("Anh/Chị đã dùng hết số lượt thi của đợt này. Kết quả cao nhất được giữ.")


class TooSoon(Refused):
    """The pause between two attempts is not over."""

    message = N_("Giữa hai lượt thi cần nghỉ ít phút. Hãy ôn lại bài rồi quay lại sau.")


class AttemptOver(Refused):
    """The attempt was handed in, or its time is up; what was saved before counts."""

    message = N_(
        "Lượt thi này đã kết thúc nên câu trả lời vừa gửi không được nhận. "
        "Các câu đã lưu trước đó vẫn được chấm."
    )


class OperationReused(Refused):
    """The same op_id came with another body."""

    message = N_(
        "Yêu cầu này đã được gửi trước đó với nội dung khác. "
        "Hãy tải lại trang để xem câu trả lời đang lưu."
    )


class NoSuchPosition(Refused):
    """The paper has no such question."""

    status = 400
    message = N_("Lượt thi này không có câu hỏi đó. Hãy tải lại trang.")


class NothingChosen(Refused):
    """A practice question is checked against an answer, not against nothing."""

    status = 422
    message = N_("Hãy chọn câu trả lời rồi bấm “Xem đáp án”.")


class AlreadyChecked(Refused):
    """A practice question shows its key once answered, so the first answer stands."""

    message = N_("Câu này đã có đáp án nên không đổi được nữa. Hãy sang câu tiếp theo.")


@dataclass(frozen=True)
class Saved:
    """What the server acknowledges: only what the database has accepted."""

    position: int
    revision: int
    saved_at: datetime
    is_stale: bool  # a newer answer, from another page or device, is in force


@dataclass(frozen=True)
class Question:
    """One question of a paper as the learner sees it, with the answer in force."""

    number: int
    sheet: Sheet
    filled: Mapping[str, Sequence[str]]
    revision: int
    saved_at: datetime | None

    @property
    def is_answered(self) -> bool:
        """Whether every part of it has an answer in force."""
        return not self.sheet.open_fields(self.filled)


@dataclass(frozen=True)
class Sitting:
    """An attempt in progress."""

    attempt: Attempt
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


@dataclass(frozen=True)
class Reviewed:
    """One question of a finished paper, and where its lesson teaches what it asks."""

    number: int
    lesson_code: str
    objective: str
    verdict: Verdict


@dataclass(frozen=True)
class Result:
    """A finished attempt, as far as the review policy allows."""

    attempt: Attempt
    score: int | None
    passed: bool | None
    reveal: Reveal
    questions: list[Reviewed]


def start(who: SignedIn, campaign: Campaign, bank: Bank, now: datetime) -> str:
    """Begin an attempt and return its id; an open one is gone on with.

    Raises CampaignNotOpen, NotOnRoster, NoAttemptLeft or TooSoon.
    """
    previous = db.session.execute(
        select(Attempt.id, Attempt.number, Attempt.state, Attempt.finished_at)
        .where(Attempt.person_id == who.person_id, Attempt.campaign_id == campaign.id)
        .order_by(Attempt.number.desc())
    ).all()
    if previous and previous[0].state == "open":
        return str(previous[0].id)
    check_may_start(who, campaign, previous, now)
    seen = _seen_items(Attempt.person_id == who.person_id, Attempt.campaign_id == campaign.id)
    rng = random.Random(secrets.randbits(128))  # noqa: S311
    items = draw(_pools(bank, campaign.topics), campaigns.blueprint(campaign), seen, rng)
    deadline = min(now + timedelta(minutes=campaign.time_limit_minutes), campaign.closes_at)
    attempt = _new_attempt(who, items, previous[0].number + 1 if previous else 1, rng, now)
    attempt.campaign_id, attempt.deadline_at = campaign.id, deadline
    return _insert(attempt)


def check_may_start(
    who: SignedIn, campaign: Campaign, previous: Sequence[AnyRow | Attempt], now: datetime
) -> None:
    """Raise the reason why this person may not begin another attempt now, if there is one."""
    if campaign.state != "open" or not campaign.opens_at <= now < campaign.closes_at:
        raise CampaignNotOpen
    if who.is_ranked and not _on_roster(campaign.id, who.person_id):
        raise NotOnRoster
    if len(previous) >= campaign.attempt_limit:
        raise NoAttemptLeft
    last = previous[0].finished_at if previous else None
    if last is not None and now < last + timedelta(minutes=campaign.pause_minutes):
        raise TooSoon


def practise(who: SignedIn, lesson: Lesson, now: datetime) -> str:
    """Begin a practice of one lesson, unseen items first; an open one is gone on with."""
    open_id, last = db.session.execute(
        select(
            func.max(Attempt.id).filter(Attempt.state == "open"),
            func.coalesce(func.max(Attempt.number), 0),
        ).where(Attempt.person_id == who.person_id, Attempt.lesson_code == lesson.code)
    ).one()
    if open_id is not None:
        return str(open_id)
    rng = random.Random(secrets.randbits(128))  # noqa: S311
    seen = _seen_items(Attempt.person_id == who.person_id, Attempt.lesson_code == lesson.code)
    blueprint = Blueprint((lesson.code,), PRACTICE_SIZE)
    items = draw({lesson.code: lesson.items}, blueprint, seen, rng)
    attempt = _new_attempt(who, items, last + 1, rng, now)
    attempt.lesson_code = lesson.code
    return _insert(attempt)


def own_attempt(attempt_id: str, who: SignedIn) -> Attempt:
    """The person's own attempt with its campaign. Raises NotFound, also for other people's."""
    attempt = db.session.scalar(
        select(Attempt).where(Attempt.id == attempt_id, Attempt.person_id == who.person_id)
    )
    if attempt is None:
        raise NotFound
    return attempt


def save(
    attempt_id: str,
    who: SignedIn,
    *,
    op_id: str,
    position: int,
    revision: int,
    fields: Fields,
    now: datetime,
) -> Saved:
    """Journal one answer. Replaying an op_id gives the same acknowledgement again.

    Raises NotFound, NoSuchPosition, BadAnswer, AttemptOver, AlreadyChecked, OperationReused.
    """
    attempt = _writable(attempt_id, who, position)
    item, place = _question(attempt.paper, position)
    answer = decode(item, place, fields)
    if not accepts_saves(attempt.state, attempt.deadline_at, now):
        return _replayed(op_id, attempt_id, position, revision, answer) or _refuse(AttemptOver())
    in_force = attempt.revision or 0
    if attempt.campaign_id is None and answer is None:
        raise NothingChosen
    if attempt.campaign_id is None and in_force:
        return _replayed(op_id, attempt_id, position, revision, answer) or _refuse(AlreadyChecked())
    inserted = db.session.scalar(
        insert_new(Save)
        .values(
            op_id=op_id,
            attempt_id=attempt_id,
            position=position,
            revision=revision,
            answer=answer,
            saved_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Save.op_id])
        .returning(Save.id)
    )
    if inserted is None:
        return _replayed(op_id, attempt_id, position, revision, answer) or _refuse(
            OperationReused()
        )
    db.session.commit()
    return Saved(position, revision, now, is_stale=revision <= in_force)


def save_sheet(
    attempt_id: str,
    who: SignedIn,
    *,
    op_id: str,
    shown: Mapping[int, int],
    fields: Mapping[int, Fields],
    now: datetime,
) -> int:
    """Journal every answer of a plain form that differs from what its page showed.

    `shown` gives the revision that the page showed for each position. Returns how many
    answers were saved. Raises as `save` does; then nothing of the form is kept.
    """
    attempt = _writable(attempt_id, who, 0)
    journal = db.session.execute(
        select(Save.position, Save.revision, Save.answer, Save.op_id)
        .where(Save.attempt_id == attempt_id)
        .order_by(Save.id)
    ).all()
    answers = {(row.position, row.revision): row.answer for row in journal}
    known = {row.op_id: (row.position, row.revision, row.answer) for row in journal}
    saves = []
    for position, given in fields.items():
        item, place = _question(attempt.paper, position)
        answer, revision = decode(item, place, given), shown.get(position, 0)
        one = str(uuid.uuid5(uuid.UUID(op_id), str(position)))
        if one in known:
            if known[one] != (position, revision + 1, answer):
                raise OperationReused
        elif answer != answers.get((position, revision)):
            saves.append(
                {
                    "op_id": one,
                    "attempt_id": attempt_id,
                    "position": position,
                    "revision": revision + 1,
                    "answer": answer,
                    "saved_at": now,
                }
            )
    if saves and not accepts_saves(attempt.state, attempt.deadline_at, now):
        raise AttemptOver
    if saves:
        db.session.execute(insert_new(Save).on_conflict_do_nothing(), saves)
    db.session.commit()
    return len(saves)


def accepts_saves(state: str, deadline: datetime | None, now: datetime) -> bool:
    """A save counts while the attempt is open and now ≤ deadline + grace."""
    return state == "open" and (deadline is None or now <= deadline + GRACE)


def submit(attempt_id: str, who: SignedIn, *, op_id: str, now: datetime) -> None:
    """Hand the attempt in and grade it, once; whoever comes second finds it done."""
    attempt = own_attempt(attempt_id, who)
    if attempt.state == "open":
        _finish(attempt_id, attempt.deadline_at, now, op_id)
    grade(attempt_id, now)


def sweep(now: datetime) -> int:
    """End every overdue attempt and grade what is saved; returns how many.

    Two sweepers at once do no harm: each transition has one winner.
    """
    overdue = db.session.execute(
        select(Attempt.id, Attempt.deadline_at, Attempt.state).where(
            ((Attempt.state == "open") & (Attempt.deadline_at < now - GRACE))
            | (Attempt.state == "submitted")
        )
    ).all()
    db.session.commit()
    settled = 0
    for attempt in overdue:
        if attempt.state == "open":
            _finish(attempt.id, attempt.deadline_at, now, None)
        settled += grade(attempt.id, now)
    return settled


def grade(attempt_id: str, now: datetime) -> bool:
    """Mark a submitted attempt, and keep the board, in one transaction. False if it was done."""
    attempt = db.session.execute(
        select(
            Attempt.paper,
            Attempt.person_id,
            Attempt.campaign_id,
            Attempt.lesson_code,
            Attempt.finished_at,
        )
        .where(Attempt.id == attempt_id, Attempt.state == "submitted")
        .with_for_update()
    ).first()
    if attempt is None:
        db.session.rollback()
        return False
    in_force = _answers_in_force(attempt_id)
    marks: list[Fraction] = []
    responses = []
    for number, place in enumerate(_positions(attempt.paper), start=1):
        answer = in_force[number].answer if number in in_force else None
        worth = mark(_item(place.version), answer)
        marks.append(worth)
        responses.append(
            {
                "attempt_id": attempt_id,
                "position": number,
                "version": place.version,
                "item_code": place.item,
                "answer": answer,
                "mark_numerator": worth.numerator,
                "mark_denominator": worth.denominator,
            }
        )
    points = score(marks)
    db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "submitted")
        .values(state="graded", graded_at=now, score=points)
    )
    db.session.execute(insert_new(Response), responses)
    if attempt.campaign_id is not None:
        leaderboards.record(attempt.campaign_id, attempt.person_id, points, attempt.finished_at)
    else:
        lessons.record_practice(attempt.person_id, attempt.lesson_code, points, attempt.finished_at)
    db.session.commit()
    return True


def sitting(attempt: Attempt) -> Sitting:
    """The paper with the answers in force, and nothing of its key."""
    in_force = _answers_in_force(attempt.id)
    questions = []
    positions = _positions(attempt.paper)
    _load_items([place.version for place in positions])
    for number, place in enumerate(positions, start=1):
        item, kept = _item(place.version), in_force.get(number)
        filled = encode(item, place, kept.answer) if kept and kept.answer is not None else {}
        questions.append(
            Question(
                number=number,
                sheet=sheet(item, place),
                filled=filled,
                revision=kept.revision if kept else 0,
                saved_at=kept.saved_at if kept else None,
            )
        )
    return Sitting(attempt, questions)


def result(attempt: Attempt, now: datetime) -> Result:
    """A finished attempt for its owner, as far as its campaign's policy allows now."""
    shown = reveal_of(attempt.campaign, now) if attempt.campaign else EVERYTHING
    return _result(attempt, shown)


def full_result(attempt: Attempt) -> Result:
    """A finished attempt with everything, for those who review it."""
    return _result(attempt, EVERYTHING)


def checked(attempt: Attempt, number: int) -> Reviewed:
    """A practice question that has been answered, with its key and feedback."""
    places = _positions(attempt.paper)
    if not 1 <= number <= len(places):
        raise NotFound
    kept = _answers_in_force(attempt.id).get(number)
    if attempt.campaign_id is not None or kept is None:
        raise NotFound
    return _reviewed(number, places[number - 1], kept.answer, EVERYTHING)


def reveal_of(campaign: Campaign, now: datetime) -> Reveal:
    """What a campaign shows now of a finished attempt."""
    policy = ReviewPolicy(campaign.review_score, campaign.review_answers, campaign.review_key)
    return reveal(policy, is_closed(campaign, now))


def is_closed(campaign: Campaign, now: datetime) -> bool:
    """Whether nobody can still be taking the quiz: every deadline and its grace is over."""
    last_start = min(campaign.closes_at, campaign.closed_at or campaign.closes_at)
    longest = timedelta(minutes=campaign.time_limit_minutes)
    return now > min(campaign.closes_at, last_start + longest) + GRACE


def attempts_of(person_id: int, campaign_id: int) -> list[Attempt]:
    """A person's attempts in a campaign, latest first."""
    return list(
        db.session.scalars(
            select(Attempt)
            .where(Attempt.person_id == person_id, Attempt.campaign_id == campaign_id)
            .order_by(Attempt.number.desc())
        )
    )


def _result(attempt: Attempt, shown: Reveal) -> Result:
    responses = db.session.scalars(select(Response).where(Response.attempt_id == attempt.id)).all()
    answers = {response.position: response.answer for response in responses}
    positions = _positions(attempt.paper)
    _load_items([place.version for place in positions])
    passed = None
    if shown.score and attempt.score is not None and attempt.campaign is not None:
        passed = attempt.score >= attempt.campaign.pass_mark * 100
    return Result(
        attempt=attempt,
        score=attempt.score if shown.score else None,
        passed=passed,
        reveal=shown,
        questions=[
            _reviewed(number, place, answers.get(number), shown)
            for number, place in enumerate(positions, start=1)
        ],
    )


def _reviewed(number: int, place: Position, answer: Answer | None, shown: Reveal) -> Reviewed:
    item = _item(place.version)
    return Reviewed(number, item.lesson, item.objective, verdict(item, place, answer, shown))


def _new_attempt(
    who: SignedIn, items: Sequence[Item], number: int, rng: random.Random, now: datetime
) -> Attempt:
    _keep_versions(items, now)
    return Attempt(
        id=secrets.token_urlsafe(12),
        person_id=who.person_id,
        number=number,
        state="open",
        paper=[asdict(lay_out(item, rng)) for item in items],
        started_at=now,
    )


def _insert(attempt: Attempt) -> str:
    """Insert the attempt; when another request was quicker, its attempt is the one."""
    who, campaign, lesson = attempt.person_id, attempt.campaign_id, attempt.lesson_code
    db.session.add(attempt)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        existing = db.session.scalar(
            select(Attempt.id).where(
                Attempt.person_id == who,
                Attempt.state == "open",
                Attempt.campaign_id == campaign if campaign else Attempt.lesson_code == lesson,
            )
        )
        if existing is None:
            raise NoAttemptLeft from None
        return existing
    return attempt.id


def _keep_versions(items: Sequence[Item], now: datetime) -> None:
    """Write the versions that no attempt has used before."""
    digests = {item.digest: item for item in items}
    kept = set(
        db.session.scalars(select(ItemVersion.digest).where(ItemVersion.digest.in_(digests)))
    )
    new = [
        {"digest": digest, "item_code": item.code, "content": item.to_json(), "created_at": now}
        for digest, item in sorted(digests.items())
        if digest not in kept
    ]
    if new:
        db.session.execute(insert_new(ItemVersion).on_conflict_do_nothing(), new)


def _pools(bank: Bank, topics: Sequence[str]) -> dict[str, tuple[Item, ...]]:
    return {code: bank.lessons[code].items for code in topics}


def _seen_items(*of: ColumnElement[bool]) -> set[str]:
    """The items on these papers."""
    papers = db.session.scalars(select(Attempt.paper).where(*of))
    return {place["item"] for paper in papers for place in paper}


def _on_roster(campaign_id: int, person_id: int) -> bool:
    return db.session.get(RosterEntry, (campaign_id, person_id)) is not None


def _writable(attempt_id: str, who: SignedIn, position: int) -> AnyRow:
    """The attempt, locked against being handed in while its journal is written."""
    revision = (
        select(func.max(Save.revision))
        .where(Save.attempt_id == attempt_id, Save.position == position)
        .scalar_subquery()
    )
    attempt = db.session.execute(
        select(
            Attempt.state,
            Attempt.deadline_at,
            Attempt.campaign_id,
            Attempt.paper,
            revision.label("revision"),
        )
        .where(Attempt.id == attempt_id, Attempt.person_id == who.person_id)
        .with_for_update(read=True, of=Attempt)
    ).first()
    if attempt is None:
        raise NotFound
    return attempt


def _question(paper: Sequence[Mapping[str, Any]], position: int) -> tuple[Item, Position]:
    if not 1 <= position <= len(paper):
        raise NoSuchPosition
    place = _position(paper[position - 1])
    return _item(place.version), place


def _replayed(
    op_id: str, attempt_id: str, position: int, revision: int, answer: Answer | None
) -> Saved | None:
    """The acknowledgement that this very operation was given before, if it was."""
    row = db.session.execute(
        select(Save.attempt_id, Save.position, Save.revision, Save.answer, Save.saved_at).where(
            Save.op_id == op_id
        )
    ).first()
    if row is None:
        return None
    if (row.attempt_id, row.position, row.revision) != (attempt_id, position, revision):
        raise OperationReused
    if row.answer != answer:
        raise OperationReused
    return Saved(row.position, row.revision, row.saved_at, is_stale=False)


def _refuse(refusal: Refused) -> NoReturn:
    raise refusal


def _finish(attempt_id: str, deadline: datetime | None, now: datetime, op_id: str | None) -> None:
    """Close an open attempt; one of several requests wins, the others change nothing."""
    db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open")
        .values(
            state="submitted",
            finished_at=now if deadline is None else min(now, deadline),
            submit_op_id=op_id,
        )
    )
    db.session.commit()


def _answers_in_force(attempt_id: str) -> dict[int, AnyRow]:
    """Per position, the save with the highest revision; of equal ones, the later."""
    rows = db.session.execute(
        select(Save.position, Save.revision, Save.answer, Save.saved_at)
        .where(Save.attempt_id == attempt_id)
        .order_by(Save.revision, Save.id)
    )
    return {row.position: row for row in rows}


def _positions(paper: Sequence[Mapping[str, Any]]) -> list[Position]:
    return [_position(place) for place in paper]


def _position(place: Mapping[str, Any]) -> Position:
    orders = tuple(tuple(order) for order in place.get("orders", ()))
    return Position(place["item"], place["version"], tuple(place["order"]), orders)


_items: dict[str, Item] = {}  # by digest: a version never changes, so no entry grows stale


def _load_items(digests: Sequence[str]) -> None:
    """Read the versions that this process has not met yet, in one statement."""
    missing = [digest for digest in digests if digest not in _items]
    if missing:
        rows = db.session.execute(
            select(ItemVersion.digest, ItemVersion.content).where(ItemVersion.digest.in_(missing))
        )
        _items.update({row.digest: Item.from_json(row.content) for row in rows})


def _item(digest: str) -> Item:
    if digest not in _items:
        _load_items([digest])
    return _items[digest]
