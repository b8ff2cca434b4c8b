"""Makes a whole world from a few numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from mig.sandbox.maker import dice, people
from mig.sandbox.maker.catalogue import hand_made_segments, outbound_segments
from mig.sandbox.maker.events import event_rows
from mig.sandbox.maker.outbound import Setting, outbound_rows
from mig.sandbox.maker.realtime import realtime_rows
from mig.sandbox.spec import Phase, WorldSpec

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
    customers = _customers(contacts, accounts, leads, seed, dice.seconds(now))
    setting = Setting(phase, dice.seconds(now), [str(row["contactid"]) for row in customers["contact"]])
    chosen = outbound_segments(segments, seed)
    outbound = outbound_rows(chosen, setting, seed)
    definitions, realtime = realtime_rows(chosen, hand_made_segments(), outbound, setting.now)
    rows: Mapping[str, Sequence[Mapping[str, object]]] = {
        **customers,
        "msdyncrm_segment": outbound,
        "msdynmkt_segmentdefinition": definitions,
        "msdynmkt_segment": realtime,
        **event_rows(events, setting, seed),
    }
    return WorldSpec(phase=phase, now=now, rows=rows, columns={})


def _customers(contacts: int, accounts: int, leads: int, seed: int, now: int) -> dict[str, list[people.Row]]:
    account_ids = people.ids("account", accounts)
    contact_rows = people.make_contacts(contacts, account_ids, seed, now)
    return {
        "account": people.make_accounts(account_ids, contact_rows, seed, now),
        "contact": contact_rows,
        "lead": people.make_leads(leads, account_ids, seed, now),
    }
