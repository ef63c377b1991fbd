"""The board that is kept while grading is the board that the attempts give."""

import random

import pytest

from quiz.leaderboards import service
from quiz.models import AgencyStanding, Standing, db
from quiz.standings import service as standings
from tests import factories
from tests.browser import Browser
from tests.conftest import counted


@pytest.fixture
def campaign(app):
    """Six agencies of different sizes, some of their people with results."""
    rng = random.Random(11)
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    homes = [factories.agency(f"Xã {n}", parent=province) for n in range(6)]
    people = [factories.person(f"Nguyễn Văn {n}", at=homes[n * n % 7 % 6]) for n in range(30)]
    campaign = factories.campaign(province, topics=["d01"], size=3)
    for someone in people[:14]:
        factories.graded(someone, campaign, right=rng.randint(0, 3))
    return campaign


def test_rebuilding_a_healthy_board_changes_nothing(campaign):
    assert standings.rebuild() == 0


def test_rebuilding_mends_what_was_altered(campaign):
    before = service.export_csv(campaign.code)
    db.session.execute(db.update(AgencyStanding).values(score_sum=0, passed=0))
    db.session.execute(db.delete(Standing))
    db.session.commit()

    assert standings.rebuild(campaign.code) > 0
    assert service.export_csv(campaign.code) == before
    assert standings.rebuild() == 0


def test_P18_both_databases_give_the_same_board(campaign):
    """The same data gives the same numbers in the same order, written down once for both."""
    exported = service.export_csv(campaign.code)
    lines = [line.split(",") for line in exported.splitlines()]
    shown = [[*line[:2], *line[5:]] for line in lines[1:]]

    assert shown == EXPECTED


# rank, tied, headcount, participants, score_sum, passed, index
EXPECTED = [
    ["1", "0", "9", "4", "33333", "3", "31.58"],
    ["2", "0", "8", "4", "26667", "2", "29.63"],
    ["3", "0", "5", "2", "10000", "1", "24.44"],
    ["4", "0", "8", "4", "9999", "0", "20.37"],
]


def test_an_excused_person_leaves_the_denominator(app):
    home = factories.agency()
    someone = factories.person(at=home)
    factories.person("Lê Văn Nghỉ", at=home)
    campaign = factories.campaign(home)
    db.session.execute(db.text("UPDATE roster_entry SET excused_reason = 'nghỉ thai sản'"))
    db.session.commit()
    standings.rebuild()

    factories.graded(someone, campaign, right=20)

    row = db.session.get_one(AgencyStanding, (campaign.id, home.id), populate_existing=True)
    assert (row.headcount, row.participants) == (0, 0)


def test_two_campaigns_are_kept_apart(campaign):
    other = factories.campaign(campaign.audience)

    assert sum(r.participants for r in service.results_of(other.id)) == 0
    assert sum(r.participants for r in service.results_of(campaign.id)) == 14


def test_the_board_shows_the_sum_with_the_agencys_own_numbers(app, campaign):
    someone = db.session.scalars(db.select(factories.Person)).first()
    browser = Browser(app).sign_in(someone)
    agency = someone.postings[0].agency

    page = browser.get(f"/leaderboards/{campaign.code}/agencies/{agency.code}")

    row = service.board_of(campaign).row_of(agency.code)
    assert f"{row.index // 100},{row.index % 100:02d}" in page


def test_colleagues_are_named_by_pseudonym_alone(app):
    home = factories.agency()
    me = factories.person("Nguyễn Thị Thu Hà", at=home)
    other = factories.person("Hồ Văn Bí Mật", at=home)
    campaign = factories.campaign(home)
    factories.graded(me, campaign, right=5)
    factories.graded(other, campaign, right=9)

    page = Browser(app).sign_in(me).get(f"/leaderboards/{campaign.code}/people")

    assert "thứ 2 trong 2" in page
    assert other.pseudonym in page
    assert "Bí Mật" not in page


@pytest.mark.parametrize("view", ["", "/people", "/rules"])
def test_a_board_costs_few_statements_whatever_its_size(app, campaign, view):
    someone = db.session.scalars(db.select(factories.Person)).first()
    browser = Browser(app).sign_in(someone)

    path = f"/leaderboards/{campaign.code}{view}"

    with counted() as statements:
        browser.get(path)

    assert len(statements) <= 3, statements
