"""What a query means where the public sources are silent: the one place where that is written down."""

from dataclasses import dataclass
from itertools import product
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Semantics:
    """How empty columns, case and inactive rows count, and how values compare. Both dialects mean the same.

    Open questions, with a switch (reference/segment-queries.md D):

    - `empty_is_unknown` (D-7): a comparison with an empty column is neither true nor false, and so is its
      NOT; `!=` and `NOT(…)` drop rows whose column is empty. Off: it is false, and they keep such rows.
    - `ignore_case` (D-8): `==`, `!=`, IN, the order of texts and CONTAINS, STARTSWITH, ENDSWITH ignore case.
      Accents always count.
    - `inactive_rows` (D-9): rows whose state is not active (statecode other than 0) count. Off: it is as if
      they did not exist, neither as members nor as related rows.
    - `optional_not_is_none` (B.2): `RELATEOPTIONAL(r, a).FILTER(NOT(c))` asks that no related row meets c.
      Off: that some related row does not meet c, or that there is none and an empty row would not.

    Settled here:

    - A path, and RELATE, ask for at least one chain of linked rows that meets all conditions; those on one
      node speak of one row. For 1:N, linked is the row whose id the lookup holds.
    - RELATEOPTIONAL asks for a linked row that meets the conditions; where there is none, they must hold for
      a row with nothing in it. So it is RELATE for conditions that such a row cannot meet (`==`, `>`, IN,
      CONTAINS, ISNOTNULL), and differs on ISNULL, NOT and, with `empty_is_unknown` off, `!=`.
    - Only rows for which the whole condition is true are members.
    - CONTAINS, STARTSWITH and ENDSWITH take every character as itself; there are no wildcards.
    - Dates are moments in UTC, to the second; a finer part of a literal is cut off. A date without a time is
      its midnight, in literals and in date-only columns alike. A literal with an offset is converted to UTC.
    - DATETIMEUTCNOW() is now, with the seconds cut off.
    - DATEDIFF counts the boundaries of the part between start and end, negative when end is earlier; DATEADD
      keeps to the last day of a shorter month and cuts fractions of its number. Both as in Transact-SQL.
    - `/` is division with fractions. Division by zero is empty; so is a date that leaves the calendar.
    - Booleans are compared as true and false, choices by their number, ids without regard to case and braces.
    """

    empty_is_unknown: bool = True
    ignore_case: bool = True
    inactive_rows: bool = True
    optional_not_is_none: bool = True


SERVICE: Final = Semantics()
"""What the service is taken to do: three-valued, ignoring case, inactive rows included."""


def alternatives() -> tuple[Semantics, ...]:
    """The other answers to D-7, D-8 and D-9 that the sources allow; those with one difference come first.

    What all of them agree on is sure; where they differ, the members are a range.
    """
    every = (
        Semantics(empty_is_unknown=a, ignore_case=b, inactive_rows=c)
        for a, b, c in product((True, False), repeat=3)
    )
    others = [one for one in every if one != SERVICE]
    return tuple(
        sorted(others, key=lambda one: -sum((one.empty_is_unknown, one.ignore_case, one.inactive_rows)))
    )
