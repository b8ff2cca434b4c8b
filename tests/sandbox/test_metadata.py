"""Metadata as clients read it: tables, columns, option sets, keys, relationships, the CSDL document."""

from xml.etree import ElementTree

import pytest

from mig.model.tables import ColumnType
from mig.sandbox import messages, routes
from mig.sandbox.errors import TYPE
from mig.sandbox.metadata.kinds import KINDS
from mig.sandbox.metadata.options import global_option_sets
from mig.sandbox.metadata.relationships import all_relationships
from mig.sandbox.metadata.tables import all_tables
from mig.sandbox.world import World
from tests.sandbox.conftest import Api, MakeWorld, code

CONTACT = "EntityDefinitions(LogicalName='contact')"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture
def keyed(make_world: MakeWorld) -> Api:
    return Api(make_world("keyed", keys={"contact": {"new_Mail": ("emailaddress1",)}}))


def test_entries_have_what_their_kind_declares(world: World) -> None:
    """So that `$select` knows every property also of a collection without members."""
    for root in (all_tables, all_relationships, global_option_sets):
        for member in root(world):
            properties = set(member.entry) - {"@odata.type"}
            assert all(member.kind.has(name) for name in properties)
            assert properties == {name for kind in _line(member.kind.name) for name in KINDS[kind].own}
            assert set(member.links) == set(member.kind.links)


def _line(name: str) -> list[str]:
    base = KINDS[name].base
    return [name] if base is None else [name, *_line(base.name)]


def test_attributes_have_what_their_type_declares(api: Api) -> None:
    for entry in api.rows(f"{CONTACT}/Attributes"):
        kind = KINDS[entry["@odata.type"].removeprefix(f"#{TYPE}")]
        assert set(entry) - {"@odata.type"} == {name for one in _line(kind.name) for name in KINDS[one].own}


def test_a_table_by_its_metadata_id(api: Api) -> None:
    contact = api.row(f"{CONTACT}?$select=LogicalName")
    by_id = api.row(f"EntityDefinitions({contact['MetadataId']})?$select=SchemaName")
    assert by_id["SchemaName"] == "Contact"
    named = api.row(f"EntityDefinitions(MetadataId={contact['MetadataId']})")
    assert named["LogicalName"] == "contact"


@pytest.mark.parametrize(
    ("filter_", "has", "lacks"),
    [
        ("IsPrivate eq false and (LogicalName eq 'contact')", "contact", "account"),
        ("OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'", "contact", "organization"),
        ("OwnershipType eq 'UserOwned'", "contact", "organization"),
        ("not IsCustomEntity eq true", "contact", "msdyncrm_segment"),
        ("SchemaName ne 'Contact'", "account", "contact"),
        ("IsIntersect eq true", "listmember", "contact"),
    ],
)
def test_filters_of_tables(api: Api, filter_: str, has: str, lacks: str) -> None:
    found = {entry["LogicalName"] for entry in api.rows("EntityDefinitions", params={"$filter": filter_})}
    assert has in found
    assert lacks not in found


def test_attributes_by_filter_and_by_key(api: Api) -> None:
    required = api.rows(f"{CONTACT}/Attributes?$filter=RequiredLevel/Value eq 'SystemRequired'")
    assert "contactid" in {entry["LogicalName"] for entry in required}
    texts = api.rows(f"{CONTACT}/Attributes?$filter=AttributeType eq 'String'&$select=LogicalName")
    assert {"lastname", "emailaddress1"} < {entry["LogicalName"] for entry in texts}
    one = api.row(f"{CONTACT}/Attributes(LogicalName='lastname')")
    assert (one["AttributeTypeName"], one["MaxLength"]) == ({"Value": "StringType"}, 50)
    assert api.row(f"{CONTACT}/Attributes({one['MetadataId']})")["LogicalName"] == "lastname"
    cast = f"{CONTACT}/Attributes(LogicalName='birthdate')/{TYPE}DateTimeAttributeMetadata"
    date = api.row(f"{cast}?$select=Format,DateTimeBehavior")
    assert (date["Format"], date["DateTimeBehavior"]) == ("DateOnly", {"Value": "DateOnly"})


def test_a_kind_without_members_is_an_empty_list(api: Api) -> None:
    base = "EntityDefinitions(LogicalName='listmember')/Attributes"
    assert api.rows(f"{base}/{TYPE}PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet") == []


def test_option_sets(api: Api) -> None:
    base = f"{CONTACT}/Attributes/{TYPE}PicklistAttributeMetadata"
    found = api.rows(f"{base}?$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet")
    (tier,) = [entry for entry in found if entry["LogicalName"] == "new_tier"]
    options = {
        one["Value"]: one["Label"]["UserLocalizedLabel"]["Label"] for one in tier["OptionSet"]["Options"]
    }
    assert options == {1: "Gold", 2: "Silver"}
    assert tier["GlobalOptionSet"] is None
    assert "Name" not in tier["OptionSet"]


def test_states_and_statuses_fit(api: Api) -> None:
    base = f"{CONTACT}/Attributes(LogicalName='"
    states = api.row(f"{base}statecode')/{TYPE}StateAttributeMetadata?$expand=OptionSet")["OptionSet"]
    statuses = api.row(f"{base}statuscode')/{TYPE}StatusAttributeMetadata?$expand=OptionSet")["OptionSet"]
    assert [(one["Value"], one["DefaultStatus"]) for one in states["Options"]] == [(0, 1), (1, 2)]
    assert [(one["Value"], one["State"]) for one in statuses["Options"]] == [(1, 0), (2, 1)]


