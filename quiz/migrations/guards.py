"""Triggers by which the database itself refuses what must never happen."""

from alembic import op


def create_guard(name: str, event: str, table: str, condition: str | None, message: str) -> None:
    """Refuse this event on a table when the condition holds, on SQLite and on PostgreSQL.

    The condition is SQL over OLD and NEW; {differs} stands for the null-safe "is not".
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    if condition is not None:
        condition = condition.format(differs="IS NOT" if sqlite else "IS DISTINCT FROM")
    if sqlite:
        when = f"WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    test = f"IF {condition} THEN {{raise_}} END IF;" if condition else "{raise_}"
    raise_ = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
    back = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {test.replace('{raise_}', raise_)} RETURN {back}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def drop_guard(name: str, table: str) -> None:
    """Take a guard away, for the length of a migration that must pass it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")
