"""The steps of each action on an event."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.messages import Request
from mig.engine.jobs import Job
from mig.engine.ledger import Entry, State
from mig.engine.steps import Await, Check, Converge, Expected, Operation, Record, Step, Write
from mig.events.listing import make_waitlist
from mig.events.matching import pair_sessions
from mig.events.own_copy import own_copy
from mig.events.read import read_both, read_sessions
from mig.events.reconciliation import Reconciled
from mig.events.repairing import repair_rows
from mig.events.rows import REAL_TIME, PublishStatus
from mig.events.tables import EVENT, SESSION
from mig.events.terms import Terms

RECONCILED: Final = "reconciled"
"""In the ledger: the copies were found to be all there."""

_STATUS: Final = "msevtmgt_publishstatus"
_LIVE: Final = {_STATUS: int(PublishStatus.LIVE)}
_NOT_LIVE: Final = {
    int(PublishStatus.DRAFT): "fell back to draft; open it in real-time journeys and see what it lacks",
    int(PublishStatus.CANCELLED): "was cancelled meanwhile",
}
_ON_ITS_WAY: Final = frozenset(
    {int(PublishStatus.READY_TO_GO_LIVE), int(PublishStatus.IN_PROGRESS), int(PublishStatus.GOING_LIVE)}
)


def create(target_id: str, state: State, entry: Entry) -> tuple[Step, ...]:
    """A draft with name, start and end. It makes no leads, or each copy would make one a second time."""
    body = {
        **state,
        "msevtmgt_sourcesystem": REAL_TIME,
        _STATUS: int(PublishStatus.DRAFT),
        "msevtmgt_createleadsforeventregistrations": False,
    }
    made = Operation("POST", EVENT.entity_set, target_id, body, id_column=EVENT.id_column)
    return (Write((made,)), Record(entry))


def update(target_id: str, columns: State, entry: Entry) -> tuple[Step, ...]:
    """Other columns of a draft."""
    return (Write((Operation("PATCH", EVENT.entity_set, target_id, columns),)), Record(entry))


def adopt(entry: Entry) -> tuple[Step, ...]:
    """Nothing is written but the ledger."""
    return (Record(entry),)


def copy_rows(
    source_id: str, target_id: str, columns: Mapping[str, str], waitlisted: int | None, entry: Entry
) -> tuple[Step, ...]:
    """All copies that are missing; whether they are complete is another change's to say.

    `waitlisted` is the status of those who wait, where the waitlist is made anew.
    """
    rows = own_copy(source_id, target_id, columns)
    return (*rows, *_listed(source_id, target_id, waitlisted), Record(entry))


def repair(
    source_id: str, target_id: str, terms: Terms, waitlisted: int | None, entry: Entry
) -> tuple[Step, ...]:
    """The rows that were found missing or unlike; `waitlisted` as in a copy."""
    rows = repair_rows(source_id, target_id, terms)
    return (*rows, *_listed(source_id, target_id, waitlisted), Record(entry))


def _listed(source_id: str, target_id: str, waitlisted: int | None) -> tuple[Step, ...]:
    return () if waitlisted is None else (make_waitlist(source_id, target_id, waitlisted),)


def run_job(job: Job, source_id: str, waitlisted: int | None, entry: Entry) -> tuple[Step, ...]:
    """The official job, whose progress stands in the ledger from its start on; `waitlisted` as in a copy."""
    return (job, *_listed(source_id, job.target, waitlisted), Record(entry))


def reconcile(source_id: str, target_id: str, terms: Terms, entry: Entry) -> tuple[Step, ...]:
    """Both sides are read afresh and compared."""
    about = {"source": source_id, "target": target_id}
    check = Check("every row of the source has its copy", about, Reconciling(source_id, target_id, terms))
    return (check, Record(reconciled(entry)))


def reconciled(entry: Entry) -> Entry:
    """With the word that the copies are all there."""
    return replace(entry, applied={**entry.applied, RECONCILED: True})


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Says what is wrong with the copies of one event."""

    source_id: str
    target_id: str
    terms: Terms

    async def __call__(self, client: Client) -> str | None:
        """None where nothing is, or all of it is waived."""
        both = await read_both(client, client, self.source_id, self.target_id, self.terms.columns)
        found = self.terms.compare(both)
        if found.outcome is Reconciled.CLEAN:
            return None
        faults = "; ".join(f"{check.code} {check.told}" for check in found.checks if check.faulty)
        then = "plan again" if found.outcome is Reconciled.FIXABLE else "see `mig verify`"
        return f"not reconciled: {faults}; {then}"


def publish(
    source_id: str, target_id: str, sessions: tuple[str, ...], entry: Entry, *, live: bool
) -> tuple[Step, ...]:
    """Live, with the copies of the `sessions` that are live in the source; believed when it reads back.

    `live`: the event itself is already, by somebody or by a run that died before it came to the sessions.
    """
    going = Operation("PATCH", EVENT.entity_set, target_id, _LIVE)
    waiting = Expected(
        EVENT.entity_set,
        EVENT.id_column,
        target_id,
        _STATUS,
        frozenset({int(PublishStatus.LIVE)}),
        _ON_ITS_WAY,
        _NOT_LIVE,
    )
    record = Record(replace(entry, published=True))
    about = {"sessions": list(sessions), "target": target_id}
    opening = Converge(
        f"{len(sessions)} of its sessions live, as in the source",
        about,
        Opening(source_id, target_id, frozenset(sessions)),
    )
    with_sessions = (opening,) if sessions else ()
    if live:
        return (*with_sessions, record)
    return (Write((going,)), *with_sessions, Await((waiting,)), record)


@dataclass(frozen=True, slots=True)
class Opening:
    """Makes the copies of some sessions live. Which they are is known when they are there: the service gives
    ids of its own.
    """

    source_id: str
    target_id: str
    sessions: frozenset[str]

    async def __call__(self, client: Client) -> Iterator[Request]:
        """The requests that are left."""
        there = await read_sessions(client, self.source_id)
        here = await read_sessions(client, self.target_id)
        pairs = pair_sessions(there, here, self.target_id).pairs
        return (
            Request("PATCH", odata.row(SESSION.entity_set, copy.id), _LIVE, {"If-Match": "*"})
            for one, copy in pairs
            if one.id in self.sessions and copy.publish_status != PublishStatus.LIVE
        )
