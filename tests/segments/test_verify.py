"""After an apply: members compared, and what cannot be compared is not called missing."""

from pathlib import Path
from typing import Any

import pytest

from mig.model.outcome import Exit
from mig.segments.verification import Comparison, Verdict
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


def test_a_contact_that_is_elsewhere_is_missing_here_and_surplus_there(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    site.sql("UPDATE contact SET address1_city = 'Berlin' WHERE fullname = 'Bob Berg'")
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
    assert found["segment.berlin"].missing is None
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


# --- what is left aside -----------------------------------------------------------------------------------

QUERY = "PROFILE(contact).FILTER(address1_city == 'Elsewhere')"


def with_copy(query: str, *, live: bool, whole: bool = True) -> dict[str, Any]:
    """The world of two, where somebody made a copy of Graz and edited it."""
    ids = {
        "definition": "de000000-0000-0000-0000-000000000001",
        "segment": "9e000000-0000-0000-0000-000000000001",
    }
    definition = {
        "msdynmkt_segmentdefinitionid": ids["definition"],
        "msdynmkt_name": "Migrated – Graz",
        "msdynmkt_segmentquery": query,
        "statuscode": 723270000 if live else 723270001,
        "createdon": "2026-01-01T00:00:00Z",
        "msdynmkt_definitionmodifiedon": "2026-02-01T00:00:00Z",
    }
    segment = {
        "msdynmkt_segmentid": ids["segment"],
        "msdynmkt_displayname": "Migrated – Graz",
        "msdynmkt_sourcesegmentuid": ids["definition"],
        "msdynmkt_baseentitylogicalname": "contact",
        "msdynmkt_type": 11,
        "msdynmkt_source": 12,
        "statuscode": 1 if live else 2,
    }
    copy = {"msdynmkt_segment": [segment]} | ({"msdynmkt_segmentdefinition": [definition]} if whole else {})
    return {"tables": {**WORLD_OF_TWO["tables"], **copy}}


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("flag", [True, False])
def test_a_copy_that_is_not_taken_over_is_left_aside(tmp_path: Path, live: bool, flag: bool) -> None:
    site = Site(tmp_path)
    site.make(with_copy(QUERY, live=live))
    manifest = site.manifest(
        {"segments": [{"source": "Berlin", "publish": True}, {"source": "Graz", "publish": flag}]}
    )
    site.apply(manifest)
    found = site.verify(manifest)
    assert ([str(one.address) for one in found.comparisons], found.verdict) == (
        ["segment.berlin"],
        Verdict.MATCH,
    )
    assert (found.drafts, found.not_taken_over, found.blocked) == (0, 1, 0)


def test_a_live_copy_that_drifted_is_ours_and_compared(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    site.sql("UPDATE msdynmkt_segmentdefinition SET msdynmkt_segmentquery = ?", QUERY)
    found = site.verify(manifest)
    assert (len(found.comparisons), found.not_taken_over) == (2, 0)


def test_what_is_flagged_and_blocked_is_counted_aside(site: Site) -> None:
    segments = [
        {"source": "Berlin", "publish": True},
        {"source": "Graz", "publish": True, "owner": "team:Marketing"},  # not available yet
    ]
    manifest = site.manifest({"segments": segments})
    site.apply(manifest)
    found = site.verify(manifest)
    assert (found.verdict, found.blocked, found.drafts) == (Verdict.MATCH, 1, 0)


def test_half_a_pair_is_no_draft(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(with_copy(QUERY, live=False, whole=False))
    manifest = site.manifest({"segments": [{"source": "Berlin", "publish": True}, {"source": "Graz"}]})
    site.apply(manifest)
    assert site.verify(manifest).drafts == 0


def test_a_static_segment_is_unverified_never_different(site: Site, manifest: Path) -> None:
    site.apply(manifest)
    site.sql(
        "UPDATE msdyncrm_segment SET msdyncrm_segmentquery = NULL, msdyncrm_segmenttype = 192350001 "
        "WHERE msdyncrm_segmentname = 'Graz'"
    )
    found = by_address(site, manifest)
    assert found["segment.graz"].verdict is Verdict.UNVERIFIED
    assert "static" in found["segment.graz"].reason
    assert found["segment.berlin"].verdict is Verdict.MATCH
