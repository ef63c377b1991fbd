"""Long lists, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import func, select

from quiz.models.base import AnyRow, AnySelect, db

PAGE_SIZE = 50

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, counted from 1, and how many rows all pages have."""

    rows: Sequence[Row]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """At least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def page_of(query: AnySelect, page: int) -> Page[AnyRow]:
    """This page of what a query finds, in its order; beyond the last there are no rows."""
    everything = query.order_by(None).subquery()
    total = db.session.scalar(select(func.count()).select_from(everything))
    rows = db.session.execute(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return Page(rows, total or 0, page)
