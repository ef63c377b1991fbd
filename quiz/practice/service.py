"""Choosing what to practise: the items of each source, the day's review, the tests of a course."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from quiz.accounts.service import SignedIn
from quiz.admission import service as admission
from quiz.config import COURSE_TEST_SIZE, PRACTICE_SIZE
from quiz.domain import practice
from quiz.domain.bank import Bank
from quiz.domain.blueprint import Blueprint, compatible, draw
from quiz.domain.days import day_of
from quiz.domain.errors import N_, Refused
from quiz.domain.items import Item
from quiz.domain.memory import AGAIN, REVIEW_SIZE, Known, Streak, streak, todays
from quiz.domain.practice import Gain, Source
from quiz.lessons import service as lessons
from quiz.memory import service as memory
from quiz.models import AnyRow, Attempt, db

REVIEWS_LOOKED_AT = 400  # latest ones: more than a year of days in a row
COURSE_DIFFICULTIES = {"remember": 3, "understand": 4, "apply": 3}  # alike before and after
DAILY = Source(practice.REVIEW)


class NothingDue(Refused):
    """No card's day has come."""

    message = N_("Hôm nay chưa có câu cần ôn. Học thêm một bài để có câu ôn cho ngày mai.")


class ReviewedToday(Refused):
    """The review of the day is a handful, once; more is a practice."""

    message = N_("Hôm nay Anh/Chị đã ôn xong. Muốn làm thêm, hãy chọn một phần ở trang luyện tập.")


class NothingWrong(Refused):
    """There is no item whose latest answer is known to be wrong."""

    message = N_("Hiện không có câu nào Anh/Chị làm sai. Hãy chọn phần khác ở trang luyện tập.")


class PreTestFirst(Refused):
    """Without a test before the course, one after it shows no gain."""

    message = N_("Hãy làm xong bài đầu khóa trước để có điểm so sánh với bài cuối khóa.")


@dataclass(frozen=True)
class ReviewDay:
    """The review of the day, and how regular it was."""

    items: list[str]  # what it would hold if begun now
    lessons: list[str]  # that these items belong to, the most urgent first
    open_id: str | None  # begun and not finished
    streak: Streak
    next_due_at: datetime | None  # when the first card comes that is not due yet


@dataclass(frozen=True)
class CourseTests:
    """The two tests of a path: rows with id, state and score, or None."""

    pre: AnyRow | None
    post: AnyRow | None
    gain: Gain | None


def start(who: SignedIn, source: Source, bank: Bank, now: datetime) -> str:
    """Begin a practice and return its id; an open one is gone on with, a test exists once.

    Raises NotFound, PaperInHand, NothingDue, ReviewedToday, NothingWrong or PreTestFirst.
    """
    admission.check_may_practise(who.person_id, now)
    codes = practice.lessons_of(source, bank)
    memory.absorb(now, who.person_id)
    latest = admission.latest_practice(who.person_id, source)
    if latest and (latest.state == "open" or source.is_test):
        return str(latest.id)
    rng = random.Random(secrets.randbits(128))  # noqa: S311
    items = _items(who.person_id, source, codes, bank, rng, now)
    number = latest.number + 1 if latest else 1
    return admission.begin_practice(who, source, items, number, rng, now)


def review_day(person_id: int, known: Sequence[Known], bank: Bank, now: datetime) -> ReviewDay:
    """The review of the day of a person with these cards."""
    rows = db.session.execute(
        select(Attempt.id, Attempt.state, Attempt.finished_at)
        .where(Attempt.person_id == person_id, Attempt.practice == str(DAILY))
        .order_by(Attempt.number.desc())
        .limit(REVIEWS_LOOKED_AT)
    ).all()
    finished = [day_of(row.finished_at) for row in rows if row.finished_at is not None]
    items = [item.code for item in _due(known, bank, now)]
    return ReviewDay(
        items=items,
        lessons=list(dict.fromkeys(bank.items[item].lesson for item in items)),
        open_id=next((row.id for row in rows if row.state == "open"), None),
        streak=streak(finished, day_of(now)),
        next_due_at=min((one.due_at for one in known if not one.is_due(now)), default=None),
    )


