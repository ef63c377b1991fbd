"""Signing in and out, one-time codes, roles, and which agencies a role reaches."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import aliased

from quiz.audit import service as audit
from quiz.config import INVITATION_MINUTES, ONE_TIME_CODE_DAYS, SIGN_IN_HOURS
from quiz.domain.errors import N_, Refused
from quiz.domain.names import compose, fold, sort_key, staff_code_key
from quiz.models import Agency, OneTimeCode, Person, Posting, Prepared, RoleGrant, SignIn, db
from quiz.passwords import service as passwords

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_LENGTH = 10  # 50 bits
PASSWORD_LENGTH = 10
REVIEWERS = ("trainer", "organiser", "auditor")
PARTICIPATION_READERS = ("coordinator", "organiser", "auditor")
LAST_SEEN_STEP = timedelta(minutes=10)


class WrongCredentials(Refused):
    """The same words whether the account is unknown, disabled, or the secret is wrong."""

    status = 401
    message = N_("Mã cán bộ hoặc mật khẩu chưa đúng. Hãy kiểm tra rồi nhập lại.")


class WrongCode(Refused):
    """An unknown, used or expired one-time code."""

    status = 401
    message = N_(
        "Mã cán bộ hoặc mã dùng một lần chưa đúng, hoặc mã đã được dùng. "
        "Hãy kiểm tra lại phiếu, hoặc xin đầu mối cấp mã mới."
    )


class SpentInvitation(Refused):
    """The link was used, or is too old."""

    status = 404
    message = N_("Đường dẫn này đã được dùng hoặc đã hết hạn. Hãy xin quản trị máy chủ tạo lại.")


class SignInOver(Refused):
    """The session ended while its request was under way."""

    status = 401
    message = N_(
        "Phiên làm việc đã kết thúc. Hãy đăng nhập lại để làm tiếp; những gì đã lưu vẫn còn."
    )


class WeakPassword(Refused):
    """A password that guessing would find."""

    status = 422
    message = N_("Mật khẩu này dễ đoán. Hãy dùng một câu ngắn mà chỉ Anh/Chị biết.")


@dataclass(frozen=True)
class SignedIn:
    """Who is there, with all that a page needs to know of them, from one statement."""

    token: str
    sign_in_id: int
    last_seen_at: datetime
    person_id: int
    name: str
    is_ranked: bool
    agency_id: int | None
    agency_code: str
    agency_name: str
    roles: frozenset[str]

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Flask-Login's identity: the random token of this session, not the person."""
        return self.token

    @property
    def reviews(self) -> bool:
        """Whether scores of other people are this person's business."""
        return bool(self.roles.intersection(REVIEWERS))

    @property
    def follows_participation(self) -> bool:
        """Whether it is their business who has not yet taken part."""
        return bool(self.roles.intersection(PARTICIPATION_READERS))

    @property
    def given_name(self) -> str:
        """The last word of a Vietnamese name, by which people are addressed."""
        return self.name.split()[-1]

    @property
    def initial(self) -> str:
        """For the round badge."""
        return self.given_name[0].upper()


def sign_in(staff_code: str, password: str, now: datetime) -> str:
    """Begin a session and return its token. Raises WrongCredentials or ManySignIns."""
    person = _person(staff_code)
    stored = person.password_hash if person is not None and person.is_active else None
    db.session.rollback()  # no transaction stays open while the CPU hashes
    if not passwords.matches(stored, password) or stored is None:  # hashed in any case
        raise WrongCredentials
    renewed = passwords.hashed(password) if passwords.is_outdated(stored) else stored
    person = _person(staff_code)
    if person is None or not person.is_active or person.password_hash != stored:
        raise WrongCredentials
    person.password_hash = renewed
    return _begin(person.id, now)


def redeem(staff_code: str, code: str, now: datetime) -> str:
    """Use up a one-time code and return a session's token. Raises WrongCode."""
    person = _person(staff_code)
    owner = person.id if person is not None and person.is_active else -1
    claimed = _claim(_hash(tidy(code)), now, owner)
    if claimed is None:
        db.session.rollback()
        raise WrongCode
    return _begin(claimed, now)


def accept_invitation(token: str, now: datetime) -> str:
    """Use up an organiser's link and return a session's token. Raises SpentInvitation."""
    claimed = _claim(_hash(token), now, None)
    if claimed is None:
        db.session.rollback()
        raise SpentInvitation
    return _begin(claimed, now)


