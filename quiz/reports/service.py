"""What coordinators see: who of their agencies has not yet taken part."""

from dataclasses import dataclass

from sqlalchemy import func, select

from quiz.accounts.service import PARTICIPATION_READERS, SignedIn, agencies_below
from quiz.models import (
    Agency,
    AnyRow,
    Attempt,
    Campaign,
    Page,
    Person,
    RosterEntry,
    Standing,
    db,
    page_of,
)


@dataclass(frozen=True)
class Participation:
    """Who is expected, who took part, who is left."""

    headcount: int
    participants: int
    excused: int
    missing: Page[AnyRow]  # full_name, staff_code, agency_name, has_begun


def campaigns(who: SignedIn) -> list[Campaign]:
    """Campaigns with people in this coordinator's reach, latest first."""
    reach = agencies_below(who.person_id, *PARTICIPATION_READERS)
    expected = select(RosterEntry.campaign_id).where(RosterEntry.agency_id.in_(reach))
    return list(
        db.session.scalars(
            select(Campaign).where(Campaign.id.in_(expected)).order_by(Campaign.opens_at.desc())
        )
    )


def participation(who: SignedIn, campaign: Campaign, page: int) -> Participation:
    """The roster of the agencies in reach, and a page of those of it who have no result yet."""
    in_reach = (
        RosterEntry.campaign_id == campaign.id,
        RosterEntry.agency_id.in_(agencies_below(who.person_id, *PARTICIPATION_READERS)),
    )
    same_person = (Standing.campaign_id == RosterEntry.campaign_id) & (
        Standing.person_id == RosterEntry.person_id
    )
    expected = RosterEntry.excused_reason.is_(None)
    headcount, participants, excused = db.session.execute(
        select(
            func.count().filter(expected),
            func.count(Standing.person_id).filter(expected),
            func.count().filter(~expected),
        )
        .select_from(RosterEntry)
        .outerjoin(Standing, same_person)
        .where(*in_reach)
    ).one()
    has_begun = (
        select(Attempt.id)
        .where(
            Attempt.campaign_id == campaign.id,
            Attempt.person_id == RosterEntry.person_id,
            Attempt.state == "open",
        )
        .exists()
    )
    missing = (
        select(
            Person.full_name,
            Person.staff_code,
            Agency.name.label("agency_name"),
            has_begun.label("has_begun"),
        )
        .select_from(RosterEntry)
        .join(Person, Person.id == RosterEntry.person_id)
        .join(Agency, Agency.id == RosterEntry.agency_id)
        .outerjoin(Standing, same_person)
        .where(*in_reach, expected, Standing.person_id.is_(None))
        .order_by(Person.sort_key, Person.id)
    )
    return Participation(headcount, participants, excused, page_of(missing, page))
