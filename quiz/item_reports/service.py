"""Learners report what is wrong with an item; trainers answer; both see what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import aliased

from quiz.accounts.service import SignedIn
from quiz.audit import service as audit
from quiz.config import OPEN_REPORTS_A_DAY
from quiz.domain.errors import N_, NotFound, Refused
from quiz.domain.items import Item
from quiz.domain.paper import Sheet, sheet
from quiz.models import (
    Agency,
    AnyRow,
    AnySelect,
    Attempt,
    ItemReport,
    Page,
    Person,
    Posting,
    db,
    page_of,
)
from quiz.models.item_reports import WAITING
from quiz.papers import service as papers
from quiz.results import service as results

DAY = timedelta(days=1)
NEW_FOR = DAY  # once seen: the page that shows a reply as new comes after the note that it was


class AlreadyReported(Refused):
    """One person reports one wording once."""

    message = N_("Anh/Chị đã báo câu này rồi, nên hệ thống giữ nội dung đã gửi lần đầu.")


class TooManyReports(Refused):
    """Reports are read by hand; a person's next one waits for an answer, or for tomorrow."""

    status = 429
    message = N_(
        "Trong một ngày qua Anh/Chị đã báo %(limit)d câu đang chờ xem. Cảm ơn Anh/Chị; "
        "hãy gửi câu này khi có câu được trả lời, hoặc vào ngày mai."
    )


class AnsweredMeanwhile(Refused):
    """Somebody else answered after this page was opened; both answers are shown."""

    message = N_(
        "Trong lúc Anh/Chị soạn, một người khác đã trả lời báo lỗi này; nội dung trả lời hiện ở "
        "phần “Nội dung báo”. Phần Anh/Chị soạn vẫn còn ở dưới nhưng chưa được lưu; hãy bấm “Lưu "
        "trả lời” lần nữa nếu Anh/Chị muốn thay nội dung trả lời trước đó."
    )


@dataclass(frozen=True)
class Wanted:
    """Which reports the queue lists."""

    status: str = ""  # one of STATUSES, "all", or those that wait
    item: str = ""  # a code, or all
    page: int = 1


@dataclass(frozen=True)
class Own:
    """A report as its author sees it."""

    report: ItemReport
    stem: str
    is_new: bool  # its reply


@dataclass(frozen=True)
class Queued:
    """A report as trainers see it: about the item, never about who sent it."""

    report: ItemReport
    agency_name: str | None
    people: int  # who have reported this item, in any wording
    item: Item
    sheet: Sheet  # laid out as the author saw it: a reason may speak of "phương án B"


def report(
    who: SignedIn, attempt: Attempt, number: int, problem: str, reason: str, now: datetime
) -> None:
    """Report a question of one's own attempt. Raises NotFound, AlreadyReported, TooManyReports."""
    place = results.shown_position(attempt, number, now)
    # One at a time per person: clicks that arrive together must not pass the limit together.
    db.session.execute(
        select(Person.id).where(Person.id == who.person_id).with_for_update(key_share=True)
    )
    if first_report(who, place.version):
        raise AlreadyReported
    if _waiting_since(who, now - DAY) >= OPEN_REPORTS_A_DAY:
        raise TooManyReports(limit=OPEN_REPORTS_A_DAY)
    db.session.add(
        ItemReport(
            person_id=who.person_id,
            item_code=place.item,
            version=place.version,
            attempt_id=attempt.id,
            position=number,
            problem=problem,
            reason=reason,
            created_at=now,
            status="new",
        )
    )
    db.session.commit()


def first_report(who: SignedIn, version: str) -> ItemReport | None:
    """What this person has reported of this wording."""
    return db.session.scalar(
        select(ItemReport).where(
            ItemReport.person_id == who.person_id, ItemReport.version == version
        )
    )


