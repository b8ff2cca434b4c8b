"""What a query is about, from its text and the table metadata alone: the fields of `mig query check`.

The terms are those of reference/segment-queries.md A.5 and of the corpora's headers.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from mig.model.tables import Schema
from mig.query.names import unknown_names
from mig.query.scope import Scope, member_table, scoped, tables_at
from mig.query.tree import (
    PAGING,
    Condition,
    Field,
    Interaction,
    Operand,
    Profile,
    Query,
    Relate,
    Segment,
    Step,
    Text,
    Traverse,
)
from mig.query.walk import conditions, fields, height, hops, operands, predicates, values

__all__ = ["Analysis", "Kind", "analyse", "realtime_reference", "references", "unknown_names"]

Kind = Literal["dynamic", "compound", "static", "behavioral"]

_REALTIME_SEGMENT: Final = re.compile(r"SEGMENT_CJO_ID_([0-9a-f]{32})\Z", re.IGNORECASE)
_GUID: Final = re.compile(
    r"(?<![0-9a-f-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The facts about a query; every list is without repetition, in order of first appearance.

    `base` is the table of the PROFILE the query starts with; `member_table` the table of its members, None
    when unknown. `depth` is that of the deepest boolean tree: 0 for none or one predicate, one more for each
    list of AND or OR and for each NOT. `references` are names of segments, or 32 hex digits for real-time
    ones. `columns` are `table.column`, or `column` where the table is unknown; `ids` are the GUIDs inside
    literals. Tables, columns and ids are in lower case.
    """

    base: str | None
    member_table: str | None
    kind: Kind
    behavioral: bool
    traversal_from_other_table: bool
    depth: int
    references: tuple[str, ...]
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    relationships: tuple[str, ...]
    ids: tuple[str, ...]


def analyse(query: Query, schema: Schema) -> Analysis:
    """The facts about a query."""
    every = tuple(operands(query))
    steps = [step for operand in every for step in operand.steps]
    stated = [condition for step in steps for condition in conditions(step)]
    behavioral = any(isinstance(operand.source, Interaction) for operand in every)
    references = _references(every)
    tables, columns = _named(every, schema)
    return Analysis(
        base=_base(query),
        member_table=member_table(query, schema),
        kind=_kind(query, behavioral, steps, references),
        behavioral=behavioral,
        traversal_from_other_table=any(map(_comes_from_elsewhere, every)),
        depth=max(map(height, stated), default=0),
        references=references,
        tables=tables,
        columns=columns,
        relationships=_distinct(_relationships(steps), str.lower),
        ids=_distinct(_ids(stated)),
    )


def references(query: Query) -> tuple[str, ...]:
    """The segments it refers to, as `Analysis` has them."""
    return _references(operands(query))


def realtime_reference(name: str) -> str | None:
    """The 32 hex digits in `SEGMENT_CJO_ID_…`, in lower case; None for other names."""
    found = _REALTIME_SEGMENT.match(name)
    return found[1].lower() if found else None


def _reference(name: str) -> str:
    return realtime_reference(name) or name


def _references(every: Iterable[Operand]) -> tuple[str, ...]:
    names = (operand.source.name for operand in every if isinstance(operand.source, Segment))
    return _distinct(map(_reference, names), str.lower)


def _base(query: Query) -> str | None:
    source = query.first.source
    if isinstance(source, Query):
        return _base(source)
    return source.table.lower() if isinstance(source, Profile) else None


def _kind(query: Query, behavioral: bool, steps: list[Step], references: tuple[str, ...]) -> Kind:
    if behavioral:
        return "behavioral"
    if any(isinstance(step, PAGING) for step in steps):
        return "static"
    nested = any(isinstance(operand.source, Query) for operand in operands(query))
    return "compound" if query.rest or nested or references else "dynamic"


def _comes_from_elsewhere(operand: Operand) -> bool:
    if not any(isinstance(step, Traverse) for step in operand.steps):
        return False
    inner = operands(operand.source) if isinstance(operand.source, Query) else (operand,)
    return any(isinstance(leaf.source, Profile) and leaf.source.table.lower() != "contact" for leaf in inner)


def _relationships(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Traverse):
            yield step.relationship
        elif isinstance(step, Relate):
            yield from (hop.relationship for hop in hops(step))


def _named(every: Iterable[Operand], schema: Schema) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables and the columns of all operands."""
    tables: list[str] = []
    columns: list[str] = []
    for operand in every:
        if isinstance(operand.source, Profile):
            tables.append(operand.source.table.lower())
        for step, scope in scoped(operand, schema):
            tables += tables_at(step, scope)
            # Whether an edge filter speaks of the edge or of the target is not known (D-6).
            known = Scope() if isinstance(step, Traverse) else scope
            columns += [_qualified(field, known.table_of(field)) for field in fields(step)]
    return _distinct(tables), _distinct(columns)


def _qualified(field: Field, table: str | None) -> str:
    name = field.name.lower()
    return f"{table}.{name}" if table else name


def _ids(stated: Iterable[Condition]) -> Iterator[str]:
    for condition in stated:
        for predicate in predicates(condition):
            for value in values(predicate):
                if isinstance(value, Text):
                    yield from (guid.lower() for guid in _GUID.findall(value.value))


def _same(item: str) -> str:
    return item


def _distinct(items: Iterable[str], key: Callable[[str], str] = _same) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found.values())
