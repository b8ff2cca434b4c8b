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
