"""The audit log: append-only, read by auditors, written in the transaction it tells of."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from quiz.models.base import JSONValue, Model


class AuditEvent(Model):
    """Who did what to which object, when, in which request."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # None: the console
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    details: Mapped[Any] = mapped_column(JSONValue)
    request_id: Mapped[str | None]
