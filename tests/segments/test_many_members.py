"""Lists so long that the target is not asked for each of their members."""

import json
from pathlib import Path
from uuid import UUID

from tests.support import Site

MANY = 20_001  # beyond this the whole table is read


def test_who_is_gone_is_counted(tmp_path: Path) -> None:
    ids = [str(UUID(int=number)) for number in range(1, MANY + 2)]
    segment = {
        "msdyncrm_segmentname": "Guests",
        "msdyncrm_segmenttype": 192350001,
        "statuscode": 192350001,
        "msdyncrm_segmentmemberids": json.dumps(ids[:MANY]),
    }
    site = Site(tmp_path)
    there = [{"contactid": one} for one in (*ids[:3], ids[MANY])]
    site.make({"tables": {"contact": there, "msdyncrm_segment": [segment]}})
    (change,) = site.plan(site.manifest({"segments": [{"source": "Guests"}]})).changes
    told = [(finding.code, finding.message.split(" members")[0]) for finding in change.findings]
    assert told == [("SEG034", "19998 of its 20001")]


def test_an_address_of_many_more_rows_than_a_page_holds(tmp_path: Path) -> None:
    site = Site(tmp_path)
    people = [*["team"] * 5_000, "ann", "zoe"]
    rows = [
        {"contactid": str(UUID(int=number)), "emailaddress1": f"{name}@contoso.example"}
        for number, name in enumerate(people, start=1)
    ]
    segment = {
        "msdyncrm_segmentname": "Guests",
        "msdyncrm_segmenttype": 192350001,
        "statuscode": 192350001,
    }
    site.make({"tables": {"contact": rows, "msdyncrm_segment": [segment]}})
    listed = "\n".join(f"{name}@contoso.example" for name in ("ann", "team", "zoe"))
    (tmp_path / "guests.csv").write_text(f"emailaddress1\n{listed}\n", encoding="utf-8")
    members = {"from": "csv", "file": "guests.csv", "key": "emailaddress1"}
    manifest = site.manifest({"segments": [{"source": "Guests", "members": members}]})
    (change,) = site.plan(manifest).changes
    told = [(finding.code, finding.message.split(" members")[0]) for finding in change.findings]
    assert told == [("SEG034", "1 of its 3")]  # nobody knows whose the shared one is; the others are found
