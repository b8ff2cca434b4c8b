"""Relationships in an organisation's metadata, those of its own lookups included."""

import pytest

from mig.sandbox.worldfile import parse_world
from tests.sandbox.conftest import Api, MakeWorld

OWN_LOOKUPS = """
version: 1
tables:
  account: [{name: Fabrikam}]
columns:
  contact:
    new_sponsorid: {type: Lookup, target: account}
    new_patronid: {type: Lookup, target: [account, lead], relationship: {account: new_patron_account}}
"""


@pytest.fixture
def own(make_world: MakeWorld) -> Api:
    """An organisation with lookups of its own."""
    declared = parse_world(OWN_LOOKUPS, "world.yaml")
    return Api(
        make_world("own", rows=declared.rows, columns=declared.columns, relationships=declared.relationships)
    )


def test_relationships_of_a_table(own: Api) -> None:
    base = "EntityDefinitions(LogicalName='contact')"
    (one,) = own.rows(f"{base}/ManyToOneRelationships?$filter=SchemaName eq 'new_patron_account'")
    assert (one["ReferencingEntity"], one["ReferencedEntity"]) == ("contact", "account")
    assert (one["ReferencingAttribute"], one["ReferencedAttribute"]) == ("new_patronid", "accountid")
    assert one["ReferencingEntityNavigationPropertyName"] == "new_patronid_account"
    assert {"lead_parent_contact"} < {one["SchemaName"] for one in own.rows(f"{base}/OneToManyRelationships")}
    pairs = own.rows(f"{base}/ManyToManyRelationships?$select=SchemaName,IntersectEntityName")
    assert [(pair["SchemaName"], pair["IntersectEntityName"]) for pair in pairs] == [
        ("listcontact_association", "listmember")
    ]


def test_tables_with_several_collections(own: Api) -> None:
    table = own.row(
        "EntityDefinitions(LogicalName='account')?$select=LogicalName&$expand="
        "Attributes($select=LogicalName),OneToManyRelationships($select=SchemaName),ManyToManyRelationships"
    )
    assert "accountid" in {attribute["LogicalName"] for attribute in table["Attributes"]}
    found = {one["SchemaName"] for one in table["OneToManyRelationships"]}
    assert {"contact_customer_accounts", "account_contact_new_sponsorid", "new_patron_account"} <= found
    assert table["ManyToManyRelationships"][0]["Entity2LogicalName"] == "account"


def test_an_own_lookup_is_written_through_its_navigation_property(own: Api) -> None:
    account = own.rows("accounts?$select=accountid")[0]["accountid"]
    for property_ in ("new_sponsorid", "new_patronid_account"):
        assert own.post("contacts", {f"{property_}@odata.bind": f"/accounts({account})"}).status_code == 204
