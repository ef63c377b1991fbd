"""Days as the people of the province live them: from midnight to midnight in Vietnam."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def day_of(moment: datetime) -> date:
    """The day in Vietnam.

    >>> day_of(datetime(2026, 11, 23, 17, 0, tzinfo=UTC))
    datetime.date(2026, 11, 24)
    """
    return moment.astimezone(VIETNAM).date()


def end_of_day(moment: datetime) -> datetime:
    """The midnight that ends this day in Vietnam.

    >>> end_of_day(datetime(2026, 11, 23, 5, 0, tzinfo=UTC)).isoformat()
    '2026-11-23T17:00:00+00:00'
    """
    tomorrow = day_of(moment) + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=VIETNAM).astimezone(UTC)
