"""A network that comes and goes: no answer is lost, and nothing is said too early."""

import re
import threading
import time

import pytest
from playwright.sync_api import expect

from quiz.models import Attempt, Response, Save, db
from tests import factories
from tests.e2e.test_paths import A_LOOK, answer, check_of, hand_in

# Browsers do not depend on the database.
on_sqlite = pytest.mark.parametrize("database_app", ["sqlite"], indirect=True)
HELD = "đang giữ {} câu trả lời trên máy này"
KEPT = """async path => Boolean(await caches.match(path)
    && await caches.match("/offline"))"""


@pytest.fixture
def attempt(app):
    home = factories.agency()
    someone = factories.person(at=home)
    return factories.attempt(someone, factories.campaign(home, topics=["d03", "d05"], size=8))


@pytest.fixture
def page(attempt, visit):
    """The paper, open on a phone, and kept by its worker."""
    page = visit(attempt.person, width=360)
    page.goto(f"/attempts/{attempt.id}")
    until(page, KEPT, f"/attempts/{attempt.id}")
    return page


def until(page, question, about=None, seconds=8):
    """Wait for an answer that is only promised; `wait_for_function` takes any promise for a yes."""
    end = time.monotonic() + seconds
    while not page.evaluate(question, about):
        assert time.monotonic() < end, f"still not so: {question}"
        page.wait_for_timeout(20)


def reached(attempt):
    """The numbers of the questions whose answers the server has, in the order they came."""
    db.session.rollback()
    found = db.session.execute(
        db.select(Save.position, Save.revision)
        .where(Save.attempt_id == attempt.id)
        .order_by(Save.id)
    ).all()
    db.session.rollback()
    assert len(found) == len(set(found)), "an answer was saved twice"
    return list(dict.fromkeys(row.position for row in found))


def marks(attempt):
    db.session.rollback()
    found = db.session.execute(
        db.select(Response.position, Response.mark_numerator, Response.mark_denominator)
        .where(Response.attempt_id == attempt.id)
        .order_by(Response.position)
    ).all()
    db.session.rollback()
    return [row.position for row in found if row.mark_numerator == row.mark_denominator]


def give(page, attempt, numbers):
    for number in numbers:
        answer(page, attempt, number)
        if number < len(attempt.paper):
            page.locator("[data-next]").click()


def saved(page):
    """Wait until the server has all that this device holds, and the page says so."""
    until(page, "async () => window.outbox && !(await outbox.unsent())", seconds=40)
    expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu", timeout=40_000)


@on_sqlite
def test_offline_in_the_middle_closed_reopened_online_and_handed_in(attempt, page, server):
    give(page, attempt, range(1, 4))
    saved(page)
    server.stop()
    give(page, attempt, range(4, 9))
    expect(page.locator("[data-save-text]")).to_contain_text(HELD.format(5))
    context = page.context
    page.close()

    page = context.new_page()
    page.goto(f"/attempts/{attempt.id}")
    expect(page.locator("[data-save-text]")).to_contain_text(HELD.format(5))
    expect(page.locator("[data-answered]").first).to_have_text("8")
    assert reached(attempt) == [1, 2, 3]
    server.start()
    saved(page)
    assert reached(attempt) == list(range(1, 9))
    hand_in(page)

    assert marks(attempt) == list(range(1, 9))
    assert (
        page.evaluate("async () => (await outbox.answers(location.pathname.split('/')[2])).length")
        == 0
    )


SLOW_STORE = """
const open = indexedDB.open.bind(indexedDB);
indexedDB.open = (...asked) => {
  const late = {};
  setTimeout(() => {
    const request = open(...asked);
    for (const name of ["onsuccess", "onerror", "onblocked", "onupgradeneeded"]) {
      request[name] = late[name];
    }
    Object.defineProperty(late, "result", { get: () => request.result });
  }, 9000);
  return late;
};
"""


