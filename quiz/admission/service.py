"""Who may begin an attempt, and how it begins: of a campaign, or to practise."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.sql.dml import ReturningInsert

from quiz.accounts.service import SignedIn
from quiz.campaigns import service as campaigns
from quiz.domain import scheduling
from quiz.domain.bank import Bank
from quiz.domain.blueprint import draw
from quiz.domain.errors import N_, Refused
from quiz.domain.items import Item
from quiz.domain.practice import Source
from quiz.models import (
    AnyCampaign,
    AnyRow,
    Attempt,
    Campaign,
    Person,
    Prepared,
    RosterEntry,
    db,
    insert_new,
    transactions,
)
from quiz.papers import service as papers


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
        "Giữa hai lượt thi cần nghỉ %(minutes)d phút. Anh/Chị có thể bắt đầu lượt thi tiếp theo từ "
        "%(free_at)s; trong lúc chờ, mời Anh/Chị ôn lại bài."
    )


class PausedToTheEnd(TooSoon):
    """The pause lasts until the campaign is over."""

    message = N_(
        "Đợt thi đóng trước khi hết thời gian nghỉ giữa hai lượt nên lượt vừa rồi là lượt cuối."
    )


class PaperInHand(Refused):
    """Practice shows keys at once, and an open paper of a campaign may ask the same."""

    message = N_(
        "Anh/Chị đang làm dở một lượt thi nên phần luyện tập tạm dừng, vì phần này có hiện đáp án. "
        "Các bài học vẫn xem được; nộp bài xong, Anh/Chị có thể luyện tập tiếp ngay."
    )

    def __init__(self, attempt: AnyRow) -> None:
        """`attempt` is the one in hand."""
        super().__init__()
        self.attempt = attempt


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
    # It may have been closed since its rules were read; from here on, closing it waits.
    if _IS_OPEN.first(campaign_id=campaign.id) is None:
        raise CampaignOver(ended_at=now)
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


def chances(person_id: int, campaigns: Sequence[AnyCampaign], now: datetime) -> dict[int, Chance]:
    """What is left to somebody of each of these campaigns; without those where nothing is."""
    rows = db.session.execute(
        select(Attempt.campaign_id, Attempt.state, Attempt.finished_at)
        .where(
            Attempt.person_id == person_id,
            Attempt.campaign_id.in_([campaign.id for campaign in campaigns]),
        )
        .order_by(Attempt.number.desc())
    ).all()
    found = {
        campaign.id: next_chance(
            campaign, [row for row in rows if row.campaign_id == campaign.id], now
        )
        for campaign in campaigns
    }
    return {campaign_id: chance for campaign_id, chance in found.items() if chance}


def _free_at(campaign: AnyCampaign, earlier: Sequence[AnyRow | Attempt]) -> datetime | None:
    """When the pause after the latest of these attempts is over."""
    last = earlier[0].finished_at if earlier else None
    return last + timedelta(minutes=campaign.pause_minutes) if last is not None else None


def running(person_id: int, now: datetime) -> dict[int, AnyRow]:
    """What a person has in hand of campaigns, by campaign: id and deadline."""
    rows = db.session.execute(
        select(Attempt.id, Attempt.campaign_id, Attempt.deadline_at).where(
            Attempt.person_id == person_id, Attempt.state == "open", Attempt.deadline_at > now
        )
    )
    return {row.campaign_id: row for row in rows}


def check_may_practise(person_id: int, now: datetime) -> None:
    """Raise PaperInHand while the person takes a quiz whose answers a practice might show."""
    in_hand = next(iter(running(person_id, now - scheduling.GRACE).values()), None)
    if in_hand is not None:
        raise PaperInHand(in_hand)


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
_IS_OPEN = Prepared(
    lambda: (
        select(Campaign.id)
        .where(Campaign.id == bindparam("campaign_id"), Campaign.state == "open")
        .with_for_update(read=True)
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


def _begun() -> ReturningInsert[Any]:
    given = "id person_id campaign_id practice number state paper started_at deadline_at lease_id"
    table = Attempt.__table__
    columns = {name: bindparam(name, type_=table.c[name].type) for name in given.split()}
    return insert_new(Attempt).values(columns).on_conflict_do_nothing().returning(table.c.id)


_BEGIN = Prepared(_begun)
