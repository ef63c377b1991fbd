"""Handing in, grading, and the standings that follow."""

import itertools
import threading
import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import event

from quiz.admission import service as admission
from quiz.attempts import service
from quiz.grading import service as grading
from quiz.journal import service as journal
from quiz.journal.service import Entry
from quiz.models import AgencyStanding, Attempt, Campaign, Response, Standing, db
from quiz.standings import service as standings
from quiz.standings.service import Result
from quiz.web.bank import bank
from tests import factories
from tests.answers import answer_right, place, position_of
from tests.conftest import counted


@pytest.fixture
def home(app):
    return factories.agency()


@pytest.fixture
def learner(home):
    return factories.person(at=home)


@pytest.fixture
def campaign(home, learner):
    return factories.campaign(home)


def agency_standing(campaign, home):
    return db.session.get_one(AgencyStanding, (campaign.id, home.id), populate_existing=True)


def test_a_paper_answered_right_earns_the_full_score(learner, campaign):
    attempt = factories.graded(learner, campaign, right=20)

    assert (attempt.state, attempt.score) == ("graded", 10_000)


def test_a_paper_left_empty_earns_nothing(learner, campaign):
    assert factories.graded(learner, campaign, right=0).score == 0


def test_every_question_gets_a_response(learner, campaign):
    attempt = factories.graded(learner, campaign, right=3)

    marks = db.session.execute(
        db.select(Response.mark_numerator, Response.mark_denominator).order_by(Response.position)
    ).all()
    assert [n / d for n, d in marks] == [1] * 3 + [0] * 17
    assert attempt.score == 1_500


def test_the_best_attempt_counts(learner, campaign, clock):
    factories.graded(learner, campaign, right=16)
    clock.tick(minutes=15)
    factories.graded(learner, campaign, right=10)

    standing = db.session.get_one(Standing, (campaign.id, learner.id), populate_existing=True)
    assert (standing.best_score, standing.attempts) == (8_000, 2)


def test_the_agency_gets_the_best_scores_of_its_people(home, learner, campaign, clock):
    factories.graded(learner, campaign, right=10)
    clock.tick(minutes=15)
    factories.graded(learner, campaign, right=16)

    row = agency_standing(campaign, home)
    assert (row.headcount, row.participants, row.score_sum, row.passed) == (1, 1, 8_000, 1)


def test_a_later_worse_attempt_takes_nothing_away(home, learner, campaign, clock):
    factories.graded(learner, campaign, right=16)
    clock.tick(minutes=15)
    factories.graded(learner, campaign, right=0)

    assert agency_standing(campaign, home).score_sum == 8_000


def test_an_organiser_who_tries_the_quiz_is_not_counted(home, campaign):
    organiser = factories.staff("organiser", home)

    factories.graded(organiser, campaign, right=20)

    assert agency_standing(campaign, home).participants == 0


def test_the_sweeper_grades_what_is_saved_when_the_time_is_up(learner, campaign, clock):
    attempt = factories.attempt(learner, campaign)
    answer_right(attempt, factories.who(learner), range(1, 6), clock(), factories.op_id)
    clock.tick(minutes=21)

    assert grading.sweep(clock()) == 1

    swept = db.session.get_one(Attempt, attempt.id, populate_existing=True)
    assert (swept.state, swept.score) == ("graded", 2_500)
    assert swept.finished_at == swept.deadline_at


def test_the_sweeper_leaves_the_grace_alone(learner, campaign, clock):
    factories.attempt(learner, campaign)
    clock.tick(minutes=20, seconds=30)

    assert grading.sweep(clock()) == 0


