"""The columns that must be at hand to compute the members of a query.

Those its conditions name, the ids and lookups by which rows are linked, and the state of each row, which
decides when only active rows count.
"""

from collections.abc import Iterator, Mapping

from mig.model.tables import ManyToMany, Schema
from mig.query.pattern import Node, Pattern, read_pattern
from mig.query.scope import member_table
from mig.query.tree import Field, Operand, Profile, Query, Segment
from mig.query.walk import operands, predicates, values

_AUDIENCES = ("contact", "lead")


def needed_columns(query: Query, schema: Schema) -> Mapping[str, set[str]]:
    """By table, in lower case: what evaluating the query reads, the segments it refers to left aside.

    Only tables and columns that the schema has. Where a filter stands on a segment, its table is not known
    here: then those of contacts and leads, the only rows that segments hold (segment-queries.md B.1).
    """
    found: dict[str, set[str]] = {}
    for operand in operands(query):
        for table in _sources(operand, schema):
            for name, column in _read(operand, table, schema):
                if (known := schema.get(name)) is not None and column in known.columns:
                    found.setdefault(known.name, {known.primary_id}).add(column)
    return found


def _sources(operand: Operand, schema: Schema) -> tuple[str, ...]:
    """The tables that the rows of an operand's source may be of."""
    source = operand.source
    if isinstance(source, Profile):
        return (source.table.lower(),)
    if not operand.steps:
        return ()
    known = member_table(source, schema) if isinstance(source, Query) else None
    return (known,) if known else _AUDIENCES if isinstance(source, Query | Segment) else ()


def _read(operand: Operand, table: str, schema: Schema) -> Iterator[tuple[str, str]]:
    for pattern in read_pattern(operand, table, schema).patterns:
        for at, node in enumerate(pattern.nodes):
            if (known := schema.get(node.table)) is not None:
                yield known.name, known.primary_id
            yield node.table, "statecode"
            yield from _link(node)
            yield from ((node.table, name) for name in _named(pattern, at))


def _named(pattern: Pattern, at: int) -> Iterator[str]:
    for condition in pattern.conditions.get(at, ()):
        for predicate in predicates(condition):
            yield from (value.name.lower() for value in values(predicate) if isinstance(value, Field))


def _link(node: Node) -> Iterator[tuple[str, str]]:
    """The lookup that links a node with its parent, or the table that pairs them."""
    if node.link is None:
        return
    found = node.link.relationship
    if isinstance(found, ManyToMany):
        yield found.intersect_table, found.first_column
        yield found.intersect_table, found.second_column
    else:
        yield found.referencing_table, found.referencing_column
