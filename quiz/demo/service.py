"""Loading the demonstration province, the same for the same seed and moment."""

import hashlib
import hmac
import random
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import func, insert, select, update

from quiz.accounts.service import CODE_ALPHABET
from quiz.campaigns import service as campaigns
from quiz.config import COURSE_TEST_SIZE
from quiz.demo import units
from quiz.demo.people import full_name
from quiz.domain import names
from quiz.domain.bank import Bank
from quiz.domain.blueprint import Blueprint, draw
from quiz.domain.days import VIETNAM
from quiz.domain.items import Answer, Item
from quiz.domain.paper import lay_out
from quiz.domain.practice import CLUSTERS, POST, PRE, Source
from quiz.domain.scoring import mark, score
from quiz.memory import service as memory
from quiz.models import (
    Agency,
    AgencySuccession,
    Attempt,
    Campaign,
    ItemReport,
    ItemVersion,
    LessonProgress,
    Person,
    Posting,
    Response,
    RoleGrant,
    RosterEntry,
    Save,
    db,
)
from quiz.passwords import service as passwords
from quiz.practice.service import COURSE_DIFFICULTIES
from quiz.standings import service as standings

SEED = 1709
PEOPLE = 2_000
COURSE_PEOPLE = 12  # who took both tests of a course
OPENED_ON = date(2025, 7, 1)
HOME = "21115"  # Xã Trà Bồng
HIGHLAND_CODES = ("2111", "2112", "2113", "2115", "213", "2148", "2149", "2152", "2153", "23")
# Role, staff code, name, where, and over what.
ACCOUNTS = (
    ("learner", "HOCVIEN", "Nguyễn Thị Thu Hà", HOME, None),
    ("coordinator", "DAUMOI", "Hồ Văn Lâm", HOME, HOME),
    ("trainer", "TAPHUAN", "Trần Quốc Bảo", "so-khcn", "khoi-xa-phuong"),
    ("organiser", "BANTOCHUC", "Võ Thị Minh Tâm", "so-khcn", "quang-ngai"),
    ("auditor", "KIEMTRA", "Lê Đức Anh", "thanh-tra", "quang-ngai"),
)
# Problem, reason, status, reply.
REPORTS = (
    (
        "misspelt",
        "Chỗ này viết “số hoá”, chỗ khác lại viết “số hóa”.",
        "mended",
        "Cảm ơn anh/chị. Chúng tôi đã thống nhất viết “số hóa”.",
    ),
    (
        "wrong_key",
        "Hình như đáp án ngược với bài học.",
        "answered",
        "Chúng tôi đã đối chiếu với bài học và giữ nguyên đáp án. Mời anh/chị đọc “Vì sao”.",
    ),
    ("several_keys", "Hai phương án đều đúng, tùy cách hiểu câu dẫn.", "looking", None),
    ("unclear", "Câu dẫn dài, tôi đọc ba lần mới hiểu đang hỏi gì.", "new", None),
    ("other", "Ví dụ nói về sở; ở xã chúng tôi làm khác.", "new", None),
)
LEARNERS = ("HOCVIEN", "DAUMOI")  # who sign in and learn


def accounts(secret_key: str) -> list[dict[str, str]]:
    """One sign-in for each role, with passwords that only this installation has."""
    return [
        {"role": role, "staff_code": code, "name": name, "password": _password(secret_key, code)}
        for role, code, name, _, _ in ACCOUNTS
    ]


def load(bank: Bank, secret_key: str, now: datetime, people: int = PEOPLE) -> str:
    """Fill an empty database; returns what happened, for the console."""
    if db.session.scalar(select(func.count()).select_from(Person)):
        return "The database already holds people; nothing was changed."
    rng = random.Random(SEED)  # noqa: S311
    agencies = _agencies()
    _people(rng, agencies, people, now)
    _staff(agencies, secret_key, now)
    db.session.commit()
    made = 0
    morning = now.astimezone(VIETNAM).replace(hour=8, minute=0, second=0, microsecond=0)
    start = morning.astimezone(UTC)
    first = _campaign("dot-1-2026", "Đợt 1 năm 2026", bank, start - timedelta(days=45), 30)
    made += _attempts(rng, bank, first, share=0.7, until=first.closes_at)
    second = _campaign("dot-2-2026", "Đợt 2 năm 2026", bank, start - timedelta(days=5), 12)
    made += _attempts(rng, bank, second, share=0.3, until=now)
    _progress(rng, bank, now)
    _reports(first)
    _memories(rng, bank, first.id, now)
    _courses(rng, bank, now)
    campaigns.close_campaign(first.id, closed_by=None, now=first.closes_at)
    standings.rebuild()
    return f"Loaded {len(agencies)} agencies, {people} people and {made} attempts."


