"""What trainers see: the people below their grant, one person's attempts, and exports."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from sqlalchemy import case, func, select, text

from quiz.accounts import service as accounts
from quiz.accounts.service import REVIEWERS, SignedIn, agencies_below
from quiz.domain.errors import NotFound
from quiz.domain.names import compose, fold, place_key
from quiz.domain.practice import SMALLEST_GROUP, GroupGain
from quiz.models import (
    Agency,
    AnyRow,
    AnySelect,
    Attempt,
    Campaign,
    Page,
    Person,
    Posting,
    RosterEntry,
    Standing,
    db,
    page_of,
)
from quiz.models.attempts import TEST_OF_COURSE

SORTS = ("name", "agency", "score", "attempts", "finished")
# A spreadsheet takes a cell that begins like this for a formula; the last four are full-width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Wanted:
    """Which people to list, and in what order."""

    text: str = ""
    agency: str = ""  # a code, or all
    status: str = ""  # "passed", "not_passed", "not_taken", or all
    sort: str = "name"
    descending: bool = False
    page: int = 1


def campaigns(who: SignedIn) -> list[AnyRow]:
    """Campaigns with people in this reviewer's reach, latest first, with their counts."""
    reach = agencies_below(who.person_id, *REVIEWERS)
    return list(
        db.session.execute(
            select(
                Campaign.code,
                Campaign.name,
                Campaign.state,
                Campaign.opens_at,
                Campaign.ends_at,
                func.count(RosterEntry.person_id).label("headcount"),
                func.count(Standing.person_id).label("participants"),
                func.count(Standing.person_id)
                .filter(Standing.best_score >= Campaign.pass_mark * 100)
                .label("passed"),
                func.sum(Standing.best_score).label("score_sum"),
            )
            .join(RosterEntry, RosterEntry.campaign_id == Campaign.id)
            .outerjoin(Standing, _same_person())
            .where(RosterEntry.agency_id.in_(reach), RosterEntry.excused_reason.is_(None))
            .group_by(Campaign.id)
            .order_by(Campaign.opens_at.desc())
        )
    )


def course_gains(who: SignedIn) -> dict[str, GroupGain]:
    """The gain of each path, by its code, over the people in this reviewer's reach.

    A path that fewer than SMALLEST_GROUP of them took both tests of is missing.
    """
    both = _both_tests().subquery()
    rows = db.session.execute(
        select(both.c.path, func.count(), func.sum(both.c.before), func.sum(both.c.after))
        .join(Person, Person.id == both.c.person_id)
        .join(Posting, (Posting.person_id == Person.id) & Posting.until.is_(None))
        .where(
            Person.is_ranked,
            Posting.agency_id.in_(agencies_below(who.person_id, *REVIEWERS)),
        )
        .group_by(both.c.path)
        .having(func.count() >= SMALLEST_GROUP)
    )
    return {path: GroupGain(people, before, after) for path, people, before, after in rows}


def people(who: SignedIn, campaign: Campaign, wanted: Wanted) -> Page[AnyRow]:
    """The people of a campaign in this reviewer's reach, one page of them."""
    listed = _filtered(who, campaign, wanted)
    return page_of(_ordered(listed, who, campaign, wanted), wanted.page)


def agencies(who: SignedIn, campaign: Campaign) -> list[AnyRow]:
    """Agencies of the campaign in this reviewer's reach, by name: (code, name, headcount)."""
    rows = db.session.execute(
        select(Agency.code, Agency.name, func.count().label("headcount"))
        .join(RosterEntry, RosterEntry.agency_id == Agency.id)
        .where(
            RosterEntry.campaign_id == campaign.id,
            Agency.id.in_(agencies_below(who.person_id, *REVIEWERS)),
        )
        .group_by(Agency.id)
    )
    return sorted(rows, key=lambda one: place_key(one.name))


def person(who: SignedIn, campaign: Campaign, person_id: int) -> AnyRow:
    """One person of the list. Raises NotFound for anybody out of reach."""
    row = db.session.execute(
        _filtered(who, campaign, Wanted()).where(Person.id == person_id)
    ).first()
    if row is None:
        raise NotFound
    return row


def extra_time(who: SignedIn, person_id: int) -> int | None:
    """The extra time of a person, in percent, for an organiser who may set it; else None."""
    reach = agencies_below(who.person_id, "organiser")
    return db.session.scalar(
        select(Person.extra_time_percent)
        .join(Posting, (Posting.person_id == Person.id) & Posting.until.is_(None))
        .where(Person.id == person_id, Posting.agency_id.in_(reach))
    )


def set_extra_time(who: SignedIn, person_id: int, percent: int, now: datetime) -> None:
    """Give somebody of this organiser's agencies more time. Raises NotFound for anybody else."""
    if extra_time(who, person_id) is None:
        raise NotFound
    accounts.set_extra_time(person_id, percent, who, now)