@on_sqlite
def test_a_store_that_is_slow_delays_no_answer_and_loses_none(attempt, page, server):
    server.stop()
    give(page, attempt, range(1, 4))
    expect(page.locator("[data-save-text]")).to_contain_text(HELD.format(3))
    context = page.context
    page.close()

    page = context.new_page()
    page.add_init_script(SLOW_STORE)
    server.start()
    page.goto(f"/attempts/{attempt.id}")
    page.evaluate("location.hash = '#cau-3'")
    answer(page, attempt, 3)
    expect(page.locator("[data-save-text]")).to_contain_text("Đã lưu", timeout=8_000)
    assert reached(attempt) == [3]
    expect(page.locator("[data-answered]").first).to_have_text("3", timeout=20_000)
    saved(page)

    assert reached(attempt) == [3, 1, 2]


@on_sqlite
def test_a_second_device_goes_on_and_the_first_loses_nothing(attempt, page, visit, server):
    give(page, attempt, range(1, 3))
    saved(page)
    server.stop()
    give(page, attempt, range(3, 5))
    expect(page.locator("[data-save-text]")).to_contain_text(HELD.format(2))
    server.start()
    page.context.set_offline(True)  # the first device stays without a network

    tablet = visit(attempt.person)
    tablet.goto(f"/attempts/{attempt.id}")
    tablet.get_by_role("button", name="Làm tiếp ở đây").click()
    expect(tablet.locator("[data-answered]").first).to_have_text("2")
    for number in range(5, 9):
        tablet.locator(f'.qnav a[href="#cau-{number}"]').first.click()
        answer(tablet, attempt, number)
    saved(tablet)

    hand_in_without_network(page)  # not knowing of the other device
    page.context.set_offline(False)
    note = page.locator("#paper-elsewhere")
    expect(note).to_be_visible(timeout=40_000)
    expect(note).to_be_focused()
    assert reached(attempt) == [1, 2, 5, 6, 7, 8]
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    expect(check_of(page)).to_be_hidden()  # it could not be handed in from here
    expect(note).to_be_focused()
    note.get_by_role("button", name="Làm tiếp ở đây").click()
    expect(note).to_be_hidden()
    expect(page.locator("#cau-5")).to_be_visible()  # where this device was
    saved(page)
    assert reached(attempt) == [1, 2, 5, 6, 7, 8, 3, 4]
    hand_in(page)
    assert marks(attempt) == list(range(1, 9))


@on_sqlite
def test_P7_a_connection_that_went_silent_is_given_up(app, attempt, page):
    silence, inner = threading.Event(), app.wsgi_app
    silent = ["/save", "/submit"]  # the first request to each is never answered

    def serve(environ, start_response):
        address = environ["PATH_INFO"]
        if silent and address.endswith(silent[0]):
            silent.pop(0)
            silence.wait(60)
        return inner(environ, start_response)

    app.wsgi_app = serve
    page.clock.install()
    answer(page, attempt, 1)
    page.wait_for_timeout(500)
    page.clock.fast_forward(20_000)
    saved(page)
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    check_of(page).get_by_label("Tôi muốn nộp bài").check()
    page.clock.fast_forward(1_000)
    check_of(page).get_by_role("button", name="Nộp bài").click()
    page.wait_for_timeout(500)
    page.clock.fast_forward(20_000)
    page.wait_for_url("**/result", timeout=40_000)
    silence.set()

    assert silent == []
    assert marks(attempt) == [1]


def hand_in_without_network(page):
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    check_of(page).get_by_label("Tôi muốn nộp bài").check()
    page.wait_for_timeout(A_LOOK)
    check_of(page).get_by_role("button", name="Nộp bài").click()


