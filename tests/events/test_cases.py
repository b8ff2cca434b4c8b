"""Situations of events as data: the plan they give, what an apply comes to, the plan then.

Each file of tests/cases/events but `summit.yaml` is one situation: that world, with `changes` to columns of
its rows by their ids, and with rows `add`ed. The rest is as in tests/segments/test_cases.py: `expect` lists
every change, `after` what an apply comes to, `again` the plan then (without it nothing is left to do), `then`
goes on after edits or with another manifest. `to_do` is the worklist of a change, or of an apply; `waiting`
are the contacts on the target's waitlist, in order; `counts` are rows of both events by table, `rows`
columns of single rows. `says` is part of what became of a change, `jobs` are the states of the registration
jobs that were begun, `status` those of events in `mig status`. `verified` is what `mig verify` finds then:
the outcome, and the checks that are not ok.

A stage may be applied without `wait`, or with `stop_job`; from a `phase` on, that is the world's.

Every plan that a situation lists is made of a snapshot too, and must come to the same.
"""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mig.engine.plan import Change, Plan
from mig.model.findings import CODES, WORKLIST
from tests.data import load
from tests.recorded import RecordedSite
from tests.support import CASES, SECRETS_OF_PEOPLE, Document, Site, blocked, mig, told, valid

FOLDER = CASES / "events"
_CHANGING = {"manifest", "edits", "phase", "stop_job"}
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.stem != "summit")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_situation(path: Path, tmp_path: Path) -> None:
    case = load(path)
    site = RecordedSite(tmp_path)
    site.make(_world(case))
    manifest = site.manifest(case["manifest"])
    plan = _stage(site, manifest, case)
    for stage in case.get("then", ()):
        if not stage.keys().isdisjoint(_CHANGING):
            plan = None
        if "manifest" in stage:
            manifest = site.manifest(stage["manifest"])
        site.edit(manifest, stage.get("edits", ()))
        if "phase" in stage:
            site.sql("UPDATE _world SET facts = json_set(facts, '$.phase', ?)", stage["phase"])
        plan = _stage(site, manifest, stage, plan)


def _world(case: Mapping[str, Any]) -> Document:
    world: dict[str, Any] = deepcopy(load(FOLDER / "summit.yaml"))
    for table, by_id in case.get("changes", {}).items():
        rows = {row[f"{table}id"]: row for row in world["tables"][table]}
        for key, columns in by_id.items():
            rows[key].update(columns)
    for table, rows in case.get("add", {}).items():
        world["tables"].setdefault(table, []).extend(rows)
    return world | case.get("world", {})


def _stage(site: Site, manifest: Path, stage: Mapping[str, Any], plan: Plan | None = None) -> Plan | None:
    """The plan that it ends with. `plan` is that of the stage before, where nothing has changed since."""
    stop_job = stage.get("stop_job", False)
    plan = plan or site.plan(manifest, stop_job=stop_job)
    _check(plan, stage)
    if "verified" in stage:
        _check_verified(site, manifest, stage["verified"])
    if "after" not in stage:
        return plan
    run = site.apply(manifest, stop_job=stop_job, wait=stage.get("wait", True))
    codes = sorted(finding.code for finding in run.to_do)
    found = {"outcome": run.outcome_word, "exit": int(run.outcome.exit), "to_do": codes}
    assert stage["after"] == {key: found[key] for key in stage["after"]}, run.outcome.sentence
    assert stage.get("says", "") in " ".join(result.error or "" for result in run.results)
    for table, key, columns in stage.get("rows", ()):
        (row,) = [row for row in site.rows(table) if row[f"{table}id"] == key]
        assert row | columns == row
    for table, count in stage.get("counts", {}).items():
        assert len(site.rows(table)) == count, table
    if "jobs" in stage:
        assert _jobs(site) == stage["jobs"]
    if "waiting" in stage:
        assert _waiting(site) == stage["waiting"]
    if "status" in stage:
        assert _status(site, manifest) == stage["status"]
    if "again" in stage:
        again = site.plan(manifest)
        _check(again, {"expect": stage["again"]})
    else:
        again = Site(site.home).plan(manifest)
        assert (told(again.work), blocked(again)) == ([], blocked(plan))
    return again


def _waiting(site: Site) -> list[str]:
    """The contacts on the waitlist of the target, by when they were put there."""
    rows = [row for row in site.rows("msevtmgt_eventregistration") if row["statuscode"] == 700]
    assert len({row["createdon"] for row in rows}) == len(rows)
    return [row["msevtmgt_contactid"] for row in sorted(rows, key=lambda row: row["createdon"])]


def _jobs(site: Site) -> list[str]:
    with site.open() as world:
        return [row[0] for row in world.connection.execute("SELECT state FROM _jobs ORDER BY number")]


def _status(site: Site, manifest: Path) -> dict[str, str]:
    document = mig("status", "-f", manifest, "--home", site.home, "--format", "json").document
    valid(document, "status")
    return {event["address"]: event["state"] for event in document["events"]}


def _check_verified(site: Site, manifest: Path, wanted: Mapping[str, Any]) -> None:
    document = mig("verify", "-f", manifest, "--home", site.home, "--format", "json").document
    (event,) = document["events"]
    grades = {name: check["outcome"] for name, check in event["checks"].items() if check["outcome"] != "ok"}
    assert {"outcome": event["outcome"], **grades} == wanted


def _check(plan: Plan, stage: Mapping[str, Any]) -> None:
    expected = stage["expect"]
    assert told(plan.changes) == sorted((line["address"], line["action"]) for line in expected)
    changes = {change.id: change for change in plan.changes}
    for line in expected:
        _check_change(changes[f"{line['address']}/{line['action']}"], line)
    if "findings" in stage:
        found = [(finding.code, str(finding.address or "")) for finding in plan.findings]
        assert found == [(line["code"], line.get("address", "")) for line in stage["findings"]]
    assert not [word for word in SECRETS_OF_PEOPLE if word in repr(plan)]


def _check_change(change: Change, line: Mapping[str, Any]) -> None:
    codes = [finding.code for finding in change.findings]
    found = {
        "address": str(change.address),
        "action": str(change.action),
        "codes": sorted(code for code in codes if code not in WORKLIST),
        "to_do": sorted(code for code in codes if code in WORKLIST),
        "needs": sorted(change.depends_on),
        "before": change.before,
        "after": change.after,
    }
    wanted = {key: value for key, value in line.items() if key not in ("reason", "told", "fix")}
    assert {key: found[key] for key in wanted} == wanted
    assert line.get("reason", "") in change.reason
    assert line.get("told", "") in " ".join(finding.message for finding in change.findings)
    assert line.get("fix", "") in " ".join(finding.fix for finding in change.findings)


# EVT001 is given no more, EVT002 by the inventory; EVT009 needs two organisations (test_commands.py); the
# rest is told where two sides are compared, and in no plan (tests/cases/reconciliation.yaml).
_ELSEWHERE = {"EVT001", "EVT002", "EVT009", "EVT033", "EVT035"}


def test_every_finding_about_moving_an_event_has_a_situation() -> None:
    texts = " ".join(path.read_text(encoding="utf-8") for path in FILES)
    moving = {code for code in CODES if code.startswith("EVT") and code <= "EVT060"} | {"JRN013", "JRN014"}
    assert {code for code in moving if code not in texts} == _ELSEWHERE
