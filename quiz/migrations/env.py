"""Alembic's environment: the app's engine and metadata, one transaction per run."""

from alembic import context
from flask import current_app

from quiz.models import db


def run() -> None:
    """Bring the database of the current app forward."""
    with current_app.app_context(), db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
