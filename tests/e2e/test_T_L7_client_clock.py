"""A browser whose clock is a year ahead and whose timer stands still gets the same score."""

import pytest
from playwright.sync_api import expect

from quiz.models import Attempt, Save, db
from tests import factories
from tests.e2e.test_paths import answer, check_of, hand_in

A_YEAR_AHEAD = """
const ahead = 365 * 24 * 3600 * 1000;
const now = Date.now.bind(Date), sinceStart = performance.now.bind(performance);
window.Date = class extends Date {
  constructor(...given) { given.length ? super(...given) : super(now() + ahead); }
  static now() { return now() + ahead; }
};
performance.now = () => sinceStart() + ahead;
window.setInterval = () => 0;
"""


def test_T_L7_a_browsers_clock_changes_neither_score_nor_times(app, visit, clock):
    home = factories.agency()
    someone = factories.person(at=home)
    attempt = factories.attempt(someone, factories.campaign(home, topics=["d03"], size=4))
    page = visit(someone)
    page.add_init_script(A_YEAR_AHEAD)
    page.goto(f"/attempts/{attempt.id}")
    expect(page.locator(".timer")).to_contain_text("20:00")
    for number in range(1, 4):
        answer(page, attempt, number)
        page.locator("[data-next]").click()
    hand_in(page, despite_gaps=True)

    expect(page.locator(".score")).to_contain_text("75")
    assert page.faults == []
    attempt = db.session.get_one(Attempt, attempt.id, populate_existing=True)
    saved = db.session.scalars(db.select(Save.saved_at))
    assert {attempt.finished_at, *saved} == {clock()}


@pytest.mark.parametrize(("minutes", "state"), [(5, "open"), (21, "graded")])
def test_P14_a_countdown_that_ends_hands_in_only_if_the_servers_has(
    app, visit, clock, minutes, state
):
    home = factories.agency()
    someone = factories.person(at=home)
    attempt = factories.attempt(someone, factories.campaign(home, topics=["d03"], size=4))
    page = visit(someone)
    page.clock.install()
    page.goto(f"/attempts/{attempt.id}")
    answer(page, attempt, 1)
    expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu")
    clock.tick(minutes=minutes)  # the server's; the page believes that 25 have passed
    page.clock.fast_forward(25 * 60 * 1000)

    if state == "open":
        expect(page.locator(".timer")).to_contain_text("15:00")
        expect(page.locator("[data-answered]").first).to_have_text("1")
    else:
        page.wait_for_url("**/result")
    assert db.session.get_one(Attempt, attempt.id, populate_existing=True).state == state
    assert page.faults == []


@pytest.fixture
def page(app, visit):
    """A paper of twenty minutes whose clock the test moves."""
    home = factories.agency()
    someone = factories.person(at=home)
    attempt = factories.attempt(someone, factories.campaign(home, topics=["d03"], size=4))
    page = visit(someone)
    page.clock.install()
    page.goto(f"/attempts/{attempt.id}")
    return page


def test_the_time_that_is_left_is_spoken_at_four_moments(page):
    spoken, said = page.locator("#timer-spoken"), []

    for seconds in (1, 599, 1, 299, 1, 239, 30, 29):
        page.clock.run_for(seconds * 1000)
        said.append(spoken.inner_text())

    ten, five, one, half = ("Còn 10 phút.", "Còn 5 phút.", "Còn 1 phút.", "Còn 30 giây.")
    assert said == ["", ten, ten, five, five, one, half, half]


def test_a_page_that_slept_speaks_of_the_time_that_is_left_now(page):
    page.clock.fast_forward((20 * 60 - 50) * 1000)

    expect(page.locator("#timer-spoken")).to_have_text("Còn 1 phút.")


def test_when_the_time_is_up_without_a_network_there_is_nothing_to_go_on_with(page, clock):
    page.context.set_offline(True)
    page.clock.fast_forward((20 * 60 + 1) * 1000)

    expect(page.get_by_text("Đã hết giờ. Bài chưa được nộp.")).to_be_visible()
    expect(page.get_by_role("button", name="Khoan nộp, làm tiếp")).to_be_hidden()
    clock.tick(minutes=21)
    page.context.set_offline(False)
    page.wait_for_url("**/result")


def test_the_time_that_runs_out_while_handing_in_leaves_nothing_to_go_on_with(page):
    page.context.set_offline(True)
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    check_of(page).get_by_label("Tôi muốn nộp bài").check()
    page.clock.run_for(600)
    check_of(page).get_by_role("button", name="Nộp bài").click()
    page.clock.run_for(10)
    expect(page.get_by_role("button", name="Khoan nộp, làm tiếp")).to_be_visible()

    page.clock.fast_forward((20 * 60 + 1) * 1000)

    expect(page.get_by_text("Đã hết giờ. Bài chưa được nộp.")).to_be_visible()
    expect(page.get_by_role("button", name="Khoan nộp, làm tiếp")).to_be_hidden()
