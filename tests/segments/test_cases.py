"""Situations as data: a world and a manifest, the plan they give, what an apply comes to, the plan then.

Each file of tests/cases/segments is one situation. `expect` lists every change of the plan; what a line does
not mention is not compared, `told` is part of what its findings say, `remedy` of what they advise,
`difference` of what changes in its query. `after` applies the plan and says what came of it; `again` is the
plan after that (without it: nothing left to do, and the same blocked), `rows` what then stands in the target,
`ledger` the addresses in the ledger, `verified` to what comparing members comes, with their number.
`platform` counts segments by kind, before and after. `prune` is the flag of both commands; `probed`: the
target is asked first what it takes. `then` goes on: edits in the organisation, or another manifest. `source`
is a world of its own, called so, from which `world` takes the outbound rows.

Every plan is made of a snapshot too, and must come to the same. Some situations are played over a socket as
well; all of them with `MIG_EVERY_SITUATION=1`.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mig.cli.session import Session, open_session
from mig.engine.plan import Change, Plan
from mig.model.findings import Severity
from tests.data import load
from tests.recorded import RecordedSite
from tests.sockets import FarSite, behind_socket
from tests.support import CASES, WORLD, Document, Site, blocked, told

FILES = sorted((CASES / "segments").glob("*.yaml"))

Expected = Sequence[Mapping[str, Any]]


def _stages(case: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [case, *case.get("then", ())]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_situation(path: Path, tmp_path: Path) -> None:
    case = load(path)
    site = Promoting(tmp_path) if "source" in case else RecordedSite(tmp_path)
    site.make(case["world"])
    if "source" in case:
        site.make(case["source"], "source")
    _play(site, case)


@dataclass(frozen=True)
class Promoting(RecordedSite):
    """A site whose manifests have two environments; the world is the one that is written to."""

    def manifest(self, manifest: Document, name: str = "mig.yaml") -> Path:
        world = {"sandbox": WORLD, "source": "source", "mappings": manifest.get("mappings", {})}
        rest = {key: value for key, value in manifest.items() if key != "mappings"}
        environments = {"source": {"sandbox": "source"}, WORLD: world}
        return super().manifest({"environments": environments, **rest}, name)

    def session(self, manifest: Path) -> AbstractAsyncContextManager[Session]:
        return open_session(manifest, WORLD, home=self.home, verbose=False)


# Nested, static, stopped and published again, answered, of leads.
FAR_NAMES = {"levels", "live-republish", "static-leads"}


def _goes_far(path: Path) -> bool:
    if "MIG_EVERY_SITUATION" in os.environ:
        return "source" not in load(path)
    return path.stem in FAR_NAMES


FAR = [path for path in FILES if _goes_far(path)]


@pytest.mark.parametrize("path", FAR, ids=[path.stem for path in FAR])
def test_situation_over_a_socket(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = load(path)
    near = Site(tmp_path)
    near.make(case["world"])
    with near.open() as world, behind_socket(world) as url:
        monkeypatch.setenv("MIG_TEST_TOKEN", world.token)
        _play(FarSite(tmp_path, url, world), case)


def _play(site: Site, case: Mapping[str, Any]) -> None:
    for name, text in case.get("files", {}).items():
        (site.home / name).write_text(text, encoding="utf-8")
    manifest = site.manifest(case["manifest"])
    _stage(site, manifest, case)
    for stage in case.get("then", ()):
        if "manifest" in stage:
            manifest = site.manifest(stage["manifest"])
        site.edit(manifest, stage.get("edits", ()))
        _stage(site, manifest, stage)


def _stage(site: Site, manifest: Path, stage: Mapping[str, Any]) -> None:
    prune = stage.get("prune", False)
    if stage.get("probed"):
        assert site.probe(manifest).findings == ()
    plan = site.plan(manifest, prune=prune)
    _check_changes(plan, stage["expect"])
    _check_plan(plan, stage)
    if "after" not in stage:
        return
    run = site.apply(manifest, prune=prune)
    expected = stage["after"]
    found = {"outcome": run.outcome_word, "exit": int(run.outcome.exit)}
    assert found == {key: expected[key] for key in ("outcome", "exit")}, run.outcome.sentence
    _check_rows(site, stage.get("rows", {}))
    if "verified" in stage:
        compared = site.verify(manifest).comparisons
        assert {str(one.address): f"{one.verdict} {one.actual}" for one in compared} == stage["verified"]
    if "ledger" in stage:
        assert site.owned() == stage["ledger"]
    again = site.plan(manifest, prune=prune)
    if "again" in stage:
        _check_changes(again, stage["again"])
    else:
        assert (told(again.work), blocked(again)) == ([], blocked(plan))


def _check_changes(plan: Plan, expected: Expected) -> None:
    assert told(plan.changes) == sorted((line["address"], line["action"]) for line in expected)
    changes = {change.id: change for change in plan.changes}
    for line in expected:
        _check_change(changes[f"{line['address']}/{line['action']}"], line)


def _check_change(change: Change, line: Mapping[str, Any]) -> None:
    after = change.after or {}
    found = {
        "address": str(change.address),
        "action": str(change.action),
        "codes": sorted(finding.code for finding in change.findings),
        "waived": [finding.waived for finding in change.findings if finding.waived],
        "documented": change.verdicts.documented,
        "extended": change.verdicts.extended,
        "needs": sorted(change.depends_on),
        "name": after.get("msdynmkt_displayname"),
        "query": after.get("msdynmkt_segmentquery"),
        "audience": after.get("msdynmkt_baseentitylogicalname"),
        "members": (after.get("msdynmkt_staticlistmembers") or {}).get("members"),
        "owner": after.get("ownerid"),
        "unit": after.get("owningbusinessunit"),
    }
    wanted = {
        key: value for key, value in line.items() if key not in ("reason", "told", "remedy", "difference")
    }
    assert {key: found[key] for key in wanted} == wanted
    assert line.get("reason", "") in change.reason
    assert line.get("difference", "") in (change.query_diff or "")
    assert all(finding.place for finding in change.findings if finding.severity is Severity.ERROR)
    assert line.get("told", "") in " ".join(finding.message for finding in change.findings)
    assert line.get("remedy", "") in " ".join(finding.fix for finding in change.findings)


def _check_plan(plan: Plan, stage: Mapping[str, Any]) -> None:
    if "findings" in stage:
        found = [(finding.code, str(finding.address or "")) for finding in plan.findings]
        assert sorted(found) == sorted((line["code"], line.get("address", "")) for line in stage["findings"])
        said = [(finding.code, finding.message) for finding in plan.findings]
        for line in stage["findings"]:
            assert any(code == line["code"] and line.get("told", "") in text for code, text in said), said
    if "quota" in stage:
        assert plan.quota is not None
        own = plan.quota.own
        assert {"limit": own.limit, "used": own.used, "after": own.after} == stage["quota"]
    if "platform" in stage:
        assert plan.quota is not None
        found = {kind: [one.used, one.after] for kind, one in plan.quota.platform.items()}
        assert found == stage["platform"]
    if "drift" in stage:
        assert {str(drift.address): [c.path for c in drift.columns] for drift in plan.drift} == stage["drift"]


def _check_rows(site: Site, expected: Mapping[str, Expected]) -> None:
    for table, rows in expected.items():
        found = site.rows(table)
        assert [row | dict(line) for row, line in zip(found, rows, strict=True)] == found