def choose_password(who: SignedIn, password: str, now: datetime) -> None:
    """Set the password; every other session of the person ends.

    Raises WeakPassword, ManySignIns, or SignInOver when this session ended meanwhile.
    """
    check_password(password, db.session.get_one(Person, who.person_id))
    db.session.rollback()  # no transaction stays open while the CPU hashes
    hashed = passwords.hashed(password)
    person = db.session.get_one(Person, who.person_id, with_for_update=True)
    if signed_in(who.token, now) is None:
        raise SignInOver
    person.password_hash = hashed
    _end(SignIn.person_id == who.person_id, SignIn.id != who.sign_in_id, now=now)
    audit.record("password chosen", "person", person.id, now=now, person_id=person.id)
    db.session.commit()


def check_password(password: str, person: Person) -> None:
    """Refuse passwords that a guesser tries first. Raises WeakPassword."""
    folded = password.casefold()
    words = [person.staff_code.casefold(), *person.full_name.casefold().split(), "quangngai"]
    rest = folded
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    common = ("password", "matkhau", "123456789", "qwerty", "abc123", "iloveyou", "admin")
    if len(rest) < 6 or len(set(folded)) < 5 or any(word in folded for word in common):
        raise WeakPassword


def sign_out(who: SignedIn, now: datetime) -> None:
    """End this session on the server."""
    _end(SignIn.id == who.sign_in_id, now=now)
    db.session.commit()


def sign_out_everywhere(person_id: int, now: datetime) -> None:
    """End every session of the person."""
    _end(SignIn.person_id == person_id, now=now)
    audit.record("signed out everywhere", "person", person_id, now=now, person_id=person_id)
    db.session.commit()


def sign_ins(person_id: int, now: datetime) -> list[SignIn]:
    """The sessions that are in force, latest first."""
    return list(
        db.session.scalars(
            select(SignIn)
            .where(
                SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now
            )
            .order_by(SignIn.created_at.desc())
        )
    )


def signed_in(token: str, now: datetime) -> SignedIn | None:
    """The session with this token, unless it has ended."""
    rows = _SIGNED_IN.all(token_hash=_hash(token), now=now)
    if not rows:
        return None
    first = rows[0]
    return SignedIn(
        token=token,
        sign_in_id=first.sign_in_id,
        last_seen_at=first.last_seen_at,
        person_id=first.person_id,
        name=first.full_name,
        is_ranked=first.is_ranked,
        agency_id=first.agency_id,
        agency_code=first.agency_code or "",
        agency_name=first.agency_name or "",
        roles=frozenset(row.role for row in rows if row.role),
    )


def note_seen(who: SignedIn, now: datetime) -> None:
    """Remember that the session is in use, now and then rather than on each request."""
    if now - who.last_seen_at >= LAST_SEEN_STEP:
        db.session.execute(
            update(SignIn).where(SignIn.id == who.sign_in_id).values(last_seen_at=now)
        )
        db.session.commit()


