"""Events from the command line: what is printed and saved, what a run that died leaves, how much is sent."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mig.engine.lock import LEASE
from tests.crash.harness import Killed, counted, killed
from tests.data import load
from tests.support import CASES, SECRETS_OF_PEOPLE, Document, Site, mig, valid

SUMMIT = load(CASES / "events" / "summit.yaml")
EVENTS = {"events": [{"source": "Spring Summit", "target": {"name": "Spring Summit 2027"}, "publish": True}]}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return made(tmp_path, SUMMIT)


def made(folder: Path, world: Document) -> Site:
    site = Site(folder)
    site.make(world)
    site.manifest(EVENTS)
    return site


def ran(site: Site, command: str, *options: str | Path) -> Any:
    return mig(command, *options, "-f", site.home / "mig.yaml", "--home", site.home)


def test_a_plan_as_json_and_as_text(site: Site) -> None:
    document = ran(site, "plan", "--format", "json").document
    valid(document, "plan")
    assert [change["id"].partition("/")[2] for change in document["changes"]] == [
        "create",
        "migrate-registrations",
        "reconcile",
        "publish",
    ]
    assert document["changes"][1]["after"]["rows"]["registrations"] == 3
    assert document["summary"]["migrate_registrations"] == document["summary"]["reconcile"] == 1
    text = " ".join(ran(site, "plan", "--explain").out.split())
    assert "'Spring Summit' goes to a draft of its own, 'Spring Summit 2027'" in text
    assert (
        "12 rows by own copy, as the official job is gone: obmMigration answers 404; about a minute" in text
    )
    assert "registrations by status: Active 2; Inactive, cancelled 1" in text
    assert "- check: every row of the source has its copy" in text


def test_what_is_to_be_said_of_an_event_that_was_moved(site: Site) -> None:
    assert ran(site, "apply", "--auto-approve").code == 0
    where = {"in": "msevtmgt_events", "where": "msevtmgt_name eq 'Spring Summit 2027'"}
    site.edit(site.home / "mig.yaml", [{**where, "set": {"msevtmgt_publishstatus": 100000000}}])
    plan = ran(site, "plan")
    assert (plan.code, "unchanged" in plan.out, "warning[EVT016]" in plan.out) == (0, True, True)
    assert "Nothing to do: what the warnings above tell of is for a person." in plan.out + plan.err


def test_nobody_is_shown_or_kept(site: Site) -> None:
    shown = ran(site, "plan", "--explain", "-v").text
    plan = site.home / "plan.json"
    shown += ran(site, "plan", "--out", plan).text + plan.read_text("utf-8")
    snapshot = site.home / "here.migsnap"
    shown += ran(site, "snapshot", "--out", snapshot).text
    shown += ran(site, "apply", "--auto-approve", "-v", "--events", site.home / "log.jsonl").text
    shown += (site.home / "log.jsonl").read_text("utf-8") + ran(site, "status").text
    shown += "".join(str(row["notetext"]) for row in site.rows("annotation"))
    people = [row["msevtmgt_contactid"] for row in site.rows("msevtmgt_eventregistration")]
    for word in (*SECRETS_OF_PEOPLE, *people, "QR EV001", "Journeys\\nData"):
        assert word not in shown


@pytest.mark.parametrize("number", [30, 45])
def test_a_saved_plan_whose_run_died_goes_on(site: Site, number: int) -> None:
    plan = site.home / "plan.json"
    assert ran(site, "plan", "--out", plan).code == 0
    with pytest.raises(Killed), killed(number, after=True):
        ran(site, "apply", plan)
    with site.open() as world:
        world.clock.advance(LEASE.total_seconds() + 1)
    again = ran(site, "apply", plan)
    assert again.code == 0, again.text
    assert ran(site, "plan", "--detailed-exitcode").code == 0
    assert len(site.rows("msevtmgt_eventregistration")) == 6


def test_a_saved_plan_does_not_hold_when_somebody_registered_since(site: Site) -> None:
    plan = site.home / "plan.json"
    assert ran(site, "plan", "--out", plan).code == 0
    body = {"msevtmgt_name": "EV001-000007", "msevtmgt_EventId@odata.bind": f"/msevtmgt_events({SOURCE})"}
    site.edit(site.home / "mig.yaml", [{"create": "msevtmgt_eventregistrations", "set": body}])
    stale = ran(site, "apply", plan)
    assert (stale.code, "event.spring_summit" in stale.err) == (4, True)


SOURCE = "50000000-0000-0000-0000-000000000001"


def test_a_hundred_rows_go_in_one_request(tmp_path: Path) -> None:
    world = deepcopy(SUMMIT)
    first = world["tables"]["msevtmgt_eventregistration"][0]
    world["tables"]["msevtmgt_eventregistration"] += [
        {**deepcopy(first), "msevtmgt_eventregistrationid": f"90000000-0000-0000-0001-{number:012}"}
        for number in range(298)
    ]
    site = made(tmp_path, world)
    with counted() as seen:
        assert ran(site, "apply", "--auto-approve").code == 0
    sent = [
        str(request.url).rpartition("/v9.2/")[2] for request in seen if "UpsertMultiple" in str(request.url)
    ]
    assert sorted(one.partition("/")[0] for one in sent) == [
        "msevtmgt_attendeepasses",
        "msevtmgt_eventcustomregistrationfields",
        *["msevtmgt_eventregistrations"] * 4,
        "msevtmgt_passes",
        "msevtmgt_registrationresponses",
        "msevtmgt_sessionregistrations",
        "msevtmgt_sessions",
    ]
    assert len(site.rows("msevtmgt_eventregistration")) == 2 * 301


def test_registrations_do_not_go_to_another_organisation(site: Site) -> None:
    site.make({**SUMMIT, "tables": {}}, "other")
    environments = {"other": {"sandbox": "other", "source": "w"}, "w": {"sandbox": "w"}}
    site.manifest({"environments": environments, **EVENTS})
    refused = ran(site, "apply", "--env", "other", "--auto-approve")
    assert (refused.code, "EVT009" in refused.out) == (3, True)
    assert site.rows("msevtmgt_event", "other") == []
