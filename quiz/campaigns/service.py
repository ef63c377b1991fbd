"""Campaigns: drafted, opened on a frozen roster, closed; and which of them a person meets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from quiz.accounts.service import SignedIn, agencies_below
from quiz.audit import service as audit
from quiz.domain.blueprint import Blueprint
from quiz.domain.errors import N_, NotFound, Refused
from quiz.domain.items import KINDS
from quiz.domain.names import place_key
from quiz.models import (
    Agency,
    AgencyStanding,
    AnyCampaign,
    AnyRow,
    AnySelect,
    Attempt,
    Campaign,
    Person,
    Posting,
    Prepared,
    RosterEntry,
    db,
)

# What an organiser starts from; each campaign publishes its own.
DEFAULT_RULES = {
    "size": 20,
    "difficulties": {"remember": 3, "understand": 4, "apply": 3},
    "kinds": list(KINDS),
    "time_limit_minutes": 20,
    "attempt_limit": 2,
    "pause_minutes": 15,
    "pass_mark": 70,
    "review_score": "at_once",
    "review_marks": "after_close",
    "review_answers": "after_close",
    "review_key": "after_close",
    "shrinkage": 10,
    "minimum_headcount": 5,
    "ends_attempts": True,
    "asks_confidence": False,
    "gives_certificate": True,
}


class NotADraft(Refused):
    """Only a draft can be changed or opened."""

    message = N_("Đợt thi này đã mở nên thể lệ không đổi được nữa.")


class ChangedMeanwhile(Refused):
    """Somebody else saved the draft after this form was opened."""

    message = N_(
        "Người khác vừa lưu bản nháp này. Những ô khác với bản đang lưu được liệt kê bên dưới; "
        "hãy xem lại rồi bấm lưu nếu vẫn muốn dùng nội dung của Anh/Chị."
    )


class ReviewedOtherRules(Refused):
    """Somebody else saved the draft after its rules were read through for opening."""

    message = N_(
        "Người khác vừa sửa bản nháp này nên đợt thi chưa mở. "
        "Hãy xem lại thể lệ đang lưu rồi bấm mở đợt thi."
    )


class NotOpen(Refused):
    """Only an open campaign can be closed."""

    message = N_("Đợt thi này chưa mở hoặc đã đóng.")


class CodeTaken(Refused):
    """Two campaigns cannot share an address."""

    status = 422
    message = N_("Mã đợt thi này đã được dùng. Hãy chọn mã khác.")


class WindowOver(Refused):
    """Nobody could take part any more, and the rules would be frozen for nothing."""

    message = N_("Thời điểm đóng đã qua. Hãy sửa thời gian của đợt thi rồi mở lại.")


class NobodyToInvite(Refused):
    """A campaign without a roster has no denominator."""

    message = N_("Phạm vi của đợt thi chưa có ai trong danh sách. Hãy chọn đơn vị khác.")


def campaign_or_404(code: str) -> Campaign:
    """The campaign with this code. Raises NotFound."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.code == code))
    if campaign is None:
        raise NotFound
    return campaign


_RULES = Prepared(
    lambda: select(*Campaign.__table__.c, Campaign.ends_at.label("ends_at")).where(
        Campaign.code == bindparam("code")
    )
)


def rules_or_404(code: str) -> AnyRow:
    """The same as a row, for what thousands open at once: no object of it is made."""
    campaign: AnyRow | None = _RULES.first(code=code)
    if campaign is None:
        raise NotFound
    return campaign


def blueprint(campaign: AnyCampaign) -> Blueprint:
    """What the papers of a campaign are drawn by."""
    return Blueprint(
        topics=tuple(campaign.topics),
        size=campaign.size,
        difficulties=campaign.difficulties,
        kinds=tuple(campaign.kinds),
    )


def check_may_open(campaign: Campaign, now: datetime) -> None:
    """Raise the reason why this campaign cannot be opened now, if its own row tells one."""
    if campaign.state != "draft":
        raise NotADraft
    if campaign.closes_at <= now:
        raise WindowOver


