"""Reading events, and all that hangs on one, as values.

Tables and columns: reference/events-and-transition.md 2.1. What an event has little of comes in one request;
registrations and what hangs on them in as many as there are pages, table beside table. Registrations come
first, so that what hangs on them, of which there is most, is held against the other side page by page and
kept only where it differs. A table that is not there never had rows; one that may not be read is a gap, which
says so.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.cells import code, lookup, moment, row_key
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.dataverse.messages import Row
from mig.dataverse.particulars import Wanted, read_particulars
from mig.events.belongings import KINDS, Account, Belongings, Kind
from mig.events.both import Both
from mig.events.matching import Matching, match
from mig.events.read_waitlist import WAITING_COLUMNS, waiting_of
from mig.events.rows import (
    Attendance,
    Belonging,
    Event,
    Pass,
    Question,
    Registration,
    Session,
)
from mig.events.settings import settings_of
from mig.events.shared import Shared
from mig.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASS,
    CHECKIN,
    EVENT,
    PASS,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    WAITING,
    Rows,
)
from mig.model.tables import ColumnType

_NO_OWN: Final[Mapping[str, Any]] = MappingProxyType({})
_EVENT_COLUMNS: Final = (
    "msevtmgt_eventid",
    "msevtmgt_name",
    "msevtmgt_sourcesystem",
    "msevtmgt_publishstatus",
    "msevtmgt_eventstartdate",
    "msevtmgt_eventenddate",
    "createdon",
    "modifiedon",
    "_modifiedby_value",
    "_ownerid_value",
    "_owningbusinessunit_value",
    "msevtmgt_maximumeventcapacity",
    "msevtmgt_createleadsforeventregistrations",
)
_SESSION_COLUMNS: Final = (
    "msevtmgt_sessionid",
    "msevtmgt_name",
    "msevtmgt_starttime",
    "msevtmgt_endtime",
    "msevtmgt_sessionmaxcapacity",
    "msevtmgt_publishstatus",
)
_PASS_COLUMNS: Final = (
    "msevtmgt_passid",
    "msevtmgt_name",
    "msevtmgt_passprice",
    "_transactioncurrencyid_value",
    "msevtmgt_noofpassesallocated",
)
_QUESTION: Final = "msevtmgt_customregistrationfield"
_QUESTION_VALUE: Final = f"_{_QUESTION}_value"
_QUESTION_COLUMNS: Final = ("msevtmgt_customregistrationfieldid", "msevtmgt_text", "msevtmgt_type")
_LINKS: Final = ("msdynmkt_linkedregistrationid", "msevtmgt_correlationid")
_REGISTRATION_ID: Final = REGISTRATION.id_column
_REGISTRATION_COLUMNS: Final = (
    _REGISTRATION_ID,
    "msevtmgt_name",
    "_msevtmgt_contactid_value",
    "_msevtmgt_registeredby_value",
    "msevtmgt_iscanceled",
    "msevtmgt_primaryrole",
    "statecode",
    "statuscode",
    "msevtmgt_qrcode",
    "createdon",
    *_LINKS,
)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a row of a kind says whose it is, what it is about and what more; and how that is read."""

    registration: str
    about: str
    says: str
    read: Callable[[Shared, Any], bool | Decimal | bytes | None]


_BELONGING: Final[Mapping[str, _Columns]] = {
    SESSION_REGISTRATION.table: _Columns(
        "_msevtmgt_registrationid_value",
        "_msevtmgt_sessionid_value",
        "msevtmgt_iscanceled",
        lambda _, value: bool(value),
    ),
    ATTENDEE_PASS.table: _Columns(
        "_msevtmgt_eventregistrationid_value", "_msevtmgt_pass_value", "msevtmgt_passprice", Shared.amount
    ),
    ANSWER.table: _Columns(
        "_msevtmgt_eventregistration_value",
        _QUESTION_VALUE,
        "msevtmgt_response",
        lambda _, said: _digest(sorted(part.strip() for part in str(said or "").splitlines())),
    ),
}


# --- events -----------------------------------------------------------------------------------------------


async def find_events(client: Client) -> tuple[Event, ...]:
    """All events, outbound ones first, then by id; without their settings."""
    path = odata.query(EVENT.entity_set, select=_EVENT_COLUMNS)
    try:
        found = [_event(row) async for row in client.rows(path)]
    except RequestFailed as error:
        if error.status == 404:  # without the table there never were events
            return ()
        raise
    return tuple(sorted(found, key=lambda event: (not event.outbound, event.id)))


