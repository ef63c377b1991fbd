"""Everything that the database holds about one person, as far as it is theirs to take now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quiz.domain.paper import in_words
from quiz.domain.review import EVERYTHING, Reveal
from quiz.models import Agency, AnyRow, Attempt, Campaign, Model, db
from quiz.models.privacy import ANSWERS, DECLARED, OTHERS, Declared, is_object
from quiz.papers import service as papers
from quiz.results import service as results


@dataclass(frozen=True)
class Row:
    """A row of a table: its values by column, and the columns that are held back for now."""

    values: dict[str, Any]
    withheld: tuple[str, ...]


def export(person_id: int, now: datetime) -> dict[str, list[Row]]:
    """The rows about a person by table, in the order of their keys; what is hidden is left out.

    Agencies and campaigns are called by their names, answers by the words that were on the page.
    """
    gates = _Gates(person_id, now)
    return {
        name: [_row(declared, row, gates) for row in db.session.execute(_query(name, person_id))]
        for name, declared in DECLARED.items()
        if declared.about is not None
    }


def as_json(tables: Mapping[str, list[Row]], now: datetime) -> str:
    """The same for machines; `withheld` names the columns that are not released yet."""
    document: dict[str, Any] = {"exported_at": now}
    for name, rows in tables.items():
        document[name] = [
            {**row.values, "withheld": row.withheld} if row.withheld else row.values for row in rows
        ]
    return json.dumps(document, ensure_ascii=False, indent=1, default=_plain)


class _Gates:
    """What may be seen of each attempt and campaign of one person now."""

    def __init__(self, person_id: int, now: datetime) -> None:
        attempts = db.session.scalars(
            select(Attempt)
            .options(joinedload(Attempt.campaign))
            .where(Attempt.person_id == person_id)
        ).all()
        campaigns = {attempt.campaign_id: attempt.campaign for attempt in attempts}
        self.person_id = person_id
        self.campaigns = {id_: results.reveal_of(one, now) for id_, one in campaigns.items()}
        self.attempts = {attempt.id: attempt for attempt in attempts}
        places = [place for attempt in attempts for place in papers.positions(attempt.paper)]
        papers.load(list({place.version for place in places}))

    def opens(self, gate: str, column: str, row: AnyRow) -> bool:
        """Whether this column of the row may be exported now."""
        if gate == OTHERS:
            return row.person_id == self.person_id if column == "person_id" else bool(row.is_mine)
        attempt = self._attempt(row)
        if attempt is not None and attempt.state == "open" and gate == ANSWERS:
            return True  # the paper itself shows them
        return bool(getattr(self._reveal(row), gate))

    def value(self, column: str, row: AnyRow) -> Any:
        """What is exported of a column that speaks in codes: the words that were on the page."""
        attempt, value = self._attempt(row), getattr(row, column)
        if attempt is None or value is None or column not in ("paper", "answer"):
            return value
        places = papers.positions(attempt.paper)
        if column == "paper":
            return [papers.item(place.version).stem for place in places]
        place = places[row.position - 1]
        return in_words(papers.item(place.version), place, value)

    def _attempt(self, row: AnyRow) -> Attempt | None:
        key = row._mapping.get("attempt_id", row._mapping.get("id"))
        return self.attempts.get(key)

    def _reveal(self, row: AnyRow) -> Reveal:
        attempt = self._attempt(row)
        campaign_id = row.campaign_id if attempt is None else attempt.campaign_id
        return EVERYTHING if campaign_id is None else self.campaigns[campaign_id]


def _query(name: str, person_id: int) -> Any:
    """The rows of a table about a person; agencies and campaigns by name."""
    declared, table = DECLARED[name], Model.metadata.tables[name]
    assert declared.about is not None  # noqa: S101
    columns: list[Any] = []
    for column in (table.c[name] for name in declared.columns if name not in declared.hidden):
        columns.append(column)
        for key in column.foreign_keys:
            for named in (Agency, Campaign):
                if key.column.table is named.__table__:
                    called = select(named.name).where(named.id == column).scalar_subquery()
                    columns.append(called.label(f"{column.name}:name"))
    if OTHERS in declared.gated.values():
        columns.append(is_object(person_id).label("is_mine"))
    return select(*columns).where(declared.about(person_id)).order_by(*table.primary_key)


def _row(declared: Declared, row: AnyRow, gates: _Gates) -> Row:
    values, withheld = {}, []
    for column in (*declared.exported, *declared.gated):
        gate = declared.gated.get(column)
        if gate and not gates.opens(gate, column, row):
            if gate != OTHERS:
                withheld.append(column)
            continue
        name = row._mapping.get(f"{column}:name")
        values[column] = gates.value(column, row) if name is None else name
    return Row(values, tuple(withheld))


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(value)
