"""Operands, outbound to real-time: sources, and the steps that follow them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from mig.model.tables import Schema
from mig.query.pattern import read_pattern
from mig.query.rewrite.paths import Writer, check_end, keep_relation
from mig.query.rewrite.rules import Notes
from mig.query.scope import end_of
from mig.query.tree import (
    Distinct,
    Filter,
    Having,
    Interaction,
    Operand,
    OrderBy,
    Profile,
    Query,
    Relate,
    Segment,
    Select,
    SetOp,
    SetTerm,
    Skip,
    Step,
    Take,
    Traverse,
    chain,
    grouped,
)

_PATH_FIX: Final = "write the path on each of the operands, or state the real-time query in the manifest"
_EDGE: Final = "a filter on the edge of a path: whether it means the edge or the target is not public"
_EDGE_FIX: Final = "state the real-time query in the manifest"
_LISTING_FIX: Final = "state the members as a static segment, or the real-time query in the manifest"
_BEHAVIOUR_FIX: Final = (
    "rebuild it in real-time journeys, and enter it in the manifest (`rebuilt_as`, `query`), or `retire` it"
)


@dataclass(frozen=True, slots=True)
class Operands:
    """Rewrites a query operand by operand; nesting stays, `sets.flatten` takes it away."""

    schema: Schema
    resolve: Callable[[str], str | None]
    notes: Notes

    def query(self, query: Query) -> Query:
        """The same query over real-time operands."""
        if any(term.method for term in query.rest):
            self.notes.apply("infix-operators", [query.span], [query])
        first = self.operand(query.first)
        rest = [SetTerm(term.op, self.operand(term.operand), span=term.span) for term in query.rest]
        return chain(first, rest, query.span)

    def operand(self, operand: Operand) -> Operand:
        """One operand; what has no real-time form is refused in the notes and left out."""
        source = operand.source
        if isinstance(source, Profile):
            self.check(operand.steps)
            return self.selected(operand, source.table)
        members = self.members(source, operand)
        self.check(operand.steps)
        for step in operand.steps:
            if isinstance(step, Traverse):
                self.notes.refuse("QRY021", "a path from the members of a set", _PATH_FIX, step.span)
                return members
        narrowed = any(isinstance(step, Filter | Relate) for step in operand.steps)
        return self.intersected(members, operand) if narrowed else members

    def selected(self, operand: Operand, table: str) -> Operand:
        """The rows of a table that FILTERs, paths and relations pick.

        `PROFILE(Contact, c)` is `PROFILE(contact)`: the base table has no alias, and needs none.

        Where an OR joins conditions on several rows, there is a chain of rows with "p or q" exactly if there
        is one with p or one with q: a union of operands, exact for sets (C.1, point 6).
        """
        if table != table.lower():
            self.notes.apply("lower-case-names", [operand.source.span], [Profile(table.lower())])
        reading = read_pattern(operand, table, self.schema)
        for finding in reading.findings:
            self.notes.add(finding)
        if any(isinstance(step, Traverse) for step in operand.steps):
            check_end(reading.patterns[0], self.notes)
        first, *others = [
            Writer(pattern, self.schema, self.notes).operand(operand.span) for pattern in reading.patterns
        ]
        terms = [SetTerm(SetOp.UNION, other, span=operand.span) for other in others]
        found = chain(first, terms, operand.span)
        if reading.moved:
            self.notes.apply("move-filter", [operand.span], [found])
        if others:
            self.notes.apply("split-or", [operand.span], [found])
        return grouped(found)

    def members(self, source: Segment | Interaction | Query, operand: Operand) -> Operand:
        """The members an operand starts from, where that is no table."""
        if isinstance(source, Segment):
            return Operand(self.segment(source), span=operand.span)
        if isinstance(source, Query):
            return grouped(self.query(source))
        message = "interactions have no real-time equivalent"
        self.notes.refuse("QRY021", message, _BEHAVIOUR_FIX, source.span)
        return Operand(source, span=operand.span)

    def segment(self, segment: Segment) -> Segment:
        """The reference follows the segment to its migrated copy; outbound and real-time ids differ."""
        target = self.resolve(segment.name)
        if target:
            found = Segment(f"SEGMENT_CJO_ID_{target.replace('-', '').lower()}", span=segment.span)
            self.notes.apply("segment-id", [segment.span], [found])
            return found
        self.notes.apply("segment-by-name", [segment.span], [segment])
        message = f"the segment {segment.name} is not known here; the reference keeps its name"
        self.notes.warn("QRY023", message, "translate it together with that segment", segment.span)
        return segment

    def intersected(self, members: Operand, operand: Operand) -> Operand:
        """`S.FILTER(c)` is `S ∩ PROFILE(t).FILTER(c)`: members of S are rows of t, and c speaks of that row.

        So it is for relations of that row. Segments of outbound marketing hold contacts
        (reference/segment-queries.md A.3).
        """
        table = end_of(operand, self.schema) or "contact"
        picked = replace(operand, source=Profile(table, span=operand.source.span))
        intersected = chain(members, [SetTerm(SetOp.INTERSECT, picked)], operand.span)
        self.notes.apply("filter-as-operand", [operand.span], [intersected])
        term = SetTerm(SetOp.INTERSECT, self.selected(picked, table))
        return grouped(chain(members, [term], operand.span))

    # --- steps --------------------------------------------------------------------------------------------

    def check(self, steps: Iterable[Step]) -> None:
        """Steps without a real-time form, and those dropped because the members do not depend on them."""
        for step in steps:
            match step:
                case Distinct():
                    self.notes.apply("drop-distinct", [step.span])
                case OrderBy() | Select():
                    self.notes.apply("drop-listing", [step.span])
                case Skip() | Take():
                    self.notes.refuse("QRY021", "a part of a listing is no segment", _LISTING_FIX, step.span)
                case Having():
                    self.notes.refuse("QRY021", "HAVING counts interactions", _BEHAVIOUR_FIX, step.span)
                case Traverse(edges=edges) if edges:
                    self.notes.refuse("QRY021", _EDGE, _EDGE_FIX, step.span)
                case Relate():
                    keep_relation(step, self.notes)
