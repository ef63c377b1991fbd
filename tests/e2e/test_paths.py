"""Whole paths of people, in a real browser."""

import io
import re

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from quiz.models import Attempt, Save, db
from quiz.web.bank import bank
from tests import factories
from tests.answers import right_fields
from tests.chromium import follow
from tests.e2e.test_every_page import faults_of

A_LOOK = 500  # ms from which a tap in the dialog counts
TWO_TAPS = """() => {
  const tap = detail => new MouseEvent("click", { detail, bubbles: true, cancelable: true });
  document.querySelector("[data-last]").dispatchEvent(tap(1));
  document.querySelector('#check [value="hand-in"]').dispatchEvent(tap(2));
}"""


@pytest.fixture
def home(app, served):
    return factories.agency()


@pytest.fixture
def learner(home):
    return factories.person(at=home, password="một câu dễ nhớ 17")


@pytest.fixture
def campaign(home, learner):
    return factories.campaign(home, topics=["d03", "d05"], size=10)


def check_of(page):
    """The dialog that shows what is open before handing in."""
    return page.get_by_role("dialog", name="Kiểm tra trước khi nộp")


def hand_in(page, despite_gaps=False):
    """From a paper to its result."""
    page.locator('button[value="check"]:visible').first.click()
    if despite_gaps:
        check_of(page).get_by_label("Tôi muốn nộp bài").check()
    page.wait_for_timeout(A_LOOK)
    check_of(page).get_by_role("button", name="Nộp bài").click()
    page.wait_for_url("**/result")


def attempt_of(learner):
    newest = db.select(Attempt).filter_by(person_id=learner.id).order_by(Attempt.number.desc())
    attempt = db.session.scalars(newest).first()
    db.session.commit()  # let go: the served app wants to write
    return attempt


def answer(page, attempt, number, by_key=False):
    """Answer one question right, with the mouse or the keyboard."""
    for part, values in right_fields(attempt, number).items():
        name = f"p{number}.{part}" if part else f"p{number}"
        for value in values:
            if page.locator(f'select[name="{name}"]').count():
                page.locator(f'select[name="{name}"]').select_option(value)
                continue
            if page.locator(
                f'input[type="text"][name="{name}"], input:not([type])[name="{name}"]'
            ).count():
                page.locator(f'input[name="{name}"]').fill(value)
                continue
            control = page.locator(f'input[name="{name}"][value="{value}"]')
            if by_key:
                control.focus()
                page.keyboard.press("Space")
            else:
                control.check()