def _password(secret_key: str, staff_code: str) -> str:
    digest = hmac.new(secret_key.encode(), staff_code.encode(), hashlib.sha256).digest()
    letters = "".join(CODE_ALPHABET[byte % 32].lower() for byte in digest[:12])
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def _agencies() -> dict[str, int]:
    """The tree: province, blocks, units; and the units that are no more. Ids by code."""
    ids: dict[str, int] = {}

    def add(code: str, name: str, kind: str, parent: str | None, **dates: date) -> None:
        agency = Agency(
            code=code,
            name=name,
            kind=kind,
            parent_id=ids[parent] if parent else None,
            **{"opened_on": OPENED_ON, **dates},
        )
        db.session.add(agency)
        db.session.flush()
        ids[code] = agency.id

    add("quang-ngai", "Tỉnh Quảng Ngãi", "province", None)
    for code, name in units.BLOCKS:
        add(code, name, "block", "quang-ngai")
    for kind, block, members in (
        ("department", "khoi-so-nganh", units.DEPARTMENTS),
        ("mass_organisation", "khoi-doan-the", units.MASS_ORGANISATIONS),
        ("service_unit", "khoi-su-nghiep", units.SERVICE_UNITS),
        ("commune", "khoi-xa-phuong", units.COMMUNES),
    ):
        for code, name in members:
            add(code, name, kind, block)
    for code, name, closed, successor, manner in units.PREDECESSORS:
        day = date.fromisoformat(closed)
        kind = "service_unit" if code == "dai-ptth" else "department"
        add(code, name, kind, "quang-ngai", opened_on=date(2010, 1, 1), closed_on=day)
        db.session.add(
            AgencySuccession(
                predecessor_id=ids[code],
                successor_id=ids[successor],
                manner=manner,
                happened_on=day,
            )
        )
    return ids


def _people(rng: random.Random, agencies: dict[str, int], count: int, now: datetime) -> None:
    """Everybody who works somewhere; some units are many times larger than others."""
    places = [
        code
        for members in (
            units.DEPARTMENTS,
            units.MASS_ORGANISATIONS,
            units.SERVICE_UNITS,
            units.COMMUNES,
        )
        for code, _ in members
    ]
    weights = [rng.lognormvariate(0, 0.5) for _ in places]
    smallest = [place for place in places for _ in range(4)][:count]
    chosen = smallest + rng.choices(places, weights, k=count - len(smallest))
    for number, place in enumerate(sorted(chosen, key=places.index), start=1):
        name = names.compose(full_name(rng, place.startswith(HIGHLAND_CODES)))
        _add_person(f"QN{number:05d}", name, agencies[place], now, is_ranked=True)


def _add_person(code: str, name: str, agency_id: int, now: datetime, is_ranked: bool) -> Person:
    digest = hashlib.sha256(f"{SEED}{code}".encode()).digest()
    shown = "".join(CODE_ALPHABET[byte % 32] for byte in digest[:6])
    person = Person(
        staff_code=code,
        staff_code_key=names.staff_code_key(code),
        full_name=name,
        sort_key=names.sort_key(name),
        folded_name=names.fold(name),
        is_active=True,
        is_ranked=is_ranked,
        pseudonym=f"Công chức {shown}",
        created_at=now,
    )
    person.postings = [Posting(agency_id=agency_id, since=OPENED_ON)]
    db.session.add(person)
    return person


def _staff(agencies: dict[str, int], secret_key: str, now: datetime) -> None:
    """The accounts of the demonstration; who reviews or organises is never ranked."""
    for role, code, name, place, over in ACCOUNTS:
        is_ranked = role in ("learner", "coordinator")
        person = _add_person(code, name, agencies[place], now, is_ranked)
        person.password_hash = passwords.hashed(_password(secret_key, code))
        db.session.flush()
        if over:
            db.session.add(
                RoleGrant(person_id=person.id, role=role, agency_id=agencies[over], granted_at=now)
            )


