"""One `<condition>` as SQL.

Most operators are query functions of the Web API under another name. Conditions are two-valued: `ne` and the
other negations find empty columns.
"""

from collections.abc import Callable, Mapping
from typing import Final

from mig.model.tables import TEXTS
from mig.sandbox.errors import not_emulated
from mig.sandbox.fetchxml.names import Names, column
from mig.sandbox.fetchxml.vocabulary import needed
from mig.sandbox.fetchxml.xml import Element
from mig.sandbox.layout import holds_id
from mig.sandbox.odata.functions import Sql, query_function
from mig.sandbox.odata.literals import comparable, from_text, kinds, misfit
from mig.sandbox.odata.scope import Place, Scope
from mig.sandbox.relational.errors import bad_fetch

_SIGNS: Final = {
    "eq": "IS",
    "ne": "IS NOT",
    "neq": "IS NOT",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
}
_PATTERNS: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "like": ("", lambda text: text),
    "not-like": ("NOT ", lambda text: text),
    "begins-with": ("", lambda text: f"{text}%"),
    "not-begin-with": ("NOT ", lambda text: f"{text}%"),
    "ends-with": ("", lambda text: f"%{text}"),
    "not-end-with": ("NOT ", lambda text: f"%{text}"),
}
_EMPTY: Final = {"null": "IS NULL", "not-null": "IS NOT NULL"}

_PERIODS: Final = (
    *("yesterday", "today", "tomorrow"),
    *(f"{which}-{unit}" for which in ("last", "this", "next") for unit in ("week", "month", "year")),
)
_MOVING: Final = tuple(
    f"{which}-x-{unit}"
    for which in ("last", "next")
    for unit in ("hours", "days", "weeks", "months", "years")
)
_OLDER: Final = ("minutes", "hours", "days", "weeks", "months", "years")
# The query function that an operator is, and how many values it takes; None for one or more.
_FUNCTIONS: Final[Mapping[str, tuple[str, int | None]]] = {
    "in": ("In", None),
    "not-in": ("NotIn", None),
    "between": ("Between", 2),
    "not-between": ("NotBetween", 2),
    "contain-values": ("ContainValues", None),
    "not-contain-values": ("DoesNotContainValues", None),
    "on": ("On", 1),
    "on-or-after": ("OnOrAfter", 1),
    "on-or-before": ("OnOrBefore", 1),
    "eq-userid": ("EqualUserId", 0),
    "ne-userid": ("NotEqualUserId", 0),
    "eq-businessid": ("EqualBusinessId", 0),
    "ne-businessid": ("NotEqualBusinessId", 0),
    "last-seven-days": ("Last7Days", 0),
    "next-seven-days": ("Next7Days", 0),
    **{name: (name.title().replace("-", ""), 0) for name in _PERIODS},
    **{name: (name.title().replace("-", ""), 1) for name in _MOVING},
    **{f"olderthan-x-{unit}": (f"OlderThanX{unit.title()}", 1) for unit in _OLDER},
}
_LATER: Final = frozenset(
    {"above", "eq-or-above", "under", "eq-or-under", "not-under"}
    | {"eq-userlanguage", "eq-userteams", "eq-useroruserteams"}
    | {"eq-useroruserhierarchy", "eq-useroruserhierarchyandteams"}
)


def condition(element: Element, scope: Scope, names: Names) -> Sql:
    """The condition that holds for the rows that are found; 400 for what cannot be compared."""
    place = column(_scope(element.get("entityname"), scope, names), needed(element, "attribute"))
    operator = needed(element, "operator")
    if element.get("valueof") is not None:
        return _columns(place, operator, _value_of(element, scope, names))
    if operator in _SIGNS:
        (text,) = _values(element, place, 1)
        return _compared(place, operator, "?", [comparable(place.column, from_text(text, place.column))])
    if operator in _PATTERNS:
        return _like(element, place, operator)
    if operator in _EMPTY:
        _values(element, place, 0)
        return f"({place.sql} {_EMPTY[operator]})", []
    if operator in _FUNCTIONS:
        function, count = _FUNCTIONS[operator]
        return query_function(function, place, _values(element, place, count), scope.reader)
    if operator in _LATER or "fiscal" in operator:
        raise not_emulated(f"condition operator {operator}")
    raise bad_fetch(f"'{operator}' is no condition operator.")


def _scope(alias: str | None, scope: Scope, names: Names) -> Scope:
    """The table that `entityname` means; inside a link-entity other links may not be joined yet."""
    if alias is None:
        return scope
    found = names.find(alias)
    if scope is not names.root and found is not scope and found is not names.root:
        raise not_emulated(f"a condition inside a link-entity on another one, '{alias}'")
    return found


def _value_of(element: Element, scope: Scope, names: Names) -> Place:
    """`valueof`: a column of the same row, or `alias.column`."""
    alias, dot, name = needed(element, "valueof").rpartition(".")
    return column(_scope(alias, scope, names) if dot else scope, name)


def _columns(place: Place, operator: str, other: Place) -> Sql:
    if operator not in _SIGNS:
        raise bad_fetch(f"the operator '{operator}' does not compare columns.")
    if kinds(place.column)[0] != kinds(other.column)[0]:
        raise misfit(kinds(other.column)[0], place.column)
    return _compared(place, operator, other.expression, [])


def _compared(place: Place, operator: str, other: str, values: list[object]) -> Sql:
    return f"ifnull({place.expression} {_SIGNS[operator]} {other}, 0)", values


def _like(element: Element, place: Place, operator: str) -> Sql:
    (text,) = _values(element, place, 1)
    if place.column.type not in TEXTS:
        raise misfit("text", place.column)
    negated, pattern = _PATTERNS[operator]
    return f"{negated}_like({place.sql}, ?)", [pattern(text)]


def _values(element: Element, place: Place, count: int | None) -> list[str]:
    """The `value` attribute and `<value>` elements; ids may have braces."""
    single = element.get("value")
    values = ([] if single is None else [single]) + [one.text for one in element.children]
    if len(values) != count and (count is not None or not values):
        wanted = "at least one value" if count is None else f"{count} values"
        raise bad_fetch(
            f"the operator '{element.get('operator')}' takes {wanted}, not {len(values)} "
            f"(attribute '{place.column.name}')."
        )
    return [value.strip().strip("{}") for value in values] if holds_id(place.column) else values
