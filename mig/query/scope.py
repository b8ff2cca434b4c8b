"""Which table a step stands on, and which table an alias means.

Aliases are local to an operand and compare in lower case (reference/segment-queries.md C.3).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from mig.model.tables import Schema
from mig.query.relations import links_from
from mig.query.tree import (
    Compare,
    Field,
    Filter,
    Interaction,
    Operand,
    Profile,
    Query,
    Relate,
    Step,
    Text,
    Traverse,
)
from mig.query.walk import hops, predicates

_LEADING: Final = (Traverse, Relate)
_ALIAS: Final = re.compile(r"(.+?)_\d+(?:__\d+)*\Z")


@dataclass(frozen=True, slots=True)
class Scope:
    """The table of the current node, in lower case, and the tables of the aliases; None is unknown."""

    table: str | None = None
    aliases: Mapping[str, str | None] = field(default_factory=dict)

    def table_of(self, column: Field) -> str | None:
        """The table a column belongs to."""
        return self.aliases.get(column.alias.lower()) if column.alias else self.table

    def defines(self, alias: str) -> bool:
        """Whether the operand gives this alias."""
        return alias.lower() in self.aliases


def scoped(operand: Operand, schema: Schema) -> Iterator[tuple[Step, Scope]]:
    """Each step with the scope after it, in which its columns are read; edges of TRAVERSE have none."""
    scope = _start(operand, schema)
    for step in operand.steps:
        scope = _after(scope, step, schema)
        yield step, scope


def tables_at(step: Step, scope: Scope) -> tuple[str, ...]:
    """The tables that a path or a relation leads over, as far as they are known; none for other steps."""
    if not isinstance(step, _LEADING):
        return ()
    return tuple(filter(None, (scope.table, *scope.aliases.values())))


def end_of(operand: Operand, schema: Schema) -> str | None:
    """The table of an operand's last node: the table of its members."""
    if isinstance(operand.source, Interaction):
        return _interaction_members(operand.source, operand)
    scope = _start(operand, schema)
    for step in operand.steps:
        scope = _after(scope, step, schema)
    return scope.table


def member_table(query: Query, schema: Schema) -> str | None:
    """The table of a query's members: that of the first operand where it is known."""
    for operand in (query.first, *(term.operand for term in query.rest)):
        if table := end_of(operand, schema):
            return table
    return None


def follow(schema: Schema, table: str | None, relationship: str) -> str | None:
    """The table at the other end of a relationship, by outbound name or schema name; None if not sure."""
    links = links_from(schema, table, relationship) if table else []
    return links[0].far if len(links) == 1 else None


def table_in_alias(alias: str | None) -> str | None:
    """The table an alias is named after, `<table>_<n>`; None when it is not so named."""
    found = _ALIAS.match(alias or "")
    return found[1].lower() if found else None


def _start(operand: Operand, schema: Schema) -> Scope:
    source = operand.source
    if isinstance(source, Profile):
        table = source.table.lower()
        return Scope(table, {source.alias.lower(): table} if source.alias else {})
    if isinstance(source, Query):
        return Scope(member_table(source, schema))
    if isinstance(source, Interaction):
        return Scope(source.type.lower() if schema.get(source.type) else None)
    return Scope()


def _interaction_members(source: Interaction, operand: Operand) -> str | None:
    """A real-time interaction states its member type as `<link>_LogicalName == 'contact'`."""
    pseudo = f"{source.link}_logicalname".lower()
    for step in operand.steps:
        for predicate in predicates(step.condition) if isinstance(step, Filter) else ():
            if (
                isinstance(predicate, Compare)
                and predicate.op == "=="
                and isinstance(predicate.left, Field)
                and predicate.left.name.lower() == pseudo
                and isinstance(predicate.right, Text)
            ):
                return predicate.right.value.lower()
    return None


def _after(scope: Scope, step: Step, schema: Schema) -> Scope:
    if isinstance(step, Traverse):
        table = follow(schema, scope.table, step.relationship) or table_in_alias(step.alias)
        return Scope(table, {**scope.aliases, step.alias.lower(): table} if step.alias else scope.aliases)
    if isinstance(step, Relate):
        return Scope(scope.table, {**scope.aliases, **_related(scope.table, step, schema)})
    return scope


def _related(table: str | None, step: Relate, schema: Schema) -> dict[str, str | None]:
    """The aliases of a relation; an intermediate alias is named after the leaf, so it tells nothing."""
    found: dict[str, str | None] = {}
    for hop in hops(step):
        stated = hop.table.lower() if hop.table else None
        named = None if hop.then else table_in_alias(hop.alias)
        table = stated or follow(schema, table, hop.relationship) or named
        found[hop.alias.lower()] = table
    return found
