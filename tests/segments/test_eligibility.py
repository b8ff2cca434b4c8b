"""The pre-check as tables: each file of tests/cases/eligibility is a world, planned under both policies.

A case names a segment and what is found about it: the code with its severity under `documented` and under
`extended` (`absent`: not found), the `piece` of the query, words of the message; and both `verdicts`, refused
unless the case says otherwise. `probed`: the target was asked first what it takes.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mig.engine.plan import Action, Change, Plan
from mig.model.findings import CODES, OFFICIAL, WAIVABLE, blocking
from tests.data import load
from tests.support import CASES, Site

FILES = sorted((CASES / "eligibility").glob("*.yaml"))
POLICIES = ("documented", "extended")
SOURCES = Path(__file__).parents[2] / "mig"

# Told of the members, not of the plan; too long for a data file (below); of two environments; of snapshots.
ELSEWHERE = {"QRY002", "QRY034", "QRY050", "SEG060"}
# Of copies, answers, owners and actions: situations of tests/cases/segments.
OF_ACTIONS = {
    f"SEG{number:03}"
    for number in (16, 17, 18, 19, 20, 22, 23, 28, 29, 40, 41, 42, 43, 44, 55, 56, 65, 66, 70, 71)
}

Case = Mapping[str, Any]
Plans = Mapping[str, Plan]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A file's plans under either policy; each is made once."""

    @cache
    def planned(path: Path) -> Plans:
        return _plans(load(path), tmp_path_factory.mktemp(path.stem))

    return planned


def _plans(document: Case, home: Path) -> Plans:
    site = Site(home)
    site.make(document["world"])
    asked = {"segments": [{"select": {"name": "*"}}], **document.get("manifest", {})}
    manifests = {
        limits: site.manifest(
            {**asked, "policy": {**asked.get("policy", {}), "limits": limits}}, f"{limits}.yaml"
        )
        for limits in POLICIES
    }
    if document.get("probed"):
        site.probe(manifests["extended"])
    return {limits: site.plan(manifest) for limits, manifest in manifests.items()}


def _cases() -> list[Any]:
    return [
        pytest.param(path, case, id=f"{path.stem}-{case['of']}-{case.get('code', case.get('action'))}")
        for path in FILES
        for case in load(path)["cases"]
    ]


@pytest.mark.parametrize(("path", "case"), _cases())
def test_case(path: Path, case: Case, both: Any) -> None:
    for limits, plan in both(path).items():
        change = _change(plan, case["of"])
        verdicts = (change.verdicts.documented, change.verdicts.extended)
        wanted = case.get("verdicts", ["refused", "refused"])
        assert ["eligible" if may else "refused" for may in verdicts] == wanted
        assert (change.action is Action.BLOCKED) == blocking(change.findings)
        if "action" in case:
            assert (limits, change.action) == (limits, case["action"])
            assert (change.after or {}).get("msdynmkt_displayname", "").endswith(case.get("name", ""))
        if "code" in case:
            _check_finding(change, case, case[limits])


def _change(plan: Plan, address: str) -> Change:
    (change,) = [one for one in plan.changes if str(one.address) == address and one.instead_of is None]
    return change


def _check_finding(change: Change, case: Case, severity: str) -> None:
    found = [finding for finding in change.findings if finding.code == case["code"]]
    assert [str(finding.severity) for finding in found] == ([] if severity == "absent" else [severity])
    for finding in found:
        assert case.get("says", "") in finding.message
        assert finding.fix or severity == "info"
        if "piece" in case:
            assert finding.found == case["piece"]
            assert (finding.end or 0) - (finding.start or 0) == len(case["piece"])


@pytest.mark.parametrize("limits", POLICIES)
def test_every_file_shows_the_same_verdicts_under_both_policies(limits: str, both: Any) -> None:
    for path in FILES:
        plans = both(path)
        for change in plans[limits].changes:
            may = change.verdicts.documented if limits == "documented" else change.verdicts.extended
            above = any(finding.code == "SEG021" for finding in change.findings)
            assert blocking(change.findings) is (not may or above), change.id


