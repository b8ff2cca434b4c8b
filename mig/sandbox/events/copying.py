"""What one run of the migration job writes: a skeleton of the event, then registration by registration.

events-and-transition.md §1.3 says what moves. Where sources are silent, the world's switches decide: whether
a copy keeps its registration id, whether cancelled rows and answers come along, whether a copy names its
source. Waitlist items, check-ins, settings and an organisation's own columns do not move.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mig.sandbox.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASSES,
    DRAFT,
    PASSES,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    Row,
    add_row,
    derived_id,
    row_of,
    rows_where,
)
from mig.sandbox.values import Stored
from mig.sandbox.world import World

_SESSION: Final = ("msevtmgt_name", "msevtmgt_starttime", "msevtmgt_endtime")
_PASSES: Final = (
    "msevtmgt_name",
    "msevtmgt_noofpassesallocated",
    "msevtmgt_passprice",
    "transactioncurrencyid",
)
_ASKED: Final = ("msevtmgt_customregistrationfield", "msevtmgt_name", "msevtmgt_order")
_REGISTRATION: Final = (
    "msevtmgt_name",
    "msevtmgt_contactid",
    "msevtmgt_registeredby",
    "msevtmgt_iscanceled",
    "msevtmgt_registrationstatus",
    "msevtmgt_primaryrole",
    "msevtmgt_qrcode",
    "msevtmgt_originaltimestamp",
    "statuscode",
)
_SESSION_REGISTRATION: Final = (
    "msevtmgt_name",
    "msevtmgt_sessionid",
    "msevtmgt_contactid",
    "msevtmgt_iscanceled",
    "msevtmgt_registrationstatus",
    "statuscode",
)
_ATTENDEE_PASSES: Final = (
    "msevtmgt_name",
    "msevtmgt_pass",
    "msevtmgt_contact",
    "msevtmgt_passprice",
    "transactioncurrencyid",
    "statuscode",
)
_ANSWER: Final = ("msevtmgt_response", "msevtmgt_customregistrationfield", "statuscode")


class Copier:
    """Copies from one event into another. Rows of one `run` have ids of their own; the same run never adds
    a row twice, nor does any run a session or pass."""

    def __init__(self, world: World, target: str, run: object) -> None:
        self._world = world
        self._target = target
        self._run = run
        self._keeps = world.switches.migration_keeps

    def structure(self, source: str, moment: datetime) -> None:
        """Sessions and passes in their basic form, and which questions are asked."""
        fresh: dict[str, Stored] = {"msevtmgt_event": self._target, "msevtmgt_publishstatus": DRAFT}
        for row in rows_where(self._world, SESSION, "msevtmgt_event", source, _SESSION):
            self._part(SESSION, row, fresh, moment)
        for row in rows_where(self._world, PASSES, "msevtmgt_eventid", source, _PASSES):
            self._part(PASSES, row, {"msevtmgt_eventid": self._target}, moment)
        for row in rows_where(self._world, ASKED, "msevtmgt_event", source, _ASKED):
            self._part(ASKED, row, {"msevtmgt_event": self._target}, moment)

    def registration(self, source: str, moment: datetime) -> None:
        """One registration with what hangs on it; nothing where it was deleted meanwhile or is not taken."""
        row = row_of(self._world, REGISTRATION, source, _REGISTRATION)
        if row is None or (row["msevtmgt_iscanceled"] and "cancelled" not in self._keeps):
            return
        copy = derived_id(self._world, REGISTRATION, self._run, source)
        if not add_row(self._world, REGISTRATION, copy, self._registration_values(row, copy), moment):
            return
        self._session_registrations(source, copy, moment)
        self._attendee_passes(source, copy, moment)
        if "answers" in self._keeps:
            link = "msevtmgt_eventregistration"
            for answer in rows_where(self._world, ANSWER, link, source, _ANSWER):
                self._add(ANSWER, answer, {link: copy}, moment)

    def _registration_values(self, row: Row, copy: str) -> dict[str, Stored]:
        values = {**_without_id(REGISTRATION, row, self._world), "msevtmgt_eventid": self._target}
        if "names" not in self._keeps:
            values["msevtmgt_name"] = copy.replace("-", "")[:12].upper()
        if "links" in self._keeps:
            values["msdynmkt_linkedregistrationid"] = str(row["msevtmgt_eventregistrationid"])
        return values

    def _session_registrations(self, source: str, copy: str, moment: datetime) -> None:
        link = "msevtmgt_registrationid"
        for row in rows_where(self._world, SESSION_REGISTRATION, link, source, _SESSION_REGISTRATION):
            session = self._part_id(SESSION, row["msevtmgt_sessionid"])
            changes: dict[str, Stored] = {link: copy, "msevtmgt_event": self._target}
            self._add(SESSION_REGISTRATION, row, {**changes, "msevtmgt_sessionid": session}, moment)

    def _attendee_passes(self, source: str, copy: str, moment: datetime) -> None:
        link = "msevtmgt_eventregistrationid"
        for row in rows_where(self._world, ATTENDEE_PASSES, link, source, _ATTENDEE_PASSES):
            kind = self._part_id(PASSES, row["msevtmgt_pass"])
            changes: dict[str, Stored] = {link: copy, "msevtmgt_eventid": self._target}
            self._add(ATTENDEE_PASSES, row, {**changes, "msevtmgt_pass": kind}, moment)

    def _part(self, table: str, row: Row, changes: Mapping[str, Stored], moment: datetime) -> None:
        """A part of the event itself: one copy in a target, however often the job runs."""
        key = self._part_id(table, row[self._world.schema[table].primary_id])
        add_row(self._world, table, key, {**_without_id(table, row, self._world), **changes}, moment)

    def _part_id(self, table: str, source: str) -> str:
        return derived_id(self._world, table, self._target, source)

    def _add(self, table: str, row: Row, changes: Mapping[str, Stored], moment: datetime) -> None:
        key = derived_id(self._world, table, self._run, row[self._world.schema[table].primary_id])
        add_row(self._world, table, key, {**_without_id(table, row, self._world), **changes}, moment)


def _without_id(table: str, row: Row, world: World) -> dict[str, Stored]:
    primary = world.schema[table].primary_id
    return {name: value for name, value in row.items() if name != primary}
