"""Writing what a reconciliation found missing or unlike, row by row.

Both sides are read afresh each time, so that a run that died is taken up where it ended, and nothing is
written that has come right meanwhile. Rows are sent with the ids that they have or will have in the target:
they may be sent twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.messages import Request, Row
from mig.engine.steps import Converge
from mig.events.belongings import KINDS
from mig.events.both import Both
from mig.events.own_copy import Copied, levels, upserts
from mig.events.read import read_both
from mig.events.repair import Repair
from mig.events.tables import REGISTRATION, Rows
from mig.events.terms import Terms


def repair_rows(source: str, target: str, terms: Terms) -> tuple[Converge, ...]:
    """The steps, each after the one before: the levels of a copy, then what is removed."""
    about = {"source": source, "target": target}
    writing = tuple(
        Converge(f"what is missing or unlike of its {told}", about, Repairing(source, target, terms, number))
        for number, (told, _) in enumerate(levels(terms.columns))
    )
    if not terms.approved:
        return writing
    once = Converge("each of its registrations once", about, Removing(source, target, terms))
    return (*writing, once)


@dataclass(frozen=True, slots=True)
class Repairing:
    """Writes the rows of one level, whose tables do not name each other."""

    source: str
    target: str
    terms: Terms
    level: int

    async def __call__(self, client: Client) -> Iterator[Request]:
        """The requests that are left."""
        _, repair = await _repair(client, self.source, self.target, self.terms)
        _, tables = levels(self.terms.columns)[self.level]
        requests: list[Request] = []
        for table in tables:
            if repair.writes.get(table.rows.table):
                requests += upserts(table, await self._rows(client, table, repair))
        return iter(requests)

    async def _rows(self, client: Client, table: Copied, repair: Repair) -> list[Row]:
        """The rows as they are sent."""
        wanted = repair.writes[table.rows.table]
        ids = {**repair.ids, **wanted}
        path = odata.query(table.rows.entity_set, select=table.selected, where=table.rows.of(self.source))
        found: dict[str, Row] = {}
        async for row in client.rows(path):
            key = table.key_of(row)
            if key in wanted:
                emptied = table.emptied(row) if key in repair.unlike else {}
                found[key] = {**emptied, **table.copy_of(row, self.target, ids)}
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Removing:
    """Deletes the copies that are too many, as far as that was approved, with what belongs to them."""

    source: str
    target: str
    terms: Terms

    async def __call__(self, client: Client) -> Iterator[Request]:
        """The requests that are left. What belongs to a registration goes with it or before it."""
        both, repair = await _repair(client, self.source, self.target, self.terms)
        gone = frozenset(repair.removals)
        belongings = [
            (kind.rows, row.id)
            for kind in KINDS
            for row in both.belongings[kind.rows.table].twice
            if row.registration in gone
        ]
        if belongings:
            return _deletes(belongings)
        return _deletes((REGISTRATION, row_id) for row_id in repair.removals)


def _deletes(rows: Iterable[tuple[Rows, str]]) -> Iterator[Request]:
    return (Request("DELETE", odata.row(table.entity_set, row_id)) for table, row_id in rows)


async def _repair(client: Client, source: str, target: str, terms: Terms) -> tuple[Both, Repair]:
    """Both sides as they are now, and what is to be done about them."""
    both = await read_both(client, client, source, target, terms.columns)
    return both, terms.repair(terms.compare(both), both)
