"""What happens between a plan and its apply."""

import asyncio
from pathlib import Path

import pytest

from mig.cli.applying import Wish, carry_out
from mig.cli.session import open_session
from mig.engine.binding import PlanStale
from mig.model.outcome import Exit
from tests.support import SMALL, Site, mig


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.make(SMALL["world"])
    return site


def test_a_source_that_changed_after_the_plan_was_shown(site: Site) -> None:
    manifest = site.manifest(SMALL["manifest"])

    async def job() -> None:
        async with open_session(manifest, None, home=site.home, verbose=False) as session:
            wish = Wish()
            plan, _ = await wish.plan(session)
            first = next(change for change in plan.work if change.steps)
            site.sql(
                "UPDATE msdyncrm_segment SET msdyncrm_description = 'other' WHERE msdyncrm_segmentid = ?",
                first.source_id,
            )
            before = site.everything()
            with pytest.raises(PlanStale, match=str(first.address)) as raised:
                await carry_out(plan, wish, session)
            assert raised.value.exit is Exit.STALE
            assert site.everything() == before

    asyncio.run(job())


def test_a_row_that_only_the_service_touched_does_not_make_a_plan_stale(site: Site) -> None:
    manifest = site.manifest(SMALL["manifest"])

    async def job() -> str:
        async with open_session(manifest, None, home=site.home, verbose=False) as session:
            wish = Wish()
            plan, _ = await wish.plan(session)
            site.sql(
                "UPDATE msdynmkt_segment SET msdynmkt_membercount = 7, versionnumber = versionnumber + 9000"
            )
            return (await carry_out(plan, wish, session)).outcome_word

    assert asyncio.run(job()) == "done"


def test_two_readings_of_the_same_are_equal_with_a_query_that_cannot_be_read(site: Site) -> None:
    """Then nothing is planned twice."""
    site.sql("UPDATE msdyncrm_segment SET msdyncrm_segmentquery = 'PROFILE(contact))'")
    manifest = site.manifest(SMALL["manifest"])

    async def job() -> bool:
        async with open_session(manifest, None, home=site.home, verbose=False) as session:
            return await session.snapshot() == await session.snapshot()

    assert asyncio.run(job())


def test_without_publishing_nothing_is_refused_for_publishing(site: Site, tmp_path: Path) -> None:
    segments = {
        "tables": {
            "msdyncrm_segment": [
                {
                    "msdyncrm_segmentname": "Part",
                    "msdyncrm_segmentqueryname": "part",
                    "msdyncrm_segmenttype": 192350000,
                    "statuscode": 192350001,
                    "msdyncrm_segmentquery": "PROFILE(contact)",
                },
                {
                    "msdyncrm_segmentname": "Whole",
                    "msdyncrm_segmenttype": 192350002,
                    "statuscode": 192350001,
                    "msdyncrm_segmentquery": "SEGMENT(part)",
                },
            ]
        }
    }
    other = Site(tmp_path / "other")
    other.make(segments)
    manifest = other.manifest({"segments": [{"source": "Part"}, {"source": "Whole", "publish": True}]})
    where = ("-f", str(manifest), "--home", str(other.home))
    shown = mig("plan", *where)
    assert "create, publish blocked" in shown.out
    assert shown.code == Exit.REFUSED
    done = mig("apply", *where, "--auto-approve", "--no-publish", "--format", "json")
    assert (done.code, done.document["outcome"]) == (Exit.DONE, "done")


def test_a_part_of_a_plan_counts_only_what_it_makes(site: Site) -> None:
    manifest = site.manifest(SMALL["manifest"])
    where = ("-f", str(manifest), "--home", str(site.home), "--format", "json")
    whole = mig("plan", *where).document
    creates = [change["address"] for change in whole["changes"] if change["action"] == "create"]
    part = mig("plan", *where, "--only", creates[0]).document
    made = part["summary"]["create"]
    assert made < len(creates)
    assert part["quota"]["after"] - part["quota"]["used"] == made
    assert not part["complete"]
    assert mig("plan", *where, "--only", "segment.nobody").code == Exit.USAGE


def test_output_to_a_file_never_fails_for_its_code_page(site: Site, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    manifest = site.manifest(SMALL["manifest"])
    command = [sys.executable, "-m", "mig", "plan", "-f", str(manifest), "--home", str(site.home)]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "→" in done.stdout.decode("utf-8")
