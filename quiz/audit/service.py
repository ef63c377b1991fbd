"""Writing the audit log, in the transaction of the act itself."""

from contextvars import ContextVar
from datetime import datetime
from typing import Any

from quiz.models import AuditEvent, db

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def record(
    action: str,
    kind: str,
    object_id: object,
    *,
    now: datetime,
    person_id: int | None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add an event; it is kept if, and only if, the act is."""
    db.session.add(
        AuditEvent(
            happened_at=now,
            person_id=person_id,
            action=action,
            object_kind=kind,
            object_id=str(object_id),
            details=details or {},
            request_id=request_id.get(),
        )
    )
