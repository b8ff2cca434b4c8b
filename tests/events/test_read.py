"""An event is read with all that hangs on it, and with nothing of persons but their ids."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from mig.events.belongings import BOOKED, GIVEN, HELD, Belongings
from mig.events.both import Both
from mig.events.read import find_events, read_both, read_source
from mig.events.rows import Attendance
from tests.data import load
from tests.support import CASES, SECRETS_OF_PEOPLE, Document, Site

SUMMIT = load(CASES / "events" / "summit.yaml")
EVENT = "50000000-0000-0000-0000-000000000001"
EMPTY = "50000000-0000-0000-0000-000000000009"


def read(tmp_path: Path, world: Document) -> tuple[Attendance, Mapping[str, Belongings]]:
    site = Site(tmp_path)
    site.make(world)

    async def work() -> tuple[Attendance, Mapping[str, Belongings]]:
        async with site.session(site.manifest({})) as session:
            client = session.source.client
            assert [event.id for event in await find_events(client)] == [EVENT]
            return await read_source(client, EVENT, {})

    return asyncio.run(work())


def test_all_rows(tmp_path: Path) -> None:
    found, belongings = read(tmp_path, SUMMIT)
    assert found.event.outbound
    assert found.event.draft
    assert found.event.settings["msevtmgt_eventtimezone"] == 110
    assert [one.name for one in found.sessions] == ["Keynote", "Round table"]
    assert [one.price for one in found.passes] == [90]
    assert [one.text for one in found.questions] == ["Which topics?"]
    assert [one.cancelled for one in found.registrations] == [False, False, True]
    booked, held, given = (belongings[kind.rows.table] for kind in (BOOKED, HELD, GIVEN))
    assert (booked.there, booked.telling, booked.loose) == (2, 1, 0)
    assert (held.there, held.telling) == (1, 1)
    assert given.there == 2
    assert len(found.waiting) == found.checkins == 1
    assert found.status_labels == {1: "Active", 2: "Inactive"}
    assert not found.gaps


def test_answers_are_digests_whatever_the_order_of_their_parts(tmp_path: Path) -> None:
    events = [*SUMMIT["tables"]["msevtmgt_event"], {"msevtmgt_eventid": EMPTY, "msevtmgt_name": "Next"}]
    found = asyncio.run(_against_nothing(tmp_path, {**SUMMIT["tables"], "msevtmgt_event": events}))
    one, other = found.belongings[GIVEN.rows.table].uncopied
    assert one.says == other.says
    assert not [word for word in (*SECRETS_OF_PEOPLE, "Journeys", "QR EV") if word in repr(found)]


async def _against_nothing(tmp_path: Path, tables: Document) -> Both:
    site = Site(tmp_path)
    site.make({**SUMMIT, "tables": tables})
    async with site.session(site.manifest({})) as session:
        return await read_both(session.source.client, session.target.client, EVENT, EMPTY, {})
