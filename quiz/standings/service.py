"""Standings of people and agencies: kept while grading, rebuilt from attempts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, bindparam, func, select, tuple_, update

from quiz.models import (
    AgencyStanding,
    Attempt,
    Campaign,
    Prepared,
    RosterEntry,
    Standing,
    db,
    insert_new,
    transactions,
)

Keys = tuple[int, int]  # a campaign, and a person or an agency

_ENTRIES = (
    select(
        RosterEntry.campaign_id,
        RosterEntry.person_id,
        RosterEntry.agency_id,
        Campaign.pass_mark,
    )
    .join(Campaign, Campaign.id == RosterEntry.campaign_id)
    .where(
        tuple_(RosterEntry.campaign_id, RosterEntry.person_id).in_(
            bindparam("keys", expanding=True)
        ),
        RosterEntry.excused_reason.is_(None),
    )
    .order_by(RosterEntry.campaign_id, RosterEntry.person_id)
    .with_for_update(of=RosterEntry)
)
_STANDINGS = select(Standing.__table__).where(
    tuple_(Standing.campaign_id, Standing.person_id).in_(bindparam("keys", expanding=True))
)
_GAIN = Prepared(
    lambda: (
        update(AgencyStanding)
        .where(
            AgencyStanding.campaign_id == bindparam("of_campaign"),
            AgencyStanding.agency_id == bindparam("of_agency"),
        )
        .values(
            {
                name: AgencyStanding.__table__.c[name] + bindparam(name)
                for name in ("participants", "score_sum", "passed")
            }
        )
    )
)


def _keep_standing() -> Insert:
    insert = insert_new(Standing)
    columns = ("best_score", "finished_at", "attempts")
    return insert.on_conflict_do_update(
        index_elements=[Standing.campaign_id, Standing.person_id],
        set_={name: insert.excluded[name] for name in columns},
    )


_KEEP = Prepared(_keep_standing)


@dataclass(frozen=True)
class Result:
    """A graded attempt (score in hundredths of a point)."""

    campaign_id: int
    person_id: int
    score: int
    finished_at: datetime


def record(results: Sequence[Result]) -> None:
    """Let graded attempts count. The caller commits.

    Only people on the roster who are not excused count; the best attempt does.
    """
    if not results:
        return
    keys = sorted({(result.campaign_id, result.person_id) for result in results})
    # Locking the roster entries, in one order, puts two attempts of one person in line.
    past_the_orm = transactions.connection()
    entries = {
        (entry.campaign_id, entry.person_id): entry
        for entry in past_the_orm.execute(_ENTRIES, {"keys": keys})
    }
    standings = {
        (row.campaign_id, row.person_id): row._asdict()
        for row in past_the_orm.execute(_STANDINGS, {"keys": keys})
    }
    changed: dict[Keys, dict[str, Any]] = {}
    sums: defaultdict[Keys, Counter[str]] = defaultdict(Counter)
    for result in results:
        key = (result.campaign_id, result.person_id)
        entry = entries.get(key)
        if entry is None:
            continue
        before = standings.get(key)
        now = standings[key] = changed[key] = _with(before, result, entry.agency_id)
        needed, best = entry.pass_mark * 100, before["best_score"] if before else 0
        sums[result.campaign_id, entry.agency_id].update(
            participants=int(before is None),
            score_sum=now["best_score"] - best,
            passed=int(now["best_score"] >= needed) - int(before is not None and best >= needed),
        )
    _keep(changed.values(), sums)


def _with(before: Mapping[str, Any] | None, result: Result, agency_id: int) -> dict[str, Any]:
    """What a person's standing is after this result."""
    best, attempts = (result.score, result.finished_at), 1
    if before is not None:
        # Attempts may be graded in any order; the earliest of equals is the one that counts.
        best = min((before["best_score"], before["finished_at"]), best, key=_merit)
        attempts += before["attempts"]
    return {
        "campaign_id": result.campaign_id,
        "person_id": result.person_id,
        "agency_id": agency_id,
        "best_score": best[0],
        "finished_at": best[1],
        "attempts": attempts,
    }


def _merit(result: tuple[int, datetime]) -> tuple[int, datetime]:
    """Sorts better results first."""
    return -result[0], result[1]


