import pytest

from mig.dataverse.errors import BadAnswer
from mig.dataverse.metadata import organization_id, read_tables
from mig.model.tables import ColumnType, Schema, bundled_schema
from mig.sandbox.world import World
from tests.dataverse.apps import Reply, Scripted, Talk


def test_who_answers(talk: Talk, world: World) -> None:
    assert talk(organization_id) == world.organization_id


@pytest.mark.parametrize("body", [{}, {"OrganizationId": None}, [], {"OrganizationId": 7}])
def test_an_answer_that_does_not_say(body: object) -> None:
    with pytest.raises(BadAnswer, match="without an OrganizationId"):
        Talk(Scripted([Reply(body=body)]))(organization_id)


def test_the_organisations_own_tables(talk: Talk) -> None:
    names = ["contact", "account", "nosuch"]
    found: Schema = talk(lambda client: read_tables(client, names, bundled_schema()))
    assert set(found.tables) == {"contact", "account"}
    contact = found["contact"]
    assert (contact.entity_set, contact.primary_id) == ("contacts", "contactid")
    assert contact.columns["new_tier"].type is ColumnType.PICKLIST  # what only this organisation has
    assert contact.columns["statuscode"].options == bundled_schema()["contact"].columns["statuscode"].options
    assert "contact_customer_accounts" in found.relationships
    assert len(talk.log) == 1


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
