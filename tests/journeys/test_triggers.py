"""Which journeys would run because registrations are written, and how they are read."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mig.journeys.cues import cues_in
from mig.journeys.read_triggers import read_triggers
from mig.journeys.triggers import Cued, Triggers, lint, to_rearm, to_repoint
from mig.journeys.usage import Gap, Journey
from mig.model.findings import Severity
from mig.model.typed_json import from_json, to_json
from tests.data import load
from tests.support import CASES, Site

IDS = {
    name: f"e0000000-0000-0000-0000-00000000000{number}"
    for number, name in enumerate(("SOURCE", "TARGET", "OTHER"))
}
SOURCE, TARGET = IDS["SOURCE"], IDS["TARGET"]
KNOWN: dict[str, Any] = load(CASES / "around" / "triggers.yaml")


def text_of(case: Mapping[str, Any]) -> str:
    text: str = case.get("text") or json.dumps(case["definition"])
    for name, row_id in IDS.items():
        text = text.replace(name, row_id)
    return text


def triggers(case: Mapping[str, Any]) -> Triggers:
    cues = cues_in(text_of(case))
    journey = Journey("J", "10000000-0000-0000-0000-000000000001", case.get("state", "live"))
    return Triggers((Cued(journey, cues or (), garbled=cues is None),), KNOWN["watches"])


@pytest.mark.parametrize("name", KNOWN["cases"])
def test_journey(name: str) -> None:
    case = KNOWN["cases"][name]
    found = triggers(case)
    findings = list(lint(found, SOURCE, TARGET))
    assert [finding.code for finding in findings] == [code for code, _ in case["told"]]
    for finding, (_, part) in zip(findings, case["told"], strict=True):
        assert part in finding.message
    assert bool(to_rearm(found, SOURCE, TARGET)) is case.get("rearm", False)
    assert bool(to_repoint(found, SOURCE)) is case.get("repoint", False)


def test_what_blocks() -> None:
    blocks = {
        finding.code: finding.severity
        for case in KNOWN["cases"].values()
        for finding in lint(triggers(case), SOURCE, None)
    }
    assert blocks == {
        "JRN013": Severity.ERROR,
        "JRN014": Severity.ERROR,
        "JRN016": Severity.WARNING,
        "EVT060": Severity.WARNING,
    }


def test_a_definition_of_any_depth_is_read_or_called_no_json() -> None:
    assert cues_in("[" * 5_000 + "]" * 5_000) in (None, ())


@pytest.mark.parametrize(
    ("table", "case", "blocks"),
    [
        ("msdynmkt_journey", "a segment starts it", True),
        ("msdynmkt_eventmetadata", "a segment starts it", False),
        ("msdynmkt_eventmetadata", "a check-in, which no move writes", True),
    ],
)
def test_what_cannot_be_read_blocks_where_it_matters(table: str, case: str, *, blocks: bool) -> None:
    seen = triggers(KNOWN["cases"][case])
    findings = list(lint(Triggers(seen.journeys, {}, (Gap(table, "403 no"),)), SOURCE, TARGET))
    assert (f"{table} cannot be read: 403 no" in "".join(one.message for one in findings)) is blocks
    assert any(finding.severity is Severity.ERROR for finding in findings) is blocks


# --- read from an organisation ----------------------------------------------------------------------------

STARTED = {"trigger": {"type": "Event", "parameters": {"eventName": "Registration_Created"}}}
TRIGGER = {
    "msdynmkt_name": "t",
    "msdynmkt_uniquename": "registration_created",
    "msdynmkt_sourceentity": "msevtmgt_eventregistration",
}


def journey(name: str, definition: Any = STARTED, **columns: Any) -> Mapping[str, Any]:
    return {"msdynmkt_name": name, "statuscode": 2, "msdynmkt_journeyjson": json.dumps(definition), **columns}


def read(site: Site) -> Triggers:
    async def job() -> Triggers:
        async with site.session(site.manifest({"segments": []})) as session:
            return await read_triggers(session.target.client)

    return asyncio.run(job())


def test_journeys_are_read_with_the_label_of_an_unlisted_state(tmp_path: Path) -> None:
    site = Site(tmp_path)
    older = {"statuscode": 3, "msdynmkt_issupersededbylaterversion": True}
    rows = [journey("A"), journey("B", statuscode=11), journey("C", {"trigger": {}}), journey("D", **older)]
    tables = {"msdynmkt_journey": rows, "msdynmkt_eventmetadata": [TRIGGER]}
    status = {"type": "Status", "options": {2: "Live", 3: "Stopped", 11: "Paused"}}
    site.make({"tables": tables, "columns": {"msdynmkt_journey": {"statuscode": status}}})
    found = read(site)
    assert [str(cued.journey) for cued in found.journeys] == ["journey 'A' (live)", "journey 'B' (paused)"]
    assert [finding.code for finding in lint(found, SOURCE, None)] == ["JRN013", "JRN014"]
    assert from_json(Triggers, to_json(Triggers, found)) == found
