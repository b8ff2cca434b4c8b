"""What is asked one thing at a time: lengths, options, ids; and what becomes of answers nobody can use."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mig.dataverse.particulars import Particulars, Wanted, read_particulars
from mig.model.tables import ColumnType, bundled_schema
from tests.dataverse.apps import Reply, Scripted, Talk

ANN = "c0000000-0000-0000-0000-000000000001"
NOBODY = "c0000000-0000-0000-0000-00000000000f"
CONTACT = bundled_schema()["contact"]
TIERS = {("contact", ColumnType.PICKLIST): {"new_tier"}}


def read(talk: Talk, wanted: Wanted) -> Particulars:
    found: Particulars = talk(lambda client: read_particulars(client, wanted))
    return found


def answered(value: Any, status: int = 200) -> Talk:
    """An organisation that answers a batch of one part with these rows."""
    head = (
        f"Content-Type: application/http\r\n\r\nHTTP/1.1 {status} ?\r\nContent-Type: application/json\r\n\r\n"
    )
    body = f"--b\r\n{head}{json.dumps({'value': value})}\r\n--b--\r\n"
    return Talk(Scripted([Reply(body=body, headers={"content-type": "multipart/mixed; boundary=b"})]))


def test_all_is_asked_in_one_request(talk: Talk) -> None:
    wanted = Wanted(
        texts=["msdynmkt_segment", "msdynmkt_segmentdefinition"],
        choices={**TIERS, ("contact", ColumnType.STATE): {"statecode"}},
        ids=[(CONTACT, {ANN, NOBODY})],
    )
    found = read(talk, wanted)
    assert found.lengths["msdynmkt_segment", "msdynmkt_displayname"] == 100
    assert found.lengths["msdynmkt_segmentdefinition", "msdynmkt_segmentquery"] == 4000
    assert found.options == {
        ("contact", "new_tier"): {1: "Gold"},
        ("contact", "statecode"): {0: "Active", 1: "Inactive"},
    }
    assert found.ids == {("contact", ANN): True, ("contact", NOBODY): False}
    assert [exchange.request for exchange in talk.log] == ["POST $batch"]


def test_nothing_wanted_costs_no_request(talk: Talk) -> None:
    assert read(talk, Wanted()) == Particulars(lengths={}, options={}, ids={})
    assert talk.log == []


def test_many_ids_are_asked_by_hundreds(talk: Talk) -> None:
    ids = {f"c0000000-0000-0000-0000-{number:012x}" for number in range(1, 10_051)}
    found = read(talk, Wanted(ids=[(CONTACT, ids)]))
    assert len(found.ids) == len(ids)
    assert {one for (_, one), exists in found.ids.items() if exists} == {ANN, ANN[:-1] + "2"}
    assert len(talk.log) == 2


def test_a_question_that_is_refused_leaves_its_answer_open(talk: Talk) -> None:
    hidden = replace(CONTACT, name="new_hidden", entity_set="new_hiddens")
    wanted = Wanted(
        texts=["new_hidden"],
        choices={("new_hidden", ColumnType.PICKLIST): {"new_a"}, **TIERS},
        ids=[(hidden, {ANN}), (CONTACT, {ANN})],
    )
    found = read(talk, wanted)
    assert (found.lengths, found.ids) == ({}, {("contact", ANN): True})
    assert found.options == {("contact", "new_tier"): {1: "Gold"}}


def test_a_choice_may_share_its_options_with_others() -> None:
    option = {"Value": 7, "Label": {"UserLocalizedLabel": {"Label": "Seven"}}}
    row = {"LogicalName": "new_tier", "OptionSet": None, "GlobalOptionSet": {"Options": [option]}}
    assert read(answered([row]), Wanted(choices=TIERS)).options == {("contact", "new_tier"): {7: "Seven"}}


@pytest.mark.parametrize(
    "option", [{"Value": 7}, {"Value": 7, "Label": None}, {"Value": 7, "Label": {"UserLocalizedLabel": None}}]
)
def test_an_option_without_a_label_is_one(option: Any) -> None:
    row = {"LogicalName": "new_tier", "OptionSet": {"Options": [None, {}, option]}}
    assert read(answered([row]), Wanted(choices=TIERS)).options == {("contact", "new_tier"): {7: ""}}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        [None, 7],
        [{}],
        [{"LogicalName": "new_tier"}],
        [{"LogicalName": "new_tier", "OptionSet": None, "GlobalOptionSet": None}],
        [{"LogicalName": "new_tier", "OptionSet": {"Options": None}}],
        [{"LogicalName": "new_tier", "MaxLength": "long"}],
    ],
)
def test_answers_in_an_unknown_form_tell_nothing(value: Any) -> None:
    assert read(answered(value), Wanted(choices=TIERS)).options == {}


def test_an_error_tells_nothing() -> None:
    assert read(answered([], status=403), Wanted(ids=[(CONTACT, {ANN})])).ids == {}
