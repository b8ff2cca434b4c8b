"""Whether a condition holds for a choice of rows, and what its values are: three-valued, row by row."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.oracle.reader import Tree
from tests.oracle.world import NOW, TABLES, Row

Truth = bool | None
Place = tuple[str, Row]


class Unanswered(Exception):
    """The query, or this part of it, is not evaluated here."""


@dataclass(frozen=True)
class Choice:
    """The current row, and the rows the aliases stand for; each with its table."""

    here: Place
    aliases: dict[str, Place]

    def at(self, field: Tree) -> tuple[str, Any]:
        """The kind and the value of a column."""
        _, name, alias = field
        if alias and alias.lower() not in self.aliases:
            raise Unanswered(f"alias {alias}")
        table, row = self.aliases[alias.lower()] if alias else self.here
        if name.lower() not in TABLES[table]:
            raise Unanswered(f"{table} has no column {name}")
        return TABLES[table][name.lower()], row.get(name.lower())


# --- conditions -------------------------------------------------------------------------------------------

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def truth(condition: Tree, choice: Choice) -> Truth:
    """True, false, or None for unknown."""
    match condition:
        case ("and", items):
            return _all(truth(item, choice) for item in items)
        case ("or", items):
            return _not(_all(_not(truth(item, choice)) for item in items))
        case ("not", item):
            return _not(truth(item, choice))
        case ("null", field):
            return choice.at(field)[1] is None
        case ("present", field):
            return choice.at(field)[1] is not None
        case ("compare", left, operator, right):
            kind = _common((left, right), choice)
            return _compared(operator, value(left, kind, choice), value(right, kind, choice))
        case ("in", sought, items):
            kind = _common((sought, *items), choice)
            key = value(sought, kind, choice)
            return _not(_all(_not(_compared("==", key, value(item, kind, choice))) for item in items))
        case ("match", field, operator, text):
            return _matched(operator, value(field, "text", choice), text[1].casefold())
    raise AssertionError(condition)


def _all(truths: Iterable[Truth]) -> Truth:
    found = set(truths)
    if False in found:
        return False
    return None if None in found else True


def _not(one: Truth) -> Truth:
    return None if one is None else not one


def _compared(operator: str, one: Any, other: Any) -> Truth:
    return None if one is None or other is None else _COMPARE[operator](one, other)


def _matched(operator: str, text: str | None, part: str) -> Truth:
    if text is None:
        return None
    found = {"CONTAINS": part in text, "STARTSWITH": text.startswith(part), "ENDSWITH": text.endswith(part)}
    return found[operator]


# --- values -----------------------------------------------------------------------------------------------

_LITERALS = {"number": "number", "bool": "boolean", "text": "text"}
_COMPUTED = {"now": "moment", "dateadd": "moment", "date": "moment", "datediff": "number"}


def _common(values: tuple[Tree, ...], choice: Choice) -> str:
    """What values are compared as: columns and functions decide, literals follow."""
    stated = {kind for one in values if (kind := _kind(one, choice))}
    if len(stated) > 1:
        raise Unanswered(f"compares {stated}")
    literals = [_LITERALS[one[0]] for one in values if one[0] in _LITERALS]
    return stated.pop() if stated else min(literals, key=list(_LITERALS.values()).index)


def _kind(one: Tree, choice: Choice) -> str | None:
    if one[0] == "field":
        kind = choice.at(one)[0]
        return "moment" if kind == "day" else kind
    if one[0] in ("negative", "arithmetic"):
        return "number"
    return _COMPUTED.get(one[0])


def value(one: Tree, kind: str, choice: Choice) -> Any:
    """A value as one of its kind; None for an empty one."""
    match one:
        case ("field", _, _):
            of, stored = choice.at(one)
            return None if stored is None else read(of, stored)
        case ("text" | "number" | "bool", literal):
            return read(kind, literal)
        case ("now",):
            return NOW.replace(second=0)
        case ("negative", inner):
            number = value(inner, "number", choice)
            return None if number is None else -number
        case ("arithmetic", first, rest):
            return _arithmetic(value(first, "number", choice), rest, choice)
        case ("datediff", part, start, stop):
            return _given(_datediff, part, value(start, "moment", choice), value(stop, "moment", choice))
        case ("dateadd", part, amount, date):
            return _given(_dateadd, part, value(amount, "number", choice), value(date, "moment", choice))
        case ("date", parts):
            return _given(_date, *(value(part, "number", choice) for part in parts))
    raise AssertionError(one)


def read(kind: str, stored: Any) -> Any:
    """A stored value, or a literal, as Python compares it."""
    text = f"{stored:f}" if isinstance(stored, Decimal) else str(stored)
    try:
        return _READ[kind](text)
    except (ValueError, KeyError, ArithmeticError) as error:
        raise Unanswered(f"{text} as {kind}") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC)


def _boolean(text: str) -> bool:
    return {"1": True, "true": True, "0": False, "false": False}[text.lower()]


_READ: dict[str, Callable[[str], Any]] = {
    "text": str.casefold,
    "number": lambda text: Fraction(Decimal(text)),
    "boolean": _boolean,
    "id": lambda text: text.strip("{}").lower(),
    "day": _moment,
    "moment": _moment,
}


def _given(function: Callable[..., Any], *arguments: Any) -> Any:
    return None if None in arguments else function(*arguments)


def _arithmetic(
    total: Fraction | None, rest: tuple[tuple[str, Tree], ...], choice: Choice
) -> Fraction | None:
    for operator, item in rest:
        other = value(item, "number", choice)
        if total is None or other is None or (operator == "/" and other == 0):
            return None
        total = {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
            "/": lambda a, b: a / b,
        }[operator](total, other)
    return total


# --- dates, as Transact-SQL has them ----------------------------------------------------------------------

_LENGTHS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
}


def _datediff(part: str, start: datetime, stop: datetime) -> Fraction:
    """Boundaries crossed: the distance of the two moments, each cut down to the part."""
    if part in ("year", "month"):
        years, months = stop.year - start.year, stop.month - start.month
        return Fraction(years if part == "year" else 12 * years + months)
    return Fraction((_cut(stop, part) - _cut(start, part)) // _LENGTHS[part])


def _cut(moment: datetime, part: str) -> datetime:
    """The moment without what is smaller than the part; nothing smaller than a second is stored."""
    kept = {"day": 0, "hour": 1, "minute": 2}.get(part, 3)
    hour, minute, second = (moment.hour, moment.minute, moment.second)[:kept] + (0,) * (3 - kept)
    return moment.replace(hour=hour, minute=minute, second=second, microsecond=0)


def _dateadd(part: str, amount: Fraction, date: datetime) -> datetime | None:
    """The date so many parts later; a day that the month does not have becomes its last."""
    count = int(amount)
    try:
        if part in _LENGTHS:
            return date + count * _LENGTHS[part]
        months = date.year * 12 + date.month - 1 + count * (12 if part == "year" else 1)
        year, month = months // 12, months % 12 + 1
        for day in range(date.day, 0, -1):
            try:
                return date.replace(year=year, month=month, day=day)
            except ValueError:
                if not 1 <= year <= 9999:
                    return None
    except OverflowError:
        return None
    return None


def _date(*parts: Fraction) -> datetime | None:
    year, month, day, hour, minute, second = (*map(int, parts), 0, 0, 0)[:6]
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
