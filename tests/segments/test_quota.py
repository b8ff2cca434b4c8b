"""The platform's caps, which a world would be too large for."""

from collections import Counter
from dataclasses import replace

import pytest

from mig.segments.quota import Rooms
from mig.segments.rows import TYPE_DYNAMIC, TYPE_STATIC, TargetSegment

MANY = 50_000


EXPIRED = 12  # a state whose number no source tells


def targets(dynamic: int, static: int) -> list[TargetSegment]:
    types = [TYPE_DYNAMIC] * dynamic + [TYPE_STATIC] * static
    return [
        TargetSegment(segment_id=str(n), definition_id="", segment={"msdynmkt_type": code}, definition=None)
        for n, code in enumerate(types)
    ]


@pytest.mark.parametrize(
    ("dynamic", "static", "limit", "kind", "taken", "told"),
    [
        (2999, 9999, MANY, "dynamic", {}, None),
        (2999, 9999, MANY, "dynamic", {"static": 1}, None),
        (
            2999,
            0,
            MANY,
            "dynamic",
            {"dynamic": 1},
            "platform's 3000 dynamic segments, of which there are 2999",
        ),
        (3001, 0, MANY, "dynamic", {}, "platform's 3000 dynamic segments, of which there are 3001"),
        (3000, 9999, MANY, "static", {}, None),
        (0, 10000, MANY, "static", {}, "platform's 10000 static segments, of which there are 10000"),
        (3, 0, 5, "static", {"dynamic": 1}, None),
        (3, 0, 5, "static", {"dynamic": 2}, "quota of 5, of which 3 are used"),
    ],
)
def test_what_has_no_place_for_one_more(
    dynamic: int, static: int, limit: int, kind: str, taken: dict[str, int], told: str | None
) -> None:
    rooms = Rooms.of(targets(dynamic, static), used=dynamic, limit=limit)
    full = rooms.full(kind, Counter(taken))
    assert (full.why if full else None) == (told and f"the {told}")


def test_what_has_expired_takes_no_place() -> None:
    expired = [replace(one, segment={**one.segment, "statuscode": EXPIRED}) for one in targets(1, 1)]
    rooms = Rooms.of([*targets(2999, 9999), *expired], used=0, limit=MANY)
    assert {kind: room.count for kind, room in rooms.platform.items()} == {"dynamic": 1, "static": 1}
