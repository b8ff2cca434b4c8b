"""One object for what many rows name, which halves the memory of an event and spares reading it again."""

from decimal import Decimal
from typing import Any

from mig.dataverse.cells import plain_id
from mig.dataverse.messages import Row


class Shared:
    """What is known by now, for as many sides as are read with it: two events of 100,000 people have some two
    million lookups, to 300,000 rows."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._amounts: dict[Any, Decimal] = {}

    def id(self, row: Row, column: str) -> str | None:
        """The id in a column, as it is answered."""
        text = row.get(column)
        if not isinstance(text, str):
            return None
        found = self._ids.get(text)
        if found is None:
            plain = plain_id(text)
            found = self._ids[text] = self._ids.setdefault(plain, plain)
        return found

    def amount(self, value: Any) -> Decimal | None:
        """An amount of money."""
        if value is None:
            return None
        found = self._amounts.get(value)
        if found is None:
            found = self._amounts[value] = Decimal(str(value))
        return found
