"""The few statements that every request asks: SQLAlchemy writes them, the driver answers them."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql.selectable import ReturnsRows

from quiz.models import transactions
from quiz.models.engines import ask_driver


class Prepared:
    """A statement that gives rows, compiled once for each kind of database.

    Asked through SQLAlchemy, a statement costs several times what the database needs for it;
    a save asks three. Types, errors and watchers of statements are as there. Parameters are
    single values, not lists.
    """

    def __init__(self, write: Callable[[], ReturnsRows]) -> None:
        """`write` gives the statement; it is called with the app at hand, when first asked."""
        self._write = write
        self._compiled: dict[str, _Compiled] = {}

    def all(self, **values: object) -> list[Any]:
        """All rows, as named tuples."""
        connection = transactions.connection()
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = _Compiled(self._write(), connection.dialect)
            self._compiled[connection.dialect.name] = compiled
        return compiled.ask(connection, values)

    def first(self, **values: object) -> Any | None:
        """The first row, or None."""
        rows = self.all(**values)
        return rows[0] if rows else None


class _Compiled:
    """A statement in the words of one database."""

    def __init__(self, statement: ReturnsRows, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        columns = list(statement.exported_columns)
        self.sql, self.constants = str(compiled), compiled.params
        self.is_positional = compiled.positiontup is not None
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self.bound = [
            (name, types[name].dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or types
        ]
        self.read = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        row: Any = namedtuple("Row", [str(column.key) for column in columns])  # type: ignore[misc]
        self.row = row._make

    def ask(self, connection: Connection, values: Mapping[str, object]) -> list[Any]:
        """The rows. Raises the errors of SQLAlchemy."""
        given = {**self.constants, **values}
        sent: Any = [
            given[name] if bind is None else bind(given[name]) for name, bind in self.bound
        ]
        if not self.is_positional:
            sent = {name: value for (name, _), value in zip(self.bound, sent, strict=True)}
        for watch in connection.dispatch.before_cursor_execute:
            watch(connection, None, self.sql, sent, None, False)
        return [
            self.row(
                [
                    value if read is None else read(value)
                    for read, value in zip(self.read, row, strict=True)
                ]
            )
            for row in ask_driver(connection, self.sql, sent)
        ]
