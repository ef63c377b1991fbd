"""What the courses brought the people in a trainer's reach."""

import pytest

from quiz.domain.practice import GroupGain
from quiz.models import Attempt, db
from quiz.reviews import service
from quiz.web.bank import bank
from tests import factories
from tests.browser import Browser
from tests.conftest import counted

PATH = "ca-khoa"


@pytest.fixture
def commune(app):
    return factories.agency("Xã Trà Bồng", parent=factories.agency("Tỉnh", "province"))


@pytest.fixture
def trainer(commune):
    return factories.staff("trainer", commune)


def finished(someone, kind, score, path=PATH):
    """A test of a course that this person has finished, or with no score begun."""
    over = None if score is None else factories.now()
    db.session.add(
        Attempt(
            id=factories.op_id()[-24:],
            person_id=someone.id,
            practice=f"{kind}:{path}",
            number=1,
            state="open" if score is None else "graded",
            paper=[],
            started_at=factories.now(),
            finished_at=over,
            graded_at=over,
            score=score,
        )
    )
    db.session.commit()


def took(someone, before, after, path=PATH):
    """Both tests of a course."""
    finished(someone, "pre", before, path)
    finished(someone, "post", after, path)


def gains(trainer):
    return service.course_gains(factories.who(trainer))


def test_the_gain_is_the_mean_over_those_who_took_both_tests(commune, trainer):
    for points in range(5):
        took(factories.person(at=commune), 5_000 + points, 7_000)
    only_before, unfinished = factories.person(at=commune), factories.person(at=commune)
    finished(only_before, "pre", 0)
    finished(unfinished, "pre", 0)
    finished(unfinished, "post", None)

    gain = gains(trainer)[PATH]

    assert gain == GroupGain(5, 25_010, 35_000)
    assert (gain.before, gain.after, gain.points) == (5_002, 7_000, 1_998)


def test_people_out_of_reach_and_unranked_ones_are_not_counted(commune, trainer):
    for _ in range(4):
        took(factories.person(at=commune), 5_000, 7_000)
    for someone in (factories.person(), trainer, factories.person(at=commune, is_ranked=False)):
        took(someone, 0, 10_000)
    assert gains(trainer) == {}

    took(factories.person(at=commune), 5_000, 7_000)

    assert gains(trainer)[PATH] == GroupGain(5, 25_000, 35_000)


def test_each_path_has_its_own_gain(commune, trainer):
    for _ in range(6):
        someone = factories.person(at=commune)
        took(someone, 5_000, 7_000)
        took(someone, 6_000, 5_000, "nguoi-dung-dau")

    assert {path: gain.points for path, gain in gains(trainer).items()} == {
        PATH: 2_000,
        "nguoi-dung-dau": -1_000,
    }


def test_the_page_tells_the_gain_and_that_a_group_is_small(app, commune, trainer):
    for _ in range(5):
        took(factories.person(at=commune), 5_000, 7_050)

    page = Browser(app).sign_in(trainer).get("/reviews")

    assert bank().paths[PATH].name in page
    assert ">50,00</td>" in page
    assert ">70,50</td>" in page
    assert "Tăng 20,5 điểm" in page
    assert "ít người, chỉ để tham khảo" in page
    assert bank().paths["nguoi-dung-dau"].name not in page


def test_four_people_are_too_few_for_any_number(app, commune, trainer):
    for _ in range(4):
        took(factories.person(at=commune), 5_000, 7_050)

    page = Browser(app).sign_in(trainer).get("/reviews")

    assert "Chưa lộ trình nào có đủ 5 người làm cả hai bài." in page
    assert "70,50" not in page


@pytest.mark.parametrize("size", [5, 40])
def test_the_page_costs_four_statements_whatever_the_size_of_the_data(app, commune, trainer, size):
    for _ in range(size):
        took(factories.person(at=commune), 5_000, 7_000)
    browser = Browser(app).sign_in(trainer)

    with counted() as statements:
        browser.get("/reviews")

    assert len(statements) <= 4, statements
