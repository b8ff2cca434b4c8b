"""What a query means where the public sources are silent: the one place where that is written down."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Semantics:
    """How empty columns, case and inactive rows count, and how values compare. Both dialects mean the same.

    Open questions, with a switch (reference/segment-queries.md D):

    - `empty_is_unknown` (D-7): a comparison with an empty column is neither true nor false, and so is its
      NOT; `!=` and `NOT(…)` drop rows whose column is empty. Off: it is false, and they keep such rows.
    - `ignore_case` (D-8): `==`, `!=`, IN, the order of texts and CONTAINS, STARTSWITH, ENDSWITH ignore case.
      Accents always count.
    - `inactive_rows` (D-9): PROFILE includes rows whose state is not active (statecode other than 0).

    Settled here:

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


SERVICE: Final = Semantics()
"""What the service is taken to do: three-valued, ignoring case, inactive rows included."""
