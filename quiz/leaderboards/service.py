"""Boards: agencies of a campaign, colleagues of an agency, and what one result would change."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from quiz.domain.errors import NotFound
from quiz.domain.ranking import (
    AgencyResult,
    Change,
    Row,
    Rule,
    board,
    index,
    overall_mean,
    with_one_more,
)
from quiz.domain.scoring import half_up
from quiz.models import (
    Agency,
    AgencyStanding,
    AnyCampaign,
    Campaign,
    Person,
    Prepared,
    RosterEntry,
    Standing,
    db,
)

_RESULTS = Prepared(
    lambda: (
        select(
            Agency.code,
            Agency.name,
            Agency.kind,
            AgencyStanding.headcount,
            AgencyStanding.participants,
            AgencyStanding.score_sum,
            AgencyStanding.passed,
        )
        .join(Agency, Agency.id == AgencyStanding.agency_id)
        .where(AgencyStanding.campaign_id == bindparam("campaign_id"))
    )
)


@dataclass(frozen=True)
class Board:
    """The board of one campaign at one moment."""

    rows: list[Row]
    results: list[AgencyResult]
    rule: Rule
    kind: str | None

    def row_of(self, agency_code: str) -> Row | None:
        """The row of this agency, if it is on this board."""
        return next((row for row in self.rows if row.result.code == agency_code), None)

    def with_one_more(self, agency_code: str, score: int, passes: bool) -> Change | None:
        """What one more colleague with this score would change."""
        return with_one_more(self.results, agency_code, score, passes, self.rule, self.kind)

    @property
    def mean(self) -> int:
        """m, over everybody's rosters, in hundredths of a point."""
        return half_up(overall_mean(self.results))

    @property
    def ranked(self) -> int:
        """How many agencies have a rank."""
        return sum(row.rank is not None for row in self.rows)

    @property
    def price(self) -> int:
        """The index of an agency of six who all have 95 points: what shrinkage costs it."""
        six = AgencyResult("", "", "", headcount=6, participants=6, score_sum=57_000, passed=6)
        return index(six, overall_mean(self.results), self.rule)

    @property
    def kinds(self) -> list[str]:
        """The peer bands that this campaign has."""
        return sorted({result.kind for result in self.results})


@dataclass(frozen=True)
class Neighbour:
    """A colleague's place; only one's own row says whose it is."""

    rank: int
    is_tied: bool
    pseudonym: str
    is_me: bool
    best_score: int
    attempts: int


def results_of(campaign_id: int) -> list[AgencyResult]:
    """The sums of every agency of a campaign, from one statement."""
    return [AgencyResult._make(row) for row in _RESULTS.all(campaign_id=campaign_id)]


def board_of(campaign: AnyCampaign) -> Board:
    """The board of all agencies of a campaign."""
    results = results_of(campaign.id)
    rule = Rule(campaign.shrinkage, campaign.minimum_headcount)
    return Board(board(results, rule), results, rule, kind=None)


def narrowed(whole: Board, kind: str) -> Board:
    """The same board for one peer band: the same indices, ranks among peers."""
    return Board(board(whole.results, whole.rule, kind), whole.results, whole.rule, kind)


def colleagues(campaign: AnyCampaign, person_id: int) -> list[Neighbour]:
    """Who has taken part in the person's agency: best score, then fewer attempts, then equal."""
    home = select(RosterEntry.agency_id).where(
        RosterEntry.campaign_id == campaign.id, RosterEntry.person_id == person_id
    )
    rows = db.session.execute(
        select(Standing.person_id, Standing.best_score, Standing.attempts, Person.pseudonym)
        .join(Person, Person.id == Standing.person_id)
        .where(
            Standing.campaign_id == campaign.id,
            Standing.agency_id == home.scalar_subquery(),
        )
        .order_by(Standing.best_score.desc(), Standing.attempts, Person.pseudonym)
    ).all()
    merits = [(row.best_score, row.attempts) for row in rows]
    alike, first = Counter(merits), dict[tuple[int, int], int]()
    for place, merit in enumerate(merits, start=1):
        first.setdefault(merit, place)
    return [
        Neighbour(
            rank=first[merit],
            is_tied=alike[merit] > 1,
            pseudonym=row.pseudonym,
            is_me=row.person_id == person_id,
            best_score=row.best_score,
            attempts=row.attempts,
        )
        for row, merit in zip(rows, merits, strict=True)
    ]


def near(people: list[Neighbour], reach: int = 3) -> list[Neighbour]:
    """One's own place and a few neighbours on each side; the first few without a place."""
    mine = next((place for place, one in enumerate(people) if one.is_me), None)
    if mine is None:
        return people[: 2 * reach]
    return people[max(0, mine - reach) : mine + reach + 1]


def current(now: datetime) -> Campaign | None:
    """The campaign whose board is shown first: one that runs, else the latest that has run."""
    has_begun = Campaign.opens_at <= now
    runs = has_begun & (Campaign.state == "open") & (Campaign.closes_at > now)
    return db.session.scalar(
        select(Campaign)
        .where(Campaign.state != "draft")
        .order_by(runs.desc(), has_begun.desc(), Campaign.opens_at.desc(), Campaign.id)
        .limit(1)
    )


def export_csv(campaign_code: str) -> str:
    """The board as CSV with exact hundredths: the same bytes for the same data, anywhere."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.code == campaign_code))
    if campaign is None:
        raise NotFound
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "rank",
            "tied",
            "agency",
            "name",
            "kind",
            "headcount",
            "participants",
            "score_sum",
            "passed",
            "index",
        ]
    )
    for row in board_of(campaign).rows:
        result = row.result
        writer.writerow(
            [
                row.rank or "",
                int(row.is_tied),
                result.code,
                result.name,
                result.kind,
                result.headcount,
                result.participants,
                result.score_sum,
                result.passed,
                f"{row.index // 100}.{row.index % 100:02d}",
            ]
        )
    return out.getvalue()
