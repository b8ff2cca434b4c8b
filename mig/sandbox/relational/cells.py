"""Columns and aggregates as cells of a row, with the annotations that the client asks for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from mig.model.tables import Column, ColumnType
from mig.sandbox.formats import format_of
from mig.sandbox.odata.scope import Place, Scope
from mig.sandbox.relational.select import Cell
from mig.sandbox.rendering import FORMATTED, LOOKUP_TABLE, NAVIGATION, Wanted, etag, scale_of
from mig.sandbox.wire import fixed

ATTRIBUTE: Final = "OData.Community.Display.V1.AttributeName"
"""Beside a value under another name than its column's: the column's name."""

_SUM_SCALE: Final = 9  # the decimals of 440000.000000000 in the documentation's answers


def etag_cell(scope: Scope) -> Cell:
    """The row version."""
    return Cell("@odata.etag", scope.sql("versionnumber"), etag)


@dataclass(frozen=True, slots=True)
class Output:
    """One named value of a row, and what is said of it.

    `own_name` says that it goes by its column's name. `group` is the SQL that rows are grouped by for it.
    `kept` values are null where they are empty, others are left out.
    """

    name: str
    place: Place
    scope: Scope
    own_name: bool = False
    summed: bool = False
    group: str = ""
    kept: bool = False

    @property
    def grouping(self) -> "Output":
        """This value where rows are groups by it."""
        return replace(self, group=self.place.expression)

    def cells(self, wanted: Wanted) -> Iterator[Cell]:
        """The value and what is said of it."""
        yield self._cell(_value_cell(self.name, self.place, summed=self.summed, kept=self.kept))
        for cell in _annotations(self.name, self.place, self.scope, wanted, own_name=self.own_name):
            yield self._cell(cell)

    def _cell(self, cell: Cell) -> Cell:
        return cell.grouped if self.group else cell


def writer(column: Column, *, summed: bool = False) -> Callable[[Any], Any]:
    """How a stored value of that column, never an empty one, or an aggregate of such values is written."""
    if column.type is ColumnType.BOOLEAN:
        return bool
    scale = scale_of(column)
    if scale is None:
        return lambda value: value
    return lambda value: fixed(value, _SUM_SCALE if summed else scale)


def _value_cell(name: str, place: Place, *, summed: bool = False, kept: bool = False) -> Cell:
    """A value as JSON has it."""
    return Cell(name, place.sql, writer(place.column, summed=summed), kept)


def _annotations(name: str, place: Place, scope: Scope, wanted: Wanted, *, own_name: bool) -> Iterator[Cell]:
    """What is said beside a value called `name`; navigation only where that is the column's own name."""
    column = place.column
    if not own_name and wanted(ATTRIBUTE):
        yield Cell(f"{name}@{ATTRIBUTE}", place.sql, lambda _: column.name)
    if not column.is_lookup:
        shown = format_of(column)
        if shown is not None and wanted(FORMATTED):
            yield Cell(f"{name}@{FORMATTED}", place.sql, shown)
        return
    if wanted(FORMATTED):
        yield Cell(f"{name}@{FORMATTED}", scope.name_of(column).sql, str)
    if wanted(LOOKUP_TABLE):
        yield Cell(f"{name}@{LOOKUP_TABLE}", scope.table_of(column), str)
    if own_name and wanted(NAVIGATION):
        yield Cell(f"{name}@{NAVIGATION}", scope.table_of(column), column.nav.get)
