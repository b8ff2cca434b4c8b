"""Which tables are read, in how many requests, when a query follows what only the organisation knows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest

from mig.dataverse.metadata import read_tables
from mig.model.tables import Schema
from mig.query.parser import parse
from mig.query.tree import Dialect
from mig.segments.read import read_schema
from tests.dataverse.apps import Receive, Reply, Scope, Scripted, Send, Talk

# Each lookup as referencing table, column, referenced table; the schema name is `own_` and the column.
LOOKUPS = [
    ("new_a", "new_accountid", "account"),
    ("new_b", "new_aid", "new_a"),
    ("new_c", "new_bid", "new_b"),
    ("new_d", "new_cid", "new_c"),
    ("contact", "new_did", "new_d"),
    ("contact", "new_sponsorid", "account"),
    ("contact", "new_hiddenid", "new_hidden"),
]
TO_A = "TRAVERSE(new_a_account_new_accountid, a).TRAVERSE(new_b_new_a_new_aid, b)"
TO_CONTACT = (
    "TRAVERSE(new_c_new_b_new_bid, c).TRAVERSE(new_d_new_c_new_cid, d).TRAVERSE(contact_new_d_new_did, e)"
)


def one(lookup: tuple[str, str, str]) -> Mapping[str, str]:
    table, column, referenced = lookup
    return {
        "SchemaName": f"own_{column}",
        "ReferencingEntity": table,
        "ReferencingAttribute": column,
        "ReferencedEntity": referenced,
    }


PAIR = {
    "SchemaName": "new_deal_contact",
    "IntersectEntityName": "new_deal_contact_pair",
    "Entity1LogicalName": "new_deal",
    "Entity1IntersectAttribute": "new_dealid",
    "Entity2LogicalName": "contact",
    "Entity2IntersectAttribute": "contactid",
}


def table(name: str) -> Mapping[str, Any]:
    columns = {f"{name}id", *(column for of, column, _ in LOOKUPS if of == name)}
    return {
        "LogicalName": name,
        "EntitySetName": f"{name}s",
        "PrimaryIdAttribute": f"{name}id",
        "Attributes": [{"LogicalName": column, "AttributeType": "Lookup"} for column in sorted(columns)],
        "ManyToOneRelationships": [one(lookup) for lookup in LOOKUPS if lookup[0] == name],
        "OneToManyRelationships": [one(lookup) for lookup in LOOKUPS if lookup[2] == name],
        "ManyToManyRelationships": [PAIR] if name in ("new_deal", "contact") else [],
    }


@dataclass
class Organisation:
    """Describes any table but the hidden one; keeps the names it was asked for, request by request."""

    asked: list[list[str]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = re.findall(
            r"LogicalName eq '(\w+)'", unquote(scope["query_string"].decode()).replace("+", " ")
        )
        self.asked.append(names)
        body = {"value": [table(name) for name in names if name != "new_hidden"]}
        await Scripted([Reply(body=body)])(scope, receive, send)


def read(*texts: str) -> tuple[Schema, Sequence[Sequence[str]]]:
    app = Organisation()
    queries = [parse(text, Dialect.OUTBOUND) for text in texts]
    schema: Schema = Talk(app)(lambda client: read_schema(partial(read_tables, client), queries))
    return schema, app.asked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("PROFILE(contact, c)", [["contact"]]),
        (
            "PROFILE(account, a).TRAVERSE(contact_account_parentcustomerid, c)",
            [["account", "contact"]],
        ),
        (
            "PROFILE(account, a).TRAVERSE(contact_account_new_sponsorid, c)",
            [["account", "contact", "lead"]],
        ),
        (
            "PROFILE(new_deal, d).TRAVERSE(new_deal_contact, c)",
            [["contact", "lead", "new_deal"], ["new_deal_contact_pair"]],
        ),
        (
            f"PROFILE(account, o).{TO_A}.{TO_CONTACT}",
            [["account", "contact", "lead"], ["new_a", "new_d"], ["new_b", "new_c"]],
        ),
        (
            "PROFILE(new_hidden, h).TRAVERSE(contact_new_hidden_new_hiddenid, c)",
            [["contact", "lead", "new_hidden"]],
        ),
        ("PROFILE(account, a).TRAVERSE(nowhere, c)", [["account", "contact", "lead"]]),
        (
            "PROFILE(contact, c).FILTER(c.parentcustomerid == 'd0000000-0000-0000-0000-000000000001')",
            [["account", "contact"]],
        ),
        (
            "PROFILE(contact, c).FILTER(c.new_did == 'd0000000-0000-0000-0000-000000000001')",
            [["contact"], ["new_d"]],
        ),
        ("PROFILE(contact, c).FILTER(c.lastname == 'd0000000-0000-0000-0000-000000000001')", [["contact"]]),
    ],
)
def test_tables_are_asked_for_once_and_only_when_a_path_leads_there(
    text: str, asked: list[list[str]]
) -> None:
    schema, found = read(text)
    assert found == asked
    assert schema.tables.keys() == {name for names in asked for name in names} - {"new_hidden"}


def test_no_queries_cost_no_request() -> None:
    assert read()[1] == []
