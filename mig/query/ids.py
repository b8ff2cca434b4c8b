"""A query with other ids in the place of those that it names: what it means where rows have other ids."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mig.model.tables import Schema
from mig.query.audience import rebuilt
from mig.query.compared import named_ids
from mig.query.tree import Query, Text


def with_ids(query: Query, schema: Schema, ids: Mapping[str, str]) -> Query:
    """Each id that `ids` has, in lower case, gives way to the one it leads to; which it was stays known.

    Only what lookups and primary ids are compared with is an id. The query has to be as it was read: there
    the spans tell its literals apart.
    """
    found = {
        named.literal.span: replace(named.literal, value=ids[named.id], stands_for=named.id)
        for named in named_ids(query, schema)
        if named.id in ids
    }

    def put(node: Any) -> Any:
        return found.get(node.span, node) if isinstance(node, Text) else node

    changed: Query = rebuilt(query, put) if found else query
    return changed
