"""What members are compared with, what explains a difference, and what is tolerated."""

import re
from pathlib import Path
from typing import Any

import pytest

from mig.model.outcome import Exit
from tests.data import load
from tests.support import CASES, SECRETS_OF_PEOPLE, Document, Site, mig

WHOLE: Document = load(CASES / "verification.yaml")
BUSINESS_UNIT = 270100001
EXITS = {"match": Exit.DONE, "differs": Exit.DIFFERS, "unverified": Exit.FAILED}


@pytest.mark.parametrize("name", WHOLE["cases"])
def test_case(name: str, tmp_path: Path) -> None:
    case = WHOLE["cases"][name]
    _, manifest = _applied(tmp_path, case)
    ran = mig("verify", "-f", manifest, "--home", tmp_path, "--format", "json")
    expected = dict(case["expect"])
    assert ran.code == EXITS[expected["verdict"]]
    (found,) = ran.document["segments"]
    assert _told(found, ran.document["findings"], expected) == expected
    assert not [secret for secret in SECRETS_OF_PEOPLE if secret.lower() in ran.text.lower()]
    assert not re.search("[cd]0000000-", ran.text)


def _applied(home: Path, case: Document) -> tuple[Site, Path]:
    """A site where the copy is live, and what became of the rows after that."""
    site = Site(home)
    site.make(_world(case))
    if "file" in case:
        (home / "kept.csv").write_text(case["file"], encoding="utf-8")
    entry = {"source": "Berlin", "publish": True, **case.get("entry", {})}
    manifest = site.manifest({"policy": case.get("policy", {}), "segments": [entry]})
    site.apply(manifest)
    for statement in case.get("sql", ()):
        site.sql(statement)
    site.edit(manifest, case.get("edits", ()))
    return site, manifest


def _world(case: Document) -> dict[str, Any]:
    tables = WHOLE["world"]["tables"]
    (segment,) = tables["msdyncrm_segment"]
    scope = {"msdyncrm_scope": BUSINESS_UNIT} if case.get("scoped") else {}
    return {
        **WHOLE["world"],
        "phase": case.get("phase", "removed"),
        "faults": case.get("faults", []),
        "tables": {**tables, "msdyncrm_segment": [{**segment, **scope, **case.get("segment", {})}]},
    }


def _told(found: Document, findings: list[Document], expected: Document) -> dict[str, Any]:
    told = {
        **found,
        "verdict": found["outcome"],
        "age": found["evidence_age"],
        "days": found["evidence_age"] and found["evidence_age"] // 86_400,
        "explained": {one["reason"]: [one["missing"], one["surplus"]] for one in found["explained"]},
    }
    if findings:
        (finding,) = findings
        assert (finding["code"], finding["address"]) == ("MAN021", "segment.berlin")
        told["severity"] = finding["severity"]
        told["finding"] = expected["finding"] if expected["finding"] in finding["message"] else finding
    return {key: told.get(key) for key in expected}


def test_who_differs_is_listed_by_id_in_a_file(tmp_path: Path) -> None:
    case = WHOLE["cases"]["changed after the last refresh"]
    _, manifest = _applied(tmp_path, case)
    ran = mig("verify", "-f", manifest, "--home", tmp_path, "--ids", tmp_path / "ids.csv")
    assert (ran.code, "1 missing" in ran.out) == (Exit.DONE, True)
    assert "differences explained or tolerated: 1." in ran.out
    assert (tmp_path / "ids.csv").read_text(encoding="utf-8").splitlines() == [
        "address,id,difference,explained,check,table,copy,registration,columns",
        "segment.berlin,c0000000-0000-0000-0000-000000000002,missing,not_refreshed,,,,,",
    ]


def test_a_list_of_members_does_not_keep_a_plan(tmp_path: Path) -> None:
    case = WHOLE["cases"]["a list that is not there"]
    site, manifest = _applied(tmp_path, case)
    assert not site.plan(manifest).work
