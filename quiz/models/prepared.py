"""Statements that learners need all the time: SQLAlchemy writes them, the driver does them."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.sql.selectable import ReturnsRows

from quiz.models import transactions
from quiz.models.engines import ask_driver, tell_driver


class Prepared:
    """A statement, compiled once for each kind of database.

    Asked through SQLAlchemy, a statement costs several times what the database needs for it;
    a save asks three. Types, errors and watchers of statements are as there. Parameters are
    single values, not lists.
    """

    def __init__(self, write: Callable[[], ClauseElement]) -> None:
        """`write` gives the statement; it is called with the app at hand, when first asked."""
        self._write = write
        self._compiled: dict[str, _Compiled] = {}

    def all(self, **values: object) -> list[Any]:
        """All rows that it gives, as named tuples."""
        connection = transactions.connection()
        return self._for(connection).ask(connection, values)

    def first(self, **values: object) -> Any | None:
        """The first row, or None."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def change(self, *several: Mapping[str, object]) -> None:
        """Do it with each of these parameters; it gives no rows."""
        if several:
            connection = transactions.connection()
            self._for(connection).tell(connection, several)

    def _for(self, connection: Connection) -> "_Compiled":
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled(self._write(), connection.dialect)
        return self._compiled[name]


class _Compiled:
    """A statement in the words of one database."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        columns = list(statement.exported_columns) if isinstance(statement, ReturnsRows) else []
        self.sql = str(compiled)
        self.constants = {
            name: bind.value for bind, name in compiled.bind_names.items() if not bind.required
        }
        self.is_positional = compiled.positiontup is not None
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self.bound = [
            (name, types[name].dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or types
        ]
        read = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]
        self.read = [(place, reader) for place, reader in enumerate(read) if reader is not None]
        row: Any = namedtuple("Row", [str(column.key) for column in columns])  # type: ignore[misc]
        self.row = row._make

    def ask(self, connection: Connection, values: Mapping[str, object]) -> list[Any]:
        """The rows. Raises the errors of SQLAlchemy."""
        sent = self._sent(values)
        self._tell_watchers(connection, sent, is_many=False)
        return [self._read(row) for row in ask_driver(connection, self.sql, sent)]

    def tell(self, connection: Connection, several: Sequence[Mapping[str, object]]) -> None:
        """Do it with each of these. Raises the errors of SQLAlchemy."""
        sent = [self._sent(values) for values in several]
        is_many = len(sent) > 1
        self._tell_watchers(connection, sent if is_many else sent[0], is_many=is_many)
        tell_driver(connection, self.sql, sent)

    def _read(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, reader in self.read:
            values[place] = reader(values[place])
        return self.row(values)

    def _sent(self, values: Mapping[str, object]) -> Any:
        if self.constants:
            values = {**self.constants, **values}
        sent = [values[name] if bind is None else bind(values[name]) for name, bind in self.bound]
        if self.is_positional:
            return tuple(sent)
        return {name: value for (name, _), value in zip(self.bound, sent, strict=True)}

    def _tell_watchers(self, connection: Connection, sent: Any, *, is_many: bool) -> None:
        for watch in connection.dispatch.before_cursor_execute:
            watch(connection, None, self.sql, sent, None, is_many)
