"""A server's clock that is set or slewed neither cuts nor extends an attempt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import current_app

from quiz import create_app
from quiz.models import Attempt, AuditEvent, Save, db
from quiz.web.clock import Agreed, ClockFile, SteadyClock
from tests import factories
from tests.answers import right_fields
from tests.browser import Browser

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
TWO_HOURS = 7_200


class Machine:
    """A machine whose wall clock can be set."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.set_by = 0.0
        self.clock = self.process()

    def process(self, agreed=None) -> SteadyClock:
        """The clock of a process that starts now."""
        return SteadyClock(
            wall=lambda: NOON.timestamp() + self.passed + self.set_by,
            steady=lambda: 1_000 + self.passed,
            agreed=agreed,
        )

    def run(self, seconds: float, slew: float = 0.0) -> float:
        """Let time pass, looking at the clock each second; returns what it then shows."""
        for _ in range(round(seconds)):
            self.passed += 1
            self.set_by += slew
            moment = self.clock()
        return (moment - NOON).total_seconds()


def test_the_clock_follows_the_wall_while_it_is_only_slewed():
    machine = Machine()

    assert machine.run(3_600, slew=0.0005) == pytest.approx(3_601.8)
    assert machine.clock.step == 0


@pytest.mark.parametrize("set_by", [-TWO_HOURS, -3, 3, TWO_HOURS])
def test_T_L8_a_wall_clock_that_is_set_is_not_believed(set_by):
    machine = Machine()
    machine.run(60)
    machine.set_by = set_by

    assert machine.run(600) == pytest.approx(660)
    assert machine.clock.step == pytest.approx(set_by)


def test_T_L8_a_wall_clock_that_is_set_right_is_believed_again():
    machine = Machine()
    machine.set_by = TWO_HOURS
    machine.run(60)
    machine.set_by = 0

    assert machine.run(60) == pytest.approx(120)
    assert machine.clock.step == 0


def test_T_L8_a_process_that_starts_after_the_clock_was_set_believes_the_others(tmp_path):
    machine, file = Machine(), ClockFile(tmp_path / "clock.json")
    machine.run(60)
    file.write(machine.clock.agreed)
    machine.set_by = TWO_HOURS
    machine.run(600)

    later = machine.process(file.read())
    assert later() == machine.clock()
    assert later.step == pytest.approx(TWO_HOURS)

    file.forget()
    assert machine.process(file.read())() - machine.clock() == timedelta(seconds=TWO_HOURS)


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"boot": "another", "looked": 1, "offset": 2}'], ids=repr
)
def test_a_file_of_another_boot_or_of_none_says_nothing(tmp_path, kept):
    file = ClockFile(tmp_path / "clock.json")
    file.path.write_text(kept)

    assert file.read() is None
    assert ClockFile(tmp_path / "none" / "clock.json").read() is None


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path, caplog):
    (tmp_path / "no-folder").touch()
    ClockFile(tmp_path / "no-folder" / "clock.json").write(Agreed(1.0, 2.0))

    assert "cannot be written" in caplog.text


def test_T_L8_one_sweep_alone_ends_nothing_after_the_clock_was_set(app, tmp_path):
    yesterday, month = datetime.now(UTC) - timedelta(days=1), 30 * 24 * 3_600
    app.extensions["clock"] = lambda: yesterday
    attempt = factories.attempt()
    db.session.commit()
    file, wall = ClockFile(tmp_path / "clock.json"), SteadyClock().agreed
    file.write(replace(wall, offset=wall.offset - month))  # it has been set forward since

    def command(*args):
        """What a cron job does: an app of its own each time."""
        with create_app({**app.config, "CLOCK_FILE": file.path}).app_context():
            result = current_app.test_cli_runner().invoke(args=args)
            db.engine.dispose()
            return result

    assert f"clock was set by +{month} s" in command("sweep").stderr
    assert db.session.get_one(Attempt, attempt.id, populate_existing=True).state == "open"
    db.session.commit()

    assert command("clock", "accept").exit_code == 0
    assert "1 attempts settled" in command("sweep").output


@pytest.fixture
def machine(app):
    machine = Machine()
    app.extensions["clock"] = machine.clock
    return machine


def save(learner, attempt, number):
    fields = {f"p{number}.{part}" if part else f"p{number}": values
              for part, values in right_fields(attempt, number).items()}  # fmt: skip
    sent = {"csrf_token": learner.token(), "op_id": factories.op_id(), "position": number}
    answer = learner.client.post(f"/attempts/{attempt.id}/save", data={**sent, **fields})
    return answer.status_code


@pytest.mark.parametrize("set_by", [-TWO_HOURS, TWO_HOURS])
def test_T_L8_an_attempt_keeps_its_time_and_the_sweeper_stands_still(app, machine, set_by):
    attempt = factories.attempt()
    learner = Browser(app).sign_in(attempt.person)
    deadline = attempt.deadline_at
    assert save(learner, attempt, 1) == 302
    machine.set_by = set_by

    assert save(learner, attempt, 2) == 302
    swept = app.test_cli_runner().invoke(args=["sweep"])
    db.session.rollback()
    assert (attempt.state, attempt.deadline_at) == ("open", deadline)
    assert "clock was set by" in swept.stderr
    assert db.session.scalars(db.select(AuditEvent).filter_by(action="clock stepped")).one()
    db.session.rollback()
    machine.run((deadline - NOON + timedelta(seconds=29)).total_seconds())
    assert save(learner, attempt, 3) == 302
    machine.run(2)
    assert save(learner, attempt, 4) == 409
    saved = db.session.scalars(db.select(Save.position).filter_by(attempt_id=attempt.id)).all()
    assert set(saved) == {1, 2, 3}