def _campaign(code: str, name: str, bank: Bank, opens_at: datetime, days: int) -> Campaign:
    """An open campaign of all topics for the whole province."""
    campaign = Campaign(
        code=code,
        name=name,
        state="draft",
        audience_id=db.session.scalars(select(Agency.id).filter_by(code="quang-ngai")).one(),
        topics=list(bank.lessons),
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=days, hours=9),  # from 08:00 to 17:00
        **campaigns.DEFAULT_RULES,
    )
    db.session.add(campaign)
    db.session.commit()
    campaigns.open_campaign(campaign.id, opened_by=None, now=opens_at)
    return campaign


def _attempts(
    rng: random.Random,
    bank: Bank,
    campaign: Campaign,
    share: float,
    until: datetime,
) -> int:
    """Attempts by people who really answer what they drew; returns how many."""
    roster = db.session.execute(
        select(RosterEntry.person_id, RosterEntry.agency_id, Person.staff_code)
        .join(Person, Person.id == RosterEntry.person_id)
        .where(RosterEntry.campaign_id == campaign.id)
        .order_by(RosterEntry.person_id)
    ).all()
    _keep_versions(bank, campaign.opens_at)
    difficulty = {code: rng.gauss(0, 0.12) for code in bank.items}
    zeal = {agency: rng.gauss(0, 0.12) for agency in sorted({row.agency_id for row in roster})}
    topics = {code: bank.lessons[code].items for code in campaign.topics}
    blueprint = campaigns.blueprint(campaign)
    attempts: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = []
    saves: list[dict[str, Any]] = []
    for row in roster:
        # The learner of the demonstration has passed one campaign and has the other before them.
        is_shown = row.staff_code == "HOCVIEN"
        if is_shown and campaign.code == "dot-2-2026":
            continue
        if rng.random() > share + 1.2 * zeal[row.agency_id] and not is_shown:
            continue
        ability = min(0.97, max(0.3, rng.gauss(0.74 + zeal[row.agency_id] / 2, 0.13)))
        if is_shown:
            ability = 0.88
        finished, seen = _working_moment(rng, campaign.opens_at, until), set[str]()
        for number in (1, 2):
            items = draw(topics, blueprint, seen, rng)
            seen.update(item.code for item in items)
            chance = [ability + 0.06 * (number - 1) - difficulty[item.code] for item in items]
            answers = [_answer(rng, *one) for one in zip(items, chance, strict=True)]
            taken = timedelta(seconds=rng.randint(280, 1150))
            attempt = _attempt(rng, campaign, row.person_id, number, items, finished, taken)
            attempts.append(attempt)
            marks = _responses(responses, attempt["id"], items, answers)
            saves += _saves(rng, attempt, answers)
            attempt["score"] = score(marks)
            again = finished + timedelta(minutes=rng.randint(36, 600))
            if number == 2 or again > until or rng.random() > 1.15 - ability / 2:
                break
            finished = again
    db.session.execute(insert(Attempt), attempts)
    for table, rows in ((Save, saves), (Response, responses)):
        for start in range(0, len(rows), 5_000):
            db.session.execute(insert(table), rows[start : start + 5_000])
    db.session.commit()
    return len(attempts)


def _keep_versions(bank: Bank, now: datetime) -> None:
    kept = set(db.session.scalars(select(ItemVersion.digest)))
    new = [
        {
            "digest": item.digest,
            "item_code": item.code,
            "content": item.to_json(),
            "created_at": now,
        }
        for item in bank.items.values()
        if item.digest not in kept
    ]
    if new:
        db.session.execute(insert(ItemVersion), new)


def _attempt(
    rng: random.Random,
    campaign: Campaign | None,
    person_id: int,
    number: int,
    items: Sequence[Item],
    finished_at: datetime,
    taken: timedelta,
) -> dict[str, Any]:
    started_at = finished_at - taken
    return {
        "id": f"demo{rng.getrandbits(72):018x}",
        "person_id": person_id,
        "campaign_id": campaign.id if campaign else None,
        "number": number,
        "state": "graded",
        "paper": [asdict(lay_out(item, rng)) for item in items],
        "started_at": started_at,
        "deadline_at": started_at + timedelta(minutes=campaign.time_limit_minutes)
        if campaign
        else None,
        "finished_at": finished_at,
        "graded_at": finished_at,
    }