def _keep(standings: Iterable[Mapping[str, Any]], sums: Mapping[Keys, Counter[str]]) -> None:
    gains = [
        {"of_campaign": campaign_id, "of_agency": agency_id, **gain}
        for (campaign_id, agency_id), gain in sorted(sums.items())  # one order: no deadlock
        if any(gain.values())
    ]
    _KEEP.change(*standings)
    _GAIN.change(*gains)


def rebuild(campaign_code: str | None = None) -> int:
    """Recompute standings from graded attempts and rosters; returns how many rows differed."""
    wanted = select(Campaign).where(Campaign.state != "draft").order_by(Campaign.id)
    if campaign_code is not None:
        wanted = wanted.where(Campaign.code == campaign_code)
    changed = 0
    for campaign in db.session.scalars(wanted).all():
        people = _best_results(campaign.id)
        changed += _replace(Standing, campaign.id, people)
        changed += _replace(AgencyStanding, campaign.id, _sums(campaign, people))
    db.session.commit()
    return changed


def _best_results(campaign_id: int) -> dict[Keys, dict[str, object]]:
    """Every person's standing, from their graded attempts; the earliest best one is kept."""
    rows = db.session.execute(
        select(Attempt.person_id, RosterEntry.agency_id, Attempt.score, Attempt.finished_at)
        .join(
            RosterEntry,
            (RosterEntry.campaign_id == Attempt.campaign_id)
            & (RosterEntry.person_id == Attempt.person_id),
        )
        .where(
            Attempt.campaign_id == campaign_id,
            Attempt.state == "graded",
            RosterEntry.excused_reason.is_(None),
        )
        .order_by(Attempt.person_id, Attempt.score.desc(), Attempt.finished_at)
    )
    found: dict[Keys, dict[str, object]] = {}
    tries: Counter[int] = Counter()
    for person_id, agency_id, score, finished_at in rows:
        tries[person_id] += 1
        found.setdefault(
            (campaign_id, person_id),
            {"agency_id": agency_id, "best_score": score, "finished_at": finished_at},
        )["attempts"] = tries[person_id]
    return found


def _sums(
    campaign: Campaign, people: dict[Keys, dict[str, object]]
) -> dict[Keys, dict[str, object]]:
    """Every agency's sums, from its roster and its people's best results."""
    headcounts = db.session.execute(
        select(RosterEntry.agency_id, func.count().filter(RosterEntry.excused_reason.is_(None)))
        .where(RosterEntry.campaign_id == campaign.id)
        .group_by(RosterEntry.agency_id)
    )
    sums: dict[int, Counter[str]] = {
        agency: Counter(headcount=count) for agency, count in headcounts
    }
    for person in people.values():
        agency, best = person["agency_id"], person["best_score"]
        assert isinstance(agency, int) and isinstance(best, int)  # noqa: S101, PT018
        sums[agency].update(
            participants=1, score_sum=best, passed=int(best >= campaign.pass_mark * 100)
        )
    columns = ("headcount", "participants", "score_sum", "passed")
    return {
        (campaign.id, agency): {column: counted[column] for column in columns}
        for agency, counted in sums.items()
    }


def _replace(
    table: type[Standing] | type[AgencyStanding],
    campaign_id: int,
    wanted: dict[Keys, dict[str, object]],
) -> int:
    """Make the campaign's rows of this table what they should be; returns how many were not."""
    changed, wanted = 0, dict(wanted)
    kept: Any = db.session.scalars(select(table).filter_by(campaign_id=campaign_id)).all()
    for row in kept:
        key = (row.campaign_id, getattr(row, _owner(table)))
        values = wanted.pop(key, None)
        if values is None:
            db.session.delete(row)
            changed += 1
        elif any(getattr(row, column) != value for column, value in values.items()):
            for column, value in values.items():
                setattr(row, column, value)
            changed += 1
    for (campaign, owner), values in wanted.items():
        db.session.add(table(campaign_id=campaign, **{_owner(table): owner}, **values))
    return changed + len(wanted)


def _owner(table: type[Standing] | type[AgencyStanding]) -> str:
    return "person_id" if table is Standing else "agency_id"
