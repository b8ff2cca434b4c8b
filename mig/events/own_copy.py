"""Copying the rows of an event ourselves, where no service does it.

The order is the reference's (events-and-transition.md 2.5): sessions, passes and questions, then
registrations, then what hangs on those. Rows bring ids that follow from their sources, so that they may be
sent twice; what is missing is asked of the target each time, so that a run that died is taken up where it
ended, and rows that arrived late are topped up. What the rows hold is read when it is needed, and kept
nowhere.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.cells import lookup, row_key
from mig.dataverse.client import Client
from mig.dataverse.messages import UPSERT_MULTIPLE, Request, Row
from mig.engine.steps import Converge
from mig.events.ids import copy_id
from mig.events.rows import PublishStatus
from mig.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASS,
    EVENT,
    PASS,
    QUESTION,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    Rows,
)

NO_IDS: Final[Mapping[str, str]] = MappingProxyType({})

ROWS_IN_REQUEST: Final = 100
"""All of them or none: 100 to 1,000 are advised, and some 30 ms a row keep a request at seconds
(reference/dataverse-web-api.md 6)."""


@dataclass(frozen=True, slots=True)
class Link:
    """A lookup of a copy: `nav` writes it. It names a copy of what the source names, or the very row."""

    column: str
    nav: str
    rows: Rows
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Copied:
    """How rows of a table are copied. `columns` are carried as they are, `fixed` is the same on every copy.

    `event` is the navigation property to the event. `key` tells what a row is about where that is not itself:
    two rows about one thing are one. `renamed` are columns of the source by their names in the target.
    """

    rows: Rows
    event: str
    columns: tuple[str, ...]
    links: tuple[Link, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that are read of a source."""
        lookups = (f"_{link.column}_value" for link in self.links)
        return tuple(dict.fromkeys((self.rows.id_column, *self.columns, *self.renamed, *lookups)))

    @property
    def told_by(self) -> str:
        """The column that tells what a row is about."""
        return f"_{self.key}_value" if self.key else self.rows.id_column

    def key_of(self, row: Row) -> str:
        """What a row is about; empty where that is gone."""
        return (lookup(row, self.key) or "") if self.key else row_key(row, self.rows.id_column)

    def copy_of(self, row: Row, target: str, ids: Mapping[str, str] = NO_IDS) -> Row:
        """The copy as it is sent, for a target event; `ids` are those of rows that are there already."""
        key = self.key_of(row)
        own_id = ids.get(key) or copy_id(target, self.rows.table, key)
        body: dict[str, Any] = {
            "@odata.type": f"Microsoft.Dynamics.CRM.{self.rows.table}",
            "@odata.id": odata.row(self.rows.entity_set, own_id),
        }
        names = {**{column: column for column in self.columns}, **self.renamed}
        body |= {there: row[here] for here, there in names.items() if row.get(here) is not None}
        if self.event:
            body[f"{self.event}@odata.bind"] = f"/{odata.row(EVENT.entity_set, target)}"
        for link in self.links:
            if (named := lookup(row, link.column)) is not None:
                there = (ids.get(named) or copy_id(target, link.rows.table, named)) if link.copied else named
                body[f"{link.nav}@odata.bind"] = f"/{odata.row(link.rows.entity_set, there)}"
        return {**body, **self.fixed}

    def emptied(self, row: Row) -> Row:
        """What a copy that is there must lose: columns and lookups that the source does not fill."""
        names = {**{column: column for column in self.columns}, **self.renamed}
        empty = [there for here, there in names.items() if row.get(here) is None]
        links = [link.nav for link in self.links if lookup(row, link.column) is None]
        return dict.fromkeys((*empty, *links))


_CONTACT: Final = Rows("contact", "contacts")
_CURRENCY: Final = Rows("transactioncurrency", "transactioncurrencies")
_PAID_IN: Final = Link("transactioncurrencyid", "transactioncurrencyid", _CURRENCY)
_STATUS: Final = ("statecode", "statuscode")

