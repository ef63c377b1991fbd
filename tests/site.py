"""Every address of the app, from its URL map, for tests that must not forget one."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import Flask

from quiz.certificates import service as certificates
from quiz.models import Agency, Attempt, Campaign, Person, RefusedSave, db
from quiz.web.bank import bank
from quiz.web.clock import now
from tests import factories

NUMBERS = {"person_id", "report_id", "number"}
ROLES = ("stranger", "learner", "coordinator", "trainer", "organiser", "auditor")


@dataclass
class World:
    """Two branches of a province; every role holds the first one."""

    province: Agency
    people: dict[str, Person]
    campaign: Campaign
    draft: Campaign
    own: dict[str, str]  # route argument → a value of one's own branch
    foreign: dict[str, str]  # … of somebody else
    attempts: dict[str, Attempt] = field(default_factory=dict)


def build(app: Flask, typed: Iterable[str] = ("",)) -> World:
    """A province with two communes, a campaign, and attempts in both communes.

    To each text that people type, one of `typed` is added in turn.
    """
    ends = itertools.cycle(typed)

    def text(beginning: str) -> str:
        return f"{beginning} {next(ends)}".rstrip()

    province = factories.agency(text("Tỉnh Quảng Ngãi"), "province")
    here = factories.agency(text("Xã Trà Bồng"), parent=province)
    there = factories.agency(text("Xã Ba Tơ"), parent=province)
    people = {"learner": factories.person(text("Nguyễn Thị Thu Hà"), at=here)}
    colleague = factories.person(text("Hồ Văn Lâm"), at=here)
    other = factories.person(text("Đinh Thị Mía"), at=there)
    for role in ROLES[2:]:
        people[role] = factories.staff(role, here, text(f"Trần {role.title()}"))
    rules = {"review_answers": "after_close", "pass_mark": 40}
    campaign = factories.campaign(province, name=text("Đợt 2 năm 2026"), **rules)
    draft = factories.draft(province)
    found = {
        "open": factories.attempt(people["learner"], campaign),
        "colleague": factories.graded(colleague, campaign, right=9),
        "other": factories.graded(other, campaign, right=7),
    }
    report = factories.item_report(
        other, reason=text("Câu hỏi có thể hiểu theo hai cách.")
    )  # items are the province's: every trainer answers
    own_draft = factories.draft(here)
    issued = certificates.issue(factories.who(colleague), campaign, now())
    return World(
        province=province,
        people=people,
        campaign=campaign,
        draft=own_draft,
        own={
            "code": campaign.code,
            "campaign_code": campaign.code,
            "agency_code": here.code,
            "person_id": str(colleague.id),
            "attempt_id": found["colleague"].id,
            "report_id": str(report.id),
            "certificate_code": issued,
        },
        foreign={
            "code": draft.code,
            "campaign_code": campaign.code,
            "agency_code": "no-such-agency",
            "person_id": str(other.id),
            "attempt_id": found["other"].id,
            "report_id": str(report.id + 1),
            "certificate_code": "0" * 28,
        },
        attempts=found,
    )


def addresses(app: Flask, method: str, values: dict[str, str]) -> dict[str, str]:
    """Endpoint → address, for every route that answers this method."""
    found = {}
    fixed = {
        "lessons.show": {"code": "d03"},
        "lessons.read": {"code": "d03"},
        "lessons.handout": {"code": "d03"},
        "lessons.path": {"code": "theo-cum-de-nham"},
        "bank.lesson": {"code": "d03"},
        "bank.item": {"code": next(i for i in bank().items if i.startswith("d03-"))},
        "accounts.language": {"code": "en"},
        "accounts.theme": {"name": "dark"},
        "accounts.invitation": {"token": "no-such-token"},
    }
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()):
            continue
        given = {
            "kind": "csv",
            "number": "1",
            "report_id": "1",
            "certificate_code": "0" * 28,
            **values,
            **fixed.get(rule.endpoint, {}),
        }
        arguments = {name: given[name] for name in rule.arguments}
        for name in NUMBERS & set(arguments):
            arguments[name] = int(arguments[name])
        found[rule.endpoint] = adapter.build(rule.endpoint, arguments, method=method)
    return found


def state_of_database() -> dict[str, list[tuple]]:
    """Every row of every table but the note of refusals, to compare before and after."""
    db.session.rollback()
    return {
        name: sorted(map(tuple, db.session.execute(table.select())), key=repr)
        for name, table in db.metadata.tables.items()
        if name != RefusedSave.__tablename__
    }
