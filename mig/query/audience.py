"""Who a query means: for each operand the rows it picks, what they hold, and what they are linked to.

A path and a relation become one shape: `PROFILE(e).FILTER(x).TRAVERSE(r).FILTER(y)` and
`PROFILE(c).FILTER(y).RELATE(r, e_1).FILTER(e_1.x)` both mean rows of c with y, linked by r to a row of e with
x (reference/segment-queries.md C.1). This is what is told and what is compared, never the steps. Reads every
tree, also those that cannot be translated or that name unknown things.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from operator import is_
from typing import Any

from mig.model.tables import Schema
from mig.query.relations import links_from
from mig.query.scope import Scope, scoped
from mig.query.tree import (
    And,
    Condition,
    Field,
    Filter,
    Having,
    Interaction,
    Node,
    Operand,
    OrderBy,
    Profile,
    Query,
    Relate,
    Segment,
    Select,
    SetOp,
    Skip,
    Step,
    Take,
    Traverse,
)
from mig.query.walk import hops, predicates, values

Listing = OrderBy | Skip | Take | Select


@dataclass(frozen=True, slots=True)
class Link:
    """At least one row linked by a relationship must exist; `optional` is RELATEOPTIONAL."""

    relationship: str
    rows: "Rows"
    optional: bool = False
    edges: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of `table` (None is unknown), all of them or those in `source`, for which all the rest holds.

    A column without an alias is one of these rows; an alias is the `name` of other rows of the operand, which
    have a name only when a condition speaks of several rows at once. `listing` comes after everything else.
    """

    table: str | None
    source: "Segment | Interaction | Sets | Rows | None" = None
    name: str = ""
    conditions: tuple[Condition, ...] = ()
    links: tuple[Link, ...] = ()
    having: Having | None = None
    listing: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Sets:
    """Rows combined left to right: `((first op rows) op rows) …`."""

    first: Rows
    rest: tuple[tuple[SetOp, Rows], ...] = ()


def read(query: Query, schema: Schema) -> Sets:
    """The audience of a query, in the order and spelling of its text."""
    rest = tuple((term.op, _rows(term.operand, schema)) for term in query.rest)
    return Sets(_rows(query.first, schema), rest)


def rebuilt(node: Any, change: Callable[[Any], Any]) -> Any:
    """A node with `change` applied to it and to all nodes inside it, innermost first.

    What holds nothing that changed is not made anew: most of a long query stays as it is.
    """
    if isinstance(node, tuple):
        items = [rebuilt(item, change) for item in node]
        return node if all(map(is_, items, node)) else tuple(items)
    if not isinstance(node, Node):
        return node
    inner = {}
    names: tuple[str, ...] = node.__match_args__  # those that may hold nodes
    for name in names:
        before = getattr(node, name)
        if (after := rebuilt(before, change)) is not before:
            inner[name] = after
    return change(replace(node, **inner) if inner else node)


def columns_in(condition: Condition) -> Iterable[Field]:
    """All columns a condition names."""
    for predicate in predicates(condition):
        yield from (value for value in values(predicate) if isinstance(value, Field))


@dataclass(slots=True, eq=False)
class _Place:
    """Rows being put together; a path leads from place to place."""

    table: str | None
    name: str
    source: "Segment | Interaction | Sets | Rows | None" = None
    conditions: list[Condition] = field(default_factory=list)
    links: list[tuple[Traverse | Relate, "_Place"]] = field(default_factory=list)
    having: Having | None = None
    listing: list[Listing] = field(default_factory=list)


def _rows(operand: Operand, schema: Schema) -> Rows:
    builder = _Builder(operand, schema)
    for step, scope in scoped(operand, schema):
        builder.take(step, scope)
    return builder.frozen(builder.here)


