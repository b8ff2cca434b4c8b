"""The privileges that events take: those of event administrators (events-and-transition.md 5).

A row that names others also needs Append on its own table and AppendTo on theirs, which shows only when it is
written (dataverse-web-api.md 10, trap 31).
"""

from typing import Final

from mig.engine.plan import Action
from mig.engine.privileges import Need, Needs, Without
from mig.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASS,
    CHECKIN,
    EVENT,
    PASS,
    QUESTION,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    WAITING,
)
from mig.manifest.model import Manifest
from mig.model.tables import bundled_schema

_COPIED: Final = tuple(
    rows.table for rows in (SESSION, PASS, ASKED, REGISTRATION, SESSION_REGISTRATION, ATTENDEE_PASS, ANSWER)
)
_READ: Final = (EVENT.table, *_COPIED, QUESTION.table, WAITING.table, CHECKIN.table)
# What a copy names: rows of its event, the question that is answered, who comes, what is paid in.
_NAMED: Final = (
    *(rows.table for rows in (EVENT, SESSION, PASS, REGISTRATION)),
    *(QUESTION.table, "contact", "transactioncurrency"),
)


def needs_of_events(manifest: Manifest) -> Needs:
    """None where the manifest names no event. Reading tells of each table that it cannot be read."""
    if not manifest.events:
        return Needs()
    reading = tuple(Need(verb="Read", table=_called(table), without=Without.TOLD) for table in _READ)
    writing = (
        _to_write("Create", EVENT.table, Action.CREATE),
        *(_to_write("Write", rows.table, Action.PUBLISH) for rows in (EVENT, SESSION)),
        *(
            _to_write(verb, table, Action.MIGRATE_REGISTRATIONS)
            for table in _COPIED
            for verb in ("Create", "Write", "Append")
        ),
        *(_to_write("AppendTo", table, Action.MIGRATE_REGISTRATIONS) for table in _NAMED),
    )
    return Needs(source=reading, target=(*reading, *writing))


def _to_write(verb: str, table: str, action: Action) -> Need:
    return Need(verb=verb, table=_called(table), actions=frozenset({action}), kind="event")


def _called(table: str) -> str:
    return bundled_schema()[table].schema_name