@on_sqlite
def test_handing_in_without_a_network_says_so_and_happens_when_it_is_back(attempt, page, server):
    give(page, attempt, range(1, 7))
    saved(page)
    server.stop()
    page.context.set_offline(True)
    answer(page, attempt, 7)
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    check = check_of(page)
    expect(check).to_contain_text("Còn 1 câu chưa trả lời: câu 8.")
    expect(check).to_contain_text("Đang mất mạng, bài chưa được nộp.")
    page.keyboard.press("Escape")
    hand_in_without_network(page)
    expect(page.get_by_text("Bài chưa được nộp.").first).to_be_visible()
    go_on = page.get_by_role("button", name="Khoan nộp, làm tiếp")
    expect(go_on).to_be_focused()
    page.get_by_role("button", name="Nộp bài", exact=True).click()
    expect(check).to_be_hidden()  # it is waiting to be handed in already
    expect(go_on).to_be_focused()
    go_on.click()
    expect(page.locator("#cau-7 [data-heading]")).to_be_focused()
    hand_in_without_network(page)
    db.session.rollback()
    assert db.session.get_one(Attempt, attempt.id).state == "open"
    db.session.rollback()

    server.start()
    page.context.set_offline(False)
    page.wait_for_url("**/result", timeout=40_000)

    assert marks(attempt) == list(range(1, 8))


@on_sqlite
def test_at_the_end_of_the_time_without_a_network_the_server_grades_what_it_has(
    attempt, page, server, clock
):
    give(page, attempt, range(1, 3))
    saved(page)
    server.stop()
    answer(page, attempt, 3)
    clock.moment = attempt.deadline_at
    clock.tick(minutes=5)
    server.start()
    page.wait_for_url("**/result", timeout=40_000)

    assert marks(attempt) == [1, 2]


@on_sqlite
@pytest.mark.parametrize("said", ["", '{"position": 1, "saved_', "<h1>Wi-Fi: sign in</h1>"])
def test_an_answer_of_the_server_that_is_cut_short_is_asked_for_again(attempt, page, said):
    bodies = iter([said, said])

    def cut_short(route):
        response = route.fetch()
        route.fulfill(response=response, body=next(bodies, response.body()))

    page.route("**/save", cut_short)
    answer(page, attempt, 1)
    expect(page.locator("[data-save-text]")).to_contain_text(HELD.format(1))
    saved(page)

    assert re.search(r"Đã lưu \d\d:\d\d:\d\d", page.locator("[data-save-text]").inner_text())
    assert next(bodies, None) is None
    assert reached(attempt) == [1]


@on_sqlite
def test_a_screen_reader_hears_when_saving_stops_and_goes_on_not_each_save(attempt, page, server):
    line = page.locator("[data-save-state]")
    page.evaluate("""() => {
      window.heard = [];
      const line = document.querySelector("[data-save-state]");
      const note = () => line.getAttribute("aria-live") === "polite" && heard.push(line.className);
      new MutationObserver(note).observe(line, { attributeFilter: ["aria-live"] });
    }""")
    give(page, attempt, range(1, 4))
    saved(page)
    server.stop()
    give(page, attempt, range(4, 6))
    expect(line).to_contain_text(HELD.format(2))
    server.start()
    saved(page)

    assert page.evaluate("heard") == ["save save--ok", "save save--off", "save save--ok"]


@on_sqlite
@pytest.mark.parametrize(("luck", "factor"), [(0, 0.8), (0.9999, 1.2)])
def test_a_server_in_trouble_is_asked_less_often_and_unevenly(attempt, visit, luck, factor):
    page, tries = visit(attempt.person), []
    page.add_init_script(f"Math.random = () => {luck}")
    page.clock.install(time=0)
    page.goto(f"/attempts/{attempt.id}")
    page.clock.pause_at(60)  # s; from here on it stands still unless it is moved
    page.route("**/save", lambda route: (tries.append(1), route.fulfill(status=503)))
    page.evaluate("""() => document.querySelector("#cau-1 input:not([type=hidden]), #cau-1 select")
        .dispatchEvent(new Event("change", { bubbles: true }))""")  # a hand would wait for frames
    page.wait_for_timeout(300)
    sent = []

    for seconds in (1, 2, 4, 8):  # between tries, made shorter or longer by luck
        page.clock.run_for(seconds * factor * 1000 - 50)
        page.wait_for_timeout(300)
        sent.append(len(tries))
        page.clock.run_for(100)
        page.wait_for_timeout(300)
        sent.append(len(tries))

    assert sent == [1, 2, 2, 3, 3, 4, 4, 5]


