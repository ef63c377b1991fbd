"""Every route, for every role, on one's own things and on other people's.

A new route fails here until it is declared.
"""

import pytest

from tests import site
from tests.browser import Browser

# What GET answers, per role: stranger, learner, coordinator, trainer, organiser, auditor.
EVERYBODY = (200, 200, 200, 200, 200, 200)
SIGNED_IN = (302, 200, 200, 200, 200, 200)
REVIEWERS = (302, 403, 403, 200, 200, 200)
READERS = (302, 403, 200, 403, 200, 200)
ORGANISERS = (302, 403, 403, 403, 200, 403)
NOBODY = (302, 404, 404, 404, 404, 404)
GO_ON = (302, 302, 302, 302, 302, 302)

OWN = {
    "home.index": EVERYBODY,
    "home.offline": EVERYBODY,
    "home.service_worker": EVERYBODY,
    "accounts.sign_in": EVERYBODY,
    "accounts.first_sign_in": EVERYBODY,
    "accounts.invitation": EVERYBODY,
    "accounts.language": GO_ON,
    "accounts.theme": GO_ON,
    "accounts.set_password": SIGNED_IN,
    "accounts.show": SIGNED_IN,
    "lessons.index": SIGNED_IN,
    "lessons.show": SIGNED_IN,
    "lessons.path": SIGNED_IN,
    "lessons.handout": SIGNED_IN,
    "lessons.poster": SIGNED_IN,
    "lessons.mastery": SIGNED_IN,
    "practice.index": SIGNED_IN,
    "practice.review": SIGNED_IN,
    "bank.index": REVIEWERS,
    "bank.lesson": REVIEWERS,
    "bank.item": REVIEWERS,
    "campaigns.index": SIGNED_IN,
    "campaigns.show": SIGNED_IN,
    "campaigns.manage": ORGANISERS,
    "campaigns.new": ORGANISERS,
    # The campaign is the province's, above the organiser's grant.
    "campaigns.edit": (302, 403, 403, 403, 404, 403),
    "campaigns.open": (302, 403, 403, 403, 404, 403),
    "campaigns.close": (302, 403, 403, 403, 404, 403),
    # The attempt is a colleague's: nobody opens it as their own.
    "attempts.take": NOBODY,
    "attempts.check": NOBODY,
    "attempts.result": NOBODY,
    "item_reports.report": NOBODY,
    "item_reports.mine": SIGNED_IN,
    "item_reports.queue": REVIEWERS,
    "item_reports.queued": REVIEWERS,
    "results.index": SIGNED_IN,
    "certificates.show": EVERYBODY,
    "certificates.pdf": NOBODY,  # a colleague's
    "privacy.show": SIGNED_IN,
    "privacy.as_html": SIGNED_IN,
    "privacy.as_json": SIGNED_IN,
    "leaderboards.current": GO_ON,
    "leaderboards.agencies": SIGNED_IN,
    "leaderboards.people": SIGNED_IN,
    "leaderboards.agency": SIGNED_IN,
    "leaderboards.rules": SIGNED_IN,
    "reviews.index": REVIEWERS,
    "reviews.people": REVIEWERS,
    "reviews.person": REVIEWERS,
    "reviews.attempt": REVIEWERS,
    "reviews.export": REVIEWERS,
    "reports.index": (302, 403, 302, 403, 302, 302),
    "reports.participation": READERS,
}
FOREIGN = {
    "campaigns.show": NOBODY,  # a draft of the province, above every grant here
    "campaigns.edit": (302, 403, 403, 403, 404, 403),
    "campaigns.open": (302, 403, 403, 403, 404, 403),
    "campaigns.close": (302, 403, 403, 403, 404, 403),
    "attempts.take": NOBODY,
    "attempts.check": NOBODY,
    "attempts.result": NOBODY,
    "item_reports.report": NOBODY,
    "item_reports.queued": (302, 403, 403, 404, 404, 404),
    "certificates.show": (404, 404, 404, 404, 404, 404),
    "certificates.pdf": NOBODY,
    "leaderboards.agency": NOBODY,
    "reviews.person": (302, 403, 403, 404, 404, 404),
    "reviews.attempt": (302, 403, 403, 404, 404, 404),
}
# What an empty POST with a good token answers to people who may not do it.
POST_REFUSED = {
    "accounts.sign_out": (401,),
    "accounts.sign_out_everywhere": (401,),
    "accounts.set_password": (401,),
    "lessons.read": (401,),
    # Without a source it asks for nothing.
    "practice.start": (401, 400, 400, 400, 400, 400),
    "attempts.start": (401,),
    "attempts.continue_here": (401, 404, 404, 404, 404, 404),
    "attempts.save": (401, 404, 404, 404, 404, 404),
    "attempts.submit": (401, 404, 404, 404, 404, 404),
    "item_reports.report": (401, 404, 404, 404, 404, 404),
    "item_reports.see_replies": (401,),
    "item_reports.reply": (401, 403, 403, 422, 422, 403),
    "certificates.issue": (401, 409, 409, 409, 409, 409),
    "reviews.extra_time": (401, 403, 403, 403, 422, 403),
    "campaigns.new": (401, 403, 403, 403),
    "campaigns.edit": (401, 403, 403, 403, 404, 403),
    "campaigns.open": (401, 403, 403, 403, 404, 403),
    "campaigns.close": (401, 403, 403, 403, 404, 403),
}
PUBLIC_POSTS = {"accounts.sign_in", "accounts.first_sign_in", "accounts.invitation"}
FIELDS = {"op_id": "7d0f6f4e-6a54-4a52-9a3c-3f7f0f9a1f10"}


