"""An audience as an outline: one line where one line is clear, a list where AND and OR nest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mig.model.tables import Relationship
from mig.query.audience import Link, Listing, Rows, Sets
from mig.query.relations import links_from
from mig.query.tree import (
    And,
    Compare,
    Condition,
    Field,
    Having,
    In,
    Interaction,
    Not,
    Or,
    Segment,
    Select,
    SetOp,
    Skip,
    Take,
)
from mig.query.words.labels import one, plural, table_label
from mig.query.words.phrases import Clause, Phrases, text

_FEW: Final = 3
"""So many conditions still read well in one sentence."""

_STEPS: Final = {
    SetOp.UNION: "add",
    SetOp.INTERSECT: "keep only those that are also",
    SetOp.EXCEPT: "leave out",
}
_START: Final = "start with"
_JOINTS: Final = {
    SetOp.UNION: ", together with",
    SetOp.INTERSECT: ", but only those that are also",
    SetOp.EXCEPT: ", but not",
}
_AGGREGATES: Final = {"SUM": "a total", "AVG": "an average", "MIN": "a least", "MAX": "a greatest"}
_COMPARED: Final = {
    "==": "exactly",
    "!=": "any number but",
    ">": "more than",
    ">=": "at least",
    "<": "less than",
    "<=": "at most",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line and the list under it."""

    text: str
    items: tuple["Line", ...] = ()

    def lines(self) -> Iterator[str]:
        """The outline as text; items are indented by two and marked by a dash."""
        yield self.text
        for item in self.items:
            for number, line in enumerate(item.lines()):
                yield f"{'- ' if not number else '  '}{line}"

    def __str__(self) -> str:
        """All of it on one line, lists in parentheses."""
        if not self.items:
            return self.text
        return f"{self.text.removesuffix(':')} ({'; '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class Outline:
    """Tells audiences; `phrases` knows the words."""

    phrases: Phrases

    # --- sets ---------------------------------------------------------------------------------------------

    def sets(self, sets: Sets) -> Line:
        """All operands, in the order in which they take effect."""
        first = self.everyone(sets.first)
        rest = [(op, self.operand(op, rows)) for op, rows in sets.rest]
        if not rest:
            return first
        op, other = rest[0]
        if len(rest) == 1 and not (sets.first.links or first.items or other.items):
            return Line(f"{first.text}{_JOINTS[op]} {other.text}")
        steps = (_after(_STEPS[op], line) for op, line in rest)
        return Line("step by step:", (_after(_START, first), *steps))

    def step(self, op: SetOp | None, rows: Rows) -> Line:
        """What one operand does to those before it; the first has no operator."""
        return _after(_STEPS[op] if op else _START, self.operand(op, rows))

    def operand(self, op: SetOp | None, rows: Rows) -> Line:
        """`not all contacts` would say something else than `not contacts`."""
        return self.rows(rows) if op in (SetOp.INTERSECT, SetOp.EXCEPT) else self.everyone(rows)

    def everyone(self, rows: Rows) -> Line:
        """Rows; `all contacts` where nothing is asked of them."""
        line = self.rows(rows)
        return _after("all", line) if rows == Rows(table=rows.table) else line

    def called(self, op: SetOp | None, rows: Rows) -> str:
        """What a step is recognised by: `leave out contacts`."""
        rows_called = "a group" if isinstance(rows.source, Sets) else self.origin(rows)
        return f"{_STEPS[op] if op else _START} {rows_called}"

    # --- rows ---------------------------------------------------------------------------------------------

    def rows(self, rows: Rows) -> Line:
        """`contacts whose city is Oslo`."""
        if rows.listing:
            return _after(f"of this list ({self.listed_as(rows)}):", self.rows(replace(rows, listing=())))
        if isinstance(rows.source, Sets | Rows):
            inner = self.sets(rows.source) if isinstance(rows.source, Sets) else self.rows(rows.source)
            if not (rows.conditions or rows.links or rows.having):
                return inner
            return self.said("those", rows, "that are", _after("among these:", inner))
        return self.said(self.noun(rows), rows, "that are")

    def origin(self, rows: Rows) -> str:
        """Where rows come from, whatever must hold for them."""
        source = Rows(table=rows.table, source=rows.source)
        return str(self.rows(source)) if isinstance(rows.source, Sets | Rows) else self.noun(source)

    def noun(self, rows: Rows) -> str:
        """What the rows are called."""
        if isinstance(rows.source, Segment):
            return f"members of the segment {text(rows.source.name)}{_called(rows)}"
        if isinstance(rows.source, Interaction):
            kind, link = text(rows.source.type), text(rows.source.link)
            return f"those with {kind} interactions (by the link {link}){_called(rows)}"
        return f"{self.many(rows)}{_called(rows)}"

    def many(self, rows: Rows) -> str:
        """`contacts`."""
        return plural(self.phrases.table(rows.table)) if rows.table else "rows of a table unknown here"

    def said(self, noun: str, rows: Rows, are: str, *before: Line) -> Line:
        """A noun and everything that must hold, in one sentence where that is clear, else in a list."""
        links = tuple(self.link(link, rows) for link in rows.links)
        clauses = None if before else self.inline(rows, links, are)
        if clauses is not None:
            return Line(f"{noun}{clauses}")
        conditions = tuple(self.condition(condition, rows) for condition in rows.conditions)
        having = (Line(self.having(rows.having, rows)),) if rows.having else ()
        statements = (*before, *conditions, *links, *having)
        if len(statements) > 1:
            return Line(f"{noun} for which all of these hold:", statements)
        if rows.conditions and isinstance(rows.conditions[0], Or):
            return Line(f"{noun} for which at least one of these holds:", statements[0].items)
        return _after(f"{noun} {are}" if links else f"{noun} for which this holds:", statements[0])

    # --- what holds for them ------------------------------------------------------------------------------

    def inline(self, rows: Rows, links: Sequence[Line], are: str) -> str | None:
        """Few and simple conditions as relative clauses; None where only a list is clear."""
        said = self.relative(rows)
        if said is None or len(links) > 1 or (links and rows.having):
            return None
        if rows.having:
            return f"{said}, {self.having(rows.having, rows)}"
        if not links:
            return said
        return None if links[0].items else f"{said}{' and' if said else ''} {are} {links[0].text}"

    def relative(self, rows: Rows) -> str | None:
        """`whose city is Oslo and whose e-mail address is filled in`; None where that is not clear."""
        conditions, joint = rows.conditions, "and"
        if len(conditions) == 1 and isinstance(conditions[0], Or) and not _one_of(conditions[0]):
            if rows.links:
                return None
            conditions, joint = conditions[0].items, "or"
        clauses = [self.leaf(condition, rows) for condition in conditions]
        if len(clauses) > _FEW or not all(clauses):
            return None
        said = f" {joint} ".join(clause.relative for clause in clauses if clause)
        return f" {said}" if said else ""

    def leaf(self, condition: Condition, rows: Rows) -> Clause | None:
        """A condition that is one clause; an OR of equalities on one column is one."""
        if isinstance(condition, Not):
            inner = self.leaf(condition.item, rows)
            article = "the " if inner and inner.own else ""
            return Clause("it", f"is not true that {article}{inner}", own=False) if inner else None
        if isinstance(condition, Or):
            folded = _one_of(condition)
            return self.phrases.clause(folded, rows) if folded else None
        return None if isinstance(condition, And) else self.phrases.clause(condition, rows)

    def condition(self, condition: Condition, rows: Rows) -> Line:
        """A condition, with a list for each AND and OR in it."""
        clause = self.leaf(condition, rows)
        if clause:
            return Line(str(clause))
        match condition:
            case Not(And(items)):
                word = "not all of:"
            case Not(Or(items)):
                word = "none of:"
            case And(items):
                word = "all of:"
            case Or(items):
                word = "any of:"
            case Not(item):
                word, items = "it is not true that:", (item,)
        return Line(word, tuple(self.condition(item, rows) for item in items))

    # --- links --------------------------------------------------------------------------------------------

    def link(self, link: Link, rows: Rows) -> Line:
        """`linked to an account (by the contact's parent customer) whose industry is 16 (Financial)`."""
        other, noun = link.rows, self.linked(link, rows)
        edges = [_after("on the link or on its target:", self.condition(edge, other)) for edge in link.edges]
        if other.listing or (other.source and not isinstance(other.source, Segment)):
            return Line(f"{noun} that is among these:", (self.rows(other), *edges))
        return self.said(noun, other, "that is itself", *edges)

    def linked(self, link: Link, rows: Rows) -> str:
        """`linked to an account (by the contact's parent customer)`."""
        other = link.rows
        table = one(self.phrases.table(other.table)) if other.table else "a row of a table unknown here"
        among = f" in the segment {text(other.source.name)}" if isinstance(other.source, Segment) else ""
        name = f"{other.name}, " if other.name else ""
        return f"linked to {table} ({name}{self.by(link, rows)}){among}"

    def by(self, link: Link, rows: Rows) -> str:
        """What links them: the lookup column, and whose it is."""
        none = "; none counts as an empty one" if link.optional else ""
        found = links_from(self.phrases.schema, (rows.table or "").lower(), link.relationship)
        lookup = found[0].relationship if len(found) == 1 else None
        if not isinstance(lookup, Relationship):
            return f"by the relationship {text(link.relationship)}{none}"
        owner = lookup.referencing_table
        column = self.phrases.column_of(lookup.referencing_column, owner)
        either = ", in either direction" if owner == lookup.referenced_table else ""
        own = lookup.name.lower() == link.relationship.lower()
        called = "" if own else f", called {text(link.relationship)}"
        return f"by the {table_label(owner)}'s {column}{either}{called}{none}"

    # --- counting and listing -----------------------------------------------------------------------------

    def having(self, having: Having, rows: Rows) -> str:
        """`with more than 3 of them in the last 30 days (UTC)`."""
        counted = f"{_COMPARED[having.op]} {having.number:f}"
        if having.column:
            column = self.phrases.column(having.column, rows)
            counted = f"with {_AGGREGATES[having.aggregate]} {column} of {counted}"
        else:
            counted = f"with {counted} of them"
        if not having.window:
            return f"{counted}, at any time"
        unit, length = having.window
        units = unit.removeprefix("UTC").lower()
        return f"{counted} in the last {length} {units.removesuffix('s') if length == 1 else units} (UTC)"

    def listed_as(self, rows: Rows) -> str:
        """The steps of a listing, in their order."""
        return ", then ".join(self.listing(step, rows) for step in rows.listing)

    def listing(self, step: Listing, rows: Rows) -> str:
        """One step of a listing."""
        match step:
            case Skip():
                return f"without the first {step.count}"
            case Take():
                return f"only the first {step.count}"
            case Select():
                return f"showing {', '.join(self.phrases.column(field, rows) for field in step.fields)}"
        return "in order of " + ", ".join(
            f"{self.phrases.column(field, rows)}{' (falling)' if down else ''}" for field, down in step.fields
        )


def _called(rows: Rows) -> str:
    """The name of rows that a condition elsewhere speaks of."""
    return f" ({rows.name})" if rows.name else ""


def _after(lead: str, line: Line) -> Line:
    return Line(f"{lead} {line.text}", line.items)


def _one_of(condition: Or) -> In | None:
    """`a == 1 || a == 2` is `a IN (1, 2)`."""
    columns, values = set(), []
    for item in condition.items:
        if not (isinstance(item, Compare) and item.op == "==" and isinstance(item.left, Field)):
            return None
        columns.add(item.left)
        values.append(item.right)
    return In(columns.pop(), tuple(values)) if len(columns) == 1 else None