_STRUCTURE: Final = (
    Copied(
        SESSION,
        "msevtmgt_Event",
        ("msevtmgt_name", "msevtmgt_starttime", "msevtmgt_endtime", "msevtmgt_sessionmaxcapacity"),
        fixed={"msevtmgt_publishstatus": int(PublishStatus.DRAFT)},
    ),
    Copied(
        PASS,
        "msevtmgt_eventid",
        ("msevtmgt_name", "msevtmgt_noofpassesallocated", "msevtmgt_passprice"),
        (_PAID_IN,),
    ),
    Copied(
        ASKED,
        "msevtmgt_event",
        ("msevtmgt_name", "msevtmgt_order"),
        (Link("msevtmgt_customregistrationfield", "msevtmgt_customregistrationfield", QUESTION),),
        key="msevtmgt_customregistrationfield",
    ),
)
_REGISTRATIONS: Final = Copied(
    REGISTRATION,
    "msevtmgt_EventId",
    (
        "msevtmgt_name",
        "msevtmgt_iscanceled",
        "msevtmgt_registrationstatus",
        "msevtmgt_primaryrole",
        "msevtmgt_qrcode",
        "msevtmgt_originaltimestamp",
        *_STATUS,
    ),
    (
        Link("msevtmgt_contactid", "msevtmgt_ContactId", _CONTACT),
        Link("msevtmgt_registeredby", "msevtmgt_registeredby", _CONTACT),
    ),
)
_DETAILS: Final = (
    Copied(
        SESSION_REGISTRATION,
        "msevtmgt_Event",
        ("msevtmgt_name", "msevtmgt_iscanceled", "msevtmgt_registrationstatus", *_STATUS),
        (
            Link("msevtmgt_registrationid", "msevtmgt_RegistrationID", REGISTRATION, copied=True),
            Link("msevtmgt_sessionid", "msevtmgt_SessionId", SESSION, copied=True),
            Link("msevtmgt_contactid", "msevtmgt_contactid", _CONTACT),
        ),
    ),
    Copied(
        ATTENDEE_PASS,
        "msevtmgt_EventId",
        ("msevtmgt_name", "msevtmgt_passprice", *_STATUS),
        (
            Link("msevtmgt_eventregistrationid", "msevtmgt_EventRegistrationId", REGISTRATION, copied=True),
            Link("msevtmgt_pass", "msevtmgt_pass", PASS, copied=True),
            Link("msevtmgt_contact", "msevtmgt_contact", _CONTACT),
            _PAID_IN,
        ),
    ),
    Copied(
        ANSWER,
        "",
        ("msevtmgt_response", *_STATUS),
        (
            Link("msevtmgt_eventregistration", "msevtmgt_eventregistration", REGISTRATION, copied=True),
            Link("msevtmgt_customregistrationfield", "msevtmgt_customregistrationfield", QUESTION),
        ),
    ),
)


def own_copy(source: str, target: str, columns: Mapping[str, str]) -> tuple[Converge, ...]:
    """The steps that copy the rows of one event into another, each after the one before.

    `columns` are the organisation's own of a registration, with their names in the target.
    """
    about = {"source": source, "target": target}
    return tuple(
        Converge(f"copies of its {told}", about, Copying(source, target, tables))
        for told, tables in levels(columns)
    )


def levels(columns: Mapping[str, str]) -> tuple[tuple[str, tuple[Copied, ...]], ...]:
    """The tables in the order in which they are written; those of one level do not name each other."""
    return (
        ("sessions, passes and questions", _STRUCTURE),
        ("registrations", (replace(_REGISTRATIONS, renamed=columns),)),
        ("session registrations, attendee passes and answers", _DETAILS),
    )


@dataclass(frozen=True, slots=True)
class Copying:
    """Makes the copies that are missing of some tables, which do not name each other."""

    source: str
    target: str
    tables: tuple[Copied, ...]

    async def __call__(self, client: Client) -> Iterator[Request]:
        """The requests that are left. A row that hangs on something without a copy is left out."""
        there = await self._keys(client, self.source)
        here = await self._keys(client, self.target)
        missing = [
            (table, {key for key in keys if key and self._copy(table, key) not in made})
            for table, keys, made in zip(self.tables, there, here, strict=True)
        ]
        found = await asyncio.gather(*(self._rows(client, table, keys) for table, keys in missing if keys))
        return (request for table, rows in found for request in upserts(table, self._copies(table, rows)))

    def _copies(self, table: Copied, rows: Iterable[Row]) -> Iterator[Row]:
        by_key = {table.key_of(row): row for row in rows}
        return (table.copy_of(row, self.target) for row in by_key.values())

    async def _keys(self, client: Client, event: str) -> Sequence[Collection[str]]:
        """By table, what the rows of an event are about."""
        paths = [_path(table.rows, (table.told_by,), event) for table in self.tables]
        listed = await client.listings(paths)
        return [{table.key_of(row) for row in rows} for table, rows in zip(self.tables, listed, strict=True)]

    async def _rows(
        self, client: Client, table: Copied, keys: Collection[str]
    ) -> tuple[Copied, Sequence[Row]]:
        """The rows of the source with those keys, with what they hold."""
        links = [link for link in table.links if link.copied]
        paths = [_path(link.rows, (link.rows.id_column,), self.target) for link in links]
        listed = await client.listings(paths) if paths else []
        parents = {
            link: {row_key(row, link.rows.id_column) for row in rows}
            for link, rows in zip(links, listed, strict=True)
        }
        return table, [
            row
            async for row in client.rows(_path(table.rows, table.selected, self.source))
            if table.key_of(row) in keys and self._can_be(row, parents)
        ]

    def _copy(self, table: Copied, key: str) -> str:
        """What a copy is told by in the target."""
        return key if table.key else copy_id(self.target, table.rows.table, key)

    def _can_be(self, row: Row, parents: Mapping[Link, Collection[str]]) -> bool:
        return all(
            copy_id(self.target, link.rows.table, lookup(row, link.column) or "") in made
            for link, made in parents.items()
        )


def upserts(table: Copied, rows: Iterable[Row]) -> Iterator[Request]:
    """Requests for rows as they are sent, each made when its turn comes."""
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS_IN_REQUEST)):
        yield Request("POST", f"{table.rows.entity_set}{UPSERT_MULTIPLE}", {"Targets": some})


def _path(rows: Rows, columns: Sequence[str], event: str) -> str:
    return odata.query(rows.entity_set, select=columns, where=rows.of(event))
