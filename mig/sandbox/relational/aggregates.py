"""Aggregates as values: a sum is shown like the column it sums up, a count like a whole number."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from mig.model.tables import FRACTIONS, WHOLE_NUMBERS, Column, ColumnType
from mig.sandbox.call import Call
from mig.sandbox.errors import aggregate_too_large, bad_url
from mig.sandbox.odata.scope import Place
from mig.sandbox.reading import Source

_ADDABLE: Final = FRACTIONS | WHOLE_NUMBERS
_TAKES: Final[Mapping[str, frozenset[ColumnType]]] = {
    "sum": _ADDABLE,
    "avg": _ADDABLE,
    "min": _ADDABLE | {ColumnType.DATE_TIME},
    "max": _ADDABLE | {ColumnType.DATE_TIME},
}

ROWS: Final = Place("count(*)", Column(name="count", type=ColumnType.INTEGER), "")
"""The number of rows."""


def aggregated(method: str, place: Place) -> Place:
    """`sum`, `avg`, `min` or `max` of a value; 400 for a column that does not take it."""
    if place.column.type not in _TAKES[method]:
        raise bad_url(f"The column '{place.column.name}' cannot be aggregated with {method}.")
    sql = f"{method}({place.sql})"
    if method == "avg" and place.column.type in WHOLE_NUMBERS:
        sql = f"CAST({sql} AS INTEGER)"  # as the service's database averages whole numbers
    return replace(place, sql=sql)


def counted(place: Place, *, distinct: bool) -> Place:
    """In how many rows there is a value, or how many different ones there are."""
    what = f"DISTINCT {place.expression}" if distinct else place.sql
    column = Column(name=place.column.name, type=ColumnType.INTEGER)
    return Place(f"count({what})", column, place.table)


def check_size(call: Call, source: Source, limit: int) -> None:
    """400 where there are more rows to aggregate than the service, or the query, allows."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {source.sql} WHERE {source.where[0]} LIMIT ?)"
    if call.world.connection.execute(sql, [*source.where[1], limit + 1]).fetchone()[0] > limit:
        raise aggregate_too_large(limit)
