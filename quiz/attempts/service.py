"""The life of an attempt while its owner takes it: start, continue, save, submit."""

import random
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NoReturn

from sqlalchemy import JSON, SQLColumnExpression, bindparam, select, update
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.dml import ReturningInsert

from quiz.accounts.service import SignedIn
from quiz.audit import service as audit
from quiz.campaigns import service as campaigns
from quiz.domain import scheduling
from quiz.domain.bank import Bank
from quiz.domain.blueprint import draw
from quiz.domain.errors import N_, NotFound, Refused
from quiz.domain.items import Item
from quiz.domain.memory import grade as memory_grade
from quiz.domain.paper import Position, Sheet, decode, encode, sheet
from quiz.domain.practice import Source, is_checked_at_once
from quiz.domain.scoring import mark
from quiz.grading import service as grading
from quiz.journal import service as journal
from quiz.journal.service import Entry, OperationReused, Saved
from quiz.memory import service as memory
from quiz.models import (
    AnyCampaign,
    AnyRow,
    AnySelect,
    Attempt,
    Campaign,
    Person,
    Prepared,
    RosterEntry,
    Save,
    SignIn,
    db,
    insert_new,
    transactions,
)
from quiz.papers import service as papers

Fields = Mapping[str, Sequence[str]]


class CampaignNotOpen(Refused):
    """It is still a draft; or the window has not begun, or is over."""

    message = N_("Đợt thi này còn là bản nháp nên chưa ai bắt đầu được.")


class NotYetOpen(CampaignNotOpen):
    """The window has not begun."""

    message = N_("Đợt thi này mở lúc %(opens_at)s. Mời Anh/Chị quay lại từ lúc đó.")


class CampaignOver(CampaignNotOpen):
    """The window is over, or an organiser closed it."""

    message = N_("Đợt thi này đã đóng lúc %(ended_at)s nên không nhận thêm lượt thi.")


class NotOnRoster(Refused):
    """The campaign's roster was frozen without this person."""

    status = 403
    message = N_("Anh/Chị chưa có trong danh sách của đợt thi này. Hãy liên hệ đầu mối của đơn vị.")


class NoAttemptLeft(Refused):
    """Every attempt that the rules allow has been used."""

    message = N_("Anh/Chị đã dùng hết số lượt thi của đợt này. Kết quả cao nhất được giữ.")


class TooSoon(Refused):
    """The pause between two attempts is not over."""

    message = N_(
        "Giữa hai lượt thi cần nghỉ %(minutes)d phút. Từ %(free_at)s, Anh/Chị bắt đầu được lượt "
        "tiếp theo; trong lúc chờ, mời Anh/Chị ôn lại bài."
    )


class PausedToTheEnd(TooSoon):
    """The pause lasts until the campaign is over."""

    message = N_(
        "Đợt thi đóng trước khi hết thời gian nghỉ giữa hai lượt nên lượt vừa rồi là lượt cuối."
    )


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


def start(who: SignedIn, campaign: AnyCampaign, bank: Bank, now: datetime) -> str:
    """Begin an attempt and return its id; an open one is gone on with.

    Raises CampaignNotOpen, NotOnRoster, NoAttemptLeft or TooSoon.
    """
    earlier = previous(who.person_id, campaign.id)
    if earlier and earlier[0].state == "open":
        return str(earlier[0].id)
    expected = _expected(who, campaign)
    _check_may_start(who, expected, campaign, earlier, now)
    seen = _seen_items([attempt.id for attempt in earlier])
    rng = random.Random(secrets.randbits(128))  # noqa: S311
    items = draw(_pools(bank, campaign.topics), campaigns.blueprint(campaign), seen, rng)
    return _begin(
        who,
        campaign_id=campaign.id,
        number=earlier[0].number + 1 if earlier else 1,
        paper=papers.freeze(items, rng, now),
        started_at=now,
        deadline_at=scheduling.deadline(
            now,
            campaign.time_limit_minutes,
            expected.extra_time_percent,
            campaign.closes_at,
            campaign.ends_attempts,
        ),
        lease_id=who.sign_in_id,
    )


def previous(person_id: int, campaign_id: int) -> list[AnyRow]:
    """A person's attempts in a campaign, latest first: id, number, state and finish."""
    return _PREVIOUS.all(person_id=person_id, campaign_id=campaign_id)


