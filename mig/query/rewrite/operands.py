"""Operands, outbound to real-time: sources, and the steps that follow them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from mig.model.tables import Schema
from mig.query.rewrite.conditions import Conditions
from mig.query.rewrite.rules import Notes
from mig.query.scope import end_of
from mig.query.tree import (
    Condition,
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
    all_of,
    chain,
    grouped,
)

_PATH_FIX: Final = "leave it out for now; paths are translated by a later version"
_EDGE_FIX: Final = "state the real-time query in the manifest"
_LISTING_FIX: Final = "state the members as a static segment, or the real-time query in the manifest"
_BEHAVIOUR_FIX: Final = (
    "rebuild it in real-time journeys and enter the result in the manifest (query, rebuilt_as)"
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
            self.notes.apply("infix-operators")
        first = self.operand(query.first)
        rest = [SetTerm(term.op, self.operand(term.operand), span=term.span) for term in query.rest]
        return chain(first, rest, query.span)

    def operand(self, operand: Operand) -> Operand:
        """One operand; steps without a real-time form are refused in the notes and left out."""
        source = operand.source
        if isinstance(source, Profile):
            return self.profile(operand, source)
        members = self.members(source, operand)
        condition = self.condition(operand, aliases=())
        return self.intersected(members, condition, operand) if condition else members

    def profile(self, operand: Operand, profile: Profile) -> Operand:
        """`PROFILE(Contact, c)` is `PROFILE(contact)`: the base table has no alias, and needs none."""
        aliases = (profile.alias.lower(),) if profile.alias else ()
        table = profile.table.lower()
        if table != profile.table:
            self.notes.apply("lower-case-names")
        if profile.alias:
            self.notes.apply("drop-alias")
        condition = self.condition(operand, aliases)
        steps = (Filter(condition, span=condition.span),) if condition else ()
        return Operand(Profile(table, span=profile.span), steps, span=operand.span)

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
            self.notes.apply("segment-id")
            name = f"SEGMENT_CJO_ID_{target.replace('-', '').lower()}"
            return Segment(name, span=segment.span)
        self.notes.apply("segment-by-name")
        message = f"the segment {segment.name} is not known here; the reference keeps its name"
        self.notes.warn("QRY023", message, "translate it together with that segment", segment.span)
        return segment

    def intersected(self, members: Operand, condition: Condition, operand: Operand) -> Operand:
        """`S.FILTER(c)` is `S ∩ PROFILE(t).FILTER(c)`: members of S are rows of t, and c speaks of that row.

        Segments of outbound marketing hold contacts (reference/segment-queries.md A.3).
        """
        self.notes.apply("filter-as-operand")
        table = end_of(operand, self.schema) or "contact"
        filtered = Operand(Profile(table), (Filter(condition, span=condition.span),), span=operand.span)
        return grouped(chain(members, [SetTerm(SetOp.INTERSECT, filtered)], operand.span))

    # --- steps --------------------------------------------------------------------------------------------

    def condition(self, operand: Operand, aliases: Collection[str]) -> Condition | None:
        """All FILTERs of an operand as one: each must hold, for the same row.

        Behind a path they would speak of another row, but then the operand is refused.
        """
        passed = [self.passes(step) for step in operand.steps]
        stated = [step.condition for step in operand.steps if isinstance(step, Filter)]
        if not stated or not all(passed):
            return None
        if len(stated) > 1:
            self.notes.apply("merge-filters")
        conditions = Conditions(aliases, self.notes)
        rewritten = [conditions.rewrite(condition) for condition in stated]
        return all_of(rewritten, operand.span)

    def passes(self, step: Step) -> bool:
        """Whether a step has a real-time form, or may be dropped because the members do not depend on it."""
        match step:
            case Filter():
                return True
            case Distinct():
                self.notes.apply("drop-distinct")
                return True
            case OrderBy() | Select():
                self.notes.apply("drop-listing")
                return True
            case Skip() | Take():
                self.notes.refuse("QRY021", "a part of a listing is no segment", _LISTING_FIX, step.span)
            case Having():
                self.notes.refuse("QRY021", "HAVING counts interactions", _BEHAVIOUR_FIX, step.span)
            case Traverse() | Relate():
                self._refuse_path(step)
        return False

    def _refuse_path(self, step: Traverse | Relate) -> None:
        word = "TRAVERSE" if isinstance(step, Traverse) else "RELATE"
        self.notes.refuse("QRY020", f"{word} is not translated yet", _PATH_FIX, step.span)
        if isinstance(step, Traverse) and step.edges:
            message = "a filter on the edge of a path: whether it means the edge or the target is not public"
            self.notes.refuse("QRY021", message, _EDGE_FIX, step.span)