def test_a_sweep_of_many_attempts_counts_each_where_it_belongs(home, clock):
    office = factories.agency(parent=home)
    agencies = [home, office] * (grading.BATCH // 4 + 1)
    people = [factories.person(at=agency) for agency in agencies]
    campaigns = [factories.campaign(home) for _ in range(2)]
    for person in people:
        for campaign in campaigns:
            factories.attempt(person, campaign)
    clock.tick(hours=1)

    assert grading.sweep(clock()) == 2 * len(people) > grading.BATCH

    for campaign in campaigns:
        for agency in (home, office):
            assert agency_standing(campaign, agency).participants == len(people) // 2
    assert standings.rebuild() == 0


def test_several_attempts_of_one_person_recorded_at_once_are_all_counted(learner, campaign, clock):
    standings.record(
        [
            Result(campaign.id, learner.id, points, finished_at=clock())
            for points in (6_000, 8_000, 7_000)
        ]
    )
    db.session.commit()

    standing = db.session.get_one(Standing, (campaign.id, learner.id))
    assert (standing.best_score, standing.attempts) == (8_000, 3)


def handed_in(someone, campaign, now):
    """An attempt that was handed in and waits to be graded."""
    attempt = factories.attempt(someone, campaign)
    grading.finish(attempt.id, attempt.deadline_at, now, factories.op_id())
    return attempt.id


def unmarkable(someone, campaign, now):
    """An attempt that waits to be graded, with an item that nobody has kept."""
    attempt = Attempt(
        id="0-first",
        person_id=someone.id,
        campaign_id=campaign.id,
        number=1,
        state="submitted",
        paper=[{"item": "d01-unknown", "version": "0" * 64, "order": []}],
        started_at=now,
        deadline_at=now,
        finished_at=now,
    )
    db.session.add(attempt)
    db.session.commit()
    return attempt.id


def states():
    return dict(db.session.execute(db.select(Attempt.id, Attempt.state)).all())


@pytest.fixture
def waiting(home, clock):
    """Three attempts of one campaign that were handed in and wait to be graded."""
    people = [factories.person(at=home) for _ in range(3)]
    campaign = factories.campaign(home)
    return [handed_in(person, campaign, clock()) for person in people]


def test_what_others_have_handed_in_is_graded_with_ones_own(waiting, clock):
    grading.grade(waiting[1], clock())

    assert states() == dict.fromkeys(waiting, "graded")
    assert db.session.scalar(db.select(db.func.count()).select_from(Response)) == 3 * 20
    assert standings.rebuild() == 0


def test_whose_attempt_others_have_graded_grades_nobody(waiting, clock, home):
    grading.grade(waiting[0], clock())
    late = handed_in(factories.person(at=home), factories.campaign(home), clock())

    grading.grade(waiting[0], clock())

    assert states()[late] == "submitted"


@pytest.mark.parametrize("grade", ["sweep", "hand in"])
def test_an_attempt_that_cannot_be_marked_keeps_nobody_else_waiting(
    home, waiting, clock, grade, caplog
):
    spoilt = unmarkable(factories.person(at=home), factories.campaign(home), clock())

    if grade == "sweep":
        assert grading.sweep(clock()) == 3
    else:
        grading.grade(waiting[0], clock())

    assert states() == {spoilt: "submitted", **dict.fromkeys(waiting, "graded")}
    assert spoilt in caplog.text
    assert grading.sweep(clock()) == 0


def test_thirty_who_hand_in_at_once_are_each_graded_once(app, home, clock):
    people = [factories.person(at=home) for _ in range(30)]
    campaign = factories.campaign(home)
    turns = [(factories.attempt(person, campaign).id, factories.who(person)) for person in people]
    ids = [attempt_id for attempt_id, _ in turns]

    def submit():
        with lock:
            attempt_id, who = turns.pop()
        service.submit(attempt_id, who, op_id=factories.op_id(), now=clock())
        return service.own_attempt(attempt_id, who).state

    lock = threading.Lock()
    db.session.commit()
    assert at_once(app, 30, submit) == ["graded"] * 30

    assert states() == dict.fromkeys(ids, "graded")
    assert db.session.scalar(db.select(db.func.count()).select_from(Response)) == 30 * 20
    assert agency_standing(campaign, home).participants == 30
    assert standings.rebuild() == 0


def test_a_sweep_reads_no_attempt_that_is_over(learner, campaign, clock):
    waiting, asked = handed_in(learner, campaign, clock()), []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if "FROM attempt" in statement:
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        grading.grade(waiting, clock())
        grading.sweep(clock())
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    this, others, ended, swept = asked
    assert "ix_attempt_open_deadline_at" in plan(*ended)
    assert "ix_attempt_submitted_id" in plan(*swept)
    assert "ix_attempt_submitted_id" in plan(*others)
    assert "SCAN" not in plan(*this)


def test_handing_in_costs_the_same_whatever_others_have_done(app, home, campaign, clock):
    people = [factories.person(at=home) for _ in range(13)]
    campaign = factories.campaign(home)

    def cost(someone):
        attempt, who = factories.attempt(someone, campaign), factories.who(someone)
        answer_right(attempt, who, range(1, 21), clock(), factories.op_id)
        attempt_id = attempt.id
        db.session.commit()
        db.session.expire_all()
        with counted() as statements:
            service.submit(attempt_id, who, op_id=factories.op_id(), now=clock())
        return len(statements)

    cost(people[12])  # reads the items, once for all
    alone = cost(people[0])
    for someone in people[1:6]:
        factories.graded(someone, campaign)
    among_graded = cost(people[6])
    for someone in people[7:11]:
        handed_in(someone, campaign, clock())
    among_waiting = cost(people[11])

    assert alone == among_graded <= 11
    assert among_waiting <= alone + 1  # for items that are on the papers of others alone


def plan(statement, parameters):
    """How the database would find the rows."""
    connection, explain = db.session.connection(), "EXPLAIN QUERY PLAN "
    if connection.dialect.name == "postgresql":
        explain = "EXPLAIN "
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # it suits small tables
    return str(connection.exec_driver_sql(explain + statement, parameters).all())


def test_sweeping_twice_changes_nothing_more(learner, campaign, clock):
    factories.attempt(learner, campaign)
    clock.tick(hours=1)
    grading.sweep(clock())

    assert grading.sweep(clock()) == 0


def test_handing_in_late_finishes_at_the_deadline(learner, campaign, clock):
    attempt = factories.attempt(learner, campaign)
    clock.moment = attempt.deadline_at + timedelta(hours=2)

    service.submit(attempt.id, factories.who(learner), op_id=factories.op_id(), now=clock())

    late = db.session.get_one(Attempt, attempt.id, populate_existing=True)
    assert late.finished_at == late.deadline_at


def slow(audit):
    """Leave time between what a change has read and its end, for another to come in between."""

    def record(*given, **named):
        time.sleep(0.3)
        recorded(*given, **named)

    recorded = audit.record
    return patch.object(audit, "record", record)


def at_once(app, count, act):
    """Run `act` in this many threads that start together; returns what each one got."""
    barrier = threading.Barrier(count)
    results = []

    def run():
        with app.app_context():
            barrier.wait()
            try:
                results.append(act())
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_T_L6_fifty_parallel_starts_make_one_attempt(app, learner, campaign, now):
    who, campaign_id = factories.who(learner), campaign.id

    def start():
        return admission.start(who, db.session.get_one(Campaign, campaign_id), bank(), now)

    db.session.commit()
    ids = at_once(app, 50, start)

    assert len(ids) == 50
    assert len(set(ids)) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(Attempt)) == 1


