"""Makes a whole world from a few numbers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from mig.sandbox.maker import dice
from mig.sandbox.maker.campaigns import campaign_rows
from mig.sandbox.maker.catalogue import Outbound, hand_made_segments, real_time_journeys
from mig.sandbox.maker.events import EVENT, event_rows
from mig.sandbox.maker.journeys import journey_rows, with_journey_counts
from mig.sandbox.maker.outbound import Setting, outbound_rows
from mig.sandbox.maker.people import People, account_rows, contact_rows, employers, ids, lead_rows
from mig.sandbox.maker.realtime import realtime_rows
from mig.sandbox.maker.staff import owners, staff_rows
from mig.sandbox.maker.triggers import trigger_rows, triggered_journeys
from mig.sandbox.maker.variants import outbound_segments
from mig.sandbox.spec import Lazy, Phase, Row, WorldSpec

NOW: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)


def make_world(
    *,
    contacts: int = 5_000,
    accounts: int | None = None,
    leads: int | None = None,
    segments: int = 120,
    events: int = 2,
    seed: int = 1,
    phase: Phase = Phase.REMOVED,
    now: datetime = NOW,
) -> WorldSpec:
    """A world with that many rows; the same arguments give an equal world on every machine.

    Left out, accounts and leads keep the proportion of 300 and 200 to 5,000 contacts. The ids of rows do not
    depend on the seed. Fewer than 120 segments are the first ones of the catalogue, which are a fair sample.
    The first event has 400 registrations to 5,000 contacts.
    """
    accounts = contacts * 300 // 5_000 if accounts is None else accounts
    leads = contacts * 200 // 5_000 if leads is None else leads
    at = dice.seconds(now)
    people = _people(contacts, accounts, seed, at)
    setting = Setting(phase, at, people.contacts, people.owners)
    about_events = event_rows(events, setting, seed)
    rows: dict[str, Iterable[Row]] = {
        **staff_rows(),
        "account": Lazy(partial(account_rows, people)),
        "contact": Lazy(partial(contact_rows, people)),
        "lead": Lazy(partial(lead_rows, people, leads)),
        **_segments(outbound_segments(segments, seed), setting, seed),
        **about_events,
        "msdynmkt_eventmetadata": trigger_rows(at),
    }
    rows["msdynmkt_journey"] = [*rows["msdynmkt_journey"], *triggered_journeys(about_events[EVENT], at)]
    return WorldSpec(phase=phase, now=now, rows=rows, columns={})


def _people(contacts: int, accounts: int, seed: int, now: int) -> People:
    account_ids = ids("account", accounts)
    return People(
        contacts=ids("contact", contacts),
        employers=employers(contacts, account_ids, seed),
        accounts=account_ids,
        owners=owners(),
        seed=seed,
        now=now,
    )


def _segments(chosen: Sequence[Outbound], setting: Setting, seed: int) -> dict[str, list[dict[str, object]]]:
    """Outbound segments, what became of them in real-time journeys, and the journeys of both."""
    outbound = outbound_rows(chosen, setting, seed)
    definitions, realtime = realtime_rows(chosen, hand_made_segments(), outbound, setting.now)
    journeys = real_time_journeys()
    return {
        "msdyncrm_segment": outbound,
        "msdyncrm_customerjourney": campaign_rows(chosen, setting, seed),
        "msdynmkt_segmentdefinition": definitions,
        "msdynmkt_segment": with_journey_counts(journeys, realtime),
        **journey_rows(journeys, realtime, setting.now),
    }