def _event(row: Row, settings: Mapping[str, Any] | None = None) -> Event:
    return Event(
        id=row_key(row, "msevtmgt_eventid"),
        name=row.get("msevtmgt_name") or "",
        source_system=row.get("msevtmgt_sourcesystem"),
        publish_status=code(row, "msevtmgt_publishstatus"),
        start=moment(row.get("msevtmgt_eventstartdate")),
        end=moment(row.get("msevtmgt_eventenddate")),
        created=moment(row.get("createdon")),
        modified=moment(row.get("modifiedon")),
        modified_by=lookup(row, "modifiedby"),
        owner_id=lookup(row, "ownerid"),
        unit_id=lookup(row, "owningbusinessunit"),
        capacity=row.get("msevtmgt_maximumeventcapacity"),
        creates_leads=bool(row.get("msevtmgt_createleadsforeventregistrations")),
        settings=settings or {},
        etag=str(row.get("@odata.etag") or ""),
    )


# --- one event with all its rows --------------------------------------------------------------------------


async def read_source(
    client: Client, event_id: str, columns: Mapping[str, str]
) -> tuple[Attendance, Mapping[str, Belongings]]:
    """One event that has no copy; `BadAnswer` when there is none of that id. `columns` as of `read_both`."""
    reader = _Reader(client, event_id, columns, Shared())
    source = await reader.attendance()
    accounts = {kind: Account(kind, source, None, Matching()) for kind in KINDS}
    await asyncio.gather(*(reader.stream(kind, account.mine) for kind, account in accounts.items()))
    return reader.with_gaps(source), {kind.rows.table: account.done() for kind, account in accounts.items()}


async def read_both(
    source: Client, target: Client, source_id: str, target_id: str, columns: Mapping[str, str]
) -> Both:
    """Both sides of an event; `columns` are the organisation's own of a registration, by their names in the
    source, with those in the target."""
    shared = Shared()
    mine = _Reader(source, source_id, columns, shared)
    theirs = _Reader(target, target_id, {name: name for name in columns.values()}, shared)
    here, there = await asyncio.gather(mine.attendance(), theirs.attendance())
    matching = match(here, there)
    accounts = {kind: Account(kind, here, there, matching) for kind in KINDS}
    streams = [
        stream
        for kind, account in accounts.items()
        for stream in (mine.stream(kind, account.mine), theirs.stream(kind, account.theirs))
    ]
    await asyncio.gather(*streams)
    return Both(
        source=mine.with_gaps(here),
        target=theirs.with_gaps(there),
        matching=matching,
        belongings={kind.rows.table: account.done() for kind, account in accounts.items()},
    )


async def read_sessions(client: Client, event_id: str) -> tuple[Session, ...]:
    """The sessions of one event."""
    path = odata.query(SESSION.entity_set, select=_SESSION_COLUMNS, where=SESSION.of(event_id))
    return tuple([_session(row) async for row in client.rows(path)])


