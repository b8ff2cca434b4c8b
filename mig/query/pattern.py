"""An operand as a pattern: rows of tables, how they are linked, and what must hold of each.

A row is a member if rows can be found for all other nodes of the pattern, each linked with the row of its
parent and meeting its conditions. Outbound paths and the relations of either language are such patterns. A
path is read from its end: the last node, whose rows are the members, is the root (segment-queries.md C.1).

All conditions on one node speak of the same row; two RELATEs over one relationship are two nodes, whose rows
may differ. Aliases are local to the operand; one that is given twice means the later node.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from mig.model.findings import Finding, Severity
from mig.model.tables import Schema
from mig.query.names import SUGGESTIONS
from mig.query.placing import MOST_ALTERNATIVES, TOO_MANY, NotPlaced, Placed, Placing
from mig.query.relations import Link, find_link
from mig.query.scope import table_in_alias
from mig.query.tree import (
    NOWHERE,
    Condition,
    Field,
    Filter,
    Operand,
    Profile,
    Relate,
    Span,
    Step,
    Traverse,
)
from mig.query.walk import hops

_OWN_QUERY: Final = "state the real-time query in the manifest"


@dataclass(frozen=True, slots=True)
class Node:
    """One row: its table in lower case (empty when unknown), its alias, and how its parent is linked to it.

    `link` is seen from the parent; `parent` and `link` are None for the root. `optional`: RELATEOPTIONAL.
    """

    table: str
    alias: str | None = None
    parent: int | None = None
    link: Link | None = None
    optional: bool = False
    span: Span = NOWHERE


@dataclass(frozen=True)
class Pattern:
    """Nodes in the order of the text; `conditions` holds, for a node, one condition for each FILTER.

    Without slots, to keep what is asked of it once for every node.
    """

    nodes: tuple[Node, ...]
    root: int
    conditions: Mapping[int, tuple[Condition, ...]]

    def children(self, at: int) -> Sequence[int]:
        """The nodes linked to one, itself their parent."""
        return self._children.get(at, ())

    @cached_property
    def aliases(self) -> Sequence[str]:
        """Those of all nodes, in lower case, each once."""
        return tuple(dict.fromkeys(node.alias for node in self.nodes if node.alias))

    @cached_property
    def _children(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {}
        for number, node in enumerate(self.nodes):
            if node.parent is not None:
                found.setdefault(node.parent, []).append(number)
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """What an operand was read as: a member meets one of the patterns, which differ in conditions only.

    `moved` is the first FILTER that named a node the path had already left, if any.
    """

    patterns: tuple[Pattern, ...]
    findings: tuple[Finding, ...]
    moved: Span | None


def read_pattern(operand: Operand, table: str, schema: Schema) -> Reading:
    """Read FILTER, TRAVERSE and RELATE of an operand whose source holds rows of `table`; skip the rest."""
    reader = _Reader(schema)
    alias = operand.source.alias if isinstance(operand.source, Profile) else None
    reader.add(Node(table.lower(), alias.lower() if alias else None, span=operand.source.span))
    for step in operand.steps:
        reader.step(step)
    return reader.reading()


@dataclass(slots=True)
class _Reader:
    """Reads step by step; `current` is the node that FILTER and the next step stand on."""

    schema: Schema
    nodes: list[Node] = field(default_factory=list)
    aliases: dict[str, int] = field(default_factory=dict)
    current: int = 0
    cases: list[dict[int, list[Condition]]] = field(default_factory=lambda: [{}])
    findings: list[Finding] = field(default_factory=list)
    faulty: set[tuple[str, str]] = field(default_factory=set)
    moved: Span | None = None

    def reading(self) -> Reading:
        nodes = tuple(self.nodes)
        patterns = tuple(
            Pattern(nodes, self.current, {at: tuple(stated) for at, stated in case.items()})
            for case in self.cases
        )
        return Reading(patterns, tuple(self.findings), self.moved)

    def add(self, node: Node) -> int:
        self.nodes.append(node)
        number = len(self.nodes) - 1
        if node.alias:
            self.aliases[node.alias] = number
        return number

    def step(self, step: Step) -> None:
        if isinstance(step, Filter):
            self.filter(step.condition)
        elif isinstance(step, Traverse):
            self.traverse(step)
        elif isinstance(step, Relate):
            self.relate(step)

    # --- nodes --------------------------------------------------------------------------------------------

    def traverse(self, step: Traverse) -> None:
        """The node that was left becomes a relation of the one that is reached."""
        link = self.link(self.nodes[self.current].table, step.relationship, step.span)
        table = link.far if link else table_in_alias(step.alias) or ""
        reached = self.add(Node(table, step.alias.lower() if step.alias else None, span=step.span))
        turned = link.turned if link else None
        self.nodes[self.current] = replace(self.nodes[self.current], parent=reached, link=turned)
        self.current = reached

    def relate(self, step: Relate) -> None:
        """Each hop is a relation of the one before it; the first, of the node the step stands on."""
        parent = self.current
        for hop in hops(step):
            link = self.link(self.nodes[parent].table, hop.relationship, hop.span)
            table = link.far if link else hop.table or table_in_alias(hop.alias) or ""
            alias = hop.alias.lower()
            parent = self.add(Node(table.lower(), alias, parent, link, hop.optional, span=hop.span))

    def link(self, near: str, name: str, span: Span) -> Link | None:
        if not near and name.lower() in self.schema.called:
            return None  # the step that led to an unknown table was found fault with
        if (near, name) in self.faulty:
            return None  # told once; finding near misses takes time
        found = find_link(self.schema, near, name, span, suggest=len(self.findings) < SUGGESTIONS)
        if isinstance(found, Link):
            return found
        self.findings.append(found)
        self.faulty.add((near, name))
        return None

    # --- conditions ---------------------------------------------------------------------------------------

    def filter(self, condition: Condition) -> None:
        """Add one FILTER to every case; what cannot be taken apart is found fault with, and left out."""
        placed = self.placed(condition)
        if len(self.cases) * len(placed) > MOST_ALTERNATIVES:
            self.refuse(TOO_MANY, condition.span)
            return
        if any(at < self.current for one in placed for at in one):
            self.moved = self.moved or condition.span
        self.cases = [_with(case, one, copied=len(placed) > 1) for case in self.cases for one in placed]

    def placed(self, condition: Condition) -> list[Placed]:
        if len(self.nodes) == 1:
            return [{self.current: condition}]
        placing = Placing(self.owner, self.current)
        owners = placing.owners(condition)
        if len(owners) > 1 and any(self.nodes[at].optional for at in owners):
            # A missing row meets some conditions, so that taking these apart might change the members.
            self.refuse("speaks of a RELATEOPTIONAL and of something else at once", condition.span)
            return [{}]
        try:
            return placing.place(condition)
        except NotPlaced as error:
            self.refuse(error.message, error.span)
            return [{}]

    def owner(self, column: Field) -> int:
        """The node of a column; one whose alias nobody gives is left to the current node, to be refused."""
        return self.aliases.get(column.alias.lower(), self.current) if column.alias else self.current

    def refuse(self, message: str, span: Span) -> None:
        self.findings.append(
            Finding(
                code="QRY021",
                severity=Severity.ERROR,
                message=f"this condition {message}",
                fix=_OWN_QUERY,
                start=span.start,
                end=span.end,
            )
        )


def _with(case: dict[int, list[Condition]], one: Placed, *, copied: bool) -> dict[int, list[Condition]]:
    """A case with the conditions of one alternative; copied only where alternatives part."""
    found = {at: [*stated] for at, stated in case.items()} if copied else case
    for at, stated in one.items():
        found.setdefault(at, []).append(stated)
    return found
