"""After an apply: members compared, and what cannot be compared is not called missing."""

from pathlib import Path

import pytest

from mig.model.outcome import Exit
from mig.segments.verify import Comparison, Verdict
from tests.support import SMALL, Site

WORLD_OF_TWO = {
    "tables": {
        "msdyncrm_segment": [
            {
                "msdyncrm_segmentname": name,
                "msdyncrm_segmenttype": 192350000,
                "statuscode": 192350001,
                "msdyncrm_segmentquery": f"PROFILE(contact, c).FILTER(c.address1_city == '{name}')",
            }
            for name in ("Berlin", "Graz")
        ]
    }
}
BOTH_LIVE = {"segments": [{"source": "Berlin", "publish": True}, {"source": "Graz", "publish": True}]}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.make(WORLD_OF_TWO)
    return site


@pytest.fixture
def manifest(site: Site) -> Path:
    return site.manifest(BOTH_LIVE)


def by_address(site: Site, manifest: Path) -> dict[str, Comparison]:
    return {str(found.address): found for found in site.verify(manifest).comparisons}


def test_what_was_just_published_matches(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    verification = site.verify(manifest)
    counts = [(str(one.address), one.expected, one.actual) for one in verification.comparisons]
    assert counts == [("segment.berlin", 2, 2), ("segment.graz", 1, 1)]
    assert (verification.verdict, verification.outcome.exit) == (Verdict.MATCH, Exit.DONE)


def test_a_contact_that_moved_after_publishing_is_missing_here_and_surplus_there(
    site: Site, manifest: Path
) -> None:
    site.apply(manifest)
    site.edit(
        manifest,
        [{"in": "contacts", "where": "fullname eq 'Bob Berg'", "set": {"address1_city": "Berlin"}}],
    )
    verification = site.verify(manifest)
    found = by_address(site, manifest)
    berlin, graz = found["segment.berlin"], found["segment.graz"]
    assert (berlin.verdict, berlin.missing, berlin.surplus) == (Verdict.DIFFERS, 1, 0)
    assert (graz.verdict, graz.missing, graz.surplus) == (Verdict.DIFFERS, 0, 1)
    assert verification.outcome.exit is Exit.DIFFERS


def test_a_list_that_disagrees_with_the_service_s_own_count_is_unverified(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    site.sql("UPDATE msdynmkt_segment SET msdynmkt_membercount = 5 WHERE msdynmkt_displayname LIKE '%Berlin'")
    found = by_address(site, manifest)
    assert found["segment.berlin"].verdict is Verdict.UNVERIFIED
    assert "5" in found["segment.berlin"].reason
    assert found["segment.graz"].verdict is Verdict.MATCH
    assert site.verify(manifest).outcome.exit is Exit.FAILED


def test_a_list_that_is_cut_short_is_unverified_too(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    site.sql("DELETE FROM _members WHERE member = 'c0000000-0000-0000-0000-000000000003'")
    assert by_address(site, manifest)["segment.berlin"].verdict is Verdict.UNVERIFIED


def test_what_is_flagged_and_not_live_is_unverified(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    draft = {"msdynmkt_segment": 2, "msdynmkt_segmentdefinition": 723270001}
    for table, status in draft.items():
        site.sql(f"UPDATE {table} SET statuscode = ?", status)
    assert {found.reason for found in by_address(site, manifest).values()} == {"not live"}
    assert site.verify(manifest).outcome.exit is Exit.FAILED


def test_drafts_are_counted_and_not_compared(site: Site) -> None:
    manifest = site.manifest({"segments": [{"source": "Berlin", "publish": True}, {"source": "Graz"}]})
    site.apply(manifest)
    verification = site.verify(manifest)
    assert ([str(one.address) for one in verification.comparisons], verification.drafts) == (
        ["segment.berlin"],
        1,
    )


def test_with_nothing_live_there_is_nothing_to_verify(site: Site, manifest: Path) -> None:
    outcome = site.verify(manifest).outcome
    assert (outcome.exit, "Nothing to verify" in outcome.sentence) == (Exit.FAILED, True)


@pytest.mark.parametrize(
    ("members", "verdict"),
    [([2, 2], Verdict.MATCH), ([1, 9], Verdict.MATCH), ([0, 1], Verdict.DIFFERS), ([3, 9], Verdict.DIFFERS)],
)
def test_the_number_of_members_that_the_manifest_expects(
    members: list[int], verdict: Verdict, site: Site
) -> None:
    manifest = site.manifest(
        {"segments": [{"source": "Berlin", "publish": True, "expect": {"members": members}}]}
    )
    site.apply(manifest)
    assert by_address(site, manifest)["segment.berlin"].verdict is verdict


def test_a_compound_segment_is_computed_through_what_it_is_made_of(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(SMALL["world"])
    manifest = site.manifest(SMALL["manifest"])
    site.apply(manifest)
    found = by_address(site, manifest)["segment.cities"]
    assert (found.verdict, found.expected, found.actual) == (Verdict.MATCH, 3, 3)
