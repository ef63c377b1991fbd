"""Standings of people and agencies: kept while grading, read for boards, rebuilt from attempts."""

from datetime import datetime

from sqlalchemy import select, update

from quiz.models import AgencyStanding, Campaign, RosterEntry, Standing, db


def record(campaign_id: int, person_id: int, score: int, finished_at: datetime) -> None:
    """Let a graded attempt count (score in hundredths of a point). The caller commits.

    Only people on the roster who are not excused count; the best attempt does.
    """
    # Locking the roster entry puts two attempts of one person in line.
    entry = db.session.execute(
        select(RosterEntry.agency_id, Campaign.pass_mark)
        .join(Campaign, Campaign.id == RosterEntry.campaign_id)
        .where(
            RosterEntry.campaign_id == campaign_id,
            RosterEntry.person_id == person_id,
            RosterEntry.excused_reason.is_(None),
        )
        .with_for_update(of=RosterEntry)
    ).first()
    if entry is None:
        return
    standing = db.session.get(Standing, (campaign_id, person_id))
    before = standing.best_score if standing else 0
    if standing is None:
        db.session.add(
            Standing(
                campaign_id=campaign_id,
                person_id=person_id,
                agency_id=entry.agency_id,
                best_score=score,
                attempts=1,
                finished_at=finished_at,
            )
        )
    else:
        standing.attempts += 1
        if score > before:
            standing.best_score, standing.finished_at = score, finished_at
    needed = entry.pass_mark * 100
    best = max(before, score)
    gains = {
        "participants": int(standing is None),
        "score_sum": best - before,
        "passed": int(best >= needed) - int(standing is not None and before >= needed),
    }
    if any(gains.values()):
        db.session.execute(
            update(AgencyStanding)
            .where(
                AgencyStanding.campaign_id == campaign_id,
                AgencyStanding.agency_id == entry.agency_id,
            )
            .values({name: getattr(AgencyStanding, name) + gain for name, gain in gains.items()})
        )
