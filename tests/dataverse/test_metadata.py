from typing import Any

import pytest

from mig.dataverse.errors import BadAnswer
from mig.dataverse.metadata import read_tables
from mig.dataverse.privileges import who_am_i
from mig.model.tables import ColumnType, Schema, bundled_schema
from mig.sandbox.world import World
from tests.dataverse.apps import Reply, Scripted, Talk


def test_who_answers(talk: Talk, world: World) -> None:
    assert talk(who_am_i).organization == world.organization_id


@pytest.mark.parametrize("body", [{}, {"OrganizationId": None}, [], {"OrganizationId": 7}])
def test_an_answer_that_does_not_say(body: object) -> None:
    with pytest.raises(BadAnswer, match="without an OrganizationId"):
        Talk(Scripted([Reply(body=body)]))(who_am_i)


def test_the_organisations_own_tables(talk: Talk) -> None:
    names = ["contact", "account", "nosuch"]
    found: Schema = talk(lambda client: read_tables(client, names, bundled_schema()))
    assert set(found.tables) == {"contact", "account"}
    contact = found["contact"]
    assert (contact.entity_set, contact.primary_id) == ("contacts", "contactid")
    assert contact.columns["new_tier"].type is ColumnType.PICKLIST  # what only this organisation has
    assert contact.columns["statuscode"].options == bundled_schema()["contact"].columns["statuscode"].options
    assert found.relationships["contact_customer_accounts"].ends == ("contact", "account")
    assert found.relationships["new_sponsor"].outbound_name == "contact_account_new_sponsorid"
    assert found.many_to_many["listcontact_association"].intersect_table == "listmember"
    assert len(talk.log) == 1


def test_relationships_come_from_either_side(talk: Talk) -> None:
    for name in ("contact", "account"):
        found: Schema = talk(lambda client, name=name: read_tables(client, [name], bundled_schema()))
        assert "new_sponsor" in found.relationships


@pytest.mark.parametrize(
    ("attribute", "type_", "computed"),
    [
        ({"AttributeType": "Integer"}, ColumnType.INTEGER, ""),
        ({"AttributeType": "Integer", "SourceType": None}, ColumnType.INTEGER, ""),
        ({"AttributeType": "Integer", "SourceType": 1}, ColumnType.INTEGER, "calculated"),
        ({"AttributeType": "Integer", "SourceType": 2}, ColumnType.INTEGER, "rollup"),
        ({"AttributeType": "Integer", "SourceType": 3}, ColumnType.INTEGER, "formula"),
        (
            {"AttributeType": "Virtual", "AttributeTypeName": {"Value": "MultiSelectPicklistType"}},
            ColumnType.MULTI_SELECT,
            "",
        ),
        (
            {"AttributeType": "Virtual", "AttributeTypeName": {"Value": "VirtualType"}},
            ColumnType.STRING,
            "virtual",
        ),
    ],
)
def test_where_the_values_of_a_column_come_from(attribute: Any, type_: ColumnType, computed: str) -> None:
    table = {**NONE_AT_ALL, "Attributes": [{"LogicalName": "new_x", **attribute}]}
    column = read_contact(table)["contact"].columns["new_x"]
    assert (column.type, column.computed) == (type_, computed)


def test_kinds_of_columns_that_no_query_can_name() -> None:
    attributes = [
        {"LogicalName": "new_x", "AttributeType": "EntityName"},
        {"LogicalName": "new_y", "AttributeType": "Virtual", "AttributeTypeName": {"Value": "FileType"}},
    ]
    assert read_contact({**NONE_AT_ALL, "Attributes": attributes})["contact"].columns == {}


@pytest.mark.parametrize(("told", "tracked"), [(True, True), (False, False), (None, True)])
def test_whether_changes_are_tracked_is_believed_where_it_is_told(told: bool | None, tracked: bool) -> None:
    assert read_contact({**NONE_AT_ALL, "ChangeTrackingEnabled": told})["contact"].tracks_changes is tracked


def test_no_tables_cost_no_request(talk: Talk) -> None:
    assert list(talk(lambda client: read_tables(client, [], bundled_schema()))) == []
    assert talk.log == []


@pytest.mark.parametrize("body", [{}, {"value": None}, []])
def test_metadata_that_holds_no_tables(body: object) -> None:
    with pytest.raises(BadAnswer, match="EntityDefinitions"):
        Talk(Scripted([Reply(body=body)]))(lambda client: read_tables(client, ["contact"], bundled_schema()))


@pytest.mark.parametrize(
    "table", [None, "contact", {}, {"LogicalName": "contact"}, {"LogicalName": "contact", "Attributes": [{}]}]
)
def test_a_table_in_an_unknown_form(table: object) -> None:
    with pytest.raises(BadAnswer, match="unknown form"):
        Talk(Scripted([Reply(body={"value": [table]})]))(
            lambda client: read_tables(client, ["contact"], bundled_schema())
        )


CONTACT = {
    "LogicalName": "contact",
    "EntitySetName": "contacts",
    "PrimaryIdAttribute": "contactid",
    "Attributes": [{"LogicalName": "contactid", "AttributeType": "Uniqueidentifier"}],
}
LISTS = ("ManyToOneRelationships", "OneToManyRelationships", "ManyToManyRelationships")
NONE_AT_ALL = {**CONTACT, **{name: [] for name in LISTS}}


def read_contact(table: object) -> Schema:
    app = Scripted([Reply(body={"value": [table]})])
    schema: Schema = Talk(app)(lambda client: read_tables(client, ["contact"], bundled_schema()))
    return schema


@pytest.mark.parametrize("missing", LISTS)
@pytest.mark.parametrize("null", [False, True])
def test_the_bundled_relationships_stand_in_for_those_not_told(missing: str, null: bool) -> None:
    table = {name: value for name, value in NONE_AT_ALL.items() if name != missing}
    found = read_contact({**table, missing: None} if null else table)
    assert "contact_customer_accounts" in found.relationships
    assert "listcontact_association" in found.many_to_many
    assert "lead_parent_account" not in found.relationships  # says nothing of contact


def test_an_organisation_that_lists_none_has_none() -> None:
    found = read_contact(NONE_AT_ALL)
    assert (dict(found.relationships), dict(found.many_to_many)) == ({}, {})


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", [7, "text", [None], ["text"], [7]])
def test_relationships_in_an_unknown_form(name: str, value: object) -> None:
    with pytest.raises(BadAnswer, match="unknown form"):
        read_contact({**NONE_AT_ALL, name: value})


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "one", [{}, {"SchemaName": None}, {"SchemaName": "new_x"}, {"SchemaName": ["new_x"]}]
)
def test_a_relationship_that_lacks_a_name_is_left_out(name: str, one: object) -> None:
    found = read_contact({**NONE_AT_ALL, name: [one]})
    assert (dict(found.relationships), dict(found.many_to_many)) == ({}, {})
