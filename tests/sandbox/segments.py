"""Real-time segments made, published and read through the sandbox."""

import json
from typing import Any

from tests.sandbox.conftest import Api

DEFINITION = "d0000000-0000-0000-0000-000000000001"
SEGMENT = "e0000000-0000-0000-0000-000000000001"
PUBLISH = "msdynmkt_PublishSegmentDefinition"


def segment_of(number: int) -> str:
    """The id of the segment that `make_segment` makes under this number, from 1 to 9."""
    return f"{SEGMENT[:-1]}{number}"


def reference(number: int) -> str:
    """How queries name that segment."""
    return f"SEGMENT(SEGMENT_CJO_ID_{segment_of(number).replace('-', '')})"


def make_segment(api: Api, query: str, number: int = 1, **more: Any) -> str:
    """Both rows of a draft; the id of the segment."""
    definition, segment = f"{DEFINITION[:-1]}{number}", segment_of(number)
    body = {"msdynmkt_segmentdefinitionid": definition, "msdynmkt_segmentquery": query, **more}
    assert api.post("msdynmkt_segmentdefinitions", body).status_code == 204
    body = {
        "msdynmkt_segmentid": segment,
        "msdynmkt_displayname": "Newsletter",
        "msdynmkt_baseentitylogicalname": "contact",
        "msdynmkt_sourcesegmentuid": definition,
        "statecode": 1,
        "statuscode": 2,
    }
    assert api.post("msdynmkt_segments", body).status_code == 204
    return segment


def members(api: Api, segment: str = SEGMENT) -> Any:
    answer = api.post("msdynmkt_MembersList", {"SegmentId": segment}).json()
    assert answer["StatusCode"] == 200
    return json.loads(answer["ResultText"])


def publish(api: Api, query: str, number: int = 1, **more: Any) -> str:
    """A segment that is live; its id."""
    made = make_segment(api, query, number, **more)
    answer = api.post(PUBLISH, {"SegmentId": made})
    assert answer.status_code == 204, answer.text
    api.world.clock.advance(60)
    return made


def definition(api: Api, number: int = 1) -> dict[str, Any]:
    """Its row."""
    return api.row(f"msdynmkt_segmentdefinitions({DEFINITION[:-1]}{number})")


def segment(api: Api, number: int = 1) -> dict[str, Any]:
    """Its row."""
    return api.row(f"msdynmkt_segments({segment_of(number)})")