def check_may_start(
    who: SignedIn, campaign: AnyCampaign, earlier: Sequence[AnyRow | Attempt], now: datetime
) -> None:
    """Raise the reason why this person may not begin another attempt now, if there is one."""
    _check_may_start(who, _expected(who, campaign), campaign, earlier, now)


def _check_may_start(
    who: SignedIn,
    expected: AnyRow,
    campaign: AnyCampaign,
    earlier: Sequence[AnyRow | Attempt],
    now: datetime,
) -> None:
    if campaign.state == "draft":
        raise CampaignNotOpen
    if campaign.state == "closed" or now >= campaign.ends_at:
        raise CampaignOver(ended_at=campaign.ends_at)
    if now < campaign.opens_at:
        raise NotYetOpen(opens_at=campaign.opens_at)
    if who.is_ranked and not expected.is_on_roster:
        raise NotOnRoster
    if len(earlier) >= campaign.attempt_limit:
        raise NoAttemptLeft
    free_at = _free_at(campaign, earlier)
    if free_at is not None and now < free_at:
        if free_at >= campaign.ends_at:
            raise PausedToTheEnd
        raise TooSoon(minutes=campaign.pause_minutes, free_at=free_at)


@dataclass(frozen=True)
class Chance:
    """How many attempts somebody still has, and from when the next may begin."""

    left: int
    at: datetime


def next_chance(
    campaign: AnyCampaign, earlier: Sequence[AnyRow | Attempt], now: datetime
) -> Chance | None:
    """What is left to somebody after these attempts, latest first.

    None while one of them is open, when none is left, or when the campaign ends before the
    next might begin.
    """
    left = campaign.attempt_limit - len(earlier)
    at = max(now, _free_at(campaign, earlier) or now)
    is_open = campaign.state == "open" and at < campaign.ends_at
    if left <= 0 or not is_open or any(one.state == "open" for one in earlier):
        return None
    return Chance(left, at)


def _free_at(campaign: AnyCampaign, earlier: Sequence[AnyRow | Attempt]) -> datetime | None:
    """When the pause after the latest of these attempts is over."""
    last = earlier[0].finished_at if earlier else None
    return last + timedelta(minutes=campaign.pause_minutes) if last is not None else None


def begin_practice(
    who: SignedIn,
    source: Source,
    items: Sequence[Item],
    number: int,
    rng: random.Random,
    now: datetime,
) -> str:
    """Begin a practice with these items; when one of its source is open, that is the one."""
    paper = papers.freeze(items, rng, now)
    return _begin(who, practice=str(source), number=number, paper=paper, started_at=now)