@dataclass(slots=True)
class _Reader:
    client: Client
    event_id: str
    columns: Mapping[str, str]
    shared: Shared
    gaps: dict[str, str] = field(default_factory=dict)

    async def attendance(self) -> Attendance:
        """All but what belongs to registrations."""
        few, people, labels = await asyncio.gather(self._few(), self._registrations(), self._labels())
        return replace(few, registrations=people, status_labels=labels)

    async def stream(self, kind: Kind, take: Callable[[Belonging], None]) -> None:
        """Hand over each row of a kind as it comes."""
        columns, id_column = _BELONGING[kind.rows.table], kind.rows.id_column
        path = self._path(kind.rows, (id_column, columns.registration, columns.about, columns.says))
        try:
            async for page in self.client.pages(path):
                for row in page:
                    take(self._belonging(row, id_column, columns))
        except RequestFailed as error:
            self._gap(kind.rows, error)

    def _belonging(self, row: Row, id_column: str, columns: _Columns) -> Belonging:
        return Belonging(
            row_key(row, id_column),
            self.shared.id(row, columns.registration) or "",
            self.shared.id(row, columns.about) or "",
            columns.read(self.shared, row.get(columns.says)),
        )

    def with_gaps(self, found: Attendance) -> Attendance:
        """With the tables that could not be read up to now."""
        return replace(found, gaps=dict(sorted(self.gaps.items())))

    async def _few(self) -> Attendance:
        """The event with what there is little of, in one request."""
        expand = f"{_QUESTION}($select={','.join(_QUESTION_COLUMNS)})"
        checkin = (CHECKIN.id_column,)
        event, *rest = await self.client.outcomes(
            [
                self._path(EVENT, ()),
                self._path(SESSION, _SESSION_COLUMNS),
                self._path(PASS, _PASS_COLUMNS),
                self._path(ASKED, (ASKED.id_column,), expand),
                self._path(WAITING, WAITING_COLUMNS),
                self._path(CHECKIN, checkin),
            ]
        )
        sessions, passes, asked, waiting, checkins = (
            self._sorted(rows, found)
            for rows, found in zip((SESSION, PASS, ASKED, WAITING, CHECKIN), rest, strict=True)
        )
        questions = [one for row in asked if (one := _question(row)) is not None]
        return Attendance(
            event=self._event(event),
            sessions=tuple(map(_session, sessions)),
            passes=tuple(map(_pass, passes)),
            questions=tuple({one.id: one for one in questions}.values()),
            waiting=tuple(sorted(map(waiting_of, waiting), key=lambda one: (str(one.created), one.id))),
            checkins=len(checkins),
        )

    def _event(self, found: list[Row] | RequestFailed) -> Event:
        """With all its columns: a setting that an organisation lacks would fail those asked for by name."""
        if isinstance(found, RequestFailed):
            raise found
        if not found:
            raise BadAnswer(f"the event {self.event_id} is not there any more")
        return _event(found[0], settings_of(found[0]))

    def _path(self, rows: Rows, columns: Sequence[str], expand: str = "") -> str:
        return odata.query(rows.entity_set, select=columns, where=rows.of(self.event_id), expand=expand)

    async def _registrations(self) -> tuple[Registration, ...]:
        """In the order of their ids."""
        path = self._path(REGISTRATION, (*_REGISTRATION_COLUMNS, *self.columns))
        try:
            found = [self._registration(row) async for page in self.client.pages(path) for row in page]
        except RequestFailed as error:
            self._gap(REGISTRATION, error)
            return ()
        return tuple(sorted(found, key=lambda one: one.id))

    def _sorted(self, rows: Rows, found: list[Row] | RequestFailed) -> Sequence[Row]:
        """By id; none of a table that is not there."""
        if isinstance(found, RequestFailed):
            self._gap(rows, found)
            return ()
        return sorted(found, key=lambda row: row_key(row, rows.id_column))

    def _gap(self, rows: Rows, error: RequestFailed) -> None:
        if error.status == 404:
            return
        if error.status != 403:
            raise error
        self.gaps[rows.table] = f"{error.status} {error.message}".strip()

    def _registration(self, row: Row) -> Registration:
        return Registration(
            id=self.shared.id(row, _REGISTRATION_ID) or row_key(row, _REGISTRATION_ID),
            name=row.get("msevtmgt_name") or "",
            contact=self.shared.id(row, "_msevtmgt_contactid_value"),
            registered_by=self.shared.id(row, "_msevtmgt_registeredby_value"),
            cancelled=bool(row.get("msevtmgt_iscanceled")),
            role=row.get("msevtmgt_primaryrole"),
            state=code(row, "statecode"),
            status=code(row, "statuscode"),
            qr=_digest([row["msevtmgt_qrcode"]]) if row.get("msevtmgt_qrcode") else None,
            created=moment(row.get("createdon")),
            links=tuple(str(row[name]) for name in _LINKS if row.get(name)),
            own={there: row.get(here) for here, there in self.columns.items()} if self.columns else _NO_OWN,
        )

    async def _labels(self) -> Mapping[int, str]:
        """What an organisation calls the status reasons of a registration; none where it does not tell."""
        wanted = Wanted(choices={(REGISTRATION.table, ColumnType.STATUS): ("statuscode",)})
        told = (await read_particulars(self.client, wanted)).options
        return told.get((REGISTRATION.table, "statuscode"), {})


# --- rows -------------------------------------------------------------------------------------------------


def _session(row: Row) -> Session:
    return Session(
        id=row_key(row, "msevtmgt_sessionid"),
        name=row.get("msevtmgt_name") or "",
        start=moment(row.get("msevtmgt_starttime")),
        end=moment(row.get("msevtmgt_endtime")),
        capacity=row.get("msevtmgt_sessionmaxcapacity"),
        publish_status=code(row, "msevtmgt_publishstatus"),
    )


def _pass(row: Row) -> Pass:
    return Pass(
        id=row_key(row, "msevtmgt_passid"),
        name=row.get("msevtmgt_name") or "",
        price=_money(row.get("msevtmgt_passprice")),
        currency=lookup(row, "transactioncurrencyid"),
        allocated=row.get("msevtmgt_noofpassesallocated"),
    )


def _question(row: Row) -> Question | None:
    """None where the question itself was deleted."""
    found = row.get(_QUESTION)
    if not isinstance(found, dict):
        return None
    return Question(
        id=row_key(found, "msevtmgt_customregistrationfieldid"),
        text=found.get("msevtmgt_text") or "",
        kind=code(found, "msevtmgt_type"),
    )


def _money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _digest(parts: Iterable[str]) -> bytes:
    """What stands for a text that nobody needs to see."""
    return blake2b("\n".join(parts).encode(), digest_size=16).digest()
