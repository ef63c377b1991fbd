"""Everything about me, schema-driven; nothing that lets anybody in or tells a key."""

import json

import pytest
from sqlalchemy import func, select

from quiz.accounts import service as accounts
from quiz.campaigns import service as campaigns
from quiz.domain.paper import in_words
from quiz.models import AuditEvent, Model, SignIn, db
from quiz.models.privacy import ANSWERS, DECLARED, MARKS, OTHERS, SCORE
from quiz.privacy import routes, service
from tests import factories, site
from tests.answers import place, right_fields
from tests.browser import Browser

TABLES = Model.metadata.tables


def exported(app, someone):
    """The JSON that this person downloads."""
    response = Browser(app).sign_in(someone).client.get("/my-data/export.json")
    assert response.status_code == 200
    return json.loads(response.data)


def test_T_D4_every_column_of_the_schema_has_a_decision():
    decided = {name: sorted(declared.columns) for name, declared in DECLARED.items()}

    assert decided == {name: sorted(table.c.keys()) for name, table in TABLES.items()}


def test_T_D4_a_table_that_points_to_a_person_is_about_somebody():
    personal = {
        name
        for name, table in TABLES.items()
        for key in table.foreign_keys
        if key.column.table.name in ("person", "attempt")
    }

    assert {name for name in personal if DECLARED[name].about is None} == set()
    assert {gate for one in DECLARED.values() for gate in one.gated.values()} <= {
        *(SCORE, MARKS, ANSWERS, OTHERS)
    }


def test_T_D4_every_exported_column_has_a_name_that_people_read():
    own = {name: one for name, one in DECLARED.items() if one.about is not None}

    assert set(own) == set(routes.TABLE_NAMES)
    for declared in own.values():
        assert {*declared.exported, *declared.gated} <= set(routes.COLUMN_NAMES)


def test_T_D4_every_row_about_a_person_is_in_their_export(app, now):
    world = site.build(app)
    by_person = [
        (name, table.c.id if name == "person" else table.c.person_id)
        for name, table in TABLES.items()
        if name == "person" or "person_id" in table.c
    ]

    for someone in world.people.values():
        tables = service.export(someone.id, now)
        for name, owner in by_person:
            query = select(func.count()).where(owner == someone.id)
            assert len(tables[name]) >= db.session.scalar(query), name
    learner = service.export(world.people["learner"].id, now)
    assert len(learner["attempt"]) == 1
    assert learner["audit_event"] == []
    colleague = service.export(world.attempts["colleague"].person_id, now)
    assert (len(colleague["save"]), len(colleague["response"])) == (9, 20)


def test_T_D4_nothing_that_lets_anybody_in_is_exported(app):
    someone = factories.person(password="con đường làng quanh co")
    browser = Browser(app).sign_in(someone)
    files = [browser.client.get(f"/my-data/export.{kind}").text for kind in ("json", "html")]

    hidden = [
        value
        for name, declared in DECLARED.items()
        for column in declared.hidden
        for value in db.session.scalars(select(TABLES[name].c[column]))
        if value
    ]
    assert len(hidden) >= 3  # a password, a session, a one-time code
    for file in files:
        assert someone.full_name in file
        assert [value for value in hidden if value in file] == []


@pytest.fixture
def taken(app, clock):
    """A graded attempt with every question answered; nothing may be seen yet."""
    home = factories.agency()
    someone = factories.person(at=home)
    reviews = ("review_score", "review_marks", "review_answers", "review_key")
    campaign = factories.campaign(home, **dict.fromkeys(reviews, "after_close"))
    return factories.graded(someone, campaign, right=20)


def test_T_D4_what_the_policy_holds_back_is_not_in_the_export(app, taken):
    found = exported(app, taken.person)

    attempt, response, save = (found[name][0] for name in ("attempt", "response", "save"))
    assert attempt["withheld"] == ["paper", "score"]
    assert response["withheld"] == ["answer", "confidence", "mark_numerator", "mark_denominator"]
    assert save["withheld"] == ["answer", "confidence"]
    assert found["standing"][0]["withheld"] == ["best_score", "finished_at"]
    for row in (attempt, response, save, found["standing"][0]):
        assert set(row["withheld"]).isdisjoint(row)
    assert "chưa công bố" in Browser(app).sign_in(taken.person).get("/my-data")


def test_T_D4_answers_are_exported_as_words_once_they_may_be_seen(app, taken, clock):
    campaigns.close_campaign(taken.campaign_id, None, clock())
    clock.tick(minutes=1)

    found = exported(app, taken.person)

    assert found["attempt"][0]["score"] == taken.score == 10_000
    for row in found["response"]:
        item, position = place(taken, row["position"])
        assert row["answer"] == in_words(item, position, item.right_answer())
        assert (row["mark_numerator"], row["mark_denominator"]) == (1, 1)


def test_T_D4_an_answer_in_words_does_not_tell_how_the_bank_counts(app):
    """Codes number the steps in their right order, and pair each stem with its choice."""
    attempt = factories.attempt_with_every_kind()
    for number in range(1, len(attempt.paper) + 1):
        item, position = place(attempt, number)
        words = in_words(item, position, item.right_answer())
        assert len(words) >= 1
        if item.kind == "order":
            shown = [word.rsplit(" → ", 1)[0] for word in words]
            assert shown == [item.parts()[code] for code in position.order]
        if item.kind == "single":
            assert words == [option.text for option in item.options if option.key]
    assert right_fields(attempt, 1)


def test_T_D4_an_open_attempt_exports_what_its_paper_shows(app):
    attempt = factories.attempt()

    row = exported(app, attempt.person)["attempt"][0]

    assert len(row["paper"]) == 20
    assert "withheld" not in row


def test_T_D4_acts_on_other_people_do_not_name_them(app, clock):
    home = factories.agency()
    organiser, someone = factories.staff("organiser", home), factories.person(at=home)
    accounts.set_extra_time(someone.id, 25, factories.who(organiser), clock())

    acted = exported(app, organiser)["audit_event"]
    suffered = exported(app, someone)["audit_event"]

    assert [row["action"] for row in acted] == [row["action"] for row in suffered]
    assert acted[0]["person_id"] == organiser.id
    assert {"object_id", "details"}.isdisjoint(acted[0])
    assert "person_id" not in suffered[0]
    assert suffered[0]["object_id"] == str(someone.id)
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) >= 1
    assert db.session.scalar(select(func.count()).select_from(SignIn)) >= 2


def test_the_page_is_readable_and_calls_things_by_their_names(app, taken):
    page = Browser(app).sign_in(taken.person).get("/my-data")

    for words in ("Hồ sơ", "Các lượt thi và thi thử", taken.campaign.name, "đã chấm"):
        assert words in page
