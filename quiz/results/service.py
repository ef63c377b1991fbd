"""Attempts: what may be seen of them, by whom and when; what they say; their recomputation."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quiz.domain import insight
from quiz.domain.bank import Path
from quiz.domain.errors import NotFound
from quiz.domain.insight import Cluster, Drift
from quiz.domain.items import Answer
from quiz.domain.paper import Position
from quiz.domain.practice import Source, is_checked_at_once
from quiz.domain.review import (
    EVERYTHING,
    NOTHING,
    Reveal,
    ReviewPolicy,
    Verdict,
    reveal,
    verdict,
)
from quiz.domain.scheduling import GRACE
from quiz.domain.scoring import mark, score
from quiz.journal import service as journal
from quiz.models import AnyCampaign, AnyRow, Attempt, Campaign, Response, Save, db
from quiz.papers import service as papers


class Given(NamedTuple):
    """What somebody answered, and how sure they said they were."""

    answer: Answer | None
    confidence: str | None


UNANSWERED = Given(None, None)
TREND_LENGTH = 20  # attempts: more would be dots without a shape
VERIFIED_AT_ONCE = 500  # attempts in memory while all are recomputed


@dataclass(frozen=True)
class Reviewed:
    """One question of a finished paper, and where its lesson teaches what it asks."""

    number: int
    lesson_code: str
    objective: str
    verdict: Verdict
    confidence: str | None


@dataclass(frozen=True)
class Result:
    """A finished attempt, as far as the review policy allows."""

    attempt: Attempt
    score: int | None
    passed: bool | None
    reveal: Reveal
    questions: list[Reviewed]  # none while nothing of them may be seen


def result(attempt: Attempt, now: datetime) -> Result:
    """A finished attempt for its owner, as far as its campaign's policy allows now."""
    return _result(attempt, reveal_of(attempt.campaign, now))


def full_result(attempt: Attempt) -> Result:
    """A finished attempt with everything, for those who review it."""
    return _result(attempt, EVERYTHING)


def checked(attempt: AnyRow | Attempt, number: int) -> Reviewed:
    """A practice question that has been answered, with its key and feedback."""
    places = papers.positions(attempt.paper)
    if not 1 <= number <= len(places):
        raise NotFound
    kept = journal.in_force(attempt.id).get(number)
    if not is_checked_at_once(attempt.practice) or kept is None:
        raise NotFound
    given = Given(kept.answer, kept.confidence)
    return _reviewed(number, places[number - 1], given, EVERYTHING)


def shown_position(attempt: Attempt, number: int, now: datetime) -> Position:
    """A question that the attempt's owner may see now, with or without its key.

    Raises NotFound for any other, and for a number that the paper does not have.
    """
    if attempt.state != "open":
        is_shown = reveal_of(attempt.campaign, now).questions
    else:
        is_shown = is_checked_at_once(attempt.practice) and number in journal.in_force(attempt.id)
    if not is_shown or not 1 <= number <= len(attempt.paper):
        raise NotFound
    return papers.position(attempt.paper[number - 1])


def reveal_of(campaign: AnyCampaign | None, now: datetime) -> Reveal:
    """What is shown now of a finished attempt: every page, export and download asks here.

    Practice, which has no campaign, shows everything at once.
    """
    return EVERYTHING if campaign is None else reveal(_policy(campaign), is_closed(campaign, now))


def opens_later(campaign: Campaign) -> bool:
    """Whether more than the score will ever be shown of its attempts."""
    return reveal(_policy(campaign), True).questions


def _policy(campaign: AnyCampaign) -> ReviewPolicy:
    return ReviewPolicy(
        score=campaign.review_score,
        marks=campaign.review_marks,
        answers=campaign.review_answers,
        key=campaign.review_key,
    )


def is_closed(campaign: AnyCampaign, now: datetime) -> bool:
    """Whether nobody can still be taking the quiz: every deadline and its grace is over."""
    if now <= campaign.ends_at + GRACE:
        return False
    if campaign.ends_attempts:
        return True
    running = select(Attempt.id).where(
        Attempt.campaign_id == campaign.id,
        Attempt.state == "open",
        Attempt.deadline_at >= now - GRACE,
    )
    return db.session.execute(running.limit(1)).first() is None


def attempts_of(person_id: int, campaign_id: int) -> list[Attempt]:
    """A person's attempts in a campaign, latest first."""
    return list(
        db.session.scalars(
            select(Attempt)
            .where(Attempt.person_id == person_id, Attempt.campaign_id == campaign_id)
            .order_by(Attempt.number.desc())
        )
    )


@dataclass(frozen=True)
class Own:
    """One of a person's attempts, in a list of all of them."""

    attempt: Attempt
    score: int | None  # None until it may be seen

    @property
    def source(self) -> Source | None:
        """What a practice was about; None for a ranked quiz."""
        return Source.parse(self.attempt.practice) if self.attempt.practice else None


@dataclass(frozen=True)
class Overview:
    """All that somebody has done, as far as the review policies allow now."""

    attempts: list[Own]  # latest first
    clusters: list[Cluster]
    drift: Drift

    def trend(self, ranked: bool) -> list[Own]:
        """The latest scores that may be seen, of ranked quizzes or of practice, in their order."""
        seen = [
            own
            for own in self.attempts
            if own.score is not None and (own.attempt.campaign_id is not None) == ranked
        ]
        return seen[:TREND_LENGTH][::-1]


