"""Where a job lost many registrations, the event moves into a new draft; the old one is left for good."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mig.engine.ledger import Entry, save
from mig.engine.plan import Action
from mig.events.ids import event_id
from tests.data import load
from tests.support import CASES, Site, blocked, told

SOURCE = "50000000-0000-0000-0000-000000000001"
REGISTRATIONS = "msevtmgt_eventregistrations"
ENTRY = {
    "source": "Spring Summit",
    "target": {"name": "Spring Summit 2027"},
    "repair": {"few": 1, "share": "0%"},
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.make(load(CASES / "events" / "summit.yaml"))
    return site


def moved(site: Site, manifest: Path) -> Entry:
    """What the ledger says of the event."""

    async def read() -> Entry:
        async with site.session(manifest) as session:
            return (await session.snapshot()).base.ledger.entries[SOURCE]

    return asyncio.run(read())


def lost(site: Site, manifest: Path) -> None:
    """The ledger says that a job moved the event; all active registrations of the copy go."""
    entry = moved(site, manifest)

    async def say() -> None:
        async with site.session(manifest) as session:
            ledger = (await session.snapshot()).base.ledger
            by_job = replace(entry, applied={**entry.applied, "way": "official job"})
            await save(session.target.notes.writable(), ledger.record([by_job]))

    asyncio.run(say())
    where = f"_msevtmgt_eventid_value eq {entry.target['msevtmgt_event']} and msevtmgt_iscanceled eq false"
    site.edit(manifest, [{"in": REGISTRATIONS, "where": where, "delete": True}])


def test_many_lost_by_a_job_call_for_a_new_draft_and_only_for_one(site: Site) -> None:
    manifest = site.manifest({"events": [ENTRY]})
    assert site.apply(manifest).outcome.exit == 0
    lost(site, manifest)
    plan = site.plan(manifest)
    assert told(plan.changes) == [
        ("event.spring_summit", "create"),
        ("event.spring_summit", "migrate-registrations"),
        ("event.spring_summit", "reconcile"),
    ]
    (create,) = [change for change in plan.changes if change.action is Action.CREATE]
    assert {"EVT022", "EVT034"} <= {finding.code for finding in create.findings}
    assert site.apply(manifest).outcome.exit == 0
    entry = moved(site, manifest)
    assert entry.target == {"msevtmgt_event": event_id(SOURCE, 1)}
    assert entry.applied["abandoned"] == [event_id(SOURCE)]
    copies = [
        row
        for row in site.rows("msevtmgt_eventregistration")
        if row["msevtmgt_eventid"] == event_id(SOURCE, 1)
    ]
    assert len(copies) == 3
    assert site.plan(manifest).work == ()
    lost(site, manifest)
    again = site.plan(manifest)
    assert blocked(again) == ["event.spring_summit"]
    assert "EVT037" in {finding.code for change in again.changes for finding in change.findings}


def test_as_many_as_are_allowed_are_added_to_the_same_draft(site: Site) -> None:
    manifest = site.manifest({"events": [{**ENTRY, "repair": {"few": 2}}]})
    assert site.apply(manifest).outcome.exit == 0
    lost(site, manifest)
    assert told(site.plan(manifest).changes) == [
        ("event.spring_summit", "migrate-registrations"),
        ("event.spring_summit", "reconcile"),
    ]
    assert site.apply(manifest).outcome.exit == 0
    assert moved(site, manifest).target == {"msevtmgt_event": event_id(SOURCE)}
    assert site.plan(manifest).work == ()
