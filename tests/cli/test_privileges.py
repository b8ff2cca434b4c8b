"""What an identity may do, against what a manifest takes: told before planning and before applying.

The cases are in tests/cases/privileges.yaml. The caller is a user with a role of the world file.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mig.cli.applying import Wish
from mig.cli.session import Session
from mig.dataverse.client import connect
from mig.engine.environment_notes import EnvironmentNotes
from mig.engine.privileges import Held, PrivilegesLacking
from mig.engine.snapshot import Endpoint
from mig.model.findings import Finding
from mig.report.doctor_report import diagnosis_text
from mig.sandbox import faults, tokens
from mig.sandbox.app import create_app
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.world import World
from mig.segments.doctor import diagnose
from tests.data import load
from tests.sockets import behind_socket
from tests.support import CASES, WORLD, Site, mig, valid

STATED = load(CASES / "privileges.yaml")
ALL: Sequence[str] = STATED["all"]
DELETING = {"prvDeletemsdynmkt_segment", "prvDeletemsdynmkt_segmentdefinition"}
EVE = "50000000-0000-0000-0000-000000000001"
NORTH = "b0000000-0000-0000-0000-000000000001"
BERLIN = {
    "msdyncrm_segmentname": "Berlin",
    "msdyncrm_segmenttype": 192350000,
    "statuscode": 192350001,
    "msdyncrm_segmentquery": "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')",
}
MANIFEST = {"segments": [{"source": "Berlin", "publish": True}]}

Case = Mapping[str, Any]
Named = Mapping[str, Collection[str]]


def make_world(site: Site, case: Case, name: str = WORLD) -> None:
    """Eve and her role, and a segment."""
    deep = case.get("deep", {})
    granted = [
        {"roleid": "Own", "privilegeid": one, "privilegedepthmask": deep.get(one, 8)}
        for one in (*ALL, *case.get("also", ()))
        if one not in case.get("without", ())
    ]
    tables = {
        "businessunit": [{"businessunitid": NORTH, "name": "North"}],
        "systemuser": [
            {"systemuserid": EVE, "fullname": "Eve", "domainname": "eve", "businessunitid": NORTH}
        ],
        "role": [{"name": "Own"}],
        "roleprivileges": granted,
        "systemuserroles": [{"systemuserid": EVE, "roleid": case.get("role", "Own")}],
        "msdyncrm_segment": [BERLIN],
    }
    site.make({"phase": case.get("phase", "removed"), "tables": tables}, name)


def token(world: World, url: str) -> str:
    """Eve's, for that address of the world."""
    return tokens.issue(world, tokens.Kind.ACCESS, tokens.Grant("mig", url, EVE), seconds=3600)


@dataclass
class Eve:
    """Eve's connection to a world in this process, and the requests that left over it."""

    site: Site
    manifest: Path
    log: list[str]

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        async with self.site.session(self.manifest) as session:
            with self.site.open() as world:
                async with connect(
                    "http://sandbox",
                    token(world, "http://sandbox"),
                    shown_as="sandbox:w",
                    log=lambda exchange: self.log.append(exchange.request),
                    app=create_app(world),
                ) as client:
                    endpoint = Endpoint(WORLD, client, EnvironmentNotes(client))
                    yield replace(session, source=endpoint, target=endpoint)


def eve(site: Site, case: Case) -> Eve:
    make_world(site, case)
    return Eve(site, site.manifest(case.get("manifest", MANIFEST)), [])


def named(findings: Sequence[Finding]) -> dict[str, set[str]]:
    """The names of privileges that findings about them tell, by code."""
    return {
        found.code: set(re.findall(r"prv\w+", found.message)) for found in findings if "prv" in found.message
    }


def expected(found: Named | None) -> dict[str, set[str]]:
    return {code: set(names) for code, names in (found or {}).items()}


@pytest.mark.parametrize("name", STATED["cases"])
def test_an_identity(name: str, tmp_path: Path) -> None:
    case = STATED["cases"][name]
    caller = eve(Site(tmp_path), case)

    async def work() -> None:
        async with caller.session() as session:
            diagnosis = await diagnose(session.patient(probing=False), session.clock())
            assert named(diagnosis.findings) == expected(case.get("doctor"))
            denied = {"ENV028", "ENV029"} & case.get("doctor", {}).keys()
            assert diagnosis.outcome.exit == (8 if denied else 0)
            if "refused" in case:
                with pytest.raises(PrivilegesLacking) as raised:
                    await Wish().plan(session)
                assert named(raised.value.findings) == expected(case["refused"])
                assert int(raised.value.exit) == 8
                return
            plan, seen = await Wish().plan(session)
            found = [one for one in plan.findings if one.code.startswith("ENV")]
            assert named(found) == expected(case.get("plan"))
            assert plan.applyable
            if "apply" not in case:
                await session.check_writable(plan, seen)
                return
            with pytest.raises(PrivilegesLacking) as raised:
                await session.check_writable(plan, seen)
            assert named(raised.value.findings) == expected(case["apply"])
            with pytest.raises(PrivilegesLacking):  # a saved plan may be another identity's
                await session.check_writable(plan, None)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("case", "more"), [({"role": "System Administrator"}, 0), ({"without": ["prvReadContact"]}, 1)]
)
def test_planning_asks_once_and_once_more_where_something_is_lacking(
    case: Case, more: int, tmp_path: Path
) -> None:
    caller = eve(Site(tmp_path), case)

    async def work() -> None:
        async with caller.session() as session:
            await Wish().plan(session)

    asyncio.run(work())
    listing = f"GET systemusers({EVE})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"
    asked = Counter(caller.log)
    assert (asked["GET WhoAmI"], asked[listing], asked["POST $batch"]) == (1, 1, 2 + more)


