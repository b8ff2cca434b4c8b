"""What the target is asked beside its tables: how long texts may be, which options and ids there are."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mig.dataverse.particulars import Particulars, Wanted
from mig.model.findings import Finding, Severity
from mig.model.tables import CHOICES, ColumnType, Schema, Table, bundled_schema
from mig.query.compared import NamedId, compared, named_ids
from mig.query.tree import Query
from mig.segments.rows import DEFINITION, SEGMENT

_TABLES: Final = (SEGMENT, DEFINITION)


@dataclass(frozen=True, slots=True)
class Facts:
    """`lengths`: the most characters a text column of the target rows takes, by column.

    `ids`: whether a row exists, by table and id; absent where the organisation did not say.
    """

    lengths: Mapping[str, int] = field(default_factory=lambda: _bundled_lengths())
    ids: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    def absent(self, named: NamedId) -> Finding | None:
        """What is to be said of an id that a query names: nothing where a row has it."""
        told = [self.ids.get((table, named.id)) for table in named.tables]
        if any(told):
            return None
        rows = f"row of {' or '.join(named.tables)}"
        sure = all(one is False for one in told)
        message = (
            f"the target has no {rows} with the id" if sure else f"whether a {rows} has the id is not known:"
        )
        return Finding(
            code="QRY037",
            severity=Severity.ERROR if sure else Severity.WARNING,
            message=f"{message} {named.id}, which {named.column.name} is compared with",
            fix="correct the outbound query, or waive it where the row is meant to be gone"
            if sure
            else "give this identity the right to read that table",
            start=named.literal.span.start,
            end=named.literal.span.end,
        )


async def read_facts(
    tell: Callable[[Wanted], Awaitable[Particulars]], queries: Iterable[Query], schema: Schema
) -> tuple[Schema, Facts]:
    """The schema, its compared choices with the organisation's own options, and the other facts.

    One batch, as long as the queries have fewer than some ten thousand ids. Where the organisation does not
    tell a column's options, none are known, so that none is called unknown.
    """
    choices: dict[tuple[str, ColumnType], set[str]] = {}
    ids: dict[str, set[str]] = {}
    for query in queries:
        for found in compared(query, schema):
            if found.column.type in CHOICES:
                choices.setdefault((found.table.name, found.column.type), set()).add(found.column.name)
        for named in named_ids(query, schema):
            for name in named.tables:
                ids.setdefault(name, set()).add(named.id)
    known = [(table, ids[name]) for name in sorted(ids) if (table := _table(name, schema)) is not None]
    told = await tell(Wanted(texts=_TABLES, choices=choices, ids=known))
    lengths = {column: length for (_, column), length in told.lengths.items()}
    return _with_options(schema, choices, told), Facts(_bundled_lengths() | lengths, told.ids)


def _table(name: str, schema: Schema) -> Table | None:
    return schema.get(name) or bundled_schema().get(name)


def _with_options(
    schema: Schema, choices: Mapping[tuple[str, ColumnType], Iterable[str]], told: Particulars
) -> Schema:
    tables = dict(schema.tables)
    for (name, _), columns in choices.items():
        own = {
            column: replace(tables[name].columns[column], options=told.options.get((name, column), {}))
            for column in columns
        }
        tables[name] = replace(tables[name], columns={**tables[name].columns, **own})
    return replace(schema, tables=tables)


def _bundled_lengths() -> dict[str, int]:
    known = bundled_schema()
    return {
        column.name: column.max_length
        for table in _TABLES
        for column in known[table].columns.values()
        if column.max_length is not None
    }
