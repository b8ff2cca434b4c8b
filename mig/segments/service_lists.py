"""Lists of members as services give them, of real-time segments and, while outbound answers, of its own."""

import json
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Request
from mig.segments.ids import Ids
from mig.segments.rows import SourceSegment


async def listed_members(client: Client, segment_id: str) -> Ids:
    """The service's own list of a real-time segment."""
    answer = await client.send(Request("POST", "msdynmkt_MembersList", {"SegmentId": segment_id}))
    return ids_told(answer.body, "ResultText")


def outbound_question(source: SourceSegment) -> Request:
    """Whom outbound takes for the members of a segment: those of its query, or those listed under its name.

    The parameters are public, the answer's form is not (reference/dataverse-schema.md 7).
    """
    asked = {
        "Query": f"SEGMENT({source.query_name})" if source.static else source.query,
        "FetchXml": "",
        "OwningBusinessUnit": source.unit_id,
        "Scope": source.scope,
        "TimeZone": source.time_zone,
    }
    return Request("POST", "msdyncrm_FetchContactsByQuery", asked)


def outbound_answer(body: Any) -> Ids:
    """The ids that outbound lists; `BadAnswer` for a form that nobody knows."""
    return ids_told(body, "Response")


def ids_in(found: Iterable[str]) -> Ids:
    """Ids of rows; `BadAnswer` where one is none."""
    try:
        return Ids.of(found)
    except ValueError as error:
        raise BadAnswer("a row came with something else than an id") from error


def ids_told(body: Any, key: str) -> Ids:
    """The ids in an answer whose text is JSON inside JSON: reference/dataverse-schema.md 7."""
    try:
        return Ids.of(_drained(json.loads(body[key])["members"] or []))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadAnswer("the list of members came in an unknown form") from error


def _drained(listed: list[str]) -> Iterator[str]:
    """Each once, and gone from the list: millions of texts are let go while they are read."""
    return map(list.pop, repeat(listed, len(listed)))