class _Builder:
    """Follows the steps of one operand; `here` is the place they have come to."""

    def __init__(self, operand: Operand, schema: Schema) -> None:
        self.schema = schema
        self.created: dict[str, int] = {}
        self.mentioned: set[str] = set()
        self.places: dict[str, _Place] = {}
        source = operand.source
        self.here = self.place(source.table if isinstance(source, Profile) else None)
        if isinstance(source, Query):
            self.here.source = read(source, schema)
        elif isinstance(source, Profile):
            self.call(source.alias, self.here)
        else:
            self.here.source = source

    def place(self, table: str | None) -> _Place:
        """A new place, named after its table so that two texts name it alike whatever their aliases."""
        base = (table or "row").lower()
        number = self.created[base] = self.created.get(base, 0) + 1
        return _Place(table, f"{base}_{number}")

    def call(self, alias: str | None, place: _Place) -> None:
        """An alias means this place from now on."""
        if alias:
            self.places[alias.lower()] = place

    def take(self, step: Step, scope: Scope) -> None:
        """One more step; `scope` is that after it."""
        match step:
            case Filter():
                self.after_listing()
                self.filter(step.condition)
            case Traverse():
                reached = self.place(scope.table)
                reached.links.append((step, self.here))
                self.call(step.alias, reached)
                self.here = reached
            case Relate():
                self.after_listing()
                self.relate(step, scope)
            case Having():
                self.here.having = self.seen_from(step, self.here)
            case OrderBy() | Skip() | Take() | Select():
                self.here.listing.append(self.seen_from(step, self.here))

    def after_listing(self) -> None:
        """What follows SKIP or TAKE speaks of the rows that are left, not of all."""
        if any(isinstance(step, Skip | Take) for step in self.here.listing):
            inner = self.here
            self.here = replace(inner, source=self.frozen(inner), conditions=[], links=[], listing=[])
            self.here.having = None
            self.places = {
                alias: self.here if place is inner else place for alias, place in self.places.items()
            }

    def relate(self, step: Relate, scope: Scope) -> None:
        """The place stays; each hop hangs on the one before."""
        place = self.here
        for hop in hops(step):
            linked = self.place(scope.aliases.get(hop.alias.lower()))
            place.links.append((hop, linked))
            self.call(hop.alias, linked)
            place = linked

    def filter(self, condition: Condition) -> None:
        """Each conjunct goes to the place it speaks of; one that speaks of several stays here."""
        for part in condition.items if isinstance(condition, And) else (condition,):
            owners = {id(place): place for place in map(self.owner, columns_in(part))}
            place = next(iter(owners.values())) if len(owners) == 1 else self.here
            place.conditions.append(self.seen_from(part, place))

    def owner(self, column: Field) -> _Place:
        """The place a column belongs to; that of an alias nobody gave is here."""
        return self.places.get((column.alias or "").lower(), self.here)

    def seen_from(self, node: Any, place: _Place) -> Any:
        """A node with columns of `place` without their alias, and others with the name of their place."""

        def named(part: Any) -> Any:
            if not isinstance(part, Field) or (part.alias and part.alias.lower() not in self.places):
                return part
            owner = self.owner(part)
            if owner is place:
                return replace(part, alias=None) if part.alias else part
            self.mentioned.add(owner.name)
            return replace(part, alias=owner.name)

        return rebuilt(node, named)

    def frozen(self, place: _Place) -> Rows:
        """A place as a value."""
        return Rows(
            table=place.table,
            source=place.source,
            name=place.name if place.name in self.mentioned else "",
            conditions=tuple(place.conditions),
            links=tuple(self.link(step, place.table, other) for step, other in place.links),
            having=place.having,
            listing=tuple(place.listing),
        )

    def link(self, step: Traverse | Relate, near: str | None, other: _Place) -> Link:
        """How one place hangs on another.

        A path may name its relationship in two ways, and gets the schema name where that is known. A relation
        keeps its name: a real-time query that uses the outbound one is broken, not the same.
        """
        if isinstance(step, Relate):
            return Link(step.relationship, self.frozen(other), step.optional)
        found = links_from(self.schema, (near or "").lower(), step.relationship)
        name = found[0].relationship.name if len(found) == 1 else step.relationship
        return Link(name, self.frozen(other), edges=step.edges)