def own_reports(who: SignedIn, page: int, now: datetime) -> Page[Own]:
    """A person's reports, latest first."""
    query = select(ItemReport).where(ItemReport.person_id == who.person_id)
    found = page_of(query.order_by(ItemReport.created_at.desc(), ItemReport.id.desc()), page)
    reports = [row.ItemReport for row in found.rows]
    papers.load([one.version for one in reports])
    rows = [
        Own(
            report=one,
            stem=papers.item(one.version).stem,
            is_new=one.replied_at is not None
            and (one.reply_seen_at is None or one.reply_seen_at > now - NEW_FOR),
        )
        for one in reports
    ]
    return Page(rows, found.total, page)


def new_replies(who: SignedIn) -> int:
    """How many replies to a person's reports they have not seen."""
    return db.session.scalar(select(func.count()).where(*_unseen(who))) or 0


def see_replies(who: SignedIn, now: datetime) -> None:
    """Note that a person has seen every reply there is."""
    db.session.execute(update(ItemReport).where(*_unseen(who)).values(reply_seen_at=now))
    db.session.commit()


def queue(wanted: Wanted) -> Page[AnyRow]:
    """Reports of the whole province: those that wait, oldest first; others latest first."""
    query = _with_context()
    if wanted.item:
        query = query.where(ItemReport.item_code == wanted.item)
    order = ItemReport.created_at.desc(), ItemReport.id.desc()
    if wanted.status != "all":
        statuses = (wanted.status,) if wanted.status else WAITING
        query = query.where(ItemReport.status.in_(statuses))
        if statuses[0] in WAITING:
            order = ItemReport.created_at.asc(), ItemReport.id.asc()
    return page_of(query.order_by(*order), wanted.page)


def queued(report_id: int) -> Queued:
    """One report with its item. Raises NotFound."""
    row = db.session.execute(
        _with_context()
        .add_columns(Attempt.paper)
        .join(Attempt, Attempt.id == ItemReport.attempt_id)
        .where(ItemReport.id == report_id)
    ).first()
    if row is None:
        raise NotFound
    found: ItemReport = row.ItemReport
    place, item = papers.position(row.paper[found.position - 1]), papers.item(found.version)
    return Queued(found, row.agency_name, row.people, item, sheet(item, place))


def state_of(report: ItemReport) -> str:
    """What a form says that it has seen, so that no answer takes the place of an unseen one."""
    moment = report.replied_at.isoformat() if report.replied_at else ""
    return f"{report.status} {moment}".strip()


def reply(
    report_id: int, who: SignedIn, status: str, text: str, now: datetime, seen: str | None = None
) -> None:
    """Set the status and, unless `text` is empty, the reply, of a report as `seen` (None: any).

    Raises NotFound or AnsweredMeanwhile. What an earlier reply said stays in the audit log.
    """
    found = db.session.get(ItemReport, report_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    if seen not in (None, state_of(found)):
        raise AnsweredMeanwhile
    details = {"item": found.item_code, "from": found.status, "to": status, "reply": text}
    found.status = status
    if text:
        found.reply, found.replied_by, found.replied_at = text, who.person_id, now
        found.reply_seen_at = None
    audit.record(
        "item report answered",
        "item_report",
        report_id,
        now=now,
        person_id=who.person_id,
        details=details,
    )
    db.session.commit()


def _unseen(who: SignedIn) -> tuple[ColumnElement[bool], ...]:
    """Which reports of a person have a reply that is new to them."""
    return (
        ItemReport.person_id == who.person_id,
        ItemReport.replied_at.is_not(None),
        ItemReport.reply_seen_at.is_(None),
    )


def _waiting_since(who: SignedIn, moment: datetime) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                ItemReport.person_id == who.person_id,
                ItemReport.status.in_(WAITING),
                ItemReport.created_at > moment,
            )
        )
        or 0
    )


def _with_context() -> AnySelect:
    """Reports, each with its author's agency and how many people have reported the item."""
    same = aliased(ItemReport)
    people = (
        select(func.count(same.person_id.distinct()))
        .where(same.item_code == ItemReport.item_code)
        .scalar_subquery()
    )
    return (
        select(ItemReport, Agency.name.label("agency_name"), people.label("people"))
        .outerjoin(Posting, (Posting.person_id == ItemReport.person_id) & Posting.until.is_(None))
        .outerjoin(Agency, Agency.id == Posting.agency_id)
    )
