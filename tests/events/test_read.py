"""An event is read with all that hangs on it, and with nothing of persons but their ids."""

import asyncio
from pathlib import Path

from mig.events.read import find_events, read_attendance
from mig.events.rows import Attendance
from tests.data import load
from tests.support import CASES, SECRETS_OF_PEOPLE, Document, Site

SUMMIT = load(CASES / "events" / "summit.yaml")
EVENT = "50000000-0000-0000-0000-000000000001"


def read(tmp_path: Path, world: Document) -> Attendance:
    site = Site(tmp_path)
    site.make(world)

    async def work() -> Attendance:
        async with site.session(site.manifest({})) as session:
            client = session.source.client
            assert [event.id for event in await find_events(client)] == [EVENT]
            return await read_attendance(client, EVENT)

    return asyncio.run(work())


def test_all_rows(tmp_path: Path) -> None:
    found = read(tmp_path, SUMMIT)
    assert found.event.outbound
    assert found.event.draft
    assert found.event.settings["msevtmgt_eventtimezone"] == 110
    assert [one.name for one in found.sessions] == ["Keynote", "Round table"]
    assert [one.price for one in found.passes] == [90]
    assert [one.text for one in found.questions] == ["Which topics?"]
    assert [one.cancelled for one in found.registrations] == [False, False, True]
    assert [one.cancelled for one in found.session_registrations] == [False, True]
    assert len(found.attendee_passes) == len(found.waiting) == found.checkins == 1
    assert found.status_labels == {1: "Active", 2: "Inactive"}
    assert not found.gaps


def test_answers_are_digests_whatever_the_order_of_their_parts(tmp_path: Path) -> None:
    found = read(tmp_path, SUMMIT)
    one, other = found.answers
    assert one.text == other.text
    assert not [word for word in (*SECRETS_OF_PEOPLE, "Journeys", "QR EV") if word in repr(found)]
