"""What every page owes, looked at in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import factories, site
from tests.browser import Browser
from tests.chromium import follow

FIRST_LOAD = 100 * 1024  # bytes on the wire, of a page with all that it is made of
LATER_PAGE = 15 * 1024  # of a page alone
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "{{7*7}}",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
)


@pytest.fixture
def world(app, served):
    """A province where every text that people type tries to become markup."""
    return site.build(app, PAYLOADS)


HANDLERS = ("onerror", "onclick", "onload", "onfocus", "onmouseover", "ontoggle", "onpointerenter")
TAGS = ("img src=x", "svg", "body", "input autofocus", "details open", "video src=x", "iframe")
WRAPPERS = ("{}", '">{}', "'>{}", "</td>{}", "-->{}", "]]>{}")


def hostile_names():
    """More than 300 texts that try to become markup, none longer than a name may be."""
    for wrapper in WRAPPERS:
        for tag in TAGS:
            for handler in HANDLERS:
                yield wrapper.format(f"<{tag} {handler}=alert(1)>")
    for scheme in ("javascript:", "data:text/html,", "vbscript:"):
        for wrapper in WRAPPERS:
            yield wrapper.format(f"<a href={scheme}alert(1)>x</a>")
            yield wrapper.format(f"<script src={scheme}alert(1)></script>")
    yield from ("{{7*7}}", "${7*7}", "{% raw %}", "<%= 7*7 %>", "#{7*7}", "&lt;script&gt;")


def pages_of(app, world, role):
    """Every page that this role opens; of those that learners open too, staff see two."""
    attempt = world.attempts["open"].id
    addresses = [
        *site.addresses(app, "GET", world.own).values(),
        *(f"/attempts/{attempt}", f"/attempts/{attempt}/check", "/no-such-page"),
    ]
    found = opened(app, world, role, addresses)
    if role in ("stranger", "learner"):
        return found
    usual = opened(app, world, "learner", addresses)
    return ["/", "/account", *(address for address in found if address not in usual)]


def opened(app, world, role, addresses):
    """Those that answer with a page of their own, or with the page of an error."""
    someone = world.people.get(role)
    browser = Browser(app).sign_in(someone) if someone else Browser(app)
    answers = {address: browser.client.get(address) for address in addresses}
    return [
        address
        for address, answer in answers.items()
        if answer.status_code == 200 or address == "/no-such-page"
        if answer.mimetype == "text/html" and "Content-Disposition" not in answer.headers
    ]


def faults_of(page, rules=None):
    """What axe finds on the page, in a line each; all its rules, or only these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    run = "options => axe.run(options).then(found => found.violations)"
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in page.evaluate(run, options)
        for node in violation["nodes"]
    ]


# What colours, sizes and widths can break; all else is the same in either look.
OF_THE_LOOK = [
    *("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
]


@pytest.mark.parametrize("role", ["stranger", "learner", "coordinator", "trainer", "organiser"])
def test_every_page_is_clean_on_a_light_phone_and_a_dark_desk(app, visit, world, role):
    page = visit(world.people.get(role), width=360)
    page.emulate_media(reduced_motion="reduce")  # colours change at once
    faults, addresses = {}, pages_of(app, world, role)

    for address in addresses:
        page.goto(address)
        found = faults_of(page) + sideways(page)
        page.set_viewport_size({"width": 1366, "height": 800})
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        found += faults_of(page, OF_THE_LOOK) + sideways(page)
        page.set_viewport_size({"width": 360, "height": 800})
        if found:
            faults[address] = found
    if role == "learner":
        faults |= too_wide_in_english(page, addresses)

    assert faults == {}
    # No text became a script.
    assert [fault for fault in page.faults if "Failed to load resource" not in fault] == []


def too_wide_in_english(page, addresses):
    """Pages that scroll sideways in English, where words are other lengths, by their address."""
    page.goto("/language/en")
    faults = {}
    for address in addresses:
        page.goto(address)
        if found := sideways(page):
            faults[f"English {address}"] = found
    return faults


def sideways(page):
    """A line if the page scrolls sideways."""
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"scrolls sideways by {width} px"] if width > 0 else []


def test_axe_finds_nothing_on_results_and_practice(app, served, visit):
    home = factories.agency()
    someone = factories.person(at=home)
    shown = dict.fromkeys(("review_marks", "review_answers", "review_key"), "at_once")
    campaign = factories.campaign(home, pass_mark=50, pause_minutes=0, **shown)
    attempt = factories.graded(someone, campaign, right=12)
    factories.graded(someone, campaign, right=14)
    page = visit(someone, width=360)
    faults = {}

    page.goto(f"/attempts/{attempt.id}/result")
    faults["result"] = faults_of(page)
    page.locator("details.rev summary").first.click()
    follow(page.get_by_role("link", name="Báo lỗi câu này").first)
    faults["report"] = faults_of(page)
    page.get_by_label("Câu hỏi khó hiểu").check()
    page.get_by_label("Điều Anh/Chị thấy chưa ổn").fill("Câu dẫn dài quá.\n\nXem lại giúp tôi.")
    page.get_by_role("button", name="Gửi").click()
    page.get_by_text("Đã gửi.").wait_for()
    faults["reported"] = faults_of(page)
    page.goto("/account/item-reports")
    faults["own reports"] = faults_of(page)
    page.goto("/results")
    page.get_by_text("Số liệu của biểu đồ").click()
    faults["results"] = faults_of(page) + sideways(page)
    faults |= too_wide_in_english(page, ["/results"])
    page.goto("/language/vi?next=/results")
    follow(page.get_by_role("button", name="Nhận giấy chứng nhận"))
    faults["certificate"] = faults_of(page)
    page.goto("/my-data")
    for summary in page.locator("summary").all():
        summary.click()
    faults["my data"] = faults_of(page)
    page.goto("/lessons/d03")
    follow(page.get_by_role("button", name="Tự kiểm tra"))
    faults["practice"] = faults_of(page)
    page.goto("/no-such-page")
    faults["404"] = faults_of(page)

    assert {where: found for where, found in faults.items() if found} == {}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/lessons", "/lessons/d03", "paper"])
def test_a_first_load_is_light_and_asks_no_other_host(app, visit, served, path):
    world = site.build(app)
    page = visit(None if path in ("/", "/sign-in") else world.people["learner"])
    answers = []
    page.on("requestfinished", lambda request: answers.append(request))

    page.goto(f"/attempts/{world.attempts['open'].id}" if path == "paper" else path)
    page.wait_for_load_state("networkidle")

    assert [one.url for one in answers if not one.url.startswith((served, "data:"))] == []
    weights = {one.url: one.sizes()["responseBodySize"] for one in answers}
    assert sum(weights.values()) <= FIRST_LOAD, weights
    assert weights[page.url.partition("#")[0]] <= LATER_PAGE, weights


def test_T_O3_three_hundred_hostile_names_stay_text(app, served, visit):
    home = factories.agency()
    names = list(hostile_names())
    people = [factories.person(name, at=home) for name in names]
    campaign = factories.campaign(home)
    page = visit(factories.staff("coordinator", home))

    page.goto(f"/reports/{campaign.code}")
    shown = page.locator("tbody th").all_inner_texts()
    while (following := page.get_by_role("link", name="Trang sau")).count():
        follow(following)
        shown += page.locator("tbody th").all_inner_texts()

    assert len(people) > 300
    assert sorted(" ".join(name.split()) for name in shown) == sorted(
        " ".join(name.split()) for name in names
    )
    assert page.faults == []
