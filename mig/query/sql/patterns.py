"""Patterns to SQL: what a row of the root must meet, its relations included.

A relation is `column IN (SELECT … )`, one named sub-select for each hop, read from the leaf inwards: each is
computed once, so neither indexes nor the number of linked pairs matter.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mig.model.tables import ManyToMany, Schema, Table
from mig.query.pattern import Node, Pattern
from mig.query.relations import Link
from mig.query.sql.conditions import Conditions
from mig.query.sql.pieces import NotEvaluated, Sql, grouped_list, qualified, quoted, sql
from mig.query.sql.semantics import Semantics
from mig.query.sql.values import Values
from mig.query.tree import NOWHERE, Condition, Field, Not, Span
from mig.query.walk import predicates, values

_MOST_HOPS: Final = 16
"""Ours; real-time relations reach five tables."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Compiles one pattern; `aside` takes a SELECT of one column and returns the name to read it by.

    `inside` is what the rows of the operand's source must meet besides, if they are members of something.
    """

    pattern: Pattern
    schema: Schema
    semantics: Semantics
    now: datetime
    aside: Callable[[Sql], str]
    inside: Sql | None = None

    def where(self) -> Sql:
        """True for the rows of the root that are members."""
        found = list(self._meets(self.pattern.root, 0))
        return grouped_list(found, " AND ") if found else Sql("1")

    def _meets(self, at: int, depth: int) -> Iterator[Sql]:
        """What a row of a node must meet, its relations included."""
        node = self.pattern.nodes[at]
        if depth > _MOST_HOPS:
            raise NotEvaluated(f"paths over more than {_MOST_HOPS} tables are not evaluated", node.span)
        table = self._table(node)
        if at == 0 and self.inside is not None:
            yield self.inside
        for condition in self.pattern.conditions.get(at, ()):
            yield self._condition(node, condition, self.aside)
        yield from self._active(table)
        for child in self.pattern.children(at):
            optional = self.pattern.nodes[child].optional
            yield self._optional(child, depth + 1) if optional else self._required(child, depth + 1)

    def _active(self, table: Table) -> Iterator[Sql]:
        if not self.semantics.inactive_rows and "statecode" in table.columns:
            yield Sql(f"{qualified(table, 'statecode')} = 0")

    def _condition(self, node: Node, condition: Condition, aside: Callable[[Sql], str]) -> Sql:
        values = Values(self._table(node), node.alias, self.semantics, self.now)
        return Conditions(values, aside).where(condition)

    def _table(self, node: Node) -> Table:
        table = self.schema.get(node.table)
        if table is None:
            raise NotEvaluated(f"there is no table {node.table}", node.span)
        return table

    # --- relations ----------------------------------------------------------------------------------------

    def _required(self, at: int, depth: int) -> Sql:
        """RELATE, and what a path came from: there is a linked row that meets it all."""
        return self._linked(at, list(self._meets(at, depth)))

    def _linked(self, at: int, where: list[Sql]) -> Sql:
        """A column of the near table has a value of a far row that meets it all; for `IS NOT TRUE` too."""
        node = self.pattern.nodes[at]
        link = node.link
        if link is None:
            raise NotEvaluated("how these rows are linked is not known", node.span)
        if isinstance(link.relationship, ManyToMany):
            return self._through(link.relationship, link, where, node.span)
        near, far = self.schema[link.near], self._table(node)
        column = link.relationship.referencing_column
        forwards = link.near == link.relationship.referencing_table
        self._check_column(near if forwards else far, column, node.span)
        own, other = (column, far.primary_id) if forwards else (near.primary_id, column)
        return self._in(qualified(near, own), _select(far, other, where))

    def _through(self, found: ManyToMany, link: Link, where: list[Sql], span: Span) -> Sql:
        """Many-to-many: two hops, over the table that pairs the rows."""
        pairs = self.schema.get(found.intersect_table)
        if pairs is None:
            raise NotEvaluated(f"the table {found.intersect_table} is not known", span)
        turned = link.near != found.first_table
        sides = (found.first_column, found.second_column)
        own, other = reversed(sides) if turned else sides
        for column in (own, other):
            self._check_column(pairs, column, span)
        near, far = self.schema[link.near], self.schema[link.far]
        linked = self._in(qualified(pairs, other), _select(far, far.primary_id, where))
        return self._in(qualified(near, near.primary_id), _select(pairs, own, [linked]))

    def _check_column(self, table: Table, column: str, span: Span) -> None:
        if column not in table.columns:
            raise NotEvaluated(f"{table.name} has no column {column}", span)

    def _in(self, column: str, select: Sql) -> Sql:
        return Sql(f"{column} IN (SELECT id FROM {self.aside(select)})")

    # --- RELATEOPTIONAL -----------------------------------------------------------------------------------

    def _optional(self, at: int, depth: int) -> Sql:
        """A linked row meets it, or there is none and a row with nothing in it would; see `Semantics`."""
        chain = self._chain(at)
        stated = [(one, condition) for one in chain for condition in self.pattern.conditions.get(one, ())]
        if not stated:
            return Sql("1")
        if self.semantics.optional_not_is_none and len(stated) == 1:
            only, condition = stated[0]
            if isinstance(condition, Not):
                return sql("({}) IS NOT TRUE", self._some(chain, {only: (condition.item,)}, depth))
        met = self._linked(at, list(self._meets(at, depth)))
        none = self._linked(at, list(self._active(self._table(self.pattern.nodes[at]))))
        missing = [self._missing(self.pattern.nodes[one], condition) for one, condition in stated]
        return sql("({} OR (({}) IS NOT TRUE AND {}))", met, none, grouped_list(missing, " AND "))

    def _chain(self, at: int) -> list[int]:
        """The hops of one RELATEOPTIONAL, outermost first."""
        chain = [at]
        while below := self.pattern.children(chain[-1]):
            chain.append(below[0])
        if not all(self.pattern.nodes[one].optional for one in chain):
            span = self.pattern.nodes[at].span
            raise NotEvaluated("RELATE inside RELATEOPTIONAL is not evaluated", span)
        return chain

    def _some(self, chain: list[int], stated: Mapping[int, tuple[Condition, ...]], depth: int) -> Sql:
        """There are linked rows that meet these conditions instead: the same as RELATE."""
        nodes = list(self.pattern.nodes)
        for one in chain:
            nodes[one] = replace(nodes[one], optional=False)
        required = Pattern(tuple(nodes), self.pattern.root, stated)
        return replace(self, pattern=required)._required(chain[0], depth)

    def _missing(self, node: Node, condition: Condition) -> Sql:
        """Whether a row of which every column is empty meets the condition."""
        table = self._table(node)
        named = {
            value.name.lower(): quoted(value.name.lower())
            for predicate in predicates(condition)
            for value in values(predicate)
            if isinstance(value, Field)
        }
        empty = ", ".join(f"NULL AS {name}" for name in named.values()) or "NULL"
        head = f"EXISTS (SELECT 1 FROM (SELECT {empty}) AS {quoted(table.name)} WHERE {{}})"
        return sql(head, self._condition(node, condition, _too_deep))


def _select(table: Table, column: str, where: list[Sql]) -> Sql:
    head = f"SELECT {qualified(table, column)} FROM {quoted(table.name)}"
    return sql(f"{head} WHERE {{}}", grouped_list(where, " AND ")) if where else Sql(head)


def _too_deep(select: Sql) -> str:
    raise NotEvaluated("conditions nested this deep on a RELATEOPTIONAL are not evaluated", NOWHERE)
