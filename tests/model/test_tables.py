from typing import Any

import pytest

from mig.model.tables import (
    CHOICES,
    Column,
    ColumnType,
    Relationship,
    Schema,
    SchemaFileError,
    Table,
    bundled_schema,
    read_schema,
)

SCHEMA = bundled_schema()
TABLES = pytest.mark.parametrize("table", list(SCHEMA), ids=lambda table: table.name)

# Ends of relationships and lookups that no part of mig touches; whoever bundles one takes it out here.
KNOWN_FOREIGN = {
    "customapi",
    "datalakefolder",
    "msdyncrm_contentsettings",
    "msdyncrm_customerjourneytemplate",
    "msdyncrm_file",
    "msdyncrm_formpage",
    "msdyncrm_linkedinaudience",
    "msdyncrm_linkedincampaign",
    "msdynmkt_compliancesettings4",
    "msdynmkt_formtargetaudience",
    "msdynmkt_journeytemplate",
    "msdynmkt_matchingstrategy",
    "msdynmkt_teamsengagement",
    "msevtmgt_eventpurchase",
    "msevtmgt_eventpurchaseattendee",
    "msevtmgt_eventpurchasepass",
    "msevtmgt_roomreservation",
    "msevtmgt_webinarprovider",
}


def document(**changes: Any) -> dict[str, Any]:
    """A schema file of one table, with changes to that table."""
    table = {
        "entity_set": "things",
        "primary_id": "thingid",
        "columns": {"thingid": {"type": "Uniqueidentifier"}},
    }
    return {"tables": {"thing": {**table, **changes}}}


# --- the bundled tables -----------------------------------------------------------------------------------


def test_what_the_job_needs_is_bundled() -> None:
    needed = {
        "account",
        "annotation",
        "contact",
        "lead",
        "msdyncrm_segment",
        "msdynmkt_segment",
        "msdynmkt_segmentdefinition",
        "msevtmgt_event",
        "organization",
        "systemuser",
    }
    assert needed <= set(SCHEMA.tables)


def test_no_two_tables_share_an_entity_set() -> None:
    assert len(SCHEMA.by_set) == len(SCHEMA.tables)


@TABLES
def test_a_table_has_the_columns_it_names_itself_by(table: Table) -> None:
    assert table.columns[table.primary_id].type is ColumnType.UNIQUEIDENTIFIER
    assert table.primary_name is None or table.primary_name in table.columns


@TABLES
def test_every_choice_has_options(table: Table) -> None:
    for column in table.columns.values():
        if column.type in CHOICES:
            assert column.options, column.name


@TABLES
def test_every_status_belongs_to_a_state(table: Table) -> None:
    status, state = table.columns.get("statuscode"), table.columns.get("statecode")
    if status is not None and state is not None and status.state_of:
        assert set(status.state_of) <= set(status.options)
        assert set(status.state_of.values()) <= set(state.options)


@TABLES
def test_status_moves_are_between_options(table: Table) -> None:
    for start, ends in (table.status_moves or {}).items():
        assert {start, *ends} <= set(table.columns["statuscode"].options)


@TABLES
def test_lookups_lead_to_tables_and_can_be_written(table: Table) -> None:
    for column in table.columns.values():
        if column.is_lookup:
            assert set(column.targets) <= set(SCHEMA.tables) | KNOWN_FOREIGN, column.name
            assert set(column.nav) == set(column.targets), column.name
            assert column.read_name == f"_{column.name}_value"
            assert table.by_read_name[column.read_name] is column
        else:
            assert not column.nav
            assert table.by_read_name[column.name] is column


@pytest.mark.parametrize("relationship", list(SCHEMA.relationships.values()), ids=lambda found: found.name)
def test_a_relationship_is_a_lookup_seen_from_the_other_side(relationship: Relationship) -> None:
    assert relationship.referenced_table in SCHEMA.tables
    table = SCHEMA.get(relationship.referencing_table)
    if table is None:
        assert relationship.referencing_table in KNOWN_FOREIGN
    else:
        assert relationship.referenced_table in table.columns[relationship.referencing_column].targets


def test_foreign_tables_are_really_foreign() -> None:
    assert not KNOWN_FOREIGN & set(SCHEMA.tables)


def test_a_relationship_is_found_by_both_languages_names() -> None:
    found = SCHEMA.relationships["contact_customer_accounts"]
    assert SCHEMA.called["contact_customer_accounts"] == (found,)
    assert SCHEMA.called["contact_account_parentcustomerid"] == (found,)