def attempt(who: SignedIn, attempt_id: str) -> Attempt:
    """A finished attempt of somebody in reach, on the roster of its campaign. Raises NotFound."""
    found = db.session.scalar(
        select(Attempt)
        .join(
            RosterEntry,
            (RosterEntry.campaign_id == Attempt.campaign_id)
            & (RosterEntry.person_id == Attempt.person_id),
        )
        .where(
            Attempt.id == attempt_id,
            Attempt.state == "graded",
            RosterEntry.agency_id.in_(agencies_below(who.person_id, *REVIEWERS)),
        )
    )
    if found is None:
        raise NotFound
    return found


def everybody(who: SignedIn, campaign: Campaign, wanted: Wanted) -> Iterable[AnyRow]:
    """The whole list, in the order of the page."""
    return db.session.execute(_ordered(_filtered(who, campaign, wanted), who, campaign, wanted))


Cell = str | float | None


def as_csv(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """CSV that Excel opens correctly: UTF-8 with a byte order mark, no cell a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heading)
    for row in rows:
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook whose text cells stay text."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, heading, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 2, 32)
        sheet.set_column(3, len(heading) - 1, 18)
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _same_person() -> Any:
    return (Standing.campaign_id == RosterEntry.campaign_id) & (
        Standing.person_id == RosterEntry.person_id
    )


def _both_tests() -> AnySelect:
    """Per person and path the scores of its two tests, where both are graded; each exists once."""
    is_before = Attempt.practice.startswith("pre:")
    path = case(
        (is_before, func.substr(Attempt.practice, len("pre:") + 1)),
        else_=func.substr(Attempt.practice, len("post:") + 1),
    ).label("path")
    return (
        select(
            Attempt.person_id,
            path,
            func.max(case((is_before, Attempt.score))).label("before"),
            func.max(case((~is_before, Attempt.score))).label("after"),
        )
        # In the words of the index of these tests, so that no other attempt is looked at.
        .where(text(f"({TEST_OF_COURSE})"), Attempt.state == "graded")
        .group_by(Attempt.person_id, "path")
        .having(func.count() == 2)
    )


def _filtered(who: SignedIn, campaign: Campaign, wanted: Wanted) -> AnySelect:
    """Everybody of the roster whom this reviewer reaches and `wanted` lets through."""
    query: AnySelect = (
        select(
            Person.id,
            Person.staff_code,
            Person.full_name,
            Agency.code.label("agency_code"),
            Agency.name.label("agency_name"),
            RosterEntry.excused_reason,
            Standing.best_score,
            Standing.attempts,
            Standing.finished_at,
        )
        .select_from(RosterEntry)
        .join(Person, Person.id == RosterEntry.person_id)
        .join(Agency, Agency.id == RosterEntry.agency_id)
        .outerjoin(Standing, _same_person())
        .where(
            RosterEntry.campaign_id == campaign.id,
            RosterEntry.agency_id.in_(agencies_below(who.person_id, *REVIEWERS)),
        )
    )
    if wanted.agency:
        query = query.where(Agency.code == wanted.agency)
    passing = Standing.best_score >= campaign.pass_mark * 100
    if wanted.status == "passed":
        query = query.where(passing)
    elif wanted.status == "not_passed":
        query = query.where(~passing)
    elif wanted.status == "not_taken":
        query = query.where(Standing.person_id.is_(None), RosterEntry.excused_reason.is_(None))
    if wanted.text:
        query = query.where(
            Person.folded_name.contains(fold(wanted.text), autoescape=True)
            | Person.staff_code_key.contains(wanted.text.casefold(), autoescape=True)
        )
    return query


def _ordered(query: AnySelect, who: SignedIn, campaign: Campaign, wanted: Wanted) -> AnySelect:
    """The order asked for; names break ties. Exact accents come first in a search by name."""
    by: dict[str, Any] = {
        "name": Person.sort_key,
        "score": Standing.best_score,
        "attempts": Standing.attempts,
        "finished": Standing.finished_at,
    }
    column = by.get(wanted.sort, Person.sort_key)
    if wanted.sort == "agency":
        # No database sorts Vietnamese alike, so it is told the place of each.
        places = {one.code: place for place, one in enumerate(agencies(who, campaign))}
        column = case(places, value=Agency.code) if places else Agency.code
    order = [column.desc().nulls_last() if wanted.descending else column.asc().nulls_last()]
    if wanted.text and wanted.sort == "name":
        exact = Person.full_name.contains(compose(wanted.text), autoescape=True)
        order.insert(0, exact.desc())
    return query.order_by(*order, Person.sort_key, Person.id)
