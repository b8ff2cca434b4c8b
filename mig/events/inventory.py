"""Every outbound event of an environment, as an inventory lists it beside the segments. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from mig.dataverse.cells import word
from mig.dataverse.links import form_of
from mig.engine.ledger import Entry, Ledger
from mig.events.outbound import OutboundEvent
from mig.events.rows import PublishStatus
from mig.events.tables import EVENT
from mig.model.address import Address, key_of

KIND: Final = "event"


_DRAFT: Final = word(PublishStatus, PublishStatus.DRAFT)


@dataclass(frozen=True, slots=True)
class EventCopy:
    """The real-time event that an outbound one was moved to, with the name it was made with, and its form."""

    id: str
    name: str
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventItem:
    """One outbound event; `size` counts its registrations now, `owner` is a team's name or a user's id.

    `copied_to` is the real-time event that the ledger says it was moved to. Only a draft is moved
    (`eligible`). Whether it is used is not known of events.
    """

    address: str
    id: str
    name: str
    status: str
    created: datetime | None
    modified: datetime | None
    size: int | None
    owner: str | None
    business_unit: str | None
    link: str | None
    copied_to: EventCopy | None = None
    kind: str = KIND
    used: None = None

    @property
    def key(self) -> str:
        """What an entry of a manifest would be called."""
        return self.address.partition(".")[2]

    @property
    def eligible(self) -> bool:
        """Whether it may be moved as it is."""
        return not self.codes

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what blocks it."""
        return () if self.status == _DRAFT else ("EVT005",)

    @property
    def copied(self) -> bool:
        """Whether it was moved."""
        return self.copied_to is not None


class Shown(Protocol):
    """What may be shown of owners and business units, by their ids."""

    def owner_shown(self, owner_id: str | None) -> str | None:
        """A team's name, or a user's id."""

    def unit_shown(self, unit_id: str | None) -> str | None:
        """A business unit's name."""


def event_items(
    events: Iterable[OutboundEvent], shown: Shown, url: str, ledger: Ledger, target_url: str
) -> tuple[EventItem, ...]:
    """By address; `url` is the environment's, `ledger` the target's at `target_url`."""
    found = list(events)
    keys = Counter(key_of(event.name) for event in found)
    items = (
        EventItem(
            address=_address(event, alone=keys[key_of(event.name)] == 1),
            id=event.id,
            name=event.name,
            status=event.status,
            created=event.created,
            modified=event.modified,
            size=event.registrations,
            owner=shown.owner_shown(event.owner_id),
            business_unit=shown.unit_shown(event.unit_id),
            link=form_of(url, "msevtmgt_event", event.id),
            copied_to=_copy(ledger.entries.get(event.id), target_url),
        )
        for event in found
    )
    return tuple(sorted(items, key=lambda item: item.address))


def _copy(entry: Entry | None, url: str) -> EventCopy | None:
    if entry is None:
        return None
    id_ = entry.target.get(EVENT.table, "")
    return EventCopy(id_, str(entry.applied.get("msevtmgt_name") or ""), form_of(url, EVENT.table, id_))


def _address(event: OutboundEvent, *, alone: bool) -> str:
    """As an entry of a manifest would be called; of several with one name each has its id in it."""
    name = event.name if alone else f"{event.name} {event.id.replace('-', '')}"
    return str(Address("event", key_of(name)))
