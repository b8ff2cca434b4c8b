"""One column's value: from the JSON of a request to what the row stores, checked as the service checks it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from mig.model.tables import FRACTIONS, Column, ColumnType, Table
from mig.sandbox import errors
from mig.sandbox.clock import stored_time
from mig.sandbox.odata.url import is_guid

Stored = str | int | float | None

_INT32: Final = 2**31
_INT64: Final = 2**63
_EARLIEST: Final = 1753  # the service's first year (§4)
_MOST_SELECTED: Final = 150  # options of a multi-select choice (§4)
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_FRACTION: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")


def to_stored(table: Table, column: Column, value: object) -> Stored:
    """The stored form of a JSON value; the service's error when the column does not take it."""
    return None if value is None else _READERS[column.type](table, column, value)


def number_in(text: str, column: Column) -> int | float | None:
    """A number that is written as text, as the column stores it; None when it is none."""
    if column.type in FRACTIONS:
        return float(text) if _FRACTION.fullmatch(text) else None
    return int(text) if _WHOLE.fullmatch(text) else None


def _text(table: Table, column: Column, value: object) -> str:
    if not isinstance(value, str):
        raise _mismatch(column, value, "Edm.String")
    try:
        # The limit counts UTF-16 units, as the service's database does.
        length = len(value) if value.isascii() else len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise errors.bad_payload(f"the text of '{column.name}' is not valid Unicode.") from None
    if column.max_length is not None and length > column.max_length:
        raise errors.too_long(column.name, table.name, column.max_length)
    return value


def _boolean(table: Table, column: Column, value: object) -> int:
    if not isinstance(value, bool):
        raise _mismatch(column, value, "Edm.Boolean")
    return int(value)


def _integer(table: Table, column: Column, value: object) -> int:
    limit, name = (_INT64, "Edm.Int64") if column.type is ColumnType.BIG_INT else (_INT32, "Edm.Int32")
    if not isinstance(value, int) or isinstance(value, bool) or not -limit <= value < limit:
        raise _mismatch(column, value, name)
    _check_range(table, column, value)
    return value


def _fraction(table: Table, column: Column, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _mismatch(column, value, "Edm.Decimal")
    try:
        number = float(value)
    except OverflowError:
        raise errors.out_of_range(column.name, table.name) from None
    _check_range(table, column, number)
    return number


def _choice(table: Table, column: Column, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_INT32 <= value < _INT32:
        raise _mismatch(column, value, "Edm.Int32")
    if column.options and value not in column.options:
        raise errors.bad_choice(column.name, table.name, value, column.options)
    return value


def _choices(table: Table, column: Column, value: object) -> str:
    """Several choices travel as text, `"1,2"`."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,10}(,-?\d{1,10})*", value):
        raise _mismatch(column, value, "Edm.String")
    numbers = dict.fromkeys(int(number) for number in value.split(","))
    for number in numbers:
        _choice(table, column, number)
    if len(numbers) > _MOST_SELECTED:
        raise errors.out_of_range(column.name, table.name)
    return ",".join(map(str, numbers))


def _moment(table: Table, column: Column, value: object) -> str:
    """Whole seconds in UTC; a time without an offset is UTC. A date-only column keeps the date."""
    kind = "Edm.Date" if column.date_only else "Edm.DateTimeOffset"
    pattern = _DATE if column.date_only else _TIME
    if not isinstance(value, str) or not (pattern.fullmatch(value) or _DATE.fullmatch(value)):
        raise _mismatch(column, value, kind)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _mismatch(column, value, kind) from None
    if moment.year < _EARLIEST:
        raise errors.out_of_range(column.name, table.name)
    if column.date_only:
        return value
    return stored_time(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _guid(table: Table, column: Column, value: object) -> str:
    if not isinstance(value, str) or not is_guid(value):
        raise _mismatch(column, value, "Edm.Guid")
    return value.lower()


def _lookup(table: Table, column: Column, value: object) -> Stored:
    raise errors.bad_payload(f"'{column.name}' is a lookup: bind its navigation property instead.")


def _check_range(table: Table, column: Column, value: float) -> None:
    low, high = column.minimum, column.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise errors.out_of_range(column.name, table.name)


def _mismatch(column: Column, value: object, wanted: str) -> errors.ODataError:
    return errors.bad_payload(
        f"Cannot convert the {type(value).__name__} given for '{column.name}' to the type '{wanted}'."
    )


_READERS: Final[Mapping[ColumnType, Callable[[Table, Column, object], Stored]]] = {
    ColumnType.BIG_INT: _integer,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.CUSTOMER: _lookup,
    ColumnType.DATE_TIME: _moment,
    ColumnType.DECIMAL: _fraction,
    ColumnType.DOUBLE: _fraction,
    ColumnType.IMAGE: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.LOOKUP: _lookup,
    ColumnType.MEMO: _text,
    ColumnType.MONEY: _fraction,
    ColumnType.MULTI_SELECT: _choices,
    ColumnType.OWNER: _lookup,
    ColumnType.PICKLIST: _choice,
    ColumnType.STATE: _choice,
    ColumnType.STATUS: _choice,
    ColumnType.STRING: _text,
    ColumnType.UNIQUEIDENTIFIER: _guid,
}
