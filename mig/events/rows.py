"""An event with everything that people did about it, as values.

Tables, columns and option numbers: reference/events-and-transition.md 1.4, 2.1. Ids are in lower case. Of
persons there are ids only: names and addresses are never read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final, NamedTuple

from mig.dataverse.cells import word

OUTBOUND: Final = 100000001
REAL_TIME: Final = 100000002


class PublishStatus(IntEnum):
    """`msevtmgt_publishstatus`, of events and of sessions."""

    DRAFT = 100000000
    READY_TO_GO_LIVE = 100000001
    IN_PROGRESS = 100000002
    LIVE = 100000003
    CANCELLED = 100000004
    GOING_LIVE = 100000005


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of `msevtmgt_event`. `settings` are the columns that no move carries over, as they were answered.

    `etag` is the version that was read; `source_system` is None on some outbound events.
    """

    id: str
    name: str
    source_system: int | None
    publish_status: int
    start: datetime | None
    end: datetime | None
    created: datetime | None
    modified: datetime | None
    modified_by: str | None
    owner_id: str | None
    unit_id: str | None
    capacity: int | None
    creates_leads: bool
    settings: Mapping[str, Any] = field(default_factory=dict)
    etag: str = ""

    @property
    def outbound(self) -> bool:
        """Whether outbound marketing made it: a source system of its own, or none at all."""
        return self.source_system in (OUTBOUND, None)

    @property
    def real_time(self) -> bool:
        """Whether it is an event of real-time journeys."""
        return self.source_system == REAL_TIME

    @property
    def draft(self) -> bool:
        """Whether it is not published."""
        return self.publish_status == PublishStatus.DRAFT

    @property
    def live(self) -> bool:
        """Whether people may register, or soon will."""
        return self.publish_status in (PublishStatus.LIVE, PublishStatus.GOING_LIVE)

    @property
    def status(self) -> str:
        """`draft`, `live`, `cancelled`, …"""
        return word(PublishStatus, self.publish_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A row of `msevtmgt_session`."""

    id: str
    name: str
    start: datetime | None
    end: datetime | None
    capacity: int | None
    publish_status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A row of `msevtmgt_pass`: a kind of ticket. `currency` is the id of one."""

    id: str
    name: str
    price: Decimal | None
    currency: str | None
    allocated: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A row of `msevtmgt_customregistrationfield` that an event asks; several events may ask the same one."""

    id: str
    text: str
    kind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A row of `msevtmgt_eventregistration`.

    `name` is the registration id that people have on their badge, `qr` a digest of its code, `status` the
    number of its status reason (labels are in `Attendance`). `links` are the texts that may name the row it
    is a copy of. `own` holds the organisation's columns that the manifest maps, by their name in the target.
    """

    id: str
    name: str
    contact: str | None
    registered_by: str | None
    cancelled: bool
    role: int | None
    state: int
    status: int
    qr: bytes | None
    created: datetime | None
    links: tuple[str, ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)


class Belonging(NamedTuple):
    """A row that belongs to a registration, of one of three tables.

    Of `msevtmgt_sessionregistration` it is `about` a session and `says` whether it is cancelled; of
    `msevtmgt_attendeepass`, a ticket that somebody has, a pass and its price; of
    `msevtmgt_registrationresponse` a question and a digest of what was said, parts in order.
    """

    id: str
    registration: str
    about: str
    says: bool | Decimal | bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row of `msevtmgt_waitlistitem`, outbound's waitlist: the oldest comes first."""

    id: str
    contact: str | None
    session: str | None
    created: datetime | None
    automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """One event with its rows, without what belongs to its registrations: of that there is most.

    `status_labels` are those of a registration's status reason, by number. `gaps` are tables that could not
    be read, with the reason: what they would tell is not known.
    """

    event: Event
    sessions: tuple[Session, ...] = ()
    passes: tuple[Pass, ...] = ()
    questions: tuple[Question, ...] = ()
    registrations: tuple[Registration, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    checkins: int = 0
    status_labels: Mapping[int, str] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