def test_many_to_many_relationships_go_through_a_table() -> None:
    found = SCHEMA.many_to_many["listcontact_association"]
    assert (found.first_table, found.second_table) == ("list", "contact")
    assert {found.first_column, found.second_column} <= set(SCHEMA[found.intersect_table].columns)
    assert SCHEMA.called["listcontact_association"] == (found,)


def test_a_name_may_fit_several_relationships() -> None:
    both = {name: {"referencing_table": "a", "referencing_column": "thing_id"} for name in ("one", "two")}
    schema = read_schema(document(one_to_many=both))
    assert [one.name for one in schema.called["a_thing_thing_id"]] == ["one", "two"]


def test_tables_are_found_in_any_case() -> None:
    assert SCHEMA.get("CONTACT") is SCHEMA["contact"]
    assert SCHEMA.get("nosuch") is None


# --- an organisation's own columns ------------------------------------------------------------------------


def test_own_columns_are_added_and_the_original_stays_as_it_is() -> None:
    tier = Column(name="new_tier", type=ColumnType.PICKLIST, options={1: "Gold"})
    extended = SCHEMA.with_columns({"contact": [tier]})
    assert extended["contact"].columns["new_tier"] is tier
    assert extended["contact"].columns["emailaddress1"] is SCHEMA["contact"].columns["emailaddress1"]
    assert "new_tier" not in SCHEMA["contact"].columns


def test_columns_of_an_unknown_table() -> None:
    with pytest.raises(KeyError, match="nosuch"):
        SCHEMA.with_columns({"nosuch": []})


# --- reading the format -----------------------------------------------------------------------------------


def test_a_table_is_read_with_its_relationships() -> None:
    schema = read_schema(
        document(
            columns={
                "thingid": {"type": "Uniqueidentifier"},
                "parentid": {"type": "Lookup", "target": "thing", "nav": "ParentId"},
                "statecode": {"type": "State", "options": {0: "Active", "1": "Inactive"}},
                "statuscode": {
                    "type": "Status",
                    "options": {1: "On", 2: "Off"},
                    "state_of": {1: "Active", 2: "Inactive"},
                },
                "day": {"type": "DateTime", "format": "DateOnly"},
            },
            one_to_many={"thing_thing": {"referencing_table": "thing", "referencing_column": "parentid"}},
        )
    )
    columns = schema["thing"].columns
    assert columns["statecode"].options == {0: "Active", 1: "Inactive"}
    assert columns["statuscode"].state_of == {1: 0, 2: 1}
    assert columns["day"].date_only
    assert columns["parentid"].nav == {"thing": "ParentId"}
    assert [one.name for one in schema.called["thing_thing_parentid"]] == ["thing_thing"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "no `tables:` mapping"),
        ({"tables": ["thing"]}, "no `tables:` mapping"),
        ({"tables": None}, "no `tables:` mapping"),
        ([], "no `tables:` mapping"),
        (None, "no `tables:` mapping"),
        ({"tables": {"thing": None}}, "table thing: "),
        ({"tables": {"thing": "text"}}, "table thing: "),
        ({"tables": {"thing": {}}}, "table thing: .*columns"),
        (document(entity_set="things", columns={"a": {"type": "Virtual"}}), "table thing: .*Virtual"),
        (document(columns={"a": {}}), "table thing: .*type"),
        (document(columns={"a": None}), "table thing: "),
        (document(columns=["a"]), "table thing: "),
        (document(columns={"a": {"type": "Picklist", "options": {"one": "Gold"}}}), "table thing: .*one"),
        (document(columns={"a": {"type": "Picklist", "options": ["Gold"]}}), "table thing: "),
        (document(one_to_many={"r": {"referencing_table": "thing"}}), "table thing: .*referencing_column"),
        (document(one_to_many=["r"]), "table thing: "),
        (document(many_to_many={"r": {"intersect_table": "pairs"}}), "table thing: .*column"),
        (document(rules={"statuscode_transitions": {"from_to": {"a": [1]}}}), "table thing: "),
    ],
)
def test_what_is_no_table_metadata_says_where(given: Any, told: str) -> None:
    with pytest.raises(SchemaFileError, match=told):
        read_schema(given)


def test_a_status_of_a_state_that_is_not_there() -> None:
    status = {"type": "Status", "options": {1: "On"}, "state_of": {1: "Sleeping"}}
    with pytest.raises(SchemaFileError, match=r"table thing: .*Sleeping"):
        read_schema(document(columns={"thingid": {"type": "Uniqueidentifier"}, "statuscode": status}))


def test_an_empty_schema() -> None:
    assert list(Schema({}, {})) == []