def open_campaign(
    campaign_id: int, opened_by: int | None, now: datetime, version: int | None = None
) -> None:
    """Freeze the roster and open the campaign, if it is still at this version (None: any).

    Raises NotADraft, ReviewedOtherRules, WindowOver or NobodyToInvite.
    """
    # Claim first: two organisers may click together, and the roster is written once.
    claimed = db.session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == "draft", Campaign.opened_at.is_(None))
        .values(opened_at=now)
        .returning(Campaign.audience_id, Campaign.closes_at, Campaign.version)
    ).first()
    if claimed is None:
        db.session.rollback()
        raise NotADraft
    if version is not None and claimed.version != version:
        db.session.rollback()
        raise ReviewedOtherRules
    if claimed.closes_at <= now:
        db.session.rollback()
        raise WindowOver
    _freeze_roster(campaign_id, claimed.audience_id)
    headcounts = (
        select(
            literal(campaign_id),
            RosterEntry.agency_id,
            func.count().filter(RosterEntry.excused_reason.is_(None)),
            literal(0),
            literal(0),
            literal(0),
        )
        .where(RosterEntry.campaign_id == campaign_id)
        .group_by(RosterEntry.agency_id)
    )
    columns = ["campaign_id", "agency_id", "headcount", "participants", "score_sum", "passed"]
    db.session.execute(insert(AgencyStanding).from_select(columns, headcounts))
    if db.session.scalar(select(RosterEntry).filter_by(campaign_id=campaign_id).limit(1)) is None:
        db.session.rollback()
        raise NobodyToInvite
    db.session.execute(update(Campaign).where(Campaign.id == campaign_id).values(state="open"))
    audit.record("campaign opened", "campaign", campaign_id, now=now, person_id=opened_by)
    db.session.commit()


def check_may_close(campaign: Campaign) -> None:
    """Raise NotOpen if there is nothing to close."""
    if campaign.state != "open":
        raise NotOpen


def close_campaign(campaign_id: int, closed_by: int | None, now: datetime) -> None:
    """Close the campaign now. Raises NotOpen.

    Attempts in progress end now, if its rules say so, or run on to their own deadline; the
    sweeper grades what is saved.
    """
    closed = db.session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state == "open")
        .values(state="closed", closed_at=now)
        .returning(Campaign.ends_attempts)
    ).first()
    if closed is None:
        db.session.rollback()
        raise NotOpen
    if closed.ends_attempts:
        db.session.execute(
            update(Attempt)
            .where(
                Attempt.campaign_id == campaign_id,
                Attempt.state == "open",
                Attempt.deadline_at > now,
            )
            .values(deadline_at=now)
        )
    audit.record("campaign closed", "campaign", campaign_id, now=now, person_id=closed_by)
    db.session.commit()


def count_running(campaign_id: int, now: datetime) -> int:
    """How many attempts of a campaign somebody may be working on."""
    running = select(func.count(Attempt.id)).where(
        Attempt.campaign_id == campaign_id, Attempt.state == "open", Attempt.deadline_at > now
    )
    return db.session.scalar(running) or 0


def count_invited(campaign: Campaign) -> int:
    """How many people the roster would hold if this draft were opened now."""
    invited = _invited(campaign.id, campaign.audience_id).subquery()
    return db.session.scalar(select(func.count()).select_from(invited)) or 0


def _freeze_roster(campaign_id: int, audience_id: int) -> None:
    columns = ["campaign_id", "person_id", "agency_id"]
    invited = _invited(campaign_id, audience_id)
    db.session.execute(insert(RosterEntry).from_select(columns, invited))


def _invited(campaign_id: int, audience_id: int) -> AnySelect:
    """Everybody who is ranked and works in the audience today, each in their one agency."""
    audience = select(Agency.id).where(Agency.id == audience_id).cte("audience", recursive=True)
    child = aliased(Agency)
    audience = audience.union(select(child.id).join(audience, child.parent_id == audience.c.id))
    return (
        select(literal(campaign_id).label("campaign_id"), Person.id, Posting.agency_id)
        .join(Posting, Posting.person_id == Person.id)
        .where(
            Posting.until.is_(None),
            Posting.agency_id.in_(select(audience.c.id)),
            Person.is_active,
            Person.is_ranked,
        )
    )


def for_person(who: SignedIn) -> list[Campaign]:
    """Campaigns that this person meets: on their roster, or over their agency; latest first."""
    return list(
        db.session.scalars(
            select(Campaign).where(_meets(who)).order_by(Campaign.opens_at.desc(), Campaign.id)
        )
    )


