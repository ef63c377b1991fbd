"""Agencies, the people who work in them, what they may see, and where they are signed in."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.models.base import Model

AGENCY_KINDS = ("province", "block", "department", "commune", "mass_organisation", "service_unit")
SUCCESSIONS = ("merge", "split", "rename", "move")
ROLES = ("coordinator", "trainer", "organiser", "auditor")
_ASCII_LENGTH = 64


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL that allows just these values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Agency(Model):
    """A unit of the province, in a tree; closed units keep their row and their history."""

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint(one_of("kind", AGENCY_KINDS), name="kind_known"),
        CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="closed_after_opened"),
        CheckConstraint("parent_id <> id", name="not_own_parent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]

    parent: Mapped["Agency | None"] = relationship(remote_side=[id])


class AgencySuccession(Model):
    """Which unit carried on another's work, from which day."""

    __tablename__ = "agency_succession"
    __table_args__ = (
        CheckConstraint(
            one_of("manner", ("merge", "split", "rename", "move")), name="manner_known"
        ),
        CheckConstraint("predecessor_id <> successor_id", name="two_agencies"),
    )

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    manner: Mapped[str]
    happened_on: Mapped[date]


class Person(Model):
    """One human being, once."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("length(full_name) BETWEEN 1 AND 120", name="name_length"),
        CheckConstraint("extra_time_percent BETWEEN 0 AND 200", name="extra_time_range"),
        Index("ix_person_sort_key_id", "sort_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_code: Mapped[str]  # as printed on the roster
    staff_code_key: Mapped[str] = mapped_column(unique=True)  # names.staff_code_key()
    full_name: Mapped[str]
    sort_key: Mapped[bytes]  # names.sort_key(): bytes sort alike on both databases
    folded_name: Mapped[str]  # names.fold(): found without accents
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_ranked: Mapped[bool] = mapped_column(default=True)  # organisers and test accounts are not
    pseudonym: Mapped[str] = mapped_column(unique=True)
    extra_time_percent: Mapped[int] = mapped_column(default=0)  # on top of a paper's time
    created_at: Mapped[datetime]

    postings: Mapped[list["Posting"]] = relationship(back_populates="person")


class Posting(Model):
    """Where a person works, from one day until another; transfers rewrite nothing."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="until_after_since"),
        Index(
            "uq_posting_current",
            "person_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="postings")
    agency: Mapped[Agency] = relationship()


class RoleGrant(Model):
    """A role over an agency and all below it. Everybody is a learner without a grant."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint(one_of("role", ROLES), name="role_known"),
        UniqueConstraint("person_id", "role", "agency_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    granted_at: Mapped[datetime]


class SignIn(Model):
    """A session on the server: ending the row ends the session everywhere, at once."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(_ASCII_LENGTH), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class OneTimeCode(Model):
    """Lets a person in once, to choose a password; only its hash is kept."""

    __tablename__ = "one_time_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(_ASCII_LENGTH), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
