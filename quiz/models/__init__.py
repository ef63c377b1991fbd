"""Tables, one file per family; importing this package describes the whole schema."""

from quiz.models.attempts import (
    Attempt,
    Card,
    ItemVersion,
    LessonProgress,
    RefusedSave,
    Response,
    Save,
)
from quiz.models.audit import AuditEvent
from quiz.models.base import AnyRow, AnySelect, Model, db, insert_new
from quiz.models.campaigns import (
    AgencyStanding,
    AnyCampaign,
    Campaign,
    Certificate,
    RosterEntry,
    Standing,
)
from quiz.models.engines import read_only
from quiz.models.item_reports import ItemReport
from quiz.models.paging import Page, page_of
from quiz.models.people import (
    Agency,
    AgencySuccession,
    OneTimeCode,
    Person,
    Posting,
    RoleGrant,
    SignIn,
)
from quiz.models.prepared import Prepared

__all__ = [
    "Agency",
    "AgencyStanding",
    "AgencySuccession",
    "AnyCampaign",
    "AnyRow",
    "AnySelect",
    "Attempt",
    "AuditEvent",
    "Campaign",
    "Card",
    "Certificate",
    "ItemReport",
    "ItemVersion",
    "LessonProgress",
    "Model",
    "OneTimeCode",
    "Page",
    "Person",
    "Posting",
    "Prepared",
    "RefusedSave",
    "Response",
    "RoleGrant",
    "RosterEntry",
    "Save",
    "SignIn",
    "Standing",
    "db",
    "insert_new",
    "page_of",
    "read_only",
]
