"""Board pages: what they show, to whom, and what they keep to themselves."""

import random
from datetime import timedelta

import pytest

from quiz.domain.ranking import AgencyResult, Rule, board
from quiz.leaderboards import service
from quiz.models import Standing, db
from quiz.standings import service as standings
from tests import factories
from tests.browser import Browser


@pytest.fixture
def province(app):
    return factories.agency("Tỉnh Quảng Ngãi", "province")


@pytest.fixture
def commune(province):
    return factories.agency("Xã Trà Bồng", parent=province)


@pytest.fixture
def learner(commune):
    return factories.person("Nguyễn Thị Thu Hà", at=commune)


@pytest.fixture
def reader(app, learner):
    """The learner's browser."""
    return Browser(app).sign_in(learner)


def filled(agency, count):
    """More people in this agency."""
    return [factories.person(f"Hồ Văn Lâm {number}", at=agency) for number in range(count)]


def test_another_peer_band_can_be_looked_at(reader, province):
    department = factories.agency("Sở Y tế", "department", province)
    filled(department, 5)
    campaign = factories.campaign(province)

    page = reader.get(f"/leaderboards/{campaign.code}?kind=department")

    assert "Sở Y tế" in page
    assert "Xã Trà Bồng" not in page


def test_a_peer_band_keeps_the_index_and_has_its_own_ranks(province, commune, learner):
    department = factories.agency("Sở Y tế", "department", province)
    good, *_ = filled(department, 5)
    filled(commune, 5)
    campaign = factories.campaign(province)
    factories.graded(good, campaign, right=20)
    factories.graded(learner, campaign, right=2)

    whole = service.board_of(campaign)
    band = service.narrowed(whole, "commune")

    assert whole.row_of(commune.code).rank == 2
    assert band.row_of(commune.code).rank == 1
    assert band.row_of(commune.code).index == whole.row_of(commune.code).index


@pytest.mark.parametrize("kind", ["", "no-such-band", "block"])
def test_an_unknown_band_shows_them_all(reader, province, commune, learner, kind):
    campaign = factories.campaign(province)

    assert "Xã Trà Bồng" in reader.get(f"/leaderboards/{campaign.code}?kind={kind}")


def test_small_agencies_are_listed_last_and_ranks_count_the_others(reader, province, learner):
    large = factories.agency("Xã Ba Tơ", parent=province)
    filled(large, 5)
    campaign = factories.campaign(province)
    factories.graded(learner, campaign, right=20)

    page = reader.get(f"/leaderboards/{campaign.code}")

    found = service.board_of(campaign)
    assert [row.result.name for row in found.rows] == ["Xã Ba Tơ", "Xã Trà Bồng"]
    assert found.ranked == 1
    assert "dưới 5 người, chưa xếp hạng" in page


def test_the_board_is_the_boards_rule_applied_to_the_standings(province):
    rng = random.Random(3)
    people = []
    for number in range(8):
        home = factories.agency(f"Xã {number}", parent=province)
        people += filled(home, rng.randint(3, 7))
    campaign = factories.campaign(province, topics=["d01"], size=2)
    scores: dict[int, int] = {}
    for someone in rng.sample(people, 20):
        scores[someone.id] = factories.graded(someone, campaign, right=rng.randint(0, 2)).score

    expected = []
    for agency in {someone.postings[0].agency for someone in people}:
        mine = [someone.id for someone in people if someone.postings[0].agency is agency]
        got = [scores[one] for one in mine if one in scores]
        expected.append(
            AgencyResult(
                agency.code,
                agency.name,
                agency.kind,
                headcount=len(mine),
                participants=len(got),
                score_sum=sum(got),
                passed=sum(score >= 7_000 for score in got),
            )
        )

    assert service.board_of(campaign).rows == board(expected, Rule())


def test_equal_agencies_share_a_rank_on_the_page(reader, province, commune, learner):
    filled(commune, 4)
    filled(factories.agency("Xã Ba Tơ", parent=province), 5)
    campaign = factories.campaign(province)

    assert reader.get(f"/leaderboards/{campaign.code}").count(">=1</span>") == 2


def test_the_mean_of_fewer_than_five_is_not_told(reader, province, commune, learner):
    filled(commune, 6)
    campaign = factories.campaign(province)
    factories.graded(learner, campaign, right=13)

    page = reader.get(f"/leaderboards/{campaign.code}/agencies/{commune.code}")

    assert "65,00" not in page
    assert "dưới 5 người dự thi" in page


def test_the_mean_of_five_is_told(reader, province, commune, learner):
    campaign_people = [learner, *filled(commune, 4)]
    campaign = factories.campaign(province, topics=["d01"], size=2)
    for someone in campaign_people:
        factories.graded(someone, campaign, right=2)

    page = reader.get(f"/leaderboards/{campaign.code}/agencies/{commune.code}")

    assert "100,00 · 100%" in page


def test_colleagues_scores_are_told_from_five_participants_on(app, province, commune, learner):
    others = filled(commune, 4)
    campaign = factories.campaign(province, topics=["d01"], size=2)
    for someone in others:
        factories.graded(someone, campaign, right=2)
    reader = Browser(app).sign_in(learner)
    path = f"/leaderboards/{campaign.code}/people"

    assert "<b>100</b>" not in reader.get(path)
    factories.graded(learner, campaign, right=1)
    assert reader.get(path).count("<b>100</b>") == 3  # the neighbours, not all four