def ahead_of(who: SignedIn, now: datetime) -> list[tuple[Campaign, bool]]:
    """Open campaigns that this person meets, each with whether they are on its roster.

    Those on whose roster they are come first, then those that run now, then the first to end.
    """
    is_rostered = Campaign.id.in_(_rostered(who))
    rows = db.session.execute(
        select(Campaign, is_rostered.label("is_rostered"))
        .where(_meets(who), Campaign.state == "open", Campaign.closes_at > now)
        .order_by(is_rostered.desc(), Campaign.opens_at > now, Campaign.closes_at, Campaign.id)
    )
    return [(row.Campaign, bool(row.is_rostered)) for row in rows]


def is_tryout(who: SignedIn, campaign: Campaign) -> bool:
    """Whether this person's attempts would count for nobody: staff who are on no roster."""
    entry = _rostered(who).where(RosterEntry.campaign_id == campaign.id)
    return not who.is_ranked and db.session.scalar(entry) is None


def _rostered(who: SignedIn) -> Select[int]:
    return select(RosterEntry.campaign_id).where(RosterEntry.person_id == who.person_id)


def _meets(who: SignedIn) -> ColumnElement[bool]:
    above = (Campaign.state != "draft") & Campaign.audience_id.in_(_above(who.agency_id))
    return Campaign.id.in_(_rostered(who)) | above


def managed(who: SignedIn) -> list[Campaign]:
    """Campaigns that this organiser may change, latest first."""
    return list(
        db.session.scalars(
            select(Campaign)
            .where(Campaign.audience_id.in_(agencies_below(who.person_id, "organiser")))
            .order_by(Campaign.opens_at.desc(), Campaign.id)
        )
    )


def visible_or_404(who: SignedIn, code: str) -> Campaign:
    """A campaign whose rules this person may read; a draft is its organisers' own."""
    campaign = campaign_or_404(code)
    return managed_or_404(who, code) if campaign.state == "draft" else campaign


def managed_or_404(who: SignedIn, code: str) -> Campaign:
    """One of them. Raises NotFound."""
    campaign = campaign_or_404(code)
    if campaign.id not in {one.id for one in managed(who)}:
        raise NotFound
    return campaign


def audiences(who: SignedIn) -> list[AnyRow]:
    """Agencies that this organiser may invite, the widest first, then by name."""
    reached = agencies_below(who.person_id, "organiser")
    rows = db.session.execute(
        select(Agency.id, Agency.name, Agency.kind, Agency.parent_id).where(
            Agency.id.in_(reached), Agency.closed_on.is_(None)
        )
    )
    return sorted(
        rows,
        key=lambda one: (one.parent_id is not None, one.kind != "block", place_key(one.name)),
    )


def create(rules: Mapping[str, Any], who: SignedIn, now: datetime) -> Campaign:
    """A draft with these rules. Raises CodeTaken."""
    campaign = Campaign(state="draft", **rules)
    db.session.add(campaign)
    _flush_unique()
    audit.record("campaign drafted", "campaign", campaign.id, now=now, person_id=who.person_id)
    db.session.commit()
    return campaign


def change(
    campaign: Campaign, rules: Mapping[str, Any], version: int, who: SignedIn, now: datetime
) -> None:
    """Other rules for a draft that is still at this version.

    Raises NotADraft, ChangedMeanwhile or CodeTaken; then nothing is changed.
    """
    # Locked: a draft may be opened at the same moment, and its roster would follow other rules.
    db.session.refresh(campaign, with_for_update=True)
    if campaign.state != "draft":
        raise NotADraft
    if campaign.version != version:
        raise ChangedMeanwhile
    for rule, value in rules.items():
        setattr(campaign, rule, value)
    campaign.version += 1
    _flush_unique()
    audit.record("campaign changed", "campaign", campaign.id, now=now, person_id=who.person_id)
    db.session.commit()


def _flush_unique() -> None:
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise CodeTaken from None


def _above(agency_id: int | None) -> Select[int]:
    """The agency itself and all above it."""
    line = select(Agency.id, Agency.parent_id).where(Agency.id == agency_id).cte(recursive=True)
    upper = aliased(Agency)
    line = line.union(select(upper.id, upper.parent_id).join(line, line.c.parent_id == upper.id))
    return select(line.c.id)
