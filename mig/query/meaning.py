"""The one form that queries of equal meaning share, as far as their text shows it.

Forgotten are: upper and lower case of names; what aliases are called; the order of conditions joined by AND
or OR, of items of a list, of relations, and of neighbouring operands under one set operator; on which side a
literal stands; whether equalities on one column stand in a list, joined by OR; whether conditions on one row
stand in one FILTER or in several; by which of its two names a path calls a relationship; DISTINCT. Literals
are kept exactly. Never claims equality that the form does not show.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any, Final, TypeVar

from mig.model.tables import Schema
from mig.query.audience import Link, Rows, Sets, read, rebuilt
from mig.query.dates import constant_date
from mig.query.tree import (
    And,
    Compare,
    Condition,
    DateAdd,
    DateDiff,
    DateOf,
    Field,
    Having,
    In,
    Interaction,
    Number,
    Or,
    Query,
    Segment,
    SetOp,
    Text,
    Value,
    all_of,
    any_of,
)

Item = TypeVar("Item")

DAY: Final = 3
"""A DATE(…) of so many parts is a day."""

TURNED: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Comparison operators, read from the other side."""


def meaning(query: Query, schema: Schema) -> Sets:
    """The audience of a query in its normal form: equal for queries that mean the same."""
    return _sets(read(query, schema))


def _sets(sets: Sets) -> Sets:
    """Neighbours under one operator commute: `X op A op B` is `X op B op A` for all three operators.

    The first operand is one of them where its operator is UNION or INTERSECT.
    """
    rest = [(op, _rows(rows)) for op, rows in sets.rest]
    runs = [(op, [rows for _, rows in run]) for op, run in groupby(rest, key=lambda term: term[0])]
    first = _rows(sets.first)
    if runs and runs[0][0] is not SetOp.EXCEPT:
        first, *others = _sorted([first, *runs[0][1]])
        runs[0] = (runs[0][0], others)
    return Sets(first, tuple((op, rows) for op, run in runs for rows in _sorted(run)))


def _rows(rows: Rows) -> Rows:
    return replace(
        rows,
        table=rows.table and rows.table.lower(),
        source=_source(rows.source),
        conditions=_conditions(rows.conditions),
        links=tuple(_sorted(map(_link, rows.links))),
        having=rebuilt(rows.having, _plain),
        listing=rebuilt(rows.listing, _plain),
    )


def _source(source: Segment | Interaction | Sets | Rows | None) -> Segment | Interaction | Sets | Rows | None:
    if isinstance(source, Sets):
        return _sets(source)
    return _rows(source) if isinstance(source, Rows) else rebuilt(source, _plain)


def _link(link: Link) -> Link:
    edges = tuple(_sorted(map(_condition, link.edges)))
    return replace(link, relationship=link.relationship.lower(), rows=_rows(link.rows), edges=edges)


def _conditions(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    if not conditions:
        return ()
    joined = _condition(all_of(conditions))
    return joined.items if isinstance(joined, And) else (joined,)


def _condition(condition: Condition) -> Condition:
    plain: Condition = rebuilt(condition, _plain)
    return plain


def _plain(node: Any) -> Any:
    """One node in its normal form; those inside it have theirs."""
    match node:
        case Field():
            return _with(node, name=node.name.lower(), alias=node.alias and node.alias.lower())
        case Segment():
            return _with(node, name=node.name.lower())
        case Interaction():
            return _with(node, type=node.type.lower(), link=node.link.lower())
        case Text():
            return _with(node, quote="'")
        case Number():
            return node if _is_short(node.value) else replace(node, value=_shortest(node.value))
        case Having():
            return replace(node, number=_shortest(node.number))
        case DateDiff() | DateAdd():
            return _with(node, part=node.part.lower())
        case Compare() if isinstance(node.right, Field) and not isinstance(node.left, Field):
            return Compare(node.right, TURNED[node.op], node.left)
        case DateOf():
            return _as_text(node)
        case In():
            return _joined(any_of([_plain(Compare(node.value, "==", item)) for item in node.items]))
        case And() | Or():
            return _joined(node)
    return node


def _with(node: Any, **values: object) -> Any:
    """The node with these values: itself where it has them, as most have."""
    same = all(getattr(node, name) == value for name, value in values.items())
    return node if same else replace(node, **values)


def _as_text(date: DateOf) -> Value:
    """`DATE(2020, 1, 31)` is `'2020-01-31'`; with a time of day it stays as it is."""
    moment = constant_date(date) if len(date.parts) == DAY else None
    return Text(moment.date().isoformat()) if moment else date


def _joined(node: Condition) -> Condition:
    """Items in one order, each once; flat also where an inner list came down to one item."""
    if not isinstance(node, And | Or):
        return node
    kind, join = (And, all_of) if isinstance(node, And) else (Or, any_of)
    flat = join(node.items)
    items = _unique(_sorted(flat.items)) if isinstance(flat, kind) else [flat]
    return items[0] if len(items) == 1 else kind(tuple(items))


def _is_short(number: Decimal) -> bool:
    """Whether it is written without a fraction and without an exponent."""
    return number.as_tuple().exponent == 0


def _shortest(number: Decimal) -> Decimal:
    """A number without the noughts at its end; never rounded."""
    written = f"{number:f}"
    return Decimal(written.rstrip("0").rstrip(".") if "." in written else written)


def _sorted(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=repr)


def _unique(items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