def _responses(
    rows: list[dict[str, Any]],
    attempt_id: str,
    items: Sequence[Item],
    answers: Sequence[Answer | None],
) -> list[Fraction]:
    marks = [mark(item, answer) for item, answer in zip(items, answers, strict=True)]
    rows += [
        {
            "attempt_id": attempt_id,
            "position": position,
            "version": item.digest,
            "item_code": item.code,
            "answer": answer,
            "mark_numerator": worth.numerator,
            "mark_denominator": worth.denominator,
        }
        for position, (item, answer, worth) in enumerate(
            zip(items, answers, marks, strict=True), start=1
        )
    ]
    return marks


def _saves(
    rng: random.Random, attempt: dict[str, Any], answers: Sequence[Answer | None]
) -> list[dict[str, Any]]:
    """The journal of an attempt: its answers one after another, evenly over its time."""
    step = (attempt["finished_at"] - attempt["started_at"]) / (len(answers) + 1)
    return [
        {
            "op_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "attempt_id": attempt["id"],
            "position": position,
            "revision": 1,
            "answer": answer,
            "is_stale": False,
            "saved_at": attempt["started_at"] + position * step,
        }
        for position, answer in enumerate(answers, start=1)
        if answer is not None
    ]


def _answer(rng: random.Random, item: Item, chance: float) -> Answer | None:
    """What somebody answers who knows each part of this item with this chance."""
    if rng.random() < 0.01:
        return None
    if item.kind == "multiple":
        ticked = [o.code for o in item.options if o.key == (rng.random() < chance + 0.08)]
        return sorted(ticked) or None
    if item.questions:
        answers = {one.code: _answer(rng, one, chance) for one in item.questions}
        return {code: answer for code, answer in answers.items() if answer is not None} or None
    if item.kind == "order":
        codes = [step.code for step in item.steps]
        if rng.random() > chance:
            at = rng.randrange(len(codes) - 1)
            codes[at], codes[at + 1] = codes[at + 1], codes[at]
        return {code: str(place) for place, code in enumerate(codes, start=1)}
    key = item.right_answer()
    offered = ["it", "dx"] if item.statements else list(item.choices()) or ["số hóa"]
    if isinstance(key, dict):
        return {
            part: right if rng.random() < chance else rng.choice(offered)
            for part, right in key.items()
        }
    return key if rng.random() < chance else rng.choice([one for one in offered if one != key])


def _working_moment(rng: random.Random, start: datetime, until: datetime) -> datetime:
    """A moment of a working day, more often late: most people wait for the last days."""
    span = until - start - timedelta(hours=2)
    moment = start + timedelta(hours=1) + span * rng.betavariate(1.6, 1)
    local = moment.astimezone(VIETNAM)
    hour = rng.choice((8, 9, 9, 10, 10, 11, 14, 14, 15, 15, 16, 19, 20, 21))
    local = local.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60))
    return min(max(local.astimezone(UTC), start + timedelta(minutes=25)), until)


def _progress(rng: random.Random, bank: Bank, now: datetime) -> None:
    """What people have read: some nothing, some nearly all."""
    rows = []
    for person_id, code in db.session.execute(
        select(Person.id, Person.staff_code).order_by(Person.id)
    ).all():
        begun = 9 if code in LEARNERS else max(0, round(rng.gauss(8, 8)))
        for lesson in list(bank.lessons)[:begun]:
            read_at = now - timedelta(days=rng.randint(1, 40), minutes=rng.randrange(600))
            rows.append({"person_id": person_id, "lesson_code": lesson, "read_at": read_at})
    db.session.execute(insert(LessonProgress), rows)
    db.session.commit()


def _reports(campaign: Campaign) -> None:
    """What people found wrong with the first question of their paper, once they saw its key."""
    trainer = db.session.scalars(select(Person.id).filter_by(staff_code="TAPHUAN")).one()
    missed = db.session.execute(
        select(Attempt.person_id, Response.attempt_id, Response.item_code, Response.version)
        .join(Response, (Response.attempt_id == Attempt.id) & (Response.position == 1))
        .where(
            Attempt.campaign_id == campaign.id,
            Attempt.number == 1,
            Response.mark_numerator < Response.mark_denominator,
        )
        .order_by(Attempt.id)
    )
    for days, (row, said) in enumerate(zip(missed, REPORTS, strict=False), start=1):
        problem, reason, status, reply = said
        created_at = campaign.closes_at + timedelta(days=days, hours=16)
        db.session.add(
            ItemReport(
                **row._mapping,
                position=1,
                problem=problem,
                reason=reason,
                created_at=created_at,
                status=status,
                reply=reply,
                replied_by=trainer if reply else None,
                replied_at=created_at + timedelta(days=2) if reply else None,
            )
        )