def test_a_query_of_more_than_64_kilobytes_is_refused_unread(tmp_path: Path) -> None:
    text = f"PROFILE(contact, c).FILTER(c.lastname == '{'x' * 65_536}')"
    row = {"msdyncrm_segmentname": "Long", "msdyncrm_segmenttype": 192350000, "statuscode": 192350001}
    world = {"tables": {"msdyncrm_segment": [{**row, "msdyncrm_segmentquery": text}]}}
    for plan in _plans({"world": world}, tmp_path).values():
        assert [finding.code for finding in _change(plan, "segment.long").findings] == ["QRY002"]


def test_the_platform_has_a_cap_of_its_own(tmp_path: Path) -> None:
    row = {
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentquery": "PROFILE(contact)",
    }
    other = {"msdynmkt_source": 12, "msdynmkt_baseentitylogicalname": "contact", "statuscode": 2}
    world = {
        "tables": {
            "msdyncrm_segment": [{**row, "msdyncrm_segmentname": name} for name in ("One", "Two")],
            "msdynmkt_segment": [
                *({**other, "msdynmkt_type": 11, "msdynmkt_displayname": f"D{n}"} for n in range(2_999)),
                *({**other, "msdynmkt_type": 10, "msdynmkt_displayname": f"S{n}"} for n in range(10)),
            ],
        }
    }
    site = Site(tmp_path)
    site.make(world)
    plan = site.plan(site.manifest({"segments": [{"source": "One"}, {"source": "Two"}]}))
    assert sorted(change.action for change in plan.changes) == [Action.BLOCKED, Action.CREATE]
    (above,) = [finding for change in plan.changes for finding in change.findings]
    assert above.code == "SEG021"
    assert above.message.startswith(
        "above the platform's 3000 dynamic segments, of which there are 2999: it ranks 2 of 2"
    )


# --- completeness -----------------------------------------------------------------------------------------


def _raised() -> set[str]:
    """The codes of queries and segments that the code names anywhere but in the table."""
    table = SOURCES / "model" / "findings.py"
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py") if path != table]
    return {code for text in texts for code in re.findall(r'"((?:QRY|SEG)\d{3})"', text)}


def test_every_code_is_raised_somewhere() -> None:
    listed = {code for code in CODES if code.startswith(("QRY", "SEG"))}
    assert _raised() == listed


def test_every_code_has_a_case_under_both_policies() -> None:
    cases = [case for path in FILES for case in load(path)["cases"]]
    shown = {case["code"] for case in cases if "code" in case and case["extended"] != "absent"}
    assert shown == _raised() - ELSEWHERE - OF_ACTIONS


def test_codes_of_actions_have_their_situations() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (CASES / "segments").glob("*.yaml")]
    assert not OF_ACTIONS - {code for text in texts for code in re.findall(r"SEG\d{3}", text)}


def test_the_official_list_is_whole() -> None:
    cases = [case for path in FILES for case in load(path)["cases"]]
    named = {case["requirement"] for case in cases if "requirement" in case}
    assert named >= {f"R{number}" for number in (8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 29)}
    only_official = {case["code"] for case in cases if _only_official(case)}
    assert only_official | {"SEG001", "SEG003"} == OFFICIAL


def _only_official(case: Case) -> bool:
    return case.get("documented") == "error" and case["extended"] != "error"


def test_what_can_be_waived_of_segments_is_unproven_or_unknown() -> None:
    assert {CODES[code] for code in WAIVABLE if code.startswith(("QRY", "SEG"))} == {
        "unknown option value",
        "the real-time form has no public sample",
        "an id that no row of the target has",
        "static members that the target does not have",
    }
    assert not WAIVABLE & OFFICIAL
