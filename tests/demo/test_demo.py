"""The demonstration province: deterministic, honest, and without a password in the repository."""

import subprocess
from fractions import Fraction

import pytest

from quiz.config import ROOT
from quiz.demo import service as demo
from quiz.demo.units import COMMUNES
from quiz.domain.scoring import score
from quiz.leaderboards import service as leaderboards
from quiz.models import Agency, Attempt, Person, Response, db
from quiz.standings import service as standings
from quiz.web.bank import bank
from tests.browser import Browser
from tests.conftest import NOON, Clock, empty, make_app

SECRET = "a-secret-of-this-installation-only"
PEOPLE = 270


@pytest.fixture(scope="module")
def province(database_app):
    """The demonstration, loaded once: no test here changes its results."""
    database_app.extensions["clock"] = Clock()
    database_app.extensions["limits"].storage.reset()
    with database_app.app_context():
        empty(database_app)
        demo.load(bank(), SECRET, NOON, people=PEOPLE)
        db.session.remove()
        yield database_app


@pytest.fixture
def app(province):
    yield province
    db.session.remove()


def test_the_province_has_its_96_communes():
    names = [name.split()[0] for _, name in COMMUNES]

    assert (names.count("Xã"), names.count("Phường"), names.count("Đặc")) == (86, 9, 1)
    assert len({code for code, _ in COMMUNES}) == 96


@pytest.mark.parametrize("database_app", ["postgresql"], indirect=True)
def test_the_demonstration_is_the_same_each_time_on_either_database(app, tmp_path):
    board = leaderboards.export_csv("dot-1-2026")
    with make_app(f"sqlite:///{tmp_path}/quiz.db").app_context():
        demo.load(bank(), SECRET, NOON, people=PEOPLE)
        again = leaderboards.export_csv("dot-1-2026")
        db.session.remove()
        db.engine.dispose()

    assert again == board
    assert board.count("\n") > 50


def test_every_score_is_the_mean_of_its_responses(app):
    marks: dict[str, list[Fraction]] = {}
    for row in db.session.scalars(db.select(Response)):
        marks.setdefault(row.attempt_id, []).append(
            Fraction(row.mark_numerator, row.mark_denominator)
        )
    attempts = db.session.scalars(db.select(Attempt)).all()
    assert len(attempts) > PEOPLE
    assert all(attempt.score == score(marks[attempt.id]) for attempt in attempts)
    assert standings.rebuild() == 0


def test_the_trainer_sees_what_a_course_brought(app):
    trainer = next(one for one in demo.accounts(SECRET) if one["role"] == "trainer")
    browser = Browser(app)
    browser.send(
        "/sign-in", staff_code=trainer["staff_code"], password=trainer["password"], next=""
    )

    page = browser.get("/reviews")

    assert f'data-l="Số người làm cả hai bài" class="r">{demo.COURSE_PEOPLE}<' in page
    assert "Tăng " in page


def test_loading_again_changes_nothing(app, now):
    before = db.session.scalar(db.select(db.func.count()).select_from(Person))

    said = demo.load(bank(), SECRET, now)

    assert "nothing was changed" in said
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == before
    assert db.session.scalar(db.select(Agency.name).filter_by(code="21548")) == "Đặc khu Lý Sơn"


def test_the_accounts_sign_in(app):
    for account in demo.accounts(SECRET):
        browser = Browser(app)
        browser.send(
            "/sign-in", staff_code=account["staff_code"], password=account["password"], next=""
        )
        assert account["name"] in browser.get("/account")


def test_passwords_belong_to_the_installation(app):
    tracked = subprocess.run(["git", "grep", "-l", "."], cwd=ROOT, capture_output=True, text=True)
    here, there = demo.accounts(SECRET), demo.accounts("another-secret-of-another-place")

    assert {a["password"] for a in here}.isdisjoint(a["password"] for a in there)
    for path in tracked.stdout.splitlines():
        text = (ROOT / path).read_bytes()
        assert not any(account["password"].encode() in text for account in here)
