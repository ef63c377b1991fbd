"""Rows for tests: plain functions that work with no arguments."""

import itertools
import random
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from quiz.accounts import service as accounts
from quiz.campaigns import service as campaigns
from quiz.domain import names
from quiz.domain.items import KINDS, Item
from quiz.domain.paper import lay_out
from quiz.domain.practice import Source
from quiz.memory import service as memory
from quiz.models import (
    Agency,
    Attempt,
    Campaign,
    ItemReport,
    ItemVersion,
    Person,
    Posting,
    RoleGrant,
    db,
)
from quiz.passwords import service as passwords
from quiz.web.bank import bank
from quiz.web.clock import now

_numbers = itertools.count(1)
EPOCH = date(2025, 7, 1)


def agency(
    name: str = "Xã Trà Bồng", kind: str = "commune", parent: Agency | None = None
) -> Agency:
    """An agency; under `parent`, or a tree of its own."""
    number = next(_numbers)
    row = Agency(
        code=f"a{number}",
        name=name,
        kind=kind,
        parent_id=parent.id if parent else None,
        opened_on=EPOCH,
    )
    db.session.add(row)
    db.session.commit()
    return row


def person(
    full_name: str = "Nguyễn Thị Thu Hà",
    at: Agency | None = None,
    password: str | None = None,
    is_ranked: bool = True,
) -> Person:
    """A person with a posting."""
    number = next(_numbers)
    code = f"CB{number:05d}"
    row = Person(
        staff_code=code,
        staff_code_key=names.staff_code_key(code),
        full_name=full_name,
        sort_key=names.sort_key(full_name),
        folded_name=names.fold(full_name),
        password_hash=passwords.hashed(password) if password else None,
        is_ranked=is_ranked,
        pseudonym=f"Công chức {number:05d}",
        created_at=now(),
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(Posting(person_id=row.id, agency_id=(at or agency()).id, since=EPOCH))
    db.session.commit()
    return row


def staff(role: str, over: Agency, full_name: str = "Phạm Minh Tuấn") -> Person:
    """A person who holds a role over an agency and all below it; never ranked."""
    row = person(full_name, at=over, is_ranked=False)
    db.session.add(RoleGrant(person_id=row.id, role=role, agency_id=over.id, granted_at=now()))
    db.session.commit()
    return row


def draft(audience: Agency | None = None, **rules: object) -> Campaign:
    """A campaign that is still a draft: the next seven days, the house's defaults."""
    number = next(_numbers)
    values: dict[str, object] = {
        "code": f"dot-{number}",
        "name": "Đợt 2 năm 2026",
        "state": "draft",
        "audience_id": (audience or agency("Tỉnh Quảng Ngãi", "province")).id,
        "topics": list(bank().lessons),
        "size": 20,
        "time_limit_minutes": 20,
        "attempt_limit": 2,
        "pause_minutes": 15,
        "pass_mark": 70,
        "opens_at": now() - timedelta(days=1),
        "closes_at": now() + timedelta(days=7),
        "review_score": "at_once",
        "review_marks": "after_close",
        "review_answers": "after_close",
        "review_key": "after_close",
        "difficulties": {},
        "kinds": list(KINDS),
    }
    row = Campaign(**{**values, **rules})
    db.session.add(row)
    db.session.commit()
    return row


def campaign(audience: Agency, **rules: object) -> Campaign:
    """An open campaign; its roster is everybody who works there now."""
    row = draft(audience, **rules)
    campaigns.open_campaign(row.id, opened_by=None, now=now())
    return row


def who(someone: Person) -> accounts.SignedIn:
    """The person, signed in."""
    code = accounts.issue_code(someone.id, now())
    db.session.commit()
    found = accounts.signed_in(accounts.redeem(someone.staff_code, code, now()), now())
    assert found
    return found


def attempt(someone: Person | None = None, of: Campaign | None = None) -> Attempt:
    """An open attempt of an open campaign, on a device that has signed out since."""
    from quiz.admission import service as admission

    if someone is None:
        home = agency()
        someone = person(at=home)
        of = of or campaign(home)
    assert of
    row = db.session.get_one(Attempt, admission.start(who(someone), of, bank(), now()))
    row.lease_id = None
    db.session.commit()
    return row


def attempt_on(items: Sequence[Item], someone: Person | None = None, **rules: object) -> Attempt:
    """An open attempt with just these items on its paper."""
    someone = someone or person()
    home = someone.postings[0].agency
    of = campaign(home, size=min(len(items), 100), time_limit_minutes=90, **rules)
    for item in items:
        keep_version(item)
    rng = random.Random(next(_numbers))
    row = Attempt(
        id=f"attempt-{next(_numbers)}",
        person_id=someone.id,
        campaign_id=of.id,
        number=1,
        state="open",
        paper=[asdict(lay_out(item, rng)) for item in items],
        started_at=now(),
        deadline_at=now() + timedelta(minutes=90),
    )
    db.session.add(row)
    db.session.commit()
    return row


def keep_version(item: Item) -> None:
    """The wording of an item as attempts see it. The caller commits."""
    if db.session.get(ItemVersion, item.digest) is None:
        version = ItemVersion(digest=item.digest, item_code=item.code, content=item.to_json())
        version.created_at = now()
        db.session.add(version)


def attempt_with_every_kind(**rules: object) -> Attempt:
    """An open attempt whose paper holds one item of each kind, all of one difference."""
    one_of_each = {item.kind: item for item in bank().lessons["d03"].items}
    return attempt_on(list(one_of_each.values()), **rules)


def graded(someone: Person, of: Campaign, right: int = 20) -> Attempt:
    """A graded attempt with this many questions answered right."""
    from quiz.attempts import service
    from tests.answers import answer_right

    row = attempt(someone, of)
    learner = who(someone)
    answer_right(row, learner, range(1, right + 1), now(), op_id)
    service.submit(row.id, learner, op_id=op_id(), now=now())
    return db.session.get_one(Attempt, row.id, populate_existing=True)


def begun_practice(someone: Person | None = None, answered: Sequence[int] = (1,)) -> Attempt:
    """A practice in progress with these questions answered right, so that they show their key."""
    from tests.answers import answer_right

    row = practice(someone or person(), "lesson:d03")
    answer_right(row, who(row.person), answered, now(), op_id)
    return row


def item_report(
    someone: Person | None = None,
    number: int = 1,
    problem: str = "unclear",
    reason: str = "Câu hỏi có thể hiểu theo hai cách.",
) -> ItemReport:
    """A report of a question of a practice."""
    from quiz.item_reports import service

    row = begun_practice(someone, answered=[number])
    service.report(who(row.person), row, number, problem, reason, now())
    return db.session.scalars(
        db.select(ItemReport).filter_by(attempt_id=row.id, position=number)
    ).one()


def cards(someone: Person, items: Sequence[str], grade: str, at: datetime) -> None:
    """The person has answered these items so at this moment, and knows it."""
    memory.learn(someone.id, dict.fromkeys(items, grade), at)
    db.session.commit()


def practice(someone: Person, source: str, right: int | None = None) -> Attempt:
    """A practice by this person: open, or finished with this many answered, all right."""
    from quiz.attempts import service
    from quiz.practice import service as practices
    from tests.answers import answer_right

    learner = who(someone)
    attempt_id = practices.start(learner, Source.parse(source), bank(), now())
    row = db.session.get_one(Attempt, attempt_id)
    if right is not None:
        answer_right(row, learner, range(1, right + 1), now(), op_id)
        service.submit(attempt_id, learner, op_id=op_id(), now=now())
    return db.session.get_one(Attempt, attempt_id, populate_existing=True)


def op_id() -> str:
    """An operation id that no other call gives."""
    return str(uuid.UUID(int=next(_numbers), version=4))


def answer_wrong(attempt: Attempt, learner: accounts.SignedIn, numbers: Sequence[int]) -> None:
    """Choose, in these questions of kind `single`, an option that is not the key."""
    from quiz.attempts import service
    from quiz.journal.service import Entry
    from tests.answers import place

    for number in numbers:
        item, position = place(attempt, number)
        wrong = next(n for n, code in enumerate(position.order) if code != item.right_answer())
        entry = Entry(op_id(), attempt.id, number, revision=1, answer=None)
        service.save(entry, learner, {"": [str(wrong)]}, now())