def test_a_score_that_may_not_be_seen_yet_is_not_on_the_peoples_board(reader, province, learner):
    campaign = factories.campaign(province, review_score="after_close")
    factories.graded(learner, campaign, right=13)

    page = reader.get(f"/leaderboards/{campaign.code}/people")

    assert "<b>65</b>" not in page
    assert "chưa công bố điểm" in page
    assert "thứ 1 trong 1" in page


def test_people_stand_by_score_then_fewer_attempts_then_equal(province, commune, learner, clock):
    others = filled(commune, 3)
    campaign = factories.campaign(province, topics=["d01"], size=2, pause_minutes=0)
    for someone in (learner, others[0], others[1]):
        factories.graded(someone, campaign, right=2)
    factories.graded(others[1], campaign, right=1)
    factories.graded(others[2], campaign, right=1)

    found = service.colleagues(campaign, learner.id)

    assert [(one.rank, one.is_tied, one.attempts) for one in found] == [
        (1, True, 1),
        (1, True, 1),
        (3, False, 2),
        (4, False, 1),
    ]


def test_only_the_own_agency_is_listed(province, learner):
    stranger = factories.person("Đinh Thị Mía", at=factories.agency("Xã Ba Tơ", parent=province))
    campaign = factories.campaign(province)
    factories.graded(stranger, campaign, right=5)

    assert service.colleagues(campaign, learner.id) == []


def test_one_sees_oneself_and_neighbours_only():
    people = [
        service.Neighbour(place, False, f"Công chức {place}", place == 50, 9_000, 1)
        for place in range(1, 101)
    ]

    assert [one.rank for one in service.near(people)] == list(range(47, 54))


def test_somebody_who_came_after_the_roster_never_counts(province, commune, learner):
    campaign = factories.campaign(province)
    before = service.results_of(campaign.id)
    late = factories.person("Lê Văn Muộn", at=commune, is_ranked=False)
    factories.graded(late, campaign, right=20)

    assert service.results_of(campaign.id) == before
    assert standings.rebuild() == 0


def test_an_excused_colleague_leaves_the_denominator_alone(province, commune, learner):
    filled(commune, 5)
    campaign = factories.campaign(province)
    db.session.execute(
        db.text("UPDATE roster_entry SET excused_reason = 'nghỉ thai sản' WHERE person_id <> :me"),
        {"me": learner.id},
    )
    db.session.commit()
    standings.rebuild()
    factories.graded(learner, campaign, right=20)

    result = service.results_of(campaign.id)[0]

    assert (result.headcount, result.participants, result.score_sum) == (1, 1, 10_000)


def test_grading_in_any_order_keeps_the_earliest_of_equal_attempts(province, commune, learner, now):
    campaign = factories.campaign(province)
    late, early = now + timedelta(hours=2), now + timedelta(hours=1)

    standings.record([standings.Result(campaign.id, learner.id, 6_000, late)])
    standings.record([standings.Result(campaign.id, learner.id, 6_000, early)])
    db.session.commit()

    standing = db.session.scalars(db.select(Standing)).one()
    assert (standing.best_score, standing.attempts) == (6_000, 2)
    assert standing.finished_at == early


def test_the_first_board_is_the_one_that_runs(reader, province, learner, now):
    factories.campaign(
        province,
        code="qua-han",
        opens_at=now - timedelta(days=9),
        closes_at=now + timedelta(seconds=1),
    )
    factories.campaign(province, code="dang-mo", opens_at=now - timedelta(days=2))
    factories.campaign(province, code="sap-mo", opens_at=now + timedelta(days=2))
    reader.app.extensions["clock"].tick(minutes=1)

    assert reader.client.get("/leaderboards").location == "/leaderboards/dang-mo"


def test_without_a_campaign_there_is_no_board(reader):
    assert "Chưa có đợt thi nào được mở" in reader.get("/leaderboards")


def test_the_board_of_a_draft_or_of_nothing_is_404(reader, province, commune):
    draft = factories.draft(province)
    campaign = factories.campaign(province)

    for path in ("", "/people", "/rules", f"/agencies/{commune.code}"):
        reader.get(f"/leaderboards/{draft.code}{path}", status=404)
        reader.get(f"/leaderboards/no-such-campaign{path}", status=404)
    reader.get(f"/leaderboards/{campaign.code}/agencies/no-such-agency", status=404)


def test_the_rules_name_the_constants_and_what_they_cost(reader, province, commune, learner):
    filled(commune, 4)
    campaign = factories.campaign(province, shrinkage=10)
    factories.graded(learner, campaign, right=20)

    page = reader.get(f"/leaderboards/{campaign.code}/rules")

    # m = 100 / 5 = 20; (6 × 95 + 10 × 20) / 16 = 48.125
    assert "hiện là 20,00" in page
    assert "(6 × 95 + 10 × 20,00) / (6 + 10) = 48,13" in page


@pytest.mark.parametrize("better", [0, 1, 4])
def test_the_board_leads_to_the_own_row(reader, province, learner, better):
    for number in range(better):
        filled(factories.agency(f"Xã {number}", parent=province), 5)
    filled(learner.postings[0].agency, 4)
    campaign = factories.campaign(province)

    page = reader.get(f"/leaderboards/{campaign.code}")

    assert 'href="#don-vi-cua-toi"' in page
    assert page.count('id="don-vi-cua-toi"') == 1


def test_the_places_that_are_left_out_are_spoken_of(reader, province, commune, learner):
    others = filled(commune, 5)
    campaign = factories.campaign(province)
    for right, someone in enumerate([learner, *others], start=5):
        factories.graded(someone, campaign, right=right)

    page = reader.get(f"/leaderboards/{campaign.code}/people")

    assert "Bảng chỉ nêu Anh/Chị cùng những người đứng gần nhất" in page
