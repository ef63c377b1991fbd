"""What every page owes, looked at in a real browser."""

import brotli
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import factories, site

FIRST_LOAD = 100 * 1024
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
    return site.build(app)


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
    """Every page that this role opens, with the paper and its check page."""
    found = site.addresses(app, "GET", world.own)
    refused = {"accounts.language", "accounts.theme", "home.service_worker"}
    found = {
        k: v
        for k, v in found.items()
        if k not in refused and "attempts." not in k and "/export." not in v
    }
    if role == "learner":
        attempt = world.attempts["open"].id
        found["paper"], found["check"] = f"/attempts/{attempt}", f"/attempts/{attempt}/check"
    return found


def faults_of(results):
    """What axe found, in a line each."""
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


# Learners in both looks; the pages of the others in one each, light on a phone or dark on a desk.
LOOKS = [
    *(("stranger", "light"), ("learner", "light"), ("learner", "dark")),
    *(("trainer", "dark"), ("organiser", "light"), ("coordinator", "dark")),
]


@pytest.mark.parametrize(("role", "theme"), LOOKS)
def test_axe_finds_nothing_and_no_page_scrolls_sideways(app, visit, world, role, theme):
    page = visit(world.people.get(role), width=360 if theme == "light" else 1366, theme=theme)
    axe, faults = Axe(), {}

    for endpoint, address in pages_of(app, world, role).items():
        page.goto(address)
        found = faults_of(axe.run(page))
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            found.append(f"scrolls sideways by {width} px")
        if found:
            faults[endpoint] = found

    assert faults == {}


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
    faults["result"] = faults_of(Axe().run(page))
    page.locator("details.rev summary").first.click()
    page.get_by_role("link", name="Báo lỗi câu này").first.click()
    faults["report"] = faults_of(Axe().run(page))
    page.get_by_label("Câu hỏi khó hiểu").check()
    page.get_by_label("Điều Anh/Chị thấy chưa ổn").fill("Câu dẫn dài quá.\n\nXem lại giúp tôi.")
    page.get_by_role("button", name="Gửi").click()
    page.get_by_text("Đã gửi.").wait_for()
    faults["reported"] = faults_of(Axe().run(page))
    page.goto("/account/item-reports")
    faults["own reports"] = faults_of(Axe().run(page))
    page.goto("/results")
    page.get_by_text("Số liệu của biểu đồ").click()
    faults["results"] = faults_of(Axe().run(page))
    page.get_by_role("button", name="Nhận giấy chứng nhận").click()
    faults["certificate"] = faults_of(Axe().run(page))
    page.goto("/my-data")
    for summary in page.locator("summary").all():
        summary.click()
    faults["my data"] = faults_of(Axe().run(page))
    page.goto("/lessons/d03")
    page.get_by_role("button", name="Tự kiểm tra").click()
    faults["practice"] = faults_of(Axe().run(page))
    page.goto("/no-such-page")
    faults["404"] = faults_of(Axe().run(page))

    assert {where: found for where, found in faults.items() if found} == {}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/lessons", "/lessons/d03"])
def test_a_first_load_is_light_and_asks_no_other_host(visit, served, path):
    page = visit(factories.person() if path.startswith("/lessons") else None)
    bodies = {}
    page.on("response", lambda response: bodies.setdefault(response.url, response))

    page.goto(path)
    page.wait_for_load_state("networkidle")

    weight = 0
    for url, response in bodies.items():
        assert url.startswith((served, "data:")), url
        body = response.body()
        packed = url.split("?")[0].endswith((".woff2", ".png", ".webp"))
        weight += len(body) if packed else len(brotli.compress(body))
    assert weight <= FIRST_LOAD, weight


def test_T_O3_three_hundred_hostile_names_stay_text(app, served, visit):
    home = factories.agency()
    names = list(hostile_names())
    people = [factories.person(name, at=home) for name in names]
    campaign = factories.campaign(home)
    page = visit(factories.staff("coordinator", home))

    page.goto(f"/reports/{campaign.code}")

    shown = page.locator("tbody th").all_inner_texts()
    assert len(people) > 300
    assert sorted(" ".join(name.split()) for name in shown) == sorted(
        " ".join(name.split()) for name in names
    )
    assert page.faults == []


def test_T_O3_no_text_that_people_type_becomes_markup(app, served, visit):
    province = factories.agency(PAYLOADS[0], "province")
    home = factories.agency(PAYLOADS[1], parent=province)
    people = [factories.person(f"A {payload}", at=home) for payload in PAYLOADS]
    campaign = factories.campaign(province, name=PAYLOADS[2], topics=["d01"], size=3)
    waiting = factories.attempt(people[0], campaign)
    factories.item_report(people[0], reason=" ".join(PAYLOADS))
    for someone in people[1:]:
        factories.graded(someone, campaign, right=2)
    values = {
        "code": campaign.code,
        "campaign_code": campaign.code,
        "agency_code": home.code,
        "person_id": str(people[0].id),
        "attempt_id": waiting.id,
    }

    for role in ("organiser", "coordinator"):
        page = visit(factories.staff(role, province, f"T {PAYLOADS[3]}"))
        for address in site.addresses(app, "GET", values).values():
            if "/export." in address:
                continue
            page.goto(f"{address}?q={PAYLOADS[0]}&next={PAYLOADS[5]}&kind={PAYLOADS[2]}")
        dangerous = [fault for fault in page.faults if "Failed to load resource" not in fault]
        assert dangerous == []
    page = visit(people[0])
    for address in site.addresses(app, "GET", values).values():
        if "/export." not in address:
            page.goto(address)
    assert [fault for fault in page.faults if "Failed to load resource" not in fault] == []
