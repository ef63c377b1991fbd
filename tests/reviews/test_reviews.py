"""What trainers see, find and download."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from quiz.models import AuditEvent, db
from quiz.models.paging import PAGE_SIZE
from quiz.reviews import service
from tests import factories
from tests.browser import Browser

PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://evil.example")',
    "=cmd|' /C calc'!A0",
]


@pytest.fixture
def commune(app):
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    return factories.agency("Xã Trà Bồng", parent=province)


@pytest.fixture
def campaign(commune):
    names = ["Nguyễn Văn An", "Nguyên Bình", "Trần Thị Bích", "Đỗ Ân", "Lê Văn Bảy"]
    people = [factories.person(name, at=commune) for name in names]
    campaign = factories.campaign(commune, topics=["d01"], size=5)
    for right, someone in enumerate(people[:3], start=3):
        factories.graded(someone, campaign, right=right)
    return campaign


@pytest.fixture
def trainer(app, commune):
    return Browser(app).sign_in(factories.staff("trainer", commune))


def listed(page):
    """The names of the list, in its order."""
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    return [row.split("</a>")[0].rsplit(">", 1)[1] for row in rows]


def test_people_are_listed_by_given_name(trainer, campaign):
    assert listed(trainer.get(f"/reviews/{campaign.code}")) == [
        "Nguyễn Văn An",
        "Đỗ Ân",
        "Lê Văn Bảy",
        "Trần Thị Bích",
        "Nguyên Bình",
    ]


def test_names_are_found_without_accents(trainer, campaign):
    found = listed(trainer.get(f"/reviews/{campaign.code}?q=nguyen"))

    assert found == ["Nguyễn Văn An", "Nguyên Bình"]


def test_exact_accents_come_first(trainer, campaign):
    found = listed(trainer.get(f"/reviews/{campaign.code}?q=Nguyên"))

    assert found == ["Nguyên Bình", "Nguyễn Văn An"]


def test_d_finds_đ(trainer, campaign):
    assert listed(trainer.get(f"/reviews/{campaign.code}?q=do")) == ["Đỗ Ân"]


def test_the_list_sorts_by_score(trainer, campaign):
    found = listed(trainer.get(f"/reviews/{campaign.code}?sort=score&order=desc"))

    assert found[:3] == ["Trần Thị Bích", "Nguyên Bình", "Nguyễn Văn An"]


def test_agencies_are_listed_as_a_dictionary_does(app):
    province = factories.agency("Tỉnh Quảng Ngãi", "province")
    for name in ("Xã Đông Sơn", "Xã Ba Xa", "Xã Ba Động", "Đặc khu Lý Sơn"):
        factories.person(f"Người của {name}", at=factories.agency(name, parent=province))
    campaign = factories.campaign(province)
    trainer = Browser(app).sign_in(factories.staff("trainer", province))
    right = ["Đặc khu Lý Sơn", "Xã Ba Động", "Xã Ba Xa", "Xã Đông Sơn"]

    page = trainer.get(f"/reviews/{campaign.code}?sort=agency")

    assert listed(page) == [f"Người của {name}" for name in right]
    options = page.split('id="agency"')[1].split("</select>")[0]
    assert sorted(right, key=options.index) == right


@pytest.mark.parametrize(
    ("status", "count"), [("passed", 2), ("not_passed", 1), ("not_taken", 2), ("nonsense", 5)]
)
def test_the_list_filters_by_status(trainer, campaign, status, count):
    assert len(listed(trainer.get(f"/reviews/{campaign.code}?status={status}"))) == count


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=%25",
        "page=999999999999",
        "page=x",
        "sort='%22;DROP",
        "agency=%27%20OR",
        "agency=%00",
    ],
)
def test_a_strange_address_is_never_an_error(trainer, campaign, query):
    trainer.get(f"/reviews/{campaign.code}?{query}")


def test_a_person_leads_to_attempts_and_an_attempt_to_its_items(trainer, campaign):
    page = trainer.get(f"/reviews/{campaign.code}?q=bich")
    person = page.split("/people/")[1].split('"')[0]
    attempts = trainer.get(f"/reviews/{campaign.code}/people/{person}")
    attempt = attempts.split("/reviews/attempts/")[1].split('"')[0]

    shown = trainer.get(f"/reviews/attempts/{attempt}")

    assert "100<small>" in shown
    assert shown.count('class="rev"') == 5


def test_csv_opens_in_excel(trainer, campaign):
    response = trainer.client.get(f"/reviews/{campaign.code}/export.csv?sort=score&order=desc")

    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert response.data.startswith(b"\xef\xbb\xbf")
    assert rows[0][:3] == ["Mã cán bộ", "Họ và tên", "Đơn vị"]
    assert [row[1] for row in rows[1:4]] == ["Trần Thị Bích", "Nguyên Bình", "Nguyễn Văn An"]
    assert rows[1][4] == "100.0"


def test_xlsx_opens_with_text_as_text(trainer, campaign):
    response = trainer.client.get(f"/reviews/{campaign.code}/export.xlsx")

    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.data)).get_sheet_by_index(0)
    assert [row[1] for row in rows.to_python()[1:3]] == ["Nguyễn Văn An", "Đỗ Ân"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_T_O4_no_cell_becomes_a_formula(payload):
    as_csv = service.as_csv(["x"], [[payload]]).decode("utf-8-sig").splitlines()[1]
    as_xlsx = service.as_xlsx(["x"], [[payload]])

    assert next(csv.reader([as_csv]))[0] == f"'{payload}"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx)).get_sheet_by_index(0)
    assert sheet.to_python()[1][0] == payload


def test_a_coordinator_sees_who_has_not_yet_taken_part(app, commune, campaign):
    coordinator = Browser(app).sign_in(factories.staff("coordinator", commune))

    page = coordinator.get(f"/reports/{campaign.code}")

    assert "Đỗ Ân" in page
    assert "Lê Văn Bảy" in page
    assert "Trần Thị Bích" not in page
    assert "3<small>/5" in page


def test_a_coordinator_of_a_large_agency_reads_page_by_page(app):
    home = factories.agency()
    names = [f"Nguyễn Văn {number:03}" for number in range(PAGE_SIZE + 1)]
    for name in names:
        factories.person(name, at=home)
    campaign = factories.campaign(home)
    coordinator = Browser(app).sign_in(factories.staff("coordinator", home))

    first = coordinator.get(f"/reports/{campaign.code}")
    second = coordinator.get(f"/reports/{campaign.code}?page=2")

    assert [name for name in names if name in first] == names[:PAGE_SIZE]
    assert [name for name in names if name in second] == names[PAGE_SIZE:]
    assert "Trang 2 trong 2" in second
    for page in (first, second):
        assert f'<div class="stat__n">{PAGE_SIZE + 1}</div>' in page


def test_a_coordinator_of_another_agency_sees_nobody(app, campaign):
    coordinator = Browser(app).sign_in(factories.staff("coordinator", factories.agency()))

    page = coordinator.get(f"/reports/{campaign.code}")

    assert "Đỗ Ân" not in page


def test_an_organiser_gives_more_time_and_the_reason_is_not_asked(app, clock):
    home = factories.agency()
    someone, organiser = factories.person(at=home), factories.staff("organiser", home)
    campaign = factories.campaign(home)
    page = f"/reviews/{campaign.code}/people/{someone.id}"

    browser = Browser(app).sign_in(organiser)
    browser.send(f"{page}/extra-time", extra_time_percent="25")

    db.session.expire_all()
    assert someone.extra_time_percent == 25
    events = db.select(AuditEvent).where(AuditEvent.action == "extra time set")
    assert db.session.scalars(events).one().details == {"from": 0, "to": 25}
    assert 'value="25"' in browser.get(page)


def test_a_trainer_sees_no_extra_time_and_an_impossible_one_is_explained(app):
    home = factories.agency()
    someone, trainer = factories.person(at=home), factories.staff("trainer", home)
    campaign = factories.campaign(home)
    page = f"/reviews/{campaign.code}/people/{someone.id}"

    assert "Thêm thời gian" not in Browser(app).sign_in(trainer).get(page)
    organiser = Browser(app).sign_in(factories.staff("organiser", home, "Võ Thị Tâm"))
    assert "từ 0 đến 200" in organiser.send(f"{page}/extra-time", 422, extra_time_percent="900")
