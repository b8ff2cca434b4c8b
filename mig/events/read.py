"""Reading events, and all that hangs on one, as values.

Tables and columns: reference/events-and-transition.md 2.1. What an event has little of comes in one request;
registrations and what hangs on them in as many as there are pages, table beside table. A table that is not
there never had rows; one that may not be read is a gap, which says so.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, TypeVar

from mig.dataverse import odata
from mig.dataverse.cells import code, lookup, moment, row_key
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.dataverse.messages import Row
from mig.dataverse.particulars import Wanted, read_particulars
from mig.events.pairing import Identified
from mig.events.read_waitlist import WAITING_COLUMNS, waiting_of
from mig.events.rows import (
    Answer,
    Attendance,
    AttendeePass,
    Event,
    Pass,
    Question,
    Registration,
    Session,
    SessionRegistration,
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

_Value = TypeVar("_Value", bound=Identified)
_NO_OWN: Final[Mapping[str, Any]] = MappingProxyType({})
_People = tuple[
    tuple[Registration, ...],
    tuple[SessionRegistration, ...],
    tuple[AttendeePass, ...],
    tuple[Answer, ...],
]

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
    "msevtmgt_noofpassessold",
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
_SESSION_REGISTRATION_COLUMNS: Final = (
    "msevtmgt_sessionregistrationid",
    "_msevtmgt_registrationid_value",
    "_msevtmgt_sessionid_value",
    "msevtmgt_iscanceled",
)
_ATTENDEE_PASS_COLUMNS: Final = (
    "msevtmgt_attendeepassid",
    "_msevtmgt_eventregistrationid_value",
    "_msevtmgt_pass_value",
    "msevtmgt_passprice",
)
_ANSWER_COLUMNS: Final = (
    "msevtmgt_registrationresponseid",
    "_msevtmgt_eventregistration_value",
    "_msevtmgt_customregistrationfield_value",
    "msevtmgt_response",
)


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


async def read_attendance(
    client: Client, event_id: str, columns: Mapping[str, str] | None = None
) -> Attendance:
    """One event with all its rows; `BadAnswer` when there is none of that id.

    `columns` are the organisation's own of a registration: by their name here, the name in the target.
    """
    return await _Reader(client, event_id, columns or {}).attendance()


async def read_sides(
    source: Client, target: Client, source_id: str, target_id: str, columns: Mapping[str, str]
) -> tuple[Attendance, Attendance]:
    """Both sides of an event; `columns` are those of the source, with their names in the target."""
    shared = Shared()
    return await asyncio.gather(
        _Reader(source, source_id, columns, shared).attendance(),
        _Reader(target, target_id, {name: name for name in columns.values()}, shared).attendance(),
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
    shared: Shared = field(default_factory=Shared)
    gaps: dict[str, str] = field(default_factory=dict)

    async def attendance(self) -> Attendance:
        few, people, labels = await asyncio.gather(self._few(), self._people(), self._labels())
        registrations, session_registrations, attendee_passes, answers = people
        return replace(
            few,
            registrations=registrations,
            session_registrations=session_registrations,
            attendee_passes=attendee_passes,
            answers=answers,
            status_labels=labels,
            gaps=dict(sorted(self.gaps.items())),
        )

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

    async def _people(self) -> _People:
        """What there is much of: each page becomes values as it comes."""
        return await asyncio.gather(
            self._below(REGISTRATION, (*_REGISTRATION_COLUMNS, *self.columns), self._registration),
            self._below(SESSION_REGISTRATION, _SESSION_REGISTRATION_COLUMNS, self._session_registration),
            self._below(ATTENDEE_PASS, _ATTENDEE_PASS_COLUMNS, self._attendee_pass),
            self._below(ANSWER, _ANSWER_COLUMNS, self._answer),
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

    async def _below(
        self, rows: Rows, columns: Sequence[str], of: Callable[[Row], _Value]
    ) -> tuple[_Value, ...]:
        """The rows of one table, in the order of their ids."""
        path = self._path(rows, columns)
        try:
            found = [of(row) async for row in self.client.rows(path)]
        except RequestFailed as error:
            self._gap(rows, error)
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

    def _session_registration(self, row: Row) -> SessionRegistration:
        return SessionRegistration(
            id=row_key(row, "msevtmgt_sessionregistrationid"),
            registration=self.shared.id(row, "_msevtmgt_registrationid_value") or "",
            session=self.shared.id(row, "_msevtmgt_sessionid_value") or "",
            cancelled=bool(row.get("msevtmgt_iscanceled")),
        )

    def _attendee_pass(self, row: Row) -> AttendeePass:
        return AttendeePass(
            id=row_key(row, "msevtmgt_attendeepassid"),
            registration=self.shared.id(row, "_msevtmgt_eventregistrationid_value") or "",
            kind=self.shared.id(row, "_msevtmgt_pass_value") or "",
            price=self.shared.amount(row.get("msevtmgt_passprice")),
        )

    def _answer(self, row: Row) -> Answer:
        said = str(row.get("msevtmgt_response") or "")
        return Answer(
            id=row_key(row, "msevtmgt_registrationresponseid"),
            registration=self.shared.id(row, "_msevtmgt_eventregistration_value") or "",
            question=self.shared.id(row, _QUESTION_VALUE) or "",
            text=_digest(sorted(part.strip() for part in said.splitlines())),
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
        sold=row.get("msevtmgt_noofpassessold"),
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
