"""What a query uses that the organisation has and real-time segments cannot use.

Virtual tables, tables without change tracking, calculated and formula columns are unsupported
(reference/segment-queries.md B.1); rollups and virtual columns have no value in a row either.
"""

from collections.abc import Iterator

from mig.model.findings import Finding
from mig.model.tables import Schema
from mig.query.scope import scoped, tables_at
from mig.query.told import finding_at
from mig.query.tree import Profile, Query, Span, Traverse
from mig.query.walk import fields, operands

_COMPUTED = {"rollup": "a rollup", "formula": "a formula"}  # others are told by their word


def unusable(query: Query, schema: Schema) -> tuple[Finding, ...]:
    """Computed columns (QRY038) and untracked tables (QRY039), each once."""
    found: dict[str, Finding] = {}
    for finding in (*_columns(query, schema), *_tables(query, schema)):
        found.setdefault(finding.message, finding)
    return tuple(found.values())


def tables_used(query: Query, schema: Schema) -> Iterator[tuple[str, Span]]:
    """The tables that a query names or leads over, with the part that does; in the order of the text."""
    for operand in operands(query):
        if isinstance(operand.source, Profile):
            yield operand.source.table.lower(), operand.source.span
        for step, scope in scoped(operand, schema):
            for table in tables_at(step, scope):
                yield table, step.span


def _columns(query: Query, schema: Schema) -> Iterator[Finding]:
    for operand in operands(query):
        for step, scope in scoped(operand, schema):
            for field in fields(step) if not isinstance(step, Traverse) else ():
                table = schema.get(scope.table_of(field) or "")
                column = table.columns.get(field.name.lower()) if table else None
                if table and column and column.computed:
                    how = _COMPUTED.get(column.computed, column.computed)
                    yield finding_at(
                        field.span,
                        "QRY038",
                        f"{table.name}.{column.name} is {how};"
                        " real-time segments take columns that rows hold",
                        "use the columns that it is made of, or copy its value into a plain column",
                    )


def _tables(query: Query, schema: Schema) -> Iterator[Finding]:
    for name, span in tables_used(query, schema):
        table = schema.get(name)
        if table is not None and not table.tracks_changes:
            yield finding_at(
                span,
                "QRY039",
                f"the table {name} does not track changes; real-time segments read only tables that do",
                "turn on change tracking for the table in the target; a virtual table cannot have it",
            )
