"""What is left for a person to do about an event."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mig.cli.query import command as query_command
from mig.events.belongings import HELD, Account, Belongings
from mig.events.left import Left
from mig.events.matching import Matching
from mig.events.rows import Belonging, PublishStatus
from mig.events.settings import settings_of
from mig.events.tables import ANSWER, ATTENDEE_PASS
from mig.events.worklist import Surroundings, attendees_query, worklist
from mig.journeys.cues import Cue, Part
from mig.journeys.triggers import Cued, Triggers
from mig.journeys.usage import Journey
from mig.manifest.model import EventEntry, Waitlist
from mig.model.address import Address
from mig.model.findings import WORKLIST, Place, Severity
from mig.segments.verification import Verdict
from tests.data import load
from tests.events.values import SOURCE, TARGET, attendance, event
from tests.support import CASES, Site

DOCUMENT: dict[str, Any] = load(CASES / "around" / "worklist.yaml")
PLACE = Place("mig.yaml", 3, 5)
OF = {"source": SOURCE, "other": "e0000000-0000-0000-0000-000000000009"}


def triggers(journeys: Mapping[str, Mapping[str, str]]) -> Triggers:
    found = []
    for name, one in journeys.items():
        events = frozenset({OF[one["of"]]} if "of" in one else ())
        cue = Cue(Part.START, "registered", events, only=bool(events))
        found.append(Cued(Journey(name, "j", one["state"]), (cue,)))
    return Triggers(tuple(found), {"registered": "msevtmgt_eventregistration"})


def surroundings(name: str) -> Surroundings:
    case = {**DOCUMENT["blank"], **DOCUMENT["cases"][name]}
    entry = EventEntry(place=PLACE, source_name="Spring Summit", publish=case["entry"].get("publish", False))
    if "waitlist" in case["entry"]:
        entry = replace(entry, waitlist=Waitlist(case["entry"]["waitlist"]))
    status = PublishStatus.LIVE if case.get("live") else PublishStatus.DRAFT
    target = None
    if case["target"] is not None:
        target = event(TARGET, settings=settings_of(case["target"]), publish_status=status)
    return Surroundings(
        entry=entry,
        source=event(settings=settings_of(case["source"])),
        target=target,
        target_id=TARGET,
        left=Left(**case.get("left", {})),
        triggers=triggers(case.get("journeys", {})),
        uncarried=tuple(case.get("uncarried", ())),
        unseen=case.get("unseen", False),
    )


@pytest.mark.parametrize("name", DOCUMENT["cases"])
def test_worklist(name: str) -> None:
    case = DOCUMENT["cases"][name]
    items = worklist(surroundings(name))
    assert [item.code for item in items] == case["codes"]
    for item, part in zip(items, case.get("told", ()), strict=False):
        assert part in item.why
    if "found" in case:
        assert [item.found for item in items if item.found] == case["found"]
    assert all(item.why and item.to_do for item in items)
    assert "s3cret" not in str(items)


def test_every_item_has_a_case() -> None:
    known = {code for case in DOCUMENT["cases"].values() for code in case["codes"]}
    assert known == WORKLIST


def test_an_item_is_told_as_a_finding_that_holds_up_nothing() -> None:
    (item, *_) = worklist(surroundings("a stream"))
    found = item.finding(Address("event", "summit"))
    assert (found.severity, str(found.address)) == (Severity.INFO, "event.summit")


NAMES = [
    "Spring Summit",
    "Say \"yes\": {who} [is] #1, 'us' & them? \\o/ %s ${HOME} - *all* | >",
    "  Sommerfest\tder\n\nBüros\N{NO-BREAK SPACE}2027 \N{PARTY POPPER}  ",
    "\N{RIGHT-TO-LEFT OVERRIDE}turned\a",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_attendees_can_be_pasted_as_a_segment(name: str) -> None:
    around = surroundings("a stream")
    around = replace(around, target=event(TARGET, name=name))
    (item,) = (item for item in worklist(around) if item.paste)
    (entry,) = yaml.safe_load(item.paste)
    assert entry == {
        "name": f"Attendees of {' '.join(name.split())}",
        "query": attendees_query(TARGET),
        "publish": True,
    }
    assert item.paste.isprintable()
    # A screen breaks lines at blanks; what is copied from there is the same entry.
    broken = item.paste.replace(" ", "\n      ")
    assert yaml.safe_load(f"segments:\n    {broken}") == {"segments": [entry]}
    assert max(map(len, item.paste.split())) <= 62
    checked = CliRunner().invoke(query_command, ["check", "--dialect", "rtm", entry["query"]])
    assert (checked.exit_code, "The query parses." in checked.output) == (0, True)


@pytest.mark.parametrize(("stated", "called"), [(None, "Spring Summit"), ("Summit 2027", "Summit 2027")])
def test_the_attendees_of_what_is_not_there_yet(stated: str | None, called: str) -> None:
    around = surroundings("a stream")
    around = replace(around, target=None, entry=replace(around.entry, target_name=stated))
    (item,) = (item for item in worklist(around) if item.paste)
    assert yaml.safe_load(item.paste)[0]["name"] == f"Attendees of {called}"


def test_what_is_pasted_is_planned_applied_and_verified(tmp_path: Path) -> None:
    world = load(CASES / "events" / "summit.yaml")
    world["tables"]["msevtmgt_event"][0]["msevtmgt_webinarurl"] = "https://stream.example/live"
    site = Site(tmp_path)
    site.make(world)
    events = [{"source": "Spring Summit", "target": {"name": 'Summit #1: the {real} "one"'}}]
    run = site.apply(site.manifest({"events": events}))
    (offered,) = (finding.fix for finding in run.to_do if finding.code == "EVT061")
    segments = yaml.safe_load(offered[offered.index("- {") :])
    manifest = site.manifest({"events": events, "segments": segments})
    address = "segment.attendees_of_summit_1_the_real_one_"
    made = [change for change in site.plan(manifest).work if str(change.address) == address]
    assert [str(change.action) for change in made] == ["create", "publish"]
    assert site.apply(manifest).outcome_word == "done"
    assert site.plan(manifest).work == ()
    (compared,) = site.verify(manifest).comparisons
    assert (str(compared.address), compared.verdict, compared.actual) == (address, Verdict.MATCH, 2)


def test_what_does_not_move_is_counted() -> None:
    side, kind = attendance(checkins=3), "k"
    tickets = [Belonging(str(price), "r", kind, price) for price in (Decimal(5), Decimal(0), None)]
    held = Account(HELD, side, None, Matching())
    for ticket in tickets:
        held.mine(ticket)
    belongings = {ATTENDEE_PASS.table: held.done(), ANSWER.table: Belongings()}
    left = Left.of(side, None, belongings)
    assert (left.paid_passes, left.checkins, left.answers, left.waiting["waiting"]) == (1, 3, 0, 0)
