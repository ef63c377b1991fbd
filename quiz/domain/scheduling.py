"""When an attempt ends: the server's clock and these rules decide, never a page's countdown."""

from datetime import datetime, timedelta

GRACE = timedelta(seconds=30)  # a save may still be on its way when the time is up
SPARE = timedelta(seconds=5)  # a page counts whole seconds, on a clock of its own


def deadline(
    started_at: datetime,
    time_limit_minutes: int,
    extra_time_percent: int,
    closes_at: datetime,
    ends_attempts: bool,
) -> datetime:
    """When the time of an attempt is up.

    The person's extra time (percent of the limit, rounded up to whole seconds) is added. A
    campaign that ends attempts cuts what would run past its own end.
    """
    seconds = -(-60 * time_limit_minutes * (100 + extra_time_percent) // 100)
    end = started_at + timedelta(seconds=seconds)
    return min(end, closes_at) if ends_attempts else end


def accepts(deadline: datetime | None, now: datetime) -> bool:
    """Whether a save that arrives now counts; practice has no deadline."""
    return deadline is None or now <= deadline + GRACE


def is_up(deadline: datetime | None, now: datetime) -> bool:
    """Whether a page that says "the time is up" is right.

    It is not when its device's clock was put forward, or when its person was given extra time
    after it was opened.
    """
    return deadline is not None and now >= deadline - SPARE
