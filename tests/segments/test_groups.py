"""Which static groups a copy has: the same from wherever it is moved, as many as its members need."""

import json

import pytest

from mig.segments.groups import groups_text, own_groups, told_of
from mig.segments.ids import Ids

SOURCE = "5e000000-0000-0000-0000-000000000001"
OTHER = "5e000000-0000-0000-0000-000000000002"


@pytest.mark.parametrize(
    ("members", "groups"), [(1, 1), (200_000, 1), (200_001, 2), (2_000_000, 10)], ids=str
)
def test_a_group_holds_two_hundred_thousand(members: int, groups: int) -> None:
    listed = json.loads(groups_text(SOURCE, members))
    assert len({group["groupId"] for group in listed}) == groups
    assert {(group["includeType"], group["inputType"]) for group in listed} == {("Include", "manualSelect")}


def test_groups_are_told_from_those_of_anybody_else() -> None:
    text = groups_text(SOURCE, 400_000)
    assert own_groups(text, SOURCE) == tuple(group["groupId"] for group in json.loads(text))
    excluded = json.dumps([{**group, "includeType": "Exclude"} for group in json.loads(text)])
    for found in (groups_text(OTHER, 1), excluded, "", "[1]", "{", "null", '{"groupId": 1}'):
        assert own_groups(found, SOURCE) == ()


def test_members_are_told_by_number_and_digest_in_any_order() -> None:
    assert told_of(Ids.of([OTHER, SOURCE])) == told_of(Ids.of([SOURCE, OTHER.upper(), OTHER]))
    assert told_of(Ids.of([OTHER]))["sha256"] != told_of(Ids.of([SOURCE]))["sha256"]