@pytest.fixture
def world(app):
    return site.build(app)


def browser_of(app, world, role):
    browser = Browser(app)
    return browser if role == "stranger" else browser.sign_in(world.people[role])


def test_T_L14_every_route_is_declared(app, world):
    assert set(site.addresses(app, "GET", world.own)) == set(OWN)
    assert set(site.addresses(app, "POST", world.own)) == set(POST_REFUSED) | PUBLIC_POSTS


@pytest.mark.parametrize("role", site.ROLES)
def test_T_L14_every_page_answers_as_declared(app, world, role):
    column = site.ROLES.index(role)
    found, declared = {}, {}
    browser = browser_of(app, world, role)
    for values, table in ((world.own, OWN), (world.foreign, FOREIGN)):
        for endpoint, address in site.addresses(app, "GET", values).items():
            if endpoint not in table:
                continue
            status = browser.client.get(address).status_code
            found[endpoint, address] = status
            declared[endpoint, address] = table[endpoint][column]

    assert found == declared


@pytest.mark.parametrize("role", site.ROLES)
def test_T_L14_nobody_changes_what_is_not_theirs(app, world, role):
    column = site.ROLES.index(role)
    found, declared = {}, {}
    for endpoint, address in site.addresses(app, "POST", world.own).items():
        statuses = POST_REFUSED.get(endpoint, ())
        if column >= len(statuses):
            continue
        browser = browser_of(app, world, role)
        before = site.state_of_database()
        sent = {"csrf_token": browser.token(), **(FIELDS if "attempts." in endpoint else {})}
        if endpoint in ("attempts.start", "attempts.continue_here"):
            sent.pop("op_id")
        found[endpoint] = browser.client.post(address, data=sent).status_code
        declared[endpoint] = statuses[column]
        assert site.state_of_database() == before, endpoint

    assert found == declared


def test_T_L14_a_learner_opens_only_their_own_attempt(app, world):
    browser = browser_of(app, world, "learner")

    browser.get(f"/attempts/{world.attempts['open'].id}")
    browser.get(f"/attempts/{world.attempts['colleague'].id}", status=404)
