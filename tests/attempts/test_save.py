"""Saving answers: acknowledged once, never lost, never changed by a replay."""

from datetime import timedelta

import pytest

from quiz.attempts import service
from quiz.domain.paper import BadAnswer
from quiz.models import Save, db
from tests import factories
from tests.answers import position_of, right_fields


@pytest.fixture
def attempt(app):
    return factories.attempt_with_every_kind()


@pytest.fixture
def save(attempt, clock):
    """Save fields at a position of the attempt."""
    who = factories.who(attempt.person)

    def _save(position, fields, revision=1, op_id=None):
        return service.save(
            attempt.id,
            who,
            op_id=op_id or factories.op_id(),
            position=position,
            revision=revision,
            fields=fields,
            now=clock.moment,
        )

    return _save


def in_force(attempt):
    return {q.number: q.filled for q in service.sitting(attempt).questions if q.is_answered}


def test_a_save_is_journalled_and_in_force(attempt, save):
    position = position_of(attempt, "single")

    save(position, {"": ["2"]})

    assert in_force(attempt) == {position: {"": ["2"]}}


def test_a_replay_is_acknowledged_alike_and_changes_nothing(attempt, save, clock):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    first = save(position, {"": ["2"]}, op_id=op_id)
    clock.tick(seconds=9)

    second = save(position, {"": ["2"]}, op_id=op_id)

    assert (second.saved_at, second.revision) == (first.saved_at, first.revision)
    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 1


@pytest.mark.parametrize(
    ("fields", "revision"),
    [
        pytest.param({"": ["1"]}, 1, id="another answer"),
        pytest.param({"": ["2"]}, 2, id="another revision"),
    ],
)
def test_an_operation_is_not_reused_with_another_body(attempt, save, fields, revision):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    save(position, {"": ["2"]}, op_id=op_id)

    with pytest.raises(service.OperationReused):
        save(position, fields, revision=revision, op_id=op_id)

    db.session.rollback()
    assert in_force(attempt) == {position: {"": ["2"]}}


def test_an_older_revision_is_journalled_and_does_not_win(attempt, save):
    position = position_of(attempt, "single")
    save(position, {"": ["2"]}, revision=5)

    late = save(position, {"": ["0"]}, revision=4)

    assert late.is_stale
    assert in_force(attempt) == {position: {"": ["2"]}}
    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) == 2


def test_an_answer_can_be_taken_back(attempt, save):
    position = position_of(attempt, "multiple")
    save(position, {"": ["0", "1"]})

    save(position, {}, revision=2)

    assert in_force(attempt) == {}


@pytest.mark.parametrize("seconds", [-1, 0, 29, 30], ids=str)
def test_T_L7_a_save_counts_until_the_grace_is_over(attempt, save, clock, seconds):
    clock.moment = attempt.deadline_at + timedelta(seconds=seconds)

    save(position_of(attempt, "single"), {"": ["1"]})

    assert in_force(attempt)


@pytest.mark.parametrize("milliseconds", [30_001, 60_000, 10**9], ids=str)
def test_T_L7_a_save_after_the_grace_is_refused(attempt, save, clock, milliseconds):
    clock.moment = attempt.deadline_at + timedelta(milliseconds=milliseconds)

    with pytest.raises(service.AttemptOver):
        save(position_of(attempt, "single"), {"": ["1"]})

    db.session.rollback()
    assert not in_force(attempt)


def test_a_replay_after_the_end_is_still_acknowledged(attempt, save, clock):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    first = save(position, {"": ["2"]}, op_id=op_id)
    service.submit(attempt.id, factories.who(attempt.person), op_id=factories.op_id(), now=clock())
    clock.tick(days=1)

    assert save(position, {"": ["2"]}, op_id=op_id).saved_at == first.saved_at


def test_nothing_is_saved_after_handing_in(attempt, save, clock):
    service.submit(attempt.id, factories.who(attempt.person), op_id=factories.op_id(), now=clock())

    with pytest.raises(service.AttemptOver):
        save(1, right_fields(attempt, 1))


@pytest.mark.parametrize(
    ("fields"),
    [
        pytest.param({"": ["9"]}, id="a place that is not offered"),
        pytest.param({"": ["0", "1"]}, id="two answers to a single choice"),
        pytest.param({"": ["a"]}, id="the code of the file"),
        pytest.param({"": ["-1"]}, id="a negative place"),
        pytest.param({"": ["٣"]}, id="a digit of another script"),
        pytest.param({"0": ["it"]}, id="the shape of another kind"),
    ],
)
def test_an_answer_that_is_not_offered_is_refused(attempt, save, fields):
    with pytest.raises(BadAnswer):
        save(position_of(attempt, "single"), fields)


@pytest.mark.parametrize("position", [0, 101, 10**9])
def test_a_question_that_is_not_on_the_paper_is_refused(attempt, save, position):
    with pytest.raises(service.NoSuchPosition):
        save(position, {"": ["1"]})
