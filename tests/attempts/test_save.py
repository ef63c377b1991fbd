"""Saving answers: acknowledged once, never lost, never changed by a replay."""

from datetime import timedelta

import pytest

from quiz.accounts import service as accounts
from quiz.attempts import service
from quiz.domain.paper import BadAnswer
from quiz.journal import service as journal
from quiz.journal.service import Entry
from quiz.models import AuditEvent, Save, db
from tests import factories
from tests.answers import position_of, right_fields


@pytest.fixture
def attempt(app):
    return factories.attempt_with_every_kind(asks_confidence=True)


@pytest.fixture
def who(attempt):
    return factories.who(attempt.person)


@pytest.fixture
def save(attempt, who, clock):
    """Save fields at a position of the attempt."""

    def _save(position, fields, revision=1, op_id=None, who=who, confidence=None):
        entry = Entry(op_id or factories.op_id(), attempt.id, position, revision, None, confidence)
        return service.save(entry, who, fields, clock.moment)

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


def test_of_two_pages_with_the_same_revision_the_first_acknowledged_one_wins(attempt, save):
    position = position_of(attempt, "single")
    save(position, {"": ["2"]})

    late = save(position, {"": ["0"]})

    assert late.is_stale
    assert in_force(attempt) == {position: {"": ["2"]}}


def test_a_replay_of_a_stale_save_is_still_stale(attempt, save):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    save(position, {"": ["2"]}, revision=5)
    save(position, {"": ["0"]}, revision=4, op_id=op_id)

    assert save(position, {"": ["0"]}, revision=4, op_id=op_id).is_stale


def test_how_sure_somebody_is_belongs_to_the_answer(attempt, save):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    save(position, {"": ["2"]}, op_id=op_id, confidence="sure")

    with pytest.raises(service.OperationReused):
        save(position, {"": ["2"]}, op_id=op_id, confidence="unsure")

    db.session.rollback()
    assert service.sitting(attempt).questions[position - 1].confidence == "sure"


def test_how_sure_somebody_is_is_not_kept_where_nobody_asked(app, now):
    attempt = factories.attempt_with_every_kind()
    who, position = factories.who(attempt.person), position_of(attempt, "single")

    entry = Entry(factories.op_id(), attempt.id, position, 1, None, "sure")
    service.save(entry, who, {"": ["2"]}, now)
    assert service.sitting(attempt).questions[position - 1].confidence is None

    service.save_sheet(
        attempt.id,
        who,
        op_id=factories.op_id(),
        shown={position: 1},
        fields={position: {"": ["1"]}},
        confidences={position: "sure"},
        now=now,
    )
    assert service.sitting(attempt).questions[position - 1].confidence is None


def test_T_L12_another_device_takes_over_and_the_old_one_cannot_write(attempt, save, clock):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    old, new = factories.who(attempt.person), factories.who(attempt.person)
    first = save(position, {"": ["2"]}, op_id=op_id, who=old)

    with pytest.raises(service.OpenElsewhere):
        save(position, {"": ["1"]}, revision=2, who=new)
    db.session.rollback()
    service.continue_here(attempt.id, new, clock())
    save(position, {"": ["0"]}, revision=2, who=new)
    with pytest.raises(service.OpenElsewhere):
        save(position, {"": ["1"]}, revision=3, who=old)
    db.session.rollback()

    assert in_force(attempt) == {position: {"": ["0"]}}
    assert save(position, {"": ["2"]}, op_id=op_id, who=old).saved_at == first.saved_at
    events = db.select(AuditEvent).where(AuditEvent.object_id == attempt.id)
    event = db.session.scalars(events).one()
    assert event.details == {"from": old.sign_in_id, "to": new.sign_in_id}


def test_T_L12_the_old_device_cannot_hand_in_but_the_end_comes_for_all(attempt, save, clock):
    old, new = factories.who(attempt.person), factories.who(attempt.person)
    save(1, right_fields(attempt, 1), who=old)
    service.continue_here(attempt.id, new, clock())

    with pytest.raises(service.OpenElsewhere):
        service.submit(attempt.id, old, op_id=factories.op_id(), now=clock())
    db.session.rollback()
    clock.moment = attempt.deadline_at + timedelta(minutes=1)
    service.submit(attempt.id, old, op_id=factories.op_id(), now=clock())

    assert attempt.state == "graded"


def test_a_device_that_signed_out_leaves_the_attempt_to_the_next(attempt, save, clock):
    old, new = factories.who(attempt.person), factories.who(attempt.person)
    save(1, right_fields(attempt, 1), who=old)
    accounts.sign_out(old, clock())

    save(2, right_fields(attempt, 2), who=new)

    assert attempt.lease_id == new.sign_in_id


def test_an_answer_can_be_taken_back(attempt, save):
    position = position_of(attempt, "multiple")
    save(position, {"": ["0", "1"]})

    save(position, {}, revision=2)

    assert in_force(attempt) == {}


def test_who_changes_an_answer_often_makes_no_page_slower(attempt, save):
    position = position_of(attempt, "single")
    for revision in range(1, 8):
        save(position, {"": [str(revision % 3)]}, revision)

    read = db.session.connection().execute(journal._in_force(), {"attempt_ids": [attempt.id]})

    assert [(row.position, row.revision) for row in read] == [(position, 7)]


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


def test_a_replay_after_the_end_is_still_acknowledged(attempt, save, who, clock):
    position, op_id = position_of(attempt, "single"), factories.op_id()
    first = save(position, {"": ["2"]}, op_id=op_id)
    service.submit(attempt.id, who, op_id=factories.op_id(), now=clock())
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
