"""The waitlist: exported in its order, or made anew in it.

Outbound keeps waitlist items; real-time journeys keep a registration whose status reason is called
*Waitlisted*, and promote the oldest one first (reference/events-and-transition.md 2.1). Its number is not
public, so it is found by the label; where no status is called so, nothing is made. Sessions have waitlists
too, which nobody says how to write: those are for a person. Of persons there are ids only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.messages import Request
from mig.events.ids import copy_id
from mig.events.rows import Registration, Waiting
from mig.events.tables import EVENT, REGISTRATION, WAITING
from mig.model.address import Address

HEAD: Final = "address,position,contact,session,since,autoregister\n"

BY_HAND: Final = (
    "say `waitlist: export`, and put the waitlist right by hand, in the order of `mig verify --waitlist FILE`"
)
"""What is to be done about a waitlist that cannot be made anew."""

_WAITLISTED: Final = "waitlisted"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration, as far as a waitlist is concerned."""

    id: str
    contact: str | None
    cancelled: bool
    status: int


Holder = Registration | Registered


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits, the oldest first in each part.

    `people` can be put on the target's waitlist. `of_sessions` wait for a session, `registered` have a
    registration besides, which is copied; `nobody` are items without a contact.
    """

    people: tuple[Waiting, ...] = ()
    of_sessions: tuple[Waiting, ...] = ()
    registered: tuple[Waiting, ...] = ()
    nobody: tuple[Waiting, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are of each, as a plan may tell it."""
        return {
            "waiting": len(self.people),
            "for sessions": len(self.of_sessions),
            "registered already": len(self.registered),
            "without a contact": len(self.nobody),
        }


def queue_of(waiting: Iterable[Waiting], registrations: Iterable[Holder]) -> Queue:
    """The waitlist of an event, by what can be done about it, given who is registered for it."""
    coming = {one.contact for one in registrations if not one.cancelled}
    parts: dict[str, list[Waiting]] = {"people": [], "of_sessions": [], "registered": [], "nobody": []}
    for one in in_order(waiting):
        if one.contact is None:
            parts["nobody"].append(one)
        elif one.session is not None:
            parts["of_sessions"].append(one)
        else:
            parts["registered" if one.contact in coming else "people"].append(one)
    return Queue(**{part: tuple(found) for part, found in parts.items()})


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """The oldest first; who waits since nobody knows when comes last."""
    return sorted(waiting, key=lambda one: (one.created or _NEVER, one.id))


# --- exported ---------------------------------------------------------------------------------------------


def waitlist_lines(lists: Iterable[tuple[Address, Iterable[Waiting]]]) -> Iterator[str]:
    """CSV of the waitlists of several events, by address; positions count from 1 in each list."""
    yield HEAD
    for address, waiting in lists:
        positions: dict[str, int] = {}
        for one in in_order(waiting):
            which = one.session or ""
            positions[which] = positions.get(which, 0) + 1
            since = one.created.isoformat() if one.created else ""
            told = (str(address), str(positions[which]), one.contact or "", which, since, _yes(one.automatic))
            yield ",".join(told) + "\n"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


# --- made anew --------------------------------------------------------------------------------------------


def waitlisted_status(labels: Mapping[int, str]) -> int | None:
    """The status reason of a registration that is called *Waitlisted*; None where none is, or several are."""
    found = [number for number, label in labels.items() if label.strip().casefold() == _WAITLISTED]
    return found[0] if len(found) == 1 else None


def waitlisted_id(target_event: str, waiting_id: str) -> str:
    """The id of the registration that takes the place of a waitlist item."""
    return copy_id(target_event, WAITING.table, waiting_id)


def unlisted(
    people: Iterable[Waiting], target_event: str, registrations: Iterable[Holder], status: int | None
) -> list[Waiting]:
    """Those who are not on the target's waitlist, put there by us or by somebody else."""
    ids, contacts = set(), set()
    for one in registrations:
        ids.add(one.id)
        if one.status == status:
            contacts.add(one.contact)
    return [
        one
        for one in people
        if waitlisted_id(target_event, one.id) not in ids and one.contact not in contacts
    ]


def waitlist_requests(people: Iterable[Waiting], target_event: str, status: int) -> Iterator[Request]:
    """A create for each, to be sent one after the other: the service dates them.

    The moment since when somebody waits stands in `msevtmgt_originaltimestamp`.
    """
    for one in people:
        row_id = waitlisted_id(target_event, one.id)
        body: dict[str, Any] = {
            REGISTRATION.id_column: row_id,
            "msevtmgt_ContactId@odata.bind": f"/contacts({one.contact})",
            "msevtmgt_EventId@odata.bind": f"/{odata.row(EVENT.entity_set, target_event)}",
            "statuscode": status,
        }
        if one.created is not None:
            body["msevtmgt_originaltimestamp"] = one.created.astimezone(UTC).isoformat(timespec="seconds")
        path = odata.row(REGISTRATION.entity_set, row_id)
        yield Request("POST", REGISTRATION.entity_set, body, creates=path)