def latest_practice(person_id: int, source: Source) -> AnyRow | None:
    """The latest practice of a source, with its id, number, state, score and finish."""
    return db.session.execute(
        select(Attempt.id, Attempt.number, Attempt.state, Attempt.score, Attempt.finished_at)
        .where(Attempt.person_id == person_id, Attempt.practice == str(source))
        .order_by(Attempt.number.desc())
        .limit(1)
    ).first()


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

    Raises NotFound, NoSuchPosition, BadAnswer, AttemptOver, OpenElsewhere, AlreadyChecked or
    OperationReused.
    """
    if entry.position < 1:
        raise NoSuchPosition
    attempt = _writable(_WITH_QUESTION, who, attempt_id=entry.attempt_id, index=entry.position - 1)
    item, place = _question(attempt.question)
    entry = replace(entry, answer=decode(item, place, fields))
    if attempt.campaign_id is None and entry.answer is None:
        raise NothingChosen
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

    `shown` gives the revision that the page showed for each position. Raises as `save` does;
    then nothing of the form is kept.
    """
    attempt = _writable(_WITH_PAPER, who, attempt_id=attempt_id)
    rows = db.session.execute(
        select(Save.position, Save.revision, Save.answer, Save.confidence)
        .where(Save.attempt_id == attempt_id)
        .order_by(Save.id)
    )
    given_before = {(row.position, row.revision): (row.answer, row.confidence) for row in rows}
    questions, entries = dict(enumerate(attempt.paper, start=1)), []
    for position, given in fields.items():
        item, place = _question(questions.get(position))
        answer, revision = decode(item, place, given), shown.get(position, 0)
        confidence = confidences.get(position)
        if (answer, confidence) != given_before.get((position, revision), (None, None)):
            op = str(uuid.uuid5(uuid.UUID(op_id), str(position)))
            entries.append(Entry(op, attempt_id, position, revision + 1, answer, confidence))
    refusal = _reason_not_to_save(attempt, who, now)
    outcome = []
    for entry in entries:
        saved = None if refusal else journal.append(entry, now)
        outcome.append(saved or journal.replayed(entry) or _refuse(refusal or OperationReused()))
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

    Raises NotFound, or OpenElsewhere while another device has it in hand.
    """
    attempt = in_hand(attempt_id, who)
    if attempt.state == "open":
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


def _begin(who: SignedIn, **columns: object) -> str:
    """Keep a new attempt; when another request was quicker, its attempt is the one."""
    kind = {"campaign_id": None, "practice": None, "deadline_at": None, "lease_id": None} | columns
    attempt_id = secrets.token_urlsafe(12)
    begun = _BEGIN.first(id=attempt_id, person_id=who.person_id, state="open", **kind)
    if begun is not None:
        transactions.commit()
        return attempt_id
    transactions.rollback()
    campaign, practice = kind["campaign_id"], kind["practice"]
    existing = db.session.scalar(
        select(Attempt.id).where(
            Attempt.person_id == who.person_id,
            Attempt.campaign_id == campaign if campaign else Attempt.practice == practice,
            Attempt.state == "open",
        )
    )
    if existing is None:
        raise NoAttemptLeft
    return existing


def _pools(bank: Bank, topics: Sequence[str]) -> dict[str, tuple[Item, ...]]:
    return {code: bank.lessons[code].items for code in topics}


def _seen_items(attempt_ids: Sequence[str]) -> set[str]:
    """The items on the papers of these attempts."""
    if not attempt_ids:
        return set()
    papers = db.session.scalars(select(Attempt.paper).where(Attempt.id.in_(attempt_ids)))
    return {place["item"] for paper in papers for place in paper}


def _expected(who: SignedIn, campaign: AnyCampaign) -> AnyRow:
    """Whether the campaign expects this person, and how much more time they have."""
    found: AnyRow = _EXPECTED.all(person_id=who.person_id, campaign_id=campaign.id)[0]
    return found


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
            SignIn.ended_at.label("lease_ended_at"),
            SignIn.expires_at.label("lease_expires_at"),
            of_the_paper,
        )
        .outerjoin(SignIn, SignIn.id == Attempt.lease_id)
        .where(Attempt.id == bindparam("attempt_id"), Attempt.person_id == bindparam("person_id"))
        .with_for_update(key_share=True, of=Attempt)
    )


_PREVIOUS = Prepared(
    lambda: (
        select(Attempt.id, Attempt.number, Attempt.state, Attempt.finished_at)
        .where(
            Attempt.person_id == bindparam("person_id"),
            Attempt.campaign_id == bindparam("campaign_id"),
        )
        .order_by(Attempt.number.desc())
    )
)
_EXPECTED = Prepared(
    lambda: (
        select(Person.extra_time_percent, RosterEntry.person_id.is_not(None).label("is_on_roster"))
        .outerjoin(
            RosterEntry,
            (RosterEntry.person_id == Person.id)
            & (RosterEntry.campaign_id == bindparam("campaign_id")),
        )
        .where(Person.id == bindparam("person_id"))
    )
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


def _begun() -> ReturningInsert[Any]:
    given = "id person_id campaign_id practice number state paper started_at deadline_at lease_id"
    table = Attempt.__table__
    columns = {name: bindparam(name, type_=table.c[name].type) for name in given.split()}
    return insert_new(Attempt).values(columns).on_conflict_do_nothing().returning(table.c.id)


_BEGIN = Prepared(_begun)


def _reason_not_to_save(attempt: AnyRow, who: SignedIn, now: datetime) -> Refused | None:
    if not accepts_saves(attempt, now):
        return AttemptOver()
    held = attempt.lease_expires_at is not None and (
        attempt.lease_ended_at is None and attempt.lease_expires_at > now
    )
    if held and attempt.campaign_id is not None and attempt.lease_id != who.sign_in_id:
        return OpenElsewhere()
    return None


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
