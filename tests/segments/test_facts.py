"""What is said of an id that a query names, by what the organisation told of it."""

from collections.abc import Mapping

import pytest

from mig.model.tables import bundled_schema
from mig.query.compared import named_ids
from mig.query.parser import parse
from mig.query.tree import Dialect
from mig.segments.facts import Facts

ID = "a0000000-0000-0000-0000-000000000001"
QUERY = f"PROFILE(contact, c).FILTER(c.parentcustomerid == '{ID}')"


@pytest.mark.parametrize(
    ("ids", "severity"),
    [
        ({("account", ID): True, ("contact", ID): False}, None),
        ({("account", ID): True}, None),
        ({("account", ID): False, ("contact", ID): False}, "error"),
        ({("account", ID): False}, "warning"),
        ({}, "warning"),
    ],
)
def test_an_id_is_missing_only_where_every_table_was_asked(
    ids: Mapping[tuple[str, str], bool], severity: str | None
) -> None:
    (named,) = named_ids(parse(QUERY, Dialect.OUTBOUND), bundled_schema())
    found = Facts(ids=ids).about(named)
    assert (found.severity if found else None) == severity
    assert found is None or (found.code == "QRY037" and QUERY[found.start : found.end] == f"'{ID}'")


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (f"'{{{ID.upper()}}}' == c.contactid", [ID]),
        (f"c.contactid IN ('{ID}', 'no id', '')", [ID]),
        (f"NOT(c.ownerid != '{ID}' && c.lastname == '{ID}')", [ID]),
        (f"c.lastname CONTAINS '{ID}'", []),
        ("c.contactid == c.parentcustomerid", []),
        (f"d.contactid == '{ID}'", []),
        (f"c.nosuch == '{ID}'", []),
    ],
)
def test_ids_are_named_where_a_lookup_or_a_primary_id_is_compared(condition: str, ids: list[str]) -> None:
    query = parse(f"PROFILE(contact, c).FILTER({condition})", Dialect.OUTBOUND)
    assert [named.id for named in named_ids(query, bundled_schema())] == ids
