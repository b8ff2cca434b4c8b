"""Queries of either dialect to one SELECT over SQLite tables: who is a member.

Tables and columns carry their logical names; a lookup holds the bare id in lower case, a boolean 0 or 1, a
moment `YYYY-MM-DDTHH:MM:SSZ`, a date without time `YYYY-MM-DD`. What a query means where the sources are
silent is stated by `Semantics`. Interactions, listings and filters on edges are not evaluated, and say so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from mig.model.tables import Schema, Table
from mig.query.pattern import read_pattern
from mig.query.sql.functions import register
from mig.query.sql.patterns import Patterns
from mig.query.sql.pieces import NotEvaluated, Parameter, Sql, grouped_list, listed, qualified, quoted, sql
from mig.query.sql.semantics import SERVICE, Semantics, alternatives
from mig.query.tree import (
    Distinct,
    Filter,
    Interaction,
    Node,
    Operand,
    Profile,
    Query,
    Relate,
    Segment,
    Span,
    Step,
    Traverse,
)

__all__ = [
    "SERVICE",
    "NotEvaluated",
    "Selection",
    "Semantics",
    "alternatives",
    "compile_query",
    "register",
]

_MOST_TERMS: Final = 400
"""SQLite joins at most 500 SELECTs by set operators; longer chains are cut into parts."""

_MOST_PARAMETERS: Final = 32_766


@dataclass(frozen=True, slots=True)
class Selection:
    """A SELECT of one column of member ids, its parameters, and the table the members are rows of."""

    sql: str
    parameters: tuple[Parameter, ...]
    table: str | None


def compile_query(
    query: Query,
    schema: Schema,
    *,
    members: Callable[[str], Selection | None],
    semantics: Semantics = SERVICE,
    now: datetime,
) -> Selection:
    """The members of a query as SQL; the connection that runs it needs `register` first.

    `members` gives the selection for `SEGMENT(name)`, the name as written, or None when there is no such
    segment. Raises `NotEvaluated` for what it cannot answer, unknown names among it.
    """
    now = now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)
    compiler = _Compiler(schema, members, semantics, now)
    body, table = compiler.query(query)
    selection = compiler.selection(body, table)
    if len(selection.parameters) > _MOST_PARAMETERS:
        message = f"more than {_MOST_PARAMETERS:,} literals, those of referenced segments included"
        raise NotEvaluated(message, query.span)
    return selection


_Part = tuple[Sql, str | None]


@dataclass(slots=True)
class _Compiler:
    """Compiles one query; `parts` are the named sub-selects, each using only those before it."""

    schema: Schema
    members: Callable[[str], Selection | None]
    semantics: Semantics
    now: datetime
    parts: list[Sql] = field(default_factory=list)
    segments: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def selection(self, body: Sql, table: str | None) -> Selection:
        if not self.parts:
            return Selection(body.text, body.parameters, table)
        whole = sql("WITH {} {}", listed(self.parts, ", "), body)
        return Selection(whole.text, whole.parameters, table)

    def aside(self, select: Sql) -> str:
        """Name a sub-select; its one column is called id."""
        name = f"part_{len(self.parts) + 1}"
        self.parts.append(sql(f"{name}(id) AS ({{}})", select))
        return name

    def query(self, query: Query) -> _Part:
        """A chain, read left to right: SQLite's set operators have one precedence."""
        body, table = self.operand(query.first)
        terms = [body]
        for term in query.rest:
            if len(terms) == _MOST_TERMS:
                terms = [_read(self.aside(listed(terms, " ")))]
            other, of = self.operand(term.operand)
            if table and of and table != of:
                raise NotEvaluated(f"joins members of {table} with members of {of}", term.operand.span)
            table = table or of
            terms.append(sql(f"{term.op} {{}}", other))
        return listed(terms, " "), table

    def operand(self, operand: Operand) -> _Part:
        for step in operand.steps:
            self._check(step)
        source, inside = operand.source, None
        if isinstance(source, Profile):
            table = self._table(source.table, source)
        else:
            name, of = self._source(source)
            if all(isinstance(step, Distinct) for step in operand.steps):
                return _read(name), of
            table = self._table(of or "contact", source)
            inside = Sql(f"{qualified(table, table.primary_id)} IN (SELECT id FROM {name})")
        return self._members(operand, table, inside)

    def _members(self, operand: Operand, table: Table, inside: Sql | None) -> _Part:
        """The rows of the last node; `inside` is what those of the first must meet besides the conditions."""
        reading = read_pattern(operand, table.name, self.schema)
        for finding in reading.findings:
            raise NotEvaluated(finding.message, Span(finding.start or 0, finding.end or 0))
        wheres = [
            Patterns(pattern, self.schema, self.semantics, self.now, self.aside, inside).where()
            for pattern in reading.patterns
        ]
        last = reading.patterns[0]
        root = self._table(last.nodes[last.root].table, operand)
        return _select(root, wheres), root.name

    def _source(self, source: Segment | Interaction | Query) -> tuple[str, str | None]:
        """The name under which the members of a source can be read, and their table."""
        if isinstance(source, Interaction):
            raise NotEvaluated("interactions are not evaluated", source.span)
        if isinstance(source, Query):
            body, table = self.query(source)
            return self.aside(body), table
        if source.name not in self.segments:
            selection = self._referenced(source)
            if selection is None:
                raise NotEvaluated(f"there is no segment {source.name}", source.span)
            # In brackets: SQLite takes a part for recursive that names a part inside it called the same.
            name = self.aside(sql("SELECT * FROM ({})", Sql(selection.sql, selection.parameters)))
            self.segments[source.name] = name, selection.table
        return self.segments[source.name]

    def _referenced(self, source: Segment) -> Selection | None:
        """What cannot be evaluated there cannot be here, and this text has no other place for it."""
        try:
            return self.members(source.name)
        except NotEvaluated as error:
            message = f"the segment {source.name} is not evaluated: {error.message}"
            raise NotEvaluated(message, source.span) from error

    def _check(self, step: Step) -> None:
        if isinstance(step, Traverse) and step.edges:
            raise NotEvaluated("filters on the edge of a path are not evaluated", step.span)
        if not isinstance(step, Filter | Traverse | Relate | Distinct):
            raise NotEvaluated(f"{type(step).__name__.upper()} is not evaluated", step.span)

    def _table(self, name: str, source: Node) -> Table:
        table = self.schema.get(name)
        if table is None:
            raise NotEvaluated(f"there is no table {name}", source.span)
        return table


def _select(table: Table, wheres: list[Sql]) -> Sql:
    head = f"SELECT {qualified(table, table.primary_id)} AS id FROM {quoted(table.name)}"
    return sql(f"{head} WHERE {{}}", grouped_list([sql("({})", one) for one in wheres], " OR "))


def _read(name: str) -> Sql:
    return Sql(f"SELECT id FROM {name}")
