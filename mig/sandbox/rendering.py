"""Stored rows as the JSON that clients read: Web API names, ETags, and annotations for those who ask.

Formatted values are those of choices and yes/no columns; those of dates, numbers and lookups are not made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from mig.model.tables import CHOICES, Column, ColumnType, Table
from mig.sandbox.layout import quoted, type_column
from mig.sandbox.wire import preferences

FORMATTED: Final = "OData.Community.Display.V1.FormattedValue"
LOOKUP_TABLE: Final = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION: Final = "Microsoft.Dynamics.CRM.associatednavigationproperty"
TOTAL: Final = "Microsoft.Dynamics.CRM.totalrecordcount"
TOTAL_EXCEEDED: Final = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"

Wanted = Callable[[str], bool]


def wanted_annotations(headers: Mapping[str, str]) -> Wanted:
    """Which annotations `Prefer: odata.include-annotations` asks for; none without it."""
    patterns = [part.strip() for part in preferences(headers).get("odata.include-annotations", "").split(",")]
    return lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)


class Renderer:
    """Turns rows with these columns into JSON objects; worked out once, used for every row of a page."""

    def __init__(self, table: Table, columns: Sequence[Column], wanted: Wanted) -> None:
        self._columns = columns
        self._names = [column.read_name for column in columns]
        self._flags = [column.name for column in columns if column.type is ColumnType.BOOLEAN]
        self._labels = [column for column in columns if _has_label(column)] if wanted(FORMATTED) else []
        lookups = [column for column in columns if column.is_lookup]
        self._tables = lookups if wanted(LOOKUP_TABLE) else []
        self._navigations = lookups if wanted(NAVIGATION) else []
        self.sql = ", ".join(self._selected())

    def rows(self, found: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """JSON objects of rows that were selected by `sql`; what is selected behind it is left out."""
        return [self._row(values) for values in found]

    def _selected(self) -> Iterable[str]:
        yield "versionnumber"
        yield from (quoted(column.name) for column in self._columns)
        for column in self._columns:
            if (kind := type_column(column)) is not None:
                yield quoted(kind)

    def _row(self, values: Sequence[Any]) -> dict[str, Any]:
        row: dict[str, Any] = {"@odata.etag": etag(values[0])}
        row.update(zip(self._names, values[1:], strict=False))
        for name in self._flags:
            if row[name] is not None:
                row[name] = bool(row[name])
        if self._labels or self._tables or self._navigations:
            self._annotate(row, values)
        return row

    def _annotate(self, row: dict[str, Any], values: Sequence[Any]) -> None:
        for column in self._labels:
            if (label := _label(column, row[column.name])) is not None:
                row[f"{column.name}@{FORMATTED}"] = label
        targets = self._targets(values)
        for column in self._tables:
            if row[column.read_name] is not None:
                row[f"{column.read_name}@{LOOKUP_TABLE}"] = targets[column.name]
        for column in self._navigations:
            if row[column.read_name] is not None:
                row[f"{column.read_name}@{NAVIGATION}"] = column.nav.get(targets[column.name])

    def _targets(self, values: Sequence[Any]) -> dict[str, Any]:
        """The table that each lookup points at."""
        several = [column.name for column in self._columns if type_column(column) is not None]
        kinds = dict(zip(several, values[1 + len(self._columns) :], strict=False))
        return {
            column.name: kinds.get(column.name, column.targets[0] if column.targets else None)
            for column in self._columns
            if column.is_lookup
        }


def etag(version: int) -> str:
    """A row version as clients see it."""
    return f'W/"{version}"'


def _has_label(column: Column) -> bool:
    return column.type in CHOICES or column.type is ColumnType.BOOLEAN


def _label(column: Column, value: Any) -> str | None:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return column.options.get(value)
