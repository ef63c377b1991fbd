"""Every item of the bank, answered by keyboard alone, with JavaScript and without."""

import pytest
from playwright.sync_api import expect

from quiz.models import Attempt, Response, db
from quiz.web.bank import bank
from tests import factories
from tests.answers import right_fields

PAPERS = 12  # more cost more to begin, longer ones at every key
# Browsers do not depend on the database, so each paper is taken on one of the two.
each_paper = pytest.mark.parametrize(
    ("database_app", "part"),
    [(["sqlite", "postgresql"][part % 2], part) for part in range(PAPERS)],
    indirect=["database_app"],
)
# Where Tab stops from here to the button that leads on, and what each stop may be given.
STOPS = """ending => {
  const can = "a[href], button:enabled, input:enabled:not([type=hidden]), select, summary";
  const here = document.activeElement, groups = new Set();
  const stops = [...document.querySelectorAll(`${can}, [tabindex='0']`)].filter(one =>
    one.checkVisibility({ visibilityProperty: true })
    && here.compareDocumentPosition(one) & here.DOCUMENT_POSITION_FOLLOWING
    && (one.type !== "radio" || !groups.has(one.name) && groups.add(one.name)));
  const end = stops.findIndex(one => one.matches(ending));
  const values = one => one.tagName === "SELECT" ? [...one.options].map(option => option.value)
    : [...document.getElementsByName(one.name)].map(other => other.value);
  return stops.slice(0, end + 1).map(one => ({ name: one.name, type: one.type, value: one.value,
    values: one.name?.startsWith("p") ? values(one) : [] }));
}"""
LEADS_ON = "#paper > p > button, [data-next], [data-last]"


def paper_of(number):
    """A part of the bank: every item is on one of the papers."""
    return list(bank().items.values())[number::PAPERS]


def answer(page, wanted):
    """Answer from here to the button that leads on, with keys that a person would press."""
    for stop in page.evaluate(STOPS, LEADS_ON):
        page.keyboard.press("Tab")
        if stop["name"] not in wanted:
            continue
        values = wanted[stop["name"]]
        if stop["type"] == "select-one":
            step_to(page, stop["values"], values[0])
        elif stop["type"] == "checkbox":
            press(page, "Space", stop["value"] in values)
        elif stop["type"] == "radio":
            # Tab comes to the first of the group; arrows move, round the end too, and choose.
            down = stop["values"].index(values[0])
            up = len(stop["values"]) - down
            press(page, *(("ArrowDown", down) if down <= up else ("ArrowUp", up)))
            if not down:
                page.keyboard.press("Space")
        else:
            page.keyboard.insert_text(values[0])
    assert page.evaluate("end => document.activeElement.matches(end)", LEADS_ON)
    page.keyboard.press("Enter")


def step_to(page, values, wanted):
    """Choose in a list, from whichever end is nearer."""
    down = values.index(wanted)
    up = len(values) - 1 - down
    if down <= up + 1:
        press(page, "ArrowDown", down)
    else:
        page.keyboard.press("End")
        press(page, "ArrowUp", up)


def press(page, key, times):
    for _ in range(times):
        page.keyboard.press(key)


def wanted_of(attempt, number):
    return {
        f"p{number}.{part}" if part else f"p{number}": values
        for part, values in right_fields(attempt, number).items()
    }


def score_of(attempt):
    db.session.rollback()
    found = db.session.get_one(Attempt, attempt.id, populate_existing=True).score
    wrong = db.session.scalars(
        db.select(Response.item_code).where(
            Response.attempt_id == attempt.id,
            Response.mark_numerator < Response.mark_denominator,
        )
    ).all()
    db.session.rollback()
    return found, wrong


@each_paper
def test_every_item_is_answered_by_keyboard_without_javascript(app, served, visit, part):
    attempt = factories.attempt_on(paper_of(part))
    wanted = {}
    for number in range(1, len(attempt.paper) + 1):
        wanted |= wanted_of(attempt, number)
    someone = attempt.person
    page = visit(someone, 360, javascript=False)
    page.goto(f"/attempts/{attempt.id}")
    answer(page, wanted)
    expect(page.get_by_text("Anh/Chị đã trả lời đủ các câu")).to_be_visible()
    page.get_by_role("button", name="Nộp bài").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/result")

    assert score_of(attempt) == (10_000, [])


@each_paper
def test_every_item_is_answered_by_keyboard_with_javascript(app, served, visit, part):
    attempt = factories.attempt_on(paper_of(part))
    someone = attempt.person
    page = visit(someone, 360)
    page.goto(f"/attempts/{attempt.id}")
    page.locator("[data-heading]").first.focus()  # as it is from the second question on
    for number in range(1, len(attempt.paper) + 1):
        answer(page, wanted_of(attempt, number))
    page.keyboard.press("Tab")  # in the dialog that checks, from the way back to the way on
    page.keyboard.press("Enter")
    page.wait_for_url("**/result")

    assert score_of(attempt) == (10_000, [])
    assert page.faults == []
