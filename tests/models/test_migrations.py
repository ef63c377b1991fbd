"""Migrations build exactly the schema that the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from quiz.models import db

GUARDED = {
    "attempt_finished_stays",
    "attempt_grading_stays",
    "attempt_no_delete",
    "audit_event_no_delete",
    "audit_event_no_update",
    "campaign_blueprint_stays",
    "campaign_certificate_stays",
    "campaign_more_rules_stay",
    "campaign_rules_stay",
    "item_report_no_delete",
    "item_report_stays",
    "certificate_no_delete",
    "certificate_no_update",
    "item_version_no_delete",
    "item_version_no_update",
    "refused_save_no_delete",
    "refused_save_no_update",
    "response_no_delete",
    "response_no_update",
    "roster_entry_frozen_delete",
    "roster_entry_frozen_insert",
    "save_no_delete",
    "save_no_update",
}


def test_migrations_build_the_schema_of_the_models(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, db.metadata) == []


def test_every_guard_is_in_place(app):
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[db.engine.dialect.name]

    assert set(db.session.scalars(text(query))) == GUARDED
