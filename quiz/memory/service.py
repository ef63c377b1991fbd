"""Cards: one per person and item, kept by FSRS from every answer that its owner may judge."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler, State
from sqlalchemy import ColumnElement, exists, select, update

from quiz.domain.bank import Bank
from quiz.domain.items import Item
from quiz.domain.memory import AGAIN, EASY, GOOD, HARD, Known, grade
from quiz.models import AnyRow, Attempt, Campaign, Card, Person, Response, db, insert_new
from quiz.results import service as results

RATINGS = {AGAIN: Rating.Again, HARD: Rating.Hard, GOOD: Rating.Good, EASY: Rating.Easy}
# Whole days from the first answer on; four in five known when due, so that eight a day go round
# a bank of hundreds; nothing unasked for longer than half a year. The same answers give the
# same days.
SCHEDULER = Scheduler(
    desired_retention=0.8,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=180,
    enable_fuzzing=False,
)
NEXT_DAY = timedelta(days=1)  # when a wrong answer is asked again, however well known before
KEY = ["person_id", "item_code"]
ABSORBED_AT_ONCE = 500  # attempts of one sweep, so that a campaign that closes delays no deadline


def learn(person_id: int, grades: Mapping[str, str], at: datetime) -> None:
    """Bring the cards of these items up to date with answers given at this moment.

    Three statements, however many items. A card that knows a later answer stays as it is.
    The caller commits.
    """
    if not grades:
        return
    # Answers of one person from two places come one after another, or one would be forgotten.
    db.session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    )
    kept = {row.item_code: row for row in db.session.execute(_cards(person_id, grades))}
    rows = [
        _row(person_id, item, grade, kept.get(item), at)
        for item, grade in grades.items()
        if item not in kept or kept[item].answered_at <= at
    ]
    if not rows:
        return
    upsert = insert_new(Card).values(rows)
    changed = {name: upsert.excluded[name] for name in rows[0] if name not in KEY}
    db.session.execute(upsert.on_conflict_do_update(index_elements=KEY, set_=changed))


def absorb(now: datetime, person_id: int | None = None) -> int:
    """Let cards learn from graded attempts whose owners may know by now what was right.

    Of one person, or of all (then ABSORBED_AT_ONCE at most). Returns how many attempts. Ranked
    answers wait for their campaign's review policy: a card made earlier would tell them.
    """
    waiting: list[ColumnElement[bool]] = [
        Attempt.state == "graded",
        Attempt.remembered_at.is_(None),
    ]
    if person_id is not None:
        waiting.append(Attempt.person_id == person_id)
    campaigns = db.session.scalars(
        select(Campaign).where(exists().where(Attempt.campaign_id == Campaign.id, *waiting))
    ).all()
    told = [one.id for one in campaigns if results.reveal_of(one, now).tells_right]
    attempts = db.session.execute(
        select(Attempt.id, Attempt.person_id, Attempt.finished_at)
        .where(*waiting, Attempt.campaign_id.is_(None) | Attempt.campaign_id.in_(told))
        .order_by(Attempt.finished_at, Attempt.id)
        .limit(ABSORBED_AT_ONCE)
    ).all()
    db.session.commit()
    return sum(_absorb(attempt, now) for attempt in attempts)


def known(person_id: int, bank: Bank, items: Sequence[Item] | None = None) -> list[Known]:
    """What a person's cards tell, of these items or of all that the bank still has."""
    codes = None if items is None else [item.code for item in items]
    return [
        Known(
            row.item_code,
            bank.items[row.item_code].lesson,
            row.grade,
            row.due_at,
            row.answered_at,
        )
        for row in db.session.execute(_cards(person_id, codes))
        if row.item_code in bank.items
    ]


def grades_of(responses: Iterable[AnyRow]) -> dict[str, str]:
    """The grade of each graded response; what was left open tells nothing of memory."""
    return {
        row.item_code: grade(Fraction(row.mark_numerator, row.mark_denominator), row.confidence)
        for row in responses
        if row.answer is not None
    }


def _cards(person_id: int, items: Iterable[str] | None) -> Any:
    query = select(
        Card.item_code,
        Card.grade,
        Card.stability,
        Card.difficulty,
        Card.due_at,
        Card.answered_at,
    ).where(Card.person_id == person_id)
    return query if items is None else query.where(Card.item_code.in_(list(items)))


def _row(
    person_id: int, item: str, grade: str, before: AnyRow | None, at: datetime
) -> dict[str, Any]:
    """The card after this answer."""
    card = FsrsCard(card_id=0, due=at)  # a card without an id would wait for one
    if before is not None:
        card.state, card.step = State.Review, None
        card.stability, card.difficulty = before.stability, before.difficulty
        card.last_review = before.answered_at
    card, _log = SCHEDULER.review_card(card, RATINGS[grade], at)
    return {
        "person_id": person_id,
        "item_code": item,
        "grade": grade,
        "stability": card.stability,
        "difficulty": card.difficulty,
        "answered_at": at,
        "due_at": min(card.due, at + NEXT_DAY) if grade == AGAIN else card.due,
    }


def _absorb(attempt: AnyRow, now: datetime) -> bool:
    """One attempt, once: of several at work on it, one wins."""
    claimed = db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.remembered_at.is_(None))
        .values(remembered_at=now)
        .returning(Attempt.id)
    ).first()
    if claimed:
        responses = db.session.execute(
            select(
                Response.item_code,
                Response.answer,
                Response.confidence,
                Response.mark_numerator,
                Response.mark_denominator,
            ).where(Response.attempt_id == attempt.id)
        ).all()
        learn(attempt.person_id, grades_of(responses), attempt.finished_at)
    db.session.commit()
    return claimed is not None