def test_T_L9_no_race_starts_more_attempts_than_the_rules_allow(app, home, learner, now):
    campaign = factories.campaign(home, attempt_limit=2, pause_minutes=0)
    who, campaign_id = factories.who(learner), campaign.id

    def take():
        try:
            begun = admission.start(who, db.session.get_one(Campaign, campaign_id), bank(), now)
            service.submit(begun, who, op_id=factories.op_id(), now=now)
        except admission.NoAttemptLeft:
            return None
        return begun

    db.session.commit()
    begun = set(at_once(app, 50, take)) - {None}

    numbers = db.session.scalars(db.select(Attempt.number).where(Attempt.id.in_(begun))).all()
    assert sorted(numbers) == [1, 2]
    assert db.session.scalar(db.select(db.func.count()).select_from(Attempt)) == 2


def test_T_L6_twenty_parallel_submits_make_one_result(app, home, learner, campaign, now):
    attempt = factories.attempt(learner, campaign)
    who, attempt_id = factories.who(learner), attempt.id
    answer_right(attempt, who, range(1, 11), now, factories.op_id)

    def submit():
        service.submit(attempt_id, who, op_id=factories.op_id(), now=now)
        return service.own_attempt(attempt_id, who).score

    db.session.commit()
    scores = at_once(app, 20, submit)

    assert scores == [5_000] * 20
    assert db.session.scalar(db.select(db.func.count()).select_from(Response)) == 20
    standing = agency_standing(campaign, home)
    assert (standing.participants, standing.score_sum) == (1, 5_000)


def test_T_L6_a_save_that_is_acknowledged_while_handing_in_is_graded(app, learner, campaign, now):
    attempt = factories.attempt(learner, campaign)
    who, attempt_id = factories.who(learner), attempt.id
    numbers = iter(range(1, 11))
    acts = []

    def save_or_submit():
        with lock:
            number = next(numbers)
        if number == 5:
            service.submit(attempt_id, who, op_id=factories.op_id(), now=now)
            return
        own = service.own_attempt(attempt_id, who)
        try:
            answer_right(own, who, [number], now, factories.op_id)
        except service.AttemptOver:
            return
        acts.append(number)

    lock = threading.Lock()
    db.session.commit()
    at_once(app, 10, save_or_submit)

    graded = db.session.get_one(Attempt, attempt_id, populate_existing=True)
    assert graded.score == len(acts) * 500


def test_T_L6_of_two_tabs_that_save_at_once_the_last_acknowledged_answer_is_graded(
    app, learner, campaign, now
):
    attempt = factories.attempt(learner, campaign)
    who, attempt_id, number = factories.who(learner), attempt.id, position_of(attempt, "single")
    acknowledged, tabs = [], itertools.count()

    def tab():
        choice = str(next(tabs))
        for revision in range(1, 16):
            entry = Entry(factories.op_id(), attempt_id, number, revision, None)
            saved = service.save(entry, who, {"": [choice]}, now)
            if not saved.is_stale:
                acknowledged.append((revision, choice))

    db.session.commit()
    at_once(app, 2, tab)

    revisions = [revision for revision, _ in acknowledged]
    assert sorted(set(revisions)) == sorted(revisions), "one revision was acknowledged twice"
    kept = journal.in_force(attempt_id)[number]
    order = place(attempt, number)[1].order
    assert (kept.revision, str(order.index(kept.answer))) == max(acknowledged)


def test_P15_two_sweepers_at_once_settle_every_overdue_attempt_once(app, home, campaign, clock):
    people = [factories.person(at=home) for _ in range(6)]
    of = factories.campaign(home)
    for someone in people:
        factories.attempt(someone, of)
    clock.tick(minutes=25)

    settled = at_once(app, 2, lambda: grading.sweep(clock()))

    assert sum(settled) == 6
    graded = db.session.scalars(db.select(Attempt.state).where(Attempt.campaign_id == of.id)).all()
    assert graded == ["graded"] * 6
    assert db.session.scalar(db.select(db.func.count()).select_from(Response)) == 6 * 20