def overview(person_id: int, path: Path | None, now: datetime) -> Overview:
    """Everything of one person; `path` gives the clusters of ideas."""
    attempts = db.session.scalars(
        select(Attempt)
        .options(joinedload(Attempt.campaign))
        .where(Attempt.person_id == person_id)
        .order_by(Attempt.started_at.desc(), Attempt.id)
    ).all()
    campaigns = {attempt.campaign_id: attempt.campaign for attempt in attempts}
    shown = {id_: reveal_of(campaign, now) for id_, campaign in campaigns.items()}
    reveals = {attempt.id: shown[attempt.campaign_id] for attempt in attempts}
    answered = db.session.execute(
        select(
            Response.attempt_id,
            Response.version,
            Response.answer,
            Response.mark_numerator,
            Response.mark_denominator,
        )
        .join(Attempt, Attempt.id == Response.attempt_id)
        .where(Attempt.person_id == person_id, Attempt.state == "graded")
    ).all()
    papers.load(list({row.version for row in answered}))
    marks = [
        (papers.item(row.version).lesson, Fraction(row.mark_numerator, row.mark_denominator))
        for row in answered
        if reveals[row.attempt_id].marks
    ]
    sorted_out = [
        (papers.item(row.version), row.answer) for row in answered if reveals[row.attempt_id].key
    ]
    return Overview(
        attempts=[
            Own(attempt, attempt.score if reveals[attempt.id].score else None)
            for attempt in attempts
        ],
        clusters=insight.clusters(path.stages if path else (), marks),
        drift=insight.drift(sorted_out),
    )


def verify(attempt_id: str | None = None) -> Iterator[str | None]:
    """Recompute graded attempts, one or all, from the journal and the items as they were seen.

    Yields, per attempt, None or what differs. Takes no lock: graded attempts never change.
    """
    last = ""
    while True:
        past_the_orm = db.session.connection()
        attempts = past_the_orm.execute(
            select(Attempt.id, Attempt.paper, Attempt.score)
            .where(
                Attempt.state == "graded",
                Attempt.id == attempt_id if attempt_id else Attempt.id > last,
            )
            .order_by(Attempt.id)
            .limit(VERIFIED_AT_ONCE)
        ).all()
        ids = [attempt.id for attempt in attempts]
        answers: dict[str, dict[int, Answer | None]] = defaultdict(dict)
        for entry in past_the_orm.execute(journal.entries(Save.attempt_id.in_(ids))):
            answers[entry.attempt_id][entry.position] = entry.answer
        responses: dict[str, list[AnyRow]] = defaultdict(list)
        for response in past_the_orm.execute(
            select(
                Response.attempt_id,
                Response.position,
                Response.version,
                Response.answer,
                Response.mark_numerator,
                Response.mark_denominator,
            ).where(Response.attempt_id.in_(ids))
        ):
            responses[response.attempt_id].append(response)
        papers.load([place["version"] for attempt in attempts for place in attempt.paper])
        for attempt in attempts:
            yield _difference(attempt, answers[attempt.id], responses[attempt.id])
        db.session.rollback()
        if attempt_id or len(attempts) < VERIFIED_AT_ONCE:
            return
        last = ids[-1]


def _difference(
    attempt: AnyRow, answers: Mapping[int, Answer | None], responses: Sequence[AnyRow]
) -> str | None:
    """What of a graded attempt its journal does not bear out; None when it all does."""
    kept = {response.position: response for response in responses}
    marks: list[Fraction] = []
    for number, place in enumerate(attempt.paper, start=1):
        answer = answers.get(number)
        worth = mark(papers.item(place["version"]), answer)
        marks.append(worth)
        response = kept.pop(number, None)
        if response is None:
            return f"attempt {attempt.id}: question {number} has no response"
        if (response.version, response.answer) != (place["version"], answer):
            return f"attempt {attempt.id}: question {number} was answered otherwise"
        stored = (response.mark_numerator, response.mark_denominator)
        if stored != (worth.numerator, worth.denominator):
            return f"attempt {attempt.id}: question {number} is worth {worth}"
    if kept:
        return f"attempt {attempt.id}: has responses to questions that its paper lacks"
    if score(marks) != attempt.score:
        return f"attempt {attempt.id}: the score is {score(marks)}, not {attempt.score}"
    return None


def _result(attempt: Attempt, shown: Reveal) -> Result:
    if attempt.state == "submitted":
        shown = NOTHING  # there is nothing to tell before it is graded
    passed = None
    if shown.score and attempt.score is not None and attempt.campaign is not None:
        passed = attempt.score >= attempt.campaign.pass_mark * 100
    return Result(
        attempt=attempt,
        score=attempt.score if shown.score else None,
        passed=passed,
        reveal=shown,
        questions=_questions(attempt, shown) if shown.questions else [],
    )


def _questions(attempt: Attempt, shown: Reveal) -> list[Reviewed]:
    responses = db.session.scalars(select(Response).where(Response.attempt_id == attempt.id)).all()
    given = {row.position: Given(row.answer, row.confidence) for row in responses}
    places = papers.positions(attempt.paper)
    papers.load([place.version for place in places])
    return [
        _reviewed(number, place, given.get(number, UNANSWERED), shown)
        for number, place in enumerate(places, start=1)
    ]


def _reviewed(number: int, place: Position, given: Given, shown: Reveal) -> Reviewed:
    item = papers.item(place.version)
    return Reviewed(
        number=number,
        lesson_code=item.lesson,
        objective=item.objective,
        verdict=verdict(item, place, given.answer, shown),
        confidence=given.confidence if shown.answers else None,
    )