def _memories(rng: random.Random, bank: Bank, finished_id: int, now: datetime) -> None:
    """Practices, reviews and cards of those who can sign in and learn.

    The cards of all the others would take longer to make than everything else.
    """
    learners = db.session.scalars(
        select(Person.id).where(Person.staff_code.in_(LEARNERS)).order_by(Person.id)
    ).all()
    db.session.execute(
        update(Attempt)
        .where(Attempt.campaign_id == finished_id, Attempt.person_id.not_in(learners))
        .values(remembered_at=Attempt.finished_at)
    )
    for person_id in learners:
        codes = db.session.scalars(
            select(LessonProgress.lesson_code)
            .where(LessonProgress.person_id == person_id)
            .order_by(LessonProgress.lesson_code)
        ).all()
        for number, code in enumerate(codes[:7]):
            skill = (0.97, 0.95, 0.6, 0.9, 0.98, 0.55, 0.8)[number]
            days_ago = (3, 2, 12, 9, 4, 2, 20)[number]
            items = _some(rng, bank, (code,), 8)
            _practice(rng, person_id, f"lesson:{code}", 1, items, skill, days_ago, now)
        for number, days_ago in enumerate((3, 2, 1), start=1):
            items = _some(rng, bank, codes[:2], 5)
            _practice(rng, person_id, "review", number, items, 0.9, days_ago, now)
        memory.absorb(now, person_id)


def _courses(rng: random.Random, bank: Bank, now: datetime) -> None:
    """The tests before and after a course, by some people of the communes: a gain to show."""
    people = db.session.scalars(
        select(Person.id)
        .join(Posting, Posting.person_id == Person.id)
        .join(Agency, Agency.id == Posting.agency_id)
        .where(Agency.kind == "commune", Person.staff_code.not_in(LEARNERS), Person.is_ranked)
        .order_by(Person.id)
    ).all()
    path = bank.paths[CLUSTERS]
    topics = {code: bank.lessons[code].items for code in path.lessons}
    blueprint = Blueprint(path.lessons, COURSE_TEST_SIZE, COURSE_DIFFICULTIES)
    for person_id in rng.sample(people, COURSE_PEOPLE):
        skill, seen = rng.gauss(0.62, 0.08), set[str]()
        for kind, learnt, days_ago in ((PRE, 0, 24), (POST, rng.gauss(0.17, 0.06), 6)):
            items = draw(topics, blueprint, seen, rng)
            seen.update(item.code for item in items)
            source = str(Source(kind, path.code))
            _practice(rng, person_id, source, 1, items, skill + learnt, days_ago, now)
        memory.absorb(now, person_id)


def _practice(
    rng: random.Random,
    person_id: int,
    source: str,
    number: int,
    items: Sequence[Item],
    skill: float,
    days_ago: int,
    now: datetime,
) -> None:
    """One finished practice of somebody who knows each part of it with this chance."""
    answers = [_answer(rng, item, skill) for item in items]
    finished_at = now - timedelta(days=days_ago, minutes=rng.randrange(10, 60))
    attempt = _attempt(
        rng, None, person_id, number, items, finished_at, timedelta(minutes=rng.randint(4, 8))
    )
    responses: list[dict[str, Any]] = []
    marks = _responses(responses, attempt["id"], items, answers)
    attempt.update(practice=source, score=score(marks))
    db.session.execute(insert(Attempt), [attempt])
    db.session.execute(insert(Save), _saves(rng, attempt, answers))
    db.session.execute(insert(Response), responses)
    db.session.commit()


def _some(rng: random.Random, bank: Bank, lessons: Sequence[str], size: int) -> list[Item]:
    """So many items of these lessons."""
    topics = {code: bank.lessons[code].items for code in lessons}
    return draw(topics, Blueprint(tuple(topics), size), set(), rng)


def new_secret() -> str:
    """A secret for an installation that has none."""
    return secrets.token_urlsafe(48)