def issue_code(person_id: int, now: datetime) -> str:
    """A one-time code for a printed slip, grouped for the eye. The caller commits."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    _keep_code(person_id, code, now + timedelta(days=ONE_TIME_CODE_DAYS))
    return f"{code[:5]}-{code[5:]}"


def issue_codes(agency_code: str, now: datetime) -> list[tuple[str, str, str]]:
    """Slips for an agency: (staff code, full name, one-time code) of all without a password."""
    waiting = db.session.execute(
        select(Person.id, Person.staff_code, Person.full_name)
        .join(Posting, (Posting.person_id == Person.id) & Posting.until.is_(None))
        .join(Agency, Agency.id == Posting.agency_id)
        .where(Agency.code == agency_code, Person.is_active, Person.password_hash.is_(None))
        .order_by(Person.sort_key, Person.id)
    ).all()
    slips = [(row.staff_code, row.full_name, issue_code(row.id, now)) for row in waiting]
    audit.record("codes issued", "agency", agency_code, now=now, person_id=None)
    db.session.commit()
    return slips


def invite(person_id: int, now: datetime) -> str:
    """The token of a one-time link for the console. The caller commits."""
    token = secrets.token_urlsafe(24)
    _keep_code(person_id, token, now + timedelta(minutes=INVITATION_MINUTES))
    return token


def add_organiser(staff_code: str, full_name: str, now: datetime) -> str:
    """Give a person, new or known, the organiser's role over the whole province.

    Returns the token of a one-time link. Organisers are never ranked nor counted.
    """
    person = _person(staff_code)
    if person is None:
        name = compose(full_name)
        person = Person(
            staff_code=staff_code.strip(),
            staff_code_key=staff_code_key(staff_code),
            full_name=name,
            sort_key=sort_key(name),
            folded_name=fold(name),
            is_active=True,
            pseudonym=new_pseudonym(),
            created_at=now,
        )
        db.session.add(person)
        db.session.flush()
    person.is_ranked = False
    for province in db.session.scalars(select(Agency.id).where(Agency.parent_id.is_(None))):
        granted = select(RoleGrant.id).filter_by(
            person_id=person.id, role="organiser", agency_id=province
        )
        if db.session.scalar(granted) is None:
            db.session.add(
                RoleGrant(person_id=person.id, role="organiser", agency_id=province, granted_at=now)
            )
    token = invite(person.id, now)
    audit.record("organiser added", "person", person.id, now=now, person_id=None)
    db.session.commit()
    return token


def set_extra_time(person_id: int, percent: int, who: SignedIn, now: datetime) -> None:
    """Give somebody more time (percent of a paper's) in attempts begun from now on.

    Only the figure and who approved it are kept, never the reason.
    """
    person = db.session.get_one(Person, person_id)
    details = {"from": person.extra_time_percent, "to": percent}
    person.extra_time_percent = percent
    audit.record(
        "extra time set", "person", person_id, now=now, person_id=who.person_id, details=details
    )
    db.session.commit()


def new_pseudonym() -> str:
    """What others read in place of a name."""
    return "Công chức " + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


def agencies_below(person_id: int, *roles: str) -> Select[int]:
    """The ids of all agencies that these roles of a person reach: the one scope of staff pages."""
    reached = (
        select(RoleGrant.agency_id.label("id"))
        .where(RoleGrant.person_id == person_id, RoleGrant.role.in_(roles))
        .cte("reached", recursive=True)
    )
    child = aliased(Agency)
    reached = reached.union(select(child.id).join(reached, child.parent_id == reached.c.id))
    return select(reached.c.id)


_SIGNED_IN = Prepared(
    lambda: (
        select(
            SignIn.id.label("sign_in_id"),
            SignIn.last_seen_at,
            Person.id.label("person_id"),
            Person.full_name,
            Person.is_ranked,
            Agency.id.label("agency_id"),
            Agency.code.label("agency_code"),
            Agency.name.label("agency_name"),
            RoleGrant.role,
        )
        .join(Person, Person.id == SignIn.person_id)
        .outerjoin(Posting, (Posting.person_id == Person.id) & Posting.until.is_(None))
        .outerjoin(Agency, Agency.id == Posting.agency_id)
        .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            SignIn.token_hash == bindparam("token_hash"),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > bindparam("now", type_=SignIn.expires_at.type),
            Person.is_active,
        )
    )
)


def _begin(person_id: int, now: datetime) -> str:
    """Write the session's row, commit, and give the token that only the browser keeps."""
    token = secrets.token_urlsafe(24)
    db.session.add(
        SignIn(
            token_hash=_hash(token),
            person_id=person_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(hours=SIGN_IN_HOURS),
        )
    )
    db.session.commit()
    return token


def _end(*which: object, now: datetime) -> None:
    db.session.execute(
        update(SignIn).where(*which, SignIn.ended_at.is_(None)).values(ended_at=now)  # type: ignore[arg-type]
    )


def _person(staff_code: str) -> Person | None:
    return db.session.scalar(
        select(Person).where(Person.staff_code_key == staff_code_key(staff_code))
    )


def _keep_code(person_id: int, code: str, expires_at: datetime) -> None:
    db.session.add(OneTimeCode(person_id=person_id, code_hash=_hash(code), expires_at=expires_at))


def _claim(code_hash: str, now: datetime, owner: int | None) -> int | None:
    """Spend the code in one statement: two clicks may arrive together."""
    claim = (
        update(OneTimeCode)
        .where(
            OneTimeCode.code_hash == code_hash,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(OneTimeCode.person_id)
    )
    if owner is not None:
        claim = claim.where(OneTimeCode.person_id == owner)
    return db.session.scalar(claim)


def tidy(code: str) -> str:
    """A code as it was printed: case, spaces and hyphens do not matter, nor O for 0."""
    return code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))


def _hash(secret: str) -> str:
    """Secrets here are long and random: a fast hash is enough, and a slow one would cost."""
    return hashlib.sha256(secret.encode()).hexdigest()
