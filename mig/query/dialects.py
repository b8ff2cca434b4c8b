"""What the two dialects differ in, as data: which forms are read, and how words are spelled when written.

Sources: reference/segment-queries.md A.2 (outbound) and B.2 (real-time). Where the real-time language has no
public sample, a form is read when its meaning is clear, so that a person's own query can be checked; what the
reference calls refused or absent is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mig.query.tree import Dialect

SET_OPERATORS: Final = ("UNION", "INTERSECT", "EXCEPT")
SOURCES: Final = ("PROFILE", "SEGMENT", "INTERACTION")
MATCHES: Final = frozenset({"CONTAINS", "STARTSWITH", "ENDSWITH"})
COMPARISONS: Final = frozenset({"==", "!=", ">", ">=", "<", "<="})
FUNCTIONS: Final = ("DATETIMEUTCNOW", "DATEDIFF", "DATEADD", "DATE")
PREDICATES: Final = ("ISNULL", "ISNOTNULL", "NOT")
AGGREGATES: Final = ("COUNT", "SUM", "AVG", "MIN", "MAX")
DATE_PARTS: Final = ("year", "month", "day", "hour", "minute", "second", "millisecond")

_SHARED_STEPS: Final = frozenset({"FILTER", "HAVING", "RELATE", "RELATEOPTIONAL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The forms of one dialect. `steps` are those that follow a dot, set operators aside."""

    called: str
    steps: frozenset[str]
    set_operators: tuple[str, ...]
    set_methods: bool
    profile_alias: bool
    double_quotes: bool
    segment_steps: bool
    nested_relate: bool
    list_openings: str
    windows: frozenset[str]
    booleans: tuple[str, str]


FORMS: Final[Mapping[Dialect, Forms]] = {
    Dialect.OUTBOUND: Forms(
        called="outbound",
        steps=_SHARED_STEPS | {"TRAVERSE", "DISTINCT", "ORDERBY", "SKIP", "TAKE", "SELECT"},
        set_operators=(*SET_OPERATORS, "MINUS"),
        set_methods=True,
        profile_alias=True,
        double_quotes=True,
        segment_steps=True,
        nested_relate=False,
        list_openings="([",
        windows=frozenset({"UTCDAYS", "UTCMONTHS", "UTCYEARS"}),
        booleans=("False", "True"),
    ),
    Dialect.RTM: Forms(
        called="real-time",
        steps=_SHARED_STEPS,
        set_operators=SET_OPERATORS,
        set_methods=False,
        profile_alias=False,
        double_quotes=False,
        segment_steps=False,
        nested_relate=True,
        list_openings="[",
        windows=frozenset({"UTCMINUTES", "UTCHOURS", "UTCDAYS", "UTCWEEKS", "UTCMONTHS", "UTCYEARS"}),
        booleans=("false", "true"),
    ),
}