def wrong(known: Sequence[Known]) -> list[Known]:
    """The items whose latest answer is wrong, the longest ago first."""
    found = [card for card in known if card.grade == AGAIN]
    return sorted(found, key=lambda card: (card.answered_at, card.item))


def course_tests(person_id: int, path: str) -> CourseTests:
    """A person's tests before and after a path, and the gain once both are graded."""
    names = [str(Source(kind, path)) for kind in (practice.PRE, practice.POST)]
    rows = db.session.execute(
        select(Attempt.id, Attempt.practice, Attempt.state, Attempt.score).where(
            Attempt.person_id == person_id, Attempt.practice.in_(names)
        )
    ).all()
    by_name = {row.practice: row for row in rows}
    pre, post = (by_name.get(name) for name in names)
    gain = None
    if pre and post and pre.state == post.state == "graded":
        gain = Gain(pre.score, post.score, COURSE_TEST_SIZE)
    return CourseTests(pre, post, gain)


def _items(
    person_id: int,
    source: Source,
    codes: Sequence[str],
    bank: Bank,
    rng: random.Random,
    now: datetime,
) -> list[Item]:
    """What a practice of this source asks now."""
    if source.is_test:
        return _course_items(person_id, source, codes, bank, rng)
    known = memory.known(person_id, bank)
    if source.kind == practice.REVIEW:
        return _review_items(person_id, known, bank, now)
    if source.kind == practice.WRONG:
        found = compatible([bank.items[card.item] for card in wrong(known)], PRACTICE_SIZE)
        if not found:
            raise NothingWrong
        return found
    seen = {card.item for card in known}
    if source.kind == practice.MIXED:
        begun = {card.lesson for card in known} | set(lessons.read_at(person_id))
        codes = [code for code in codes if code in begun] or codes
    pools = {code: bank.lessons[code].items for code in codes}
    blueprint = Blueprint(tuple(codes), PRACTICE_SIZE, may_be_short=True)
    return draw(pools, blueprint, seen, rng)


def _review_items(person_id: int, known: Sequence[Known], bank: Bank, now: datetime) -> list[Item]:
    if review_day(person_id, known, bank, now).streak.is_done_today:
        raise ReviewedToday
    found = _due(known, bank, now)
    if not found:
        raise NothingDue
    return found


def _due(known: Sequence[Known], bank: Bank, now: datetime) -> list[Item]:
    """The items of the day's review."""
    items = {code: [item.code for item in lesson.items] for code, lesson in bank.lessons.items()}
    neighbours = {
        code: [one.lesson for one in lesson.confused_with] for code, lesson in bank.lessons.items()
    }
    chosen = todays(known, items, neighbours, now)
    return compatible([bank.items[code] for code in chosen], REVIEW_SIZE)


def _course_items(
    person_id: int, source: Source, codes: Sequence[str], bank: Bank, rng: random.Random
) -> list[Item]:
    """The same blueprint before and after; the second test asks what the first did not."""
    seen: set[str] = set()
    if source.kind == practice.POST:
        before = db.session.execute(
            select(Attempt.paper, Attempt.state).where(
                Attempt.person_id == person_id,
                Attempt.practice == str(Source(practice.PRE, source.code)),
            )
        ).first()
        if before is None or before.state != "graded":
            raise PreTestFirst
        seen = {place["item"] for place in before.paper}
    pools = {code: bank.lessons[code].items for code in codes}
    blueprint = Blueprint(tuple(codes), COURSE_TEST_SIZE, COURSE_DIFFICULTIES)
    return draw(pools, blueprint, seen, rng)