def test_where_the_organisation_does_not_tell_nothing_is_refused(tmp_path: Path) -> None:
    caller = eve(Site(tmp_path), {"without": ["prvCreateAnnotation"]})
    with caller.site.open() as world:
        faults.add(world, Fault("GET *RetrieveUserPrivileges*", Deed.DROP_PRIVILEGE, every=1))

    async def work() -> None:
        async with caller.session() as session:
            plan, seen = await Wish().plan(session)
            (found,) = [one for one in plan.findings if one.code.startswith("ENV")]
            assert (found.code, found.severity) == ("ENV034", "info")
            assert "RetrieveUserPrivileges answers 403" in found.message
            await session.check_writable(plan, seen)
            diagnosis = await diagnose(session.patient(probing=False), session.clock())
            assert [one.code for one in diagnosis.findings] == ["ENV034"]
            assert {one.held for one in diagnosis.rights[0].privileges} == {Held.UNKNOWN}
            text = diagnosis_text(diagnosis)
            assert "rights    in w: RetrieveUserPrivileges answers 403" in text

    asyncio.run(work())


def test_what_is_deleted_takes_a_privilege_to_delete(tmp_path: Path) -> None:
    site = Site(tmp_path)
    caller = eve(site, {})
    assert site.apply(caller.manifest).outcome.exit == 0
    caller = replace(caller, manifest=site.manifest({"segments": []}))

    async def work() -> None:
        async with caller.session() as session:
            kept, seen = await Wish().plan(session)
            await session.check_writable(kept, seen)
            assert named(kept.findings) == {}
            pruned, seen = await Wish(prune=True).plan(session)
            assert named(pruned.findings) == {"ENV029": DELETING}
            with pytest.raises(PrivilegesLacking):
                await session.check_writable(pruned, seen)

    asyncio.run(work())


def test_deleting_is_needed_to_probe(tmp_path: Path) -> None:
    caller = eve(Site(tmp_path), {})

    async def work() -> None:
        async with caller.session() as session:
            for probing, lacking in ((False, {}), (True, {"ENV029": DELETING})):
                found = await diagnose(session.patient(probing=probing), session.clock())
                assert (named(found.findings), found.may_be_probed) == (lacking, not lacking)

    asyncio.run(work())


# --- from the command line --------------------------------------------------------------------------------


@contextmanager
def far(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A manifest by which Eve reaches the world over a socket; as `admin` its administrator does."""
    with site.open() as world, behind_socket(world) as url:
        monkeypatch.setenv("MIG_TEST_EVE", token(world, url))
        monkeypatch.setenv("MIG_TEST_ADMIN", world.token)
        monkeypatch.setenv("MIG_HOME", str(site.home))
        monkeypatch.setenv("COLUMNS", "80")
        environment = {"url": url, "auth": {"method": "token", "token": "${MIG_TEST_EVE}"}}
        manifest = {"environments": {WORLD: environment}, "segments": [{"source": "Berlin"}]}
        yield site.manifest(manifest)


def test_a_plan_of_somebody_who_may_only_read_is_applied_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    make_world(site, STATED["cases"]["somebody who may read only"])
    with far(site, monkeypatch) as manifest:
        before = site.everything()
        planned = mig("plan", "-f", manifest, "--out", tmp_path / "plan.json", "--detailed-exitcode")
        assert (planned.code, "warning[ENV029]" in planned.out) == (2, True)
        for refused in (
            mig("apply", "-f", manifest, "--auto-approve"),
            mig("apply", "-f", manifest, tmp_path / "plan.json"),
        ):
            assert (refused.code, "error[ENV029]" in refused.err) == (8, True)
            assert "prvCreatemsdynmkt_segment" in refused.err
        assert site.everything() == before
        monkeypatch.setenv("MIG_TEST_EVE", os.environ["MIG_TEST_ADMIN"])
        assert mig("apply", "-f", manifest, tmp_path / "plan.json").code == 0
        assert mig("apply", "-f", manifest, "--auto-approve").code == 0
    with far(site, monkeypatch) as manifest:
        assert mig("apply", "-f", manifest, "--auto-approve").code == 0  # there is nothing to write


def test_what_cannot_be_read_is_said_before_anything_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    make_world(site, STATED["cases"]["the marketing manager since June 2026"])
    with far(site, monkeypatch) as manifest:
        for command in ("plan", "apply", "status", "verify", "inventory"):
            ran = mig(command, "-f", manifest, "-v")
            told = " ".join(ran.err.split())
            assert (ran.code, ran.out) == (8, "")
            assert "error[ENV028] in w user 50000000" in told
            assert "since the release of June 2026 no shipped marketing role reads outbound segments" in told
            assert "msdyncrm_segments" not in told
        ran = mig("doctor", "-f", manifest)
        assert ran.code == 8
        assert "  missing    prvReadmsdyncrm_segment, to plan" in ran.out.splitlines()
        assert "rights    in w: 15 of the 20 that this manifest takes" in ran.out.splitlines()
        assert "limits of one of its servers: 7999 requests left" in ran.out
        assert not [line for line in ran.out.splitlines() if len(line) > 80]
        document = mig("doctor", "-f", manifest, "--format", "json").document
    valid(document, "diagnosis")
    assert (document["outcome"], document["target"]["user_id"]) == ("denied", EVE)
    assert document["target"]["business_unit_id"] == NORTH
    assert {
        "environment": "w",
        "privilege": "prvReadmsdyncrm_segment",
        "to": "plan",
        "held": "missing",
        "depth": None,
    } in document["privileges"]
