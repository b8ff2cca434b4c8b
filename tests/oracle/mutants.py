"""Every rule of the translation, broken on purpose: what a mistake in it would look like.

Each mutant replaces one function or method of `mig.query` by one that is wrong in a likely way. The cases of
`proof` must notice every one of them; a rule whose mutant goes unnoticed is a rule that nothing proves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import ModuleType
from typing import Any, Final

import pytest

from mig.query import pattern, placing, translate
from mig.query.rewrite import conditions, operands, paths, sets
from mig.query.tree import (
    Bool,
    Compare,
    Condition,
    DateDiff,
    Distinct,
    Field,
    Filter,
    In,
    Match,
    Operand,
    Query,
    Segment,
    SetOp,
    SetTerm,
    Skip,
    Step,
    Take,
    Text,
    Value,
    any_of,
)

Broken = Callable[..., Any]
"""Takes what it replaces, and then the arguments of that."""


@dataclass(frozen=True)
class Mutant:
    """A rule, and one way to get it wrong; `owner` is the class or module that `name` is replaced in."""

    rule: str
    owner: type | ModuleType
    name: str
    broken: Broken

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        original = getattr(self.owner, self.name)

        def replaced(*arguments: Any, **named: Any) -> Any:
            return self.broken(original, *arguments, **named)

        patch.setattr(self.owner, self.name, replaced)
        if self.owner is sets:
            table = {
                op: tuple(replaced if one is original else one for one in all_)
                for op, all_ in sets._IDENTITIES.items()
            }
            patch.setattr(sets, "_IDENTITIES", table)


# --- conditions and values --------------------------------------------------------------------------------


def keeps_the_alias(column: Broken, self: Any, field: Field) -> Any:
    return replace(column(self, field), alias=self.alias or field.alias)


def loses_a_letter(column: Broken, self: Any, field: Field) -> Any:
    found = column(self, field)
    return found if found.name == field.name else replace(found, name=found.name[:-1])


def turns_booleans(inner: Broken, self: Any, value: Value) -> Any:
    return Bool(not value.value) if isinstance(value, Bool) else inner(self, value)


def keeps_double_quotes(text: Broken, self: Any, literal: Text) -> Any:
    return Text(f'"{literal.value}"') if literal.quote == '"' else text(self, literal)


def swaps_without_turning(turned: Broken, self: Any, compare: Compare) -> Any:
    found = turned(self, compare)
    return replace(found, op=compare.op)


def shortens_lists(in_list: Broken, self: Any, condition: In) -> Any:
    found = in_list(self, condition)
    return replace(found, items=found.items[:-1] or found.items)


def forgets_the_time(iso: Broken, moment: datetime, *, with_time: bool) -> Any:
    return str(iso(moment, with_time=False))


def contains_for_any_match(match: Broken, self: Any, condition: Match) -> Any:
    return replace(match(self, condition), op="CONTAINS")


def corrects_datediff(inner: Broken, self: Any, value: Value) -> Any:
    found = inner(self, value)
    return replace(found, start=found.stop, stop=found.start) if isinstance(found, DateDiff) else found


# --- operands and steps -----------------------------------------------------------------------------------


def last_filter_only(conditions: Broken, self: Any, at: int, alias: str | None) -> Any:
    return list(conditions(self, at, alias)[-1:])


def distinct_forgets_filters(selected: Broken, self: Any, operand: Operand, table: str) -> Any:
    distinct = any(isinstance(step, Distinct) for step in operand.steps)
    kept = tuple(step for step in operand.steps if not (distinct and isinstance(step, Filter)))
    return selected(self, replace(operand, steps=kept), table)


def drops_paging_too(check: Broken, self: Any, steps: tuple[Step, ...]) -> Any:
    check(self, tuple(step for step in steps if not isinstance(step, Skip | Take)))


def methods_from_behind(query: Broken, self: Any, written: Query) -> Any:
    found = query(self, written)
    method = any(term.method for term in written.rest)
    return replace(found, rest=found.rest[::-1]) if method else found


def filter_widens(intersected: Broken, self: Any, members: Operand, operand: Operand) -> Any:
    found = intersected(self, members, operand)
    assert isinstance(found.source, Query)
    *before, last = found.source.rest
    return replace(found, source=replace(found.source, rest=(*before, replace(last, op=SetOp.UNION))))


def wrong_id(segment: Broken, self: Any, written: Segment) -> Any:
    names = ["s1", "Second list"]
    other = names[1 - names.index(written.name)] if written.name in names else written.name
    return segment(self, replace(written, name=other))


def any_segment_will_do(segment: Broken, self: Any, written: Segment) -> Any:
    known = self.resolve(written.name)
    return segment(self, written if known else replace(written, name="s1"))


def puts_in_without_parentheses(inline: Broken, written: Query, inner: Broken, notes: Any) -> Any:
    found = inline(written, inner, notes)
    opened = len(found.rest) - len(written.rest)  # terms of a first operand that needs no parentheses
    rest = list(found.rest[:opened])
    for before, after in zip(written.rest, found.rest[opened:], strict=True):
        source = after.operand.source
        if isinstance(before.operand.source, Segment) and isinstance(source, Query):
            rest += [replace(after, operand=source.first), *source.rest]
        else:
            rest.append(after)
    return replace(found, rest=tuple(rest))


def puts_in_the_first_operand(inline: Broken, written: Query, inner: Broken, notes: Any) -> Any:
    def shortened(name: str) -> Query | None:
        found = inner(name)
        return replace(found, rest=()) if found else None

    return inline(written, shortened, notes)


# --- sets -------------------------------------------------------------------------------------------------


def _last_operator(op: SetOp) -> Broken:
    """An identity that ends in another operator."""

    def broken(identity: Broken, left: Query, right: Query) -> Any:
        found = identity(left, right)
        if found is None:
            return None
        *before, last = found.rest
        return replace(found, rest=(*before, SetTerm(op, last.operand)))

    return broken


def sorts_over_unions(first: Broken, query: Query) -> Any:
    return replace(query, rest=tuple(sorted(query.rest, key=lambda term: term.op is not SetOp.INTERSECT)))


def merges_by_or(merged: Broken, query: Query) -> Any:
    found = merged(query)
    conditions = [
        step.condition for operand in _operands(query) for step in operand.steps if isinstance(step, Filter)
    ]
    if found is None or not found.first.steps or len(conditions) < 2:
        return found
    return replace(found, first=replace(found.first, steps=(Filter(any_of(conditions)),)))


def _operands(query: Query) -> list[Operand]:
    return [query.first, *(term.operand for term in query.rest)]


# --- paths and relations ----------------------------------------------------------------------------------


def relates_optionally(nested: Broken, nodes: list[Any], aliases: list[str]) -> Any:
    return replace(nested(nodes, aliases), optional=True)


def relates_always(nested: Broken, nodes: list[Any], aliases: list[str]) -> Any:
    return replace(nested(nodes, aliases), optional=False)


def other_lookup(nested: Broken, nodes: list[Any], aliases: list[str]) -> Any:
    names = {"contact_customer_accounts": "msa_contact_managingpartner"}
    found = nested(nodes, aliases)
    return replace(found, relationship=names.get(found.relationship, found.relationship))


def first_hop_only(chain: Broken, self: Any, at: int) -> Any:
    return list(chain(self, at)[:1])


def nobody(anyone: Broken, self: Any, node: Any, alias: str) -> Any:
    return replace(anyone(self, node, alias), present=False)


def forgets_what_it_moves(place: Broken, self: Any, condition: Condition) -> Any:
    """A FILTER on a node that the path has left is lost."""
    left = any(at < self.current for one in place(self, condition) for at in one)
    return [{}] if left else place(self, condition)


def one_case_only(either: Broken, self: Any, *arguments: Any) -> Any:
    return list(either(self, *arguments)[:1])


def requires_what_was_optional(relation: Broken, self: Any, at: int) -> Any:
    steps = relation(self, at)
    if steps or not self.pattern.nodes[at].optional:
        return steps
    node = replace(self.pattern.nodes[at], optional=False)
    nodes = (*self.pattern.nodes[:at], node, *self.pattern.nodes[at + 1 :])
    return paths.Writer(replace(self.pattern, nodes=nodes), self.schema, self.notes).relation(at)


def skips_the_middle(conditions: Broken, self: Any, at: int, alias: str | None) -> Any:
    middle = alias is not None and self.pattern.children(at)
    return [] if middle else conditions(self, at, alias)


def keeps_the_first_filter(conditions: Broken, self: Any, at: int, alias: str | None) -> Any:
    """The FILTER of the contact a circular path starts from, taken for the one of the contact it ends on."""
    ends = (0, self.pattern.root)
    tables = {self.pattern.nodes[end].table for end in ends}
    circular = at in ends and len(tables) == 1
    return conditions(self, sum(ends) - at if circular else at, alias)


MUTANTS: Final = (
    Mutant("inline-segment", translate, "inline", puts_in_without_parentheses),
    Mutant("inline-segment", translate, "inline", puts_in_the_first_operand),
    Mutant("drop-alias", conditions.Conditions, "column", keeps_the_alias),
    Mutant("lower-case-names", conditions.Conditions, "column", loses_a_letter),
    Mutant("lower-case-booleans", conditions.Conditions, "inner", turns_booleans),
    Mutant("single-quotes", conditions.Conditions, "text", keeps_double_quotes),
    Mutant("swap-sides", conditions.Conditions, "turned", swaps_without_turning),
    Mutant("list-brackets", conditions.Conditions, "in_list", shortens_lists),
    Mutant("date-literal", conditions, "_iso", forgets_the_time),
    Mutant("inherited-form", conditions.Conditions, "match", contains_for_any_match),
    Mutant("inherited-form", conditions.Conditions, "inner", corrects_datediff),
    Mutant("merge-filters", paths.Writer, "conditions", last_filter_only),
    Mutant("drop-distinct", operands.Operands, "selected", distinct_forgets_filters),
    Mutant("drop-listing", operands.Operands, "check", drops_paging_too),
    Mutant("infix-operators", operands.Operands, "query", methods_from_behind),
    Mutant("filter-as-operand", operands.Operands, "intersected", filter_widens),
    Mutant("segment-id", operands.Operands, "segment", wrong_id),
    Mutant("segment-by-name", operands.Operands, "segment", any_segment_will_do),
    Mutant("flatten-sets", sets, "union_each", _last_operator(SetOp.INTERSECT)),
    Mutant("flatten-sets", sets, "union_turned", _last_operator(SetOp.EXCEPT)),
    Mutant("flatten-sets", sets, "intersect_each", _last_operator(SetOp.UNION)),
    Mutant("flatten-sets", sets, "intersect_turned", _last_operator(SetOp.UNION)),
    Mutant("flatten-sets", sets, "except_each", _last_operator(SetOp.UNION)),
    Mutant("flatten-sets", sets, "except_except", _last_operator(SetOp.UNION)),
    Mutant("flatten-sets", sets, "_intersections_first", sorts_over_unions),
    Mutant("merge-operands", sets, "merged", merges_by_or),
    Mutant("reverse-path", paths, "_nested", relates_optionally),
    Mutant("relationship-name", paths, "_nested", other_lookup),
    Mutant("keep-relation", paths, "_nested", relates_always),
    Mutant("nest-relations", paths.Writer, "chain", first_hop_only),
    Mutant("any-related-row", paths.Writer, "anyone", nobody),
    Mutant("move-filter", pattern._Reader, "placed", forgets_what_it_moves),
    Mutant("split-or", placing.Placing, "_either", one_case_only),
    Mutant("drop-optional", paths.Writer, "relation", requires_what_was_optional),
    Mutant("intermediate-condition", paths.Writer, "conditions", skips_the_middle),
    Mutant("circular-path", paths.Writer, "conditions", keeps_the_first_filter),
)
