"""Passwords are hashed one after another, behind everything else, and the queue is short."""

import os
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from quiz.accounts import service as accounts
from quiz.models import Person, db
from quiz.passwords import service
from quiz.web.clock import now
from tests import factories
from tests.browser import Browser

PASSWORD = "một câu dễ nhớ 17"


@pytest.fixture
def long_queue():
    with ExitStack() as queue:
        for _ in range(service.LONGEST_QUEUE):
            queue.enter_context(service._queue)
        yield


def test_hashing_lets_everything_else_go_first():
    def priority():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert service._in_turn(priority) == service.PRIORITY > priority()


def test_one_password_is_hashed_at_a_time():
    assert service._in_turn(threading.get_ident) == service._in_turn(threading.get_ident)


def test_whoever_comes_to_a_full_queue_is_asked_to_wait_and_keeps_the_form(app, long_queue):
    person = factories.person()
    browser = Browser(app)
    token = browser.token()

    page = browser.client.post(
        "/sign-in",
        data={"csrf_token": token, "staff_code": person.staff_code, "password": PASSWORD},
    )

    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "nhiều người đăng nhập cùng lúc" in page.text
    assert f'value="{person.staff_code}"' in page.text
    assert PASSWORD not in page.text


def test_a_place_in_the_queue_is_given_back_after_a_failure_too():
    for _ in range(service.LONGEST_QUEUE + 1):
        with pytest.raises(ZeroDivisionError):
            service._in_turn(lambda: 1 / 0)

    assert service.matches(service.hashed(PASSWORD), PASSWORD)


@pytest.fixture
def slow_hash(app):
    """Somebody's password is being chosen, and its hash does not come until the block says so."""

    @contextmanager
    def begun(who):
        let_go, outcome = threading.Event(), []

        def choose():
            with app.app_context():
                try:
                    accounts.choose_password(who, PASSWORD, now())
                except accounts.SignInOver:
                    outcome.append("over")

        service._thread.submit(let_go.wait, 20)
        chooser = threading.Thread(target=choose)
        chooser.start()
        while service._thread._work_queue.empty():
            time.sleep(0.01)
        yield outcome
        let_go.set()
        chooser.join()

    return begun


def test_nobody_waits_for_a_hash_to_write(app, slow_hash):
    agency, who = factories.agency(), factories.who(factories.person())
    db.session.commit()

    with slow_hash(who):
        agency.name = "Xã khác"
        db.session.commit()

    assert db.session.get_one(Person, who.person_id).password_hash


def test_T_O13_a_session_that_ends_while_its_password_is_hashed_sets_none(app, slow_hash):
    who = factories.who(factories.person())
    db.session.commit()

    with slow_hash(who) as outcome:
        accounts.sign_out(who, now())

    assert outcome == ["over"]
    assert db.session.get_one(Person, who.person_id).password_hash is None


def test_no_password_is_that_of_nobody():
    assert not service.matches(None, PASSWORD)