def test_a_learner_signs_in_learns_practises_and_takes_the_quiz(visit, learner, campaign):
    page = visit()
    page.goto("/")
    page.get_by_role("link", name="Đăng nhập bằng mã cán bộ").click()
    page.get_by_label("Mã cán bộ").fill(learner.staff_code)
    page.get_by_label("Mật khẩu").fill("một câu dễ nhớ 17")
    page.locator("main button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chào Anh/Chị Hà")
    page.get_by_role("link", name="Học tiếp").click()
    page.get_by_role("button", name="Tôi đã đọc xong").click()
    expect(page.get_by_role("status")).to_contain_text("đọc xong")

    page.goto(f"/campaigns/{campaign.code}")
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    page.wait_for_url("**/attempts/**")
    attempt = attempt_of(learner)
    for number in range(1, 11):
        answer(page, attempt, number)
        expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu")
        if number < 10:
            page.locator("[data-next]").click()
    page.evaluate(TWO_TAPS)
    expect(check_of(page)).to_contain_text("Anh/Chị đã trả lời đủ các câu")
    page.keyboard.press("Escape")
    hand_in(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Kết quả: Đạt")
    expect(page.locator(".score")).to_contain_text("100")
    page.get_by_role("link", name="Xem bảng xếp hạng").click()
    expect(page.locator("tr.is-own, .own").first).to_be_visible()
    page.get_by_role("link", name="Vì sao đơn vị đứng ở đây?").click()
    expect(page.get_by_role("heading", name="Phép tính")).to_be_visible()
    assert page.faults == []


def test_every_answer_is_saved_as_it_is_given(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner)
    page.goto(f"/attempts/{attempt.id}")
    answer(page, attempt, 1)
    expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu")
    page.close()

    elsewhere = visit(learner)
    elsewhere.goto(f"/attempts/{attempt.id}")
    elsewhere.get_by_role("button", name="Làm tiếp ở đây").click()
    expect(elsewhere.locator('.qnav a[href="#cau-1"]')).to_have_class("done")
    expect(elsewhere.locator("#cau-2")).to_be_visible()  # where to go on
    expect(elsewhere.locator("#cau-1")).to_be_hidden()


def test_without_a_network_the_answer_is_held_and_then_saved(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner)
    page.goto(f"/attempts/{attempt.id}")
    page.context.set_offline(True)
    answer(page, attempt, 1)
    expect(page.locator("[data-save-text]")).to_contain_text("đang giữ 1 câu trả lời")

    page.context.set_offline(False)

    expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu", timeout=20_000)
    assert db.session.scalar(db.select(db.func.count()).select_from(Save)) >= 1


def test_a_phone_shows_the_last_question_whole_and_two_taps_hand_nothing_in(
    visit, learner, campaign
):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner, width=360)
    page.goto(f"/attempts/{attempt.id}#cau-10")
    expect(page.locator("[data-last]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    page.context.set_offline(True)
    page.locator("[data-overview]").click()
    overview = page.get_by_role("dialog", name="Danh sách câu")
    expect(overview.get_by_role("button", name="Kiểm tra và nộp bài")).to_be_visible()
    page.keyboard.press("Enter")
    expect(overview).to_be_hidden()
    page.locator("[data-overview]").click()
    overview.locator('a[href="#cau-4"]').click()

    expect(overview).to_be_hidden()
    expect(page.locator("#cau-4")).to_be_visible()
    assert page.faults == []


def test_a_question_marked_to_be_looked_at_again_shows_it(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner, width=360)
    page.goto(f"/attempts/{attempt.id}#cau-2")

    page.locator("#cau-2").get_by_role("button", name="Đánh dấu xem lại").click()
    expect(page.locator("#cau-2").get_by_text("Đã đánh dấu")).to_be_visible()
    answer(page, attempt, 2)
    expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu")
    page.get_by_role("button", name="Nộp bài", exact=True).click()

    marked = check_of(page).get_by_role("link", name="đã đánh dấu")
    expect(marked).to_have_class(re.compile("flag"))
    expect(marked).to_have_attribute("href", "#cau-2")


def test_what_is_open_is_shown_before_handing_in_and_wants_a_tick(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner, width=360)
    page.goto(f"/attempts/{attempt.id}")
    for number in range(1, 9):
        answer(page, attempt, number)
        page.locator("[data-next]").click()
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    check = check_of(page)
    expect(check).to_contain_text("Còn 2 câu chưa trả lời: câu 9, câu 10.")
    assert faults_of(page) == []

    page.wait_for_timeout(A_LOOK)
    check.get_by_role("button", name="Nộp bài").click()
    expect(check.get_by_role("alert")).to_contain_text("Hãy đánh dấu vào ô này")
    expect(check.get_by_label("Tôi muốn nộp bài")).to_be_focused()
    assert faults_of(page) == []
    page.keyboard.press("Enter")
    expect(check).to_be_visible()
    page.keyboard.press("Escape")
    expect(check).to_be_hidden()
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    check.get_by_role("link", name="câu 9", exact=True).click()
    expect(check).to_be_hidden()
    expect(page.locator("#cau-9")).to_be_visible()

    answer(page, attempt, 9)
    hand_in(page, despite_gaps=True)
    expect(page.locator(".score")).to_contain_text("90")
    assert page.faults == []


def test_another_language_stays_at_the_question(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner, width=360)
    page.goto(f"/attempts/{attempt.id}#cau-4")

    page.get_by_role("button", name="EN", exact=True).click()

    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_visible()
    expect(page.locator("#cau-4")).to_be_visible()
    expect(page.locator("#cau-1")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_question_that_lacks_a_part_is_told_apart(served, visit, learner, javascript):
    items = list(bank().items.values())
    sorting = next(item for item in items if item.kind == "classify")
    attempt = factories.attempt_on([items[0], sorting], learner)
    page = visit(learner, javascript=javascript)
    page.goto(f"/attempts/{attempt.id}#cau-2")

    page.locator('#cau-2 input[name="p2.0"]').first.check()
    if javascript:
        expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu")
        in_list = page.locator('aside a[href="#cau-2"]')
        expect(in_list).to_have_class(re.compile("half"))
        expect(in_list).to_contain_text("đã lưu, còn ý trống")
        page.get_by_role("button", name="Nộp bài", exact=True).click()
    else:
        page.get_by_role("button", name="Lưu, kiểm tra và nộp bài").click()

    expect(page.get_by_text("câu 1, câu 2 (còn ý trống).")).to_be_visible()
    expect(page.get_by_text("Còn 2 câu chưa trả lời đủ:")).to_be_visible()
    again = page.locator('a[href$="#cau-2"].half').last
    expect(again).to_contain_text("đã lưu, còn ý trống")
    assert not javascript or faults_of(page) == []


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_enter_saves_what_was_typed_and_changes_nothing_else(served, visit, learner, javascript):
    typed = next(item for item in bank().items.values() if item.is_typed)
    attempt = factories.attempt_on([*list(bank().items.values())[:2], typed], learner)
    page = visit(learner, javascript=javascript)
    page.context.add_cookies([{"name": "language", "value": "en", "url": served}])
    page.goto(f"/attempts/{attempt.id}#cau-3")
    page.locator("#cau-3 .gap input").first.fill("dữ liệu")

    page.keyboard.press("Enter")
    expect(page.locator("[data-save-text]")).to_contain_text("Saved")

    if javascript:
        expect(page.locator("#cau-3")).to_be_visible()
        assert page.url.endswith(f"/attempts/{attempt.id}#cau-3")
    expect(page.locator("#cau-3 .gap input").first).to_have_value("dữ liệu")


def test_the_whole_path_without_javascript(visit, learner, campaign):
    page = visit(learner, javascript=False, width=360)
    page.goto(f"/campaigns/{campaign.code}")
    page.get_by_role("button", name="Bắt đầu làm bài").click()
    page.wait_for_url("**/attempts/**")
    attempt = attempt_of(learner)
    for number in range(1, 6):
        answer(page, attempt, number)
    page.get_by_role("button", name="Lưu câu 5 và mọi câu").click()
    page.wait_for_url("**#cau-5")
    for number in range(6, 10):
        answer(page, attempt, number)
    page.get_by_role("button", name="Lưu, kiểm tra và nộp bài").click()
    expect(page.get_by_text("Còn 1 câu chưa trả lời:")).to_be_visible()
    page.get_by_label("Tôi muốn nộp bài dù còn 1 câu").check()
    page.get_by_role("button", name="Nộp bài").click()

    expect(page.locator(".score")).to_contain_text("90")


def test_the_whole_quiz_by_keyboard_alone(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner)
    page.goto(f"/attempts/{attempt.id}")
    for number in range(1, 11):
        answer(page, attempt, number, by_key=True)
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.matches('[data-next],[data-last]')")
            if focused:
                break
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # from the way back to the way on
    page.keyboard.press("Enter")

    expect(page.locator(".score")).to_contain_text("100")


@pytest.mark.parametrize("width", [360, 1366])
def test_a_paper_begins_at_the_top_of_the_page(visit, learner, campaign, width):
    page = visit(learner, width=width)
    page.goto(f"/campaigns/{campaign.code}")
    follow(page.get_by_role("button", name="Bắt đầu làm bài"))
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 0

    page.reload()
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 0


def test_the_first_key_skips_to_the_content(visit, learner):
    page = visit(learner)
    page.goto("/lessons")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "noi-dung"


def test_practice_gives_feedback_at_once(visit, learner):
    page = visit(learner)
    page.goto("/lessons/d03")
    page.get_by_role("button", name="Tự kiểm tra 8 câu").click()
    page.wait_for_url("**/attempts/**")
    attempt = attempt_of(learner)
    for number in range(1, 9):
        answer(page, attempt, number)
        page.get_by_role("button", name="Xem đáp án").click()
        expect(page.get_by_role("status")).to_contain_text("Đúng.")
        follow(page.locator("nav .btn-primary"))

    expect(page.locator(".score")).to_contain_text("100")


def test_the_language_changes_in_the_middle_and_keeps_the_answers(visit, learner, campaign):
    attempt = factories.attempt(learner, campaign)
    page = visit(learner)
    page.goto(f"/attempts/{attempt.id}")
    answer(page, attempt, 1)

    page.get_by_role("button", name="EN").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator('.qnav a[href="#cau-1"]')).to_have_class(re.compile("done"))


def test_a_trainer_searches_reads_an_attempt_and_downloads(visit, home, learner, campaign):
    factories.graded(learner, campaign, right=7)
    page = visit(factories.staff("trainer", home))
    page.goto("/reviews")
    page.get_by_role("link", name=campaign.name).click()
    page.get_by_label("Tìm theo tên hoặc mã").fill("thu ha")
    page.get_by_role("button", name="Tìm").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải .xlsx").click()
    rows = CalamineWorkbook.from_filelike(
        io.BytesIO(download.value.path().read_bytes())
    ).get_sheet_by_index(0)
    page.get_by_role("link", name=learner.full_name).click()
    page.get_by_role("link", name="Lượt 1").click()

    expect(page.locator(".score")).to_contain_text("70")
    assert rows.to_python()[1][1] == learner.full_name
    assert page.faults == []