@on_sqlite
def test_a_kept_page_counts_from_when_it_was_fresh(attempt, page, server):
    page.wait_for_timeout(3_000)
    server.stop()

    page.reload()

    minutes, seconds = page.locator(".timer [data-seconds-left]").inner_text().split(":")
    assert int(minutes) * 60 + int(seconds) <= 20 * 60 - 3
    server.start()


@on_sqlite
def test_a_lesson_that_was_read_opens_without_a_network(attempt, page, server):
    page.goto("/lessons/d03")
    until(page, KEPT, "/lessons/d03")
    server.stop()

    page.goto("/lessons/d03")
    expect(page.get_by_role("heading", level=1)).to_have_text("Riêng hay chung")
    page.goto("/lessons/d04")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đang mất mạng")
    server.start()


STORELESS = [
    pytest.param("delete window.indexedDB;", id="no IndexedDB"),
    pytest.param(
        "indexedDB.open = () => { throw new DOMException('private', 'SecurityError') };",
        id="a private window",
    ),
    pytest.param("indexedDB.open = () => ({});", id="a store that never answers"),
]


@on_sqlite
@pytest.mark.parametrize("missing", STORELESS)
def test_what_a_device_without_a_store_says_it_keeps_it_keeps(attempt, visit, server, missing):
    page = visit(attempt.person, width=360)
    page.add_init_script(missing)
    page.goto(f"/attempts/{attempt.id}")
    give(page, attempt, range(1, 3))
    saved(page)
    tablet = visit(attempt.person)
    tablet.goto(f"/attempts/{attempt.id}")
    tablet.get_by_role("button", name="Làm tiếp ở đây").click()
    expect(tablet.locator("[data-answered]").first).to_have_text("2")

    give(page, attempt, range(3, 6))
    note = page.locator("#paper-elsewhere")
    expect(note).to_contain_text("vẫn giữ trên máy này")
    note.get_by_role("button", name="Làm tiếp ở đây").click()
    expect(note).to_be_hidden()
    saved(page)

    assert reached(attempt) == list(range(1, 6))
    page.goto("/account")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url("**/")
    assert page.evaluate("sessionStorage.length") == 0


@on_sqlite
@pytest.mark.parametrize(
    "missing",
    [
        *STORELESS,
        pytest.param("delete Navigator.prototype.serviceWorker;", id="no worker"),
    ],
)
def test_what_a_browser_lacks_takes_nothing_away(attempt, visit, missing):
    page = visit(attempt.person)
    page.add_init_script(missing)
    page.goto(f"/attempts/{attempt.id}")
    give(page, attempt, range(1, 9))
    saved(page)
    hand_in(page)

    assert marks(attempt) == list(range(1, 9))
    assert page.faults == []


@on_sqlite
@pytest.mark.parametrize("name", ["outbox", "questions", "saving", "hand-in", "order", "paper"])
def test_a_script_that_does_not_come_takes_nothing_away(attempt, visit, name):
    page = visit(attempt.person)
    page.context.route(f"**/js/{name}.js*", lambda route: route.abort())
    page.goto(f"/attempts/{attempt.id}")
    page.wait_for_load_state("networkidle")
    for number in range(1, 4):
        answer(page, attempt, number)
        following = page.locator("[data-next]")
        if following.is_visible():
            following.click()
    if name == "order":  # the paper does without this one
        hand_in(page, despite_gaps=True)
    else:
        page.locator('button[name="then"][value="check"]:visible').first.click()
        page.wait_for_url("**/check")
        page.locator("#confirmed").check()
        page.locator('button[form="hand-in"]').click()
        page.wait_for_url("**/result")

    assert marks(attempt) == [1, 2, 3]


@on_sqlite
def test_signing_out_leaves_nothing_on_the_device(attempt, page, server):
    server.stop()
    answer(page, attempt, 1)
    expect(page.locator("[data-save-text]")).to_contain_text(HELD.format(1))
    server.start()
    saved(page)
    page.goto("/account")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.wait_for_url("**/")
    until(page, "async () => !(await caches.keys()).length")

    assert page.evaluate("async () => (await indexedDB.databases()).length") == 0
