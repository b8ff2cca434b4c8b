"""Query functions, `Microsoft.Dynamics.CRM.In(PropertyName='…',PropertyValues=[…])` and its like, as SQL.

Names and arguments are those of the Web API's query function reference. What is not here (fiscal periods,
hierarchies, teams, the user's language) is not emulated.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mig.model.tables import ColumnType
from mig.sandbox.clock import stored_time
from mig.sandbox.errors import TYPE, bad_syntax, not_emulated
from mig.sandbox.layout import holds_id
from mig.sandbox.odata.literals import comparable, from_text, misfit, moment_of
from mig.sandbox.odata.periods import Period, day_of, is_period, period, takes_number
from mig.sandbox.odata.scope import Place, Reader

Sql = tuple[str, list[object]]
Values = Sequence[str]


def query_function(function: str, place: Place, values: Values, reader: Reader) -> Sql:
    """The condition that a query function is; 400 for values that do not fit, 501 for an unknown function."""
    if is_period(function):
        _expect(function, values, 1 if takes_number(function) else 0)
        return _within(place, period(function, _number(function, values), reader.now))
    if function not in _FUNCTIONS:
        raise not_emulated(f"query function {TYPE}{function}")
    count, build = _FUNCTIONS[function]
    if count is not None:
        _expect(function, values, count)
    return build(place, values, reader)


def _among(place: Place, values: Values, reader: Reader) -> Sql:
    wanted = [comparable(place.column, from_text(text, place.column)) for text in values]
    places = ", ".join("?" * len(wanted))
    return f"ifnull({place.expression} IN ({places}), 0)", wanted


def _between(place: Place, values: Values, reader: Reader) -> Sql:
    wanted = [comparable(place.column, from_text(text, place.column)) for text in values]
    return f"ifnull({place.expression} BETWEEN ? AND ?, 0)", wanted


def _holding(place: Place, values: Values, reader: Reader) -> Sql:
    """At least one of the options is selected; a multi-select choice is stored as `1,2`."""
    if place.column.type is not ColumnType.MULTI_SELECT:
        raise misfit("text", place.column)
    held = " OR ".join([f"instr(',' || {place.sql} || ',', ?)"] * len(values)) or "0"
    return f"ifnull(({held}) > 0, 0)", [f",{value}," for value in values]


def _on(place: Place, values: Values, reader: Reader) -> Sql:
    return _within(place, day_of(moment_of(values[0])))


def _on_or_after(place: Place, values: Values, reader: Reader) -> Sql:
    return _within(place, Period(day_of(moment_of(values[0])).start, None))


def _on_or_before(place: Place, values: Values, reader: Reader) -> Sql:
    return _within(place, Period(None, day_of(moment_of(values[0])).end))


def _of_user(place: Place, values: Values, reader: Reader) -> Sql:
    return _is_id(place, reader.user)


def _of_business_unit(place: Place, values: Values, reader: Reader) -> Sql:
    return _is_id(place, reader.business_unit)


def _is_id(place: Place, key: str) -> Sql:
    if not holds_id(place.column):
        raise misfit("guid", place.column)
    return f"({place.sql} IS ?)", [key]


def _within(place: Place, stretch: Period) -> Sql:
    """A date without a time counts as its midnight."""
    if place.column.type is not ColumnType.DATE_TIME:
        raise misfit("datetime", place.column)
    moment = f"{place.sql} || 'T00:00:00Z'" if place.column.date_only else place.sql
    bounds = [(">=", stretch.start), ("<", stretch.end)]
    tests = [(f"{moment} {sign} ?", stored_time(bound)) for sign, bound in bounds if bound is not None]
    return f"ifnull({' AND '.join(test for test, _ in tests)}, 0)", [value for _, value in tests]


def _not(build: Callable[[Place, Values, Reader], Sql]) -> Callable[[Place, Values, Reader], Sql]:
    """The negated form; it finds empty columns, as `ne` does."""

    def negated(place: Place, values: Values, reader: Reader) -> Sql:
        sql, wanted = build(place, values, reader)
        return f"NOT {sql}", wanted

    return negated


def _expect(function: str, values: Values, count: int) -> None:
    if len(values) != count:
        raise bad_syntax(f"{TYPE}{function} takes {count} values beside its PropertyName, not {len(values)}.")


def _number(function: str, values: Values) -> int:
    text = values[0] if values else "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise bad_syntax(f"{TYPE}{function} takes a positive number as its PropertyValue, not '{text}'.")
    return int(text)


# How many values a function takes, None for any number, and what it means.
_FUNCTIONS: Final[Mapping[str, tuple[int | None, Callable[[Place, Values, Reader], Sql]]]] = {
    "In": (None, _among),
    "NotIn": (None, _not(_among)),
    "Between": (2, _between),
    "NotBetween": (2, _not(_between)),
    "ContainValues": (None, _holding),
    "DoesNotContainValues": (None, _not(_holding)),
    "On": (1, _on),
    "OnOrAfter": (1, _on_or_after),
    "OnOrBefore": (1, _on_or_before),
    "EqualUserId": (0, _of_user),
    "NotEqualUserId": (0, _not(_of_user)),
    "EqualBusinessId": (0, _of_business_unit),
    "NotEqualBusinessId": (0, _not(_of_business_unit)),
}
