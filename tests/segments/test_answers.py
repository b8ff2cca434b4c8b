"""What a person answered, as it is shown and remembered."""

import json
from pathlib import Path

from mig.engine.ledger import PREFIX
from mig.engine.notes import text_of
from mig.segments.evidence import COMPUTED_OWN
from tests.support import Site, mig, told, valid

WORLD = {
    "tables": {
        "msdyncrm_segment": [
            {
                "msdyncrm_segmentname": name,
                "msdyncrm_segmenttype": 192350000,
                "statuscode": 192350001,
                "msdyncrm_segmentquery": "INTERACTION(EmailOpened, EmailOpenedLeadLink)",
            }
            for name in ("Opened", "Roadshow")
        ]
    }
}
QUERY = "PROFILE(contact).FILTER(address1_city == 'Berlin')"
ANSWERED = {
    "segments": [
        {"source": "Opened", "query": QUERY, "publish": True},
        {"source": "Roadshow", "retire": "not used since 2023"},
    ]
}


def test_what_a_person_settled_is_shown_though_nothing_changes(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(WORLD)
    manifest = site.manifest(ANSWERED)
    ran = mig("plan", "-f", manifest, "--home", tmp_path)
    assert "segment.roadshow" in ran.out
    assert "retired: not used since 2023" in ran.out
    assert "1 unchanged, 0 blocked" in ran.out
    document = mig("plan", "-f", manifest, "--home", tmp_path, "--format", "json").document
    valid(document, "plan")
    assert [one["address"] for one in document["changes"] if one["settled"]] == ["segment.roadshow"]


def test_the_evidence_of_an_own_query_is_that_query(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(WORLD)
    manifest = site.manifest(ANSWERED)
    site.apply(manifest)
    (compared,) = site.verify(manifest).comparisons
    assert (str(compared.address), compared.evidence, compared.expected) == (
        "segment.opened",
        COMPUTED_OWN,
        2,
    )


def test_a_ledger_of_before_owners_were_known_asks_for_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(WORLD)
    manifest = site.manifest(ANSWERED)
    site.apply(manifest)
    later = {"ownerid", "owningbusinessunit", "msdynmkt_segmentrefreshintervalminutes"}
    for note in site.rows("annotation"):
        if not note["subject"].startswith(PREFIX):
            continue
        ledger = json.loads(note["notetext"])
        for entry in ledger["entries"]:
            del entry["by_hand"]
            for state in ("desired", "applied"):
                entry[state] = {name: value for name, value in entry[state].items() if name not in later}
        unsealed = {key: ledger[key] for key in ("organization", "migration", "entries")}
        where = "WHERE annotationid = ?"
        site.sql(
            f"UPDATE annotation SET notetext = ? {where}", text_of("ledger", unsealed), note["annotationid"]
        )
    unchanged = [("segment.opened", "unchanged"), ("segment.roadshow", "unchanged")]
    assert told(site.plan(manifest).changes) == unchanged
