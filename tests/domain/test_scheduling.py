"""When attempts end."""

from datetime import UTC, datetime, timedelta

import pytest

from quiz.domain.scheduling import GRACE, SPARE, accepts, deadline, is_up

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)


@pytest.mark.parametrize(
    ("limit", "extra", "seconds"),
    [
        pytest.param(20, 0, 1200, id="the limit"),
        pytest.param(20, 25, 1500, id="a quarter more"),
        pytest.param(1, 1, 61, id="part of a second is rounded up"),
        pytest.param(90, 200, 16_200, id="three times as much"),
    ],
)
def test_extra_time_is_added_to_the_limit(limit, extra, seconds):
    assert deadline(NOON, limit, extra, EVENING, True) == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(("ends", "minutes"), [(True, 10), (False, 30)])
def test_the_end_of_a_campaign_cuts_an_attempt_if_its_rules_say_so(ends, minutes):
    closes_at = NOON + timedelta(minutes=10)

    assert deadline(NOON, 20, 50, closes_at, ends) == NOON + timedelta(minutes=minutes)


def test_P14_no_save_is_accepted_after_the_grace_and_none_refused_before():
    for millisecond in range(-5_000, 5_001):
        late = timedelta(milliseconds=millisecond)
        assert accepts(NOON, NOON + GRACE + late) == (millisecond <= 0)


def test_practice_has_no_deadline():
    assert accepts(None, NOON)


def test_P14_a_page_that_says_the_time_is_up_is_believed_at_the_deadline_alone():
    for second in range(-3_600, 3_601):
        moment = NOON + timedelta(seconds=second)
        assert is_up(NOON, moment) == (second >= -SPARE.total_seconds())
    assert not is_up(None, NOON)
