"""Certificates: who has earned one, issuing it, and whether it still holds."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from quiz.accounts.service import CODE_ALPHABET, SignedIn, tidy
from quiz.domain.errors import N_, NotFound, Refused
from quiz.models import Agency, AnyRow, AnySelect, Campaign, Certificate, Person, Standing, db
from quiz.results import service as results

CODE_LENGTH = 28  # 140 bits
PRINTED = ("issuer_name", "campaign_name", "full_name", "agency_name", "score", "finished_at")


class NotEarned(Refused):
    """The rule is not met, or the score may not be seen yet."""

    message = N_(
        "Chưa có giấy chứng nhận cho đợt thi này: giấy được cấp khi điểm cao nhất của Anh/Chị "
        "từ mức đạt trở lên và đã được công bố với Anh/Chị."
    )


class NoSuchCertificate(NotFound):
    """Nobody was ever given this code; the same words for a wrong letter and a wild guess."""

    message = N_(
        "Không có giấy chứng nhận nào mang mã này. Hãy kiểm tra lại từng ký tự của mã, "
        "hoặc quét lại mã QR trên giấy."
    )


@dataclass(frozen=True)
class Earned:
    """A campaign in which somebody has earned a certificate, and the one that holds, if any."""

    campaign: Campaign
    score: int
    certificate: Certificate | None


def earned(person_id: int, now: datetime) -> list[Earned]:
    """The campaigns whose rule this person meets, latest first."""
    return [
        Earned(row.Campaign, row.score, _in_force(person_id, row))
        for row in db.session.execute(
            _results(person_id).order_by(Campaign.opens_at.desc(), Campaign.id)
        )
        if _is_met(row, now)
    ]


def issue(who: SignedIn, campaign: Campaign, now: datetime) -> str:
    """The code of the certificate that holds, issued now if there is none. Raises NotEarned."""
    # Locking the standing puts two clicks in line; the second finds what the first has issued.
    result = db.session.execute(
        _results(who.person_id)
        .where(Standing.campaign_id == campaign.id)
        .with_for_update(of=Standing)
    ).first()
    if result is None or not _is_met(result, now):
        db.session.rollback()
        raise NotEarned
    found = _in_force(who.person_id, result)
    if found is None:
        found = Certificate(
            code="".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)),
            campaign_id=campaign.id,
            person_id=who.person_id,
            issued_at=now,
            **{field: getattr(result, field) for field in PRINTED},
        )
        db.session.add(found)
    code = found.code
    db.session.commit()
    return code


def certificate(code: str) -> Certificate:
    """The certificate with this code, however it was typed. Raises NoSuchCertificate."""
    found = db.session.scalar(select(Certificate).where(Certificate.code == tidy(code)))
    if found is None:
        raise NoSuchCertificate
    return found


def own_certificate(who: SignedIn, code: str) -> Certificate:
    """One's own, to print again. Raises NoSuchCertificate, also for other people's."""
    found = certificate(code)
    if found.person_id != who.person_id:
        raise NoSuchCertificate
    return found


def holds(one: Certificate) -> bool:
    """Whether it is the latest of its person and campaign and still says their best result.

    A better result, a corrected score and a certificate issued anew all end it.
    """
    result = db.session.execute(
        _results(one.person_id).where(Standing.campaign_id == one.campaign_id)
    ).first()
    if result is None or result.score < result.Campaign.pass_mark * 100:
        return False
    latest = _latest(one.person_id, one.campaign_id)
    says_so = (one.score, one.finished_at) == (result.score, result.finished_at)
    return latest is not None and latest.id == one.id and says_so


def _results(person_id: int) -> AnySelect:
    """Per campaign the best result of a person, and the words that a certificate would bear."""
    issuer = aliased(Agency)
    return (
        select(
            Campaign,
            Standing.best_score.label("score"),
            Standing.finished_at,
            issuer.name.label("issuer_name"),
            Campaign.name.label("campaign_name"),
            Person.full_name,
            Agency.name.label("agency_name"),
        )
        .select_from(Standing)
        .join(Campaign, Campaign.id == Standing.campaign_id)
        .join(Person, Person.id == Standing.person_id)
        .join(Agency, Agency.id == Standing.agency_id)
        .join(issuer, issuer.id == Campaign.audience_id)
        .where(Standing.person_id == person_id)
    )


def _is_met(result: AnyRow, now: datetime) -> bool:
    campaign: Campaign = result.Campaign
    return (
        campaign.gives_certificate
        and result.score >= campaign.pass_mark * 100
        and results.reveal_of(campaign, now).score
    )


def _in_force(person_id: int, result: AnyRow) -> Certificate | None:
    """The latest certificate, if it says what would be printed today."""
    latest = _latest(person_id, result.Campaign.id)
    if latest is None or any(getattr(latest, field) != getattr(result, field) for field in PRINTED):
        return None
    return latest


def _latest(person_id: int, campaign_id: int) -> Certificate | None:
    return db.session.scalar(
        select(Certificate)
        .where(Certificate.person_id == person_id, Certificate.campaign_id == campaign_id)
        .order_by(Certificate.id.desc())
        .limit(1)
    )