def test_yes_and_no(api: Api) -> None:
    cast = f"{CONTACT}/Attributes(LogicalName='donotemail')/{TYPE}BooleanAttributeMetadata/OptionSet"
    options = api.row(cast)
    assert (options["TrueOption"]["Value"], options["FalseOption"]["Value"]) == (1, 0)


def test_keys(keyed: Api) -> None:
    (key,) = keyed.rows(f"{CONTACT}/Keys")
    assert (key["SchemaName"], key["KeyAttributes"]) == ("new_Mail", ["emailaddress1"])
    assert key["EntityKeyIndexStatus"] == "Active"
    assert keyed.row(f"{CONTACT}/Keys({key['MetadataId']})")["LogicalName"] == "new_mail"
    assert keyed.row(f"{CONTACT}?$select=LogicalName&$expand=Keys($select=KeyAttributes)")["Keys"]


def test_relationships(api: Api) -> None:
    (found,) = api.rows("RelationshipDefinitions?$filter=SchemaName eq 'contact_customer_accounts'")
    assert found["@odata.type"] == f"#{TYPE}OneToManyRelationshipMetadata"
    cast = (
        f"RelationshipDefinitions(SchemaName='contact_customer_accounts')/{TYPE}OneToManyRelationshipMetadata"
    )
    assert api.row(f"{cast}?$select=ReferencingAttribute")["ReferencingAttribute"] == "parentcustomerid"
    assert api.row(f"RelationshipDefinitions({found['MetadataId']})")["SchemaName"] == found["SchemaName"]
    pairs = api.rows(
        f"RelationshipDefinitions/{TYPE}ManyToManyRelationshipMetadata?$select=Entity1LogicalName"
    )
    assert "list" in {pair["Entity1LogicalName"] for pair in pairs}
    kind = "Microsoft.Dynamics.CRM.RelationshipType'ManyToManyRelationship'"
    assert len(api.rows(f"RelationshipDefinitions?$filter=RelationshipType eq {kind}")) == len(pairs)


def test_there_are_no_global_option_sets(api: Api) -> None:
    assert api.rows("GlobalOptionSetDefinitions?$select=Name") == []
    assert code(api.get("GlobalOptionSetDefinitions(Name='nosuch')")) == (404, "0x80060888")


def test_metadata_is_accepted_fresh(api: Api) -> None:
    answer = api.get(f"{CONTACT}?$select=LogicalName", headers={"Consistency": "Strong"})
    assert answer.status_code == 200


def test_the_csdl_document(api: Api) -> None:
    answer = api.get("$metadata", headers={"Accept": "application/xml"})
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 -- our own document
    entities = {one.get("Name"): one for one in root.iter(f"{EDM}EntityType")}
    contact = entities["contact"]
    assert [ref.get("Name") for ref in contact.iter(f"{EDM}PropertyRef")] == ["contactid"]
    properties = {one.get("Name"): one.get("Type") for one in contact.iter(f"{EDM}Property")}
    assert properties["lastname"] == "Edm.String"
    assert properties["_parentcustomerid_value"] == "Edm.Guid"
    links = {one.get("Name"): one.get("Type") for one in contact.iter(f"{EDM}NavigationProperty")}
    assert links["parentcustomerid_account"] == "mscrm.account"
    assert links["ownerid"] == "mscrm.crmbaseentity"
    assert links["listcontact_association"] == "Collection(mscrm.list)"
    sets = {one.get("Name") for one in root.iter(f"{EDM}EntitySet")}
    assert sets == {table.entity_set for table in api.world.schema}


def test_the_csdl_document_refers_to_nothing_that_it_lacks(api: Api) -> None:
    root = ElementTree.fromstring(api.get("$metadata").content)  # noqa: S314 -- our own document
    known = {
        one.get("Name") for kind in ("EntityType", "ComplexType", "EnumType") for one in root.iter(EDM + kind)
    }
    for element in root.iter():
        kind = (element.get("Type") or "").removeprefix("Collection(").removesuffix(")")
        if kind.startswith("mscrm."):
            assert kind.removeprefix("mscrm.") in known, kind
    for entity in root.iter(f"{EDM}EntityType"):
        names = [one.get("Name") for one in entity if one.get("Name")]
        assert len(set(names)) == len(names), entity.get("Name")


def test_every_message_is_declared() -> None:
    bound = [*routes.BOUND_TO_SETS, *routes.BOUND_TO_USERS]
    has = {*routes.FUNCTIONS, *routes.ACTIONS, *(name.removeprefix(TYPE) for name in bound)}
    declared = {message.name for message in messages.MESSAGES}
    assert has - {"DeleteMultiple"} == declared


def test_every_column_type_has_a_kind_of_attribute(api: Api) -> None:
    found = {
        entry["@odata.type"].removeprefix(f"#{TYPE}").removesuffix("AttributeMetadata")
        for table in ("contact", "account", "msevtmgt_event")
        for entry in api.rows(f"EntityDefinitions(LogicalName='{table}')/Attributes?$select=LogicalName")
    }
    assert found <= {str(kind) for kind in ColumnType} | {"UniqueIdentifier"}
    assert {"Lookup", "Money", "MultiSelectPicklist", "Status"} <= found
