"""Stored rows as the JSON that clients read: Web API names, ETags, and annotations for those who ask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from mig.model.tables import Column, ColumnType
from mig.sandbox.formats import decimals_of, format_of
from mig.sandbox.odata.scope import Scope
from mig.sandbox.wire import fixed, preferences

FORMATTED: Final = "OData.Community.Display.V1.FormattedValue"
LOOKUP_TABLE: Final = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION: Final = "Microsoft.Dynamics.CRM.associatednavigationproperty"
TOTAL: Final = "Microsoft.Dynamics.CRM.totalrecordcount"
TOTAL_EXCEEDED: Final = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
METADATA_VERSION: Final = "Microsoft.Dynamics.CRM.globalmetadataversion"

_MONEY_SCALE: Final = 4  # the decimals of 20000.0000 (dataverse-web-api.md 4)

Wanted = Callable[[str], bool]


def wanted_annotations(headers: Mapping[str, str]) -> Wanted:
    """Which annotations `Prefer: odata.include-annotations` asks for; none without it."""
    patterns = [part.strip() for part in preferences(headers).get("odata.include-annotations", "").split(",")]
    return lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)


def scale_of(column: Column) -> int | None:
    """The decimals that a number has in JSON; None for other columns and for floating point."""
    if column.type is ColumnType.MONEY:
        return _MONEY_SCALE
    return decimals_of(column) if column.type is ColumnType.DECIMAL else None


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation of a row: made from the value at `index` of what is selected, unless that is empty."""

    index: int
    name: str
    made: Callable[[Any], Any]


class Renderer:
    """Turns rows with these columns into JSON objects; worked out once, used for every row of a page."""

    def __init__(self, scope: Scope, columns: Sequence[Column], wanted: Wanted) -> None:
        self._names = [column.read_name for column in columns]
        self._flags = [column.name for column in columns if column.type is ColumnType.BOOLEAN]
        self._scales = [(column.name, scale) for column in columns if (scale := scale_of(column)) is not None]
        self._selected = [scope.sql("versionnumber"), *(scope.sql(column.name) for column in columns)]
        self._annotations = [
            annotation
            for index, column in enumerate(columns, start=1)
            for annotation in self._annotations_of(scope, column, index, wanted)
        ]
        self.sql = ", ".join(self._selected)

    def rows(self, found: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        """JSON objects of rows that were selected by `sql`; what is selected behind it is left out."""
        return [self._row(values) for values in found]

    def _annotations_of(
        self, scope: Scope, column: Column, index: int, wanted: Wanted
    ) -> Iterable[Annotation]:
        name = column.read_name
        if not column.is_lookup:
            shown = format_of(column)
            if shown is not None and wanted(FORMATTED):
                yield Annotation(index, f"{name}@{FORMATTED}", shown)
            return
        if wanted(FORMATTED):
            yield Annotation(self._select(scope.name_of(column).sql), f"{name}@{FORMATTED}", str)
        if wanted(LOOKUP_TABLE) or wanted(NAVIGATION):
            index = self._select(scope.table_of(column))
            if wanted(LOOKUP_TABLE):
                yield Annotation(index, f"{name}@{LOOKUP_TABLE}", str)
            if wanted(NAVIGATION):
                yield Annotation(index, f"{name}@{NAVIGATION}", column.nav.get)

    def _select(self, sql: str) -> int:
        """Select something more; where it will be."""
        self._selected.append(sql)
        return len(self._selected) - 1

    def _row(self, values: Sequence[Any]) -> dict[str, Any]:
        row: dict[str, Any] = {"@odata.etag": etag(values[0])}
        row.update(zip(self._names, values[1:], strict=False))
        for name in self._flags:
            if row[name] is not None:
                row[name] = bool(row[name])
        for name, scale in self._scales:
            if row[name] is not None:
                row[name] = fixed(row[name], scale)
        for annotation in self._annotations:
            value = values[annotation.index]
            if value is not None and (made := annotation.made(value)) is not None:
                row[annotation.name] = made
        return row


def etag(version: int) -> str:
    """A row version as clients see it."""
    return f'W/"{version}"'
