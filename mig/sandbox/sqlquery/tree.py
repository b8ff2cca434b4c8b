"""What a SELECT says, before any name is looked up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """A column, with the table or alias in front of it where there is one; lower-case."""

    name: str
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as text, for whatever column it is compared with; None is NULL."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`COUNT(*)`, which has no column, `COUNT(DISTINCT column)`, `SUM(column)`."""

    method: str
    column: Ref | None = None
    distinct: bool = False


Value = Ref | Aggregate
Operand = Ref | Literal


@dataclass(frozen=True, slots=True)
class Item:
    """One thing selected, and what it is to be called."""

    value: Value
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Like:
    """`column LIKE 'pattern'`."""

    column: Ref
    pattern: str


@dataclass(frozen=True, slots=True)
class Among:
    """`column IN (…)`."""

    column: Ref
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """`column BETWEEN low AND high`."""

    column: Ref
    low: Literal
    high: Literal


@dataclass(frozen=True, slots=True)
class Empty:
    """`column IS NULL`."""

    column: Ref


@dataclass(frozen=True, slots=True)
class Opposite:
    """`NOT condition`."""

    item: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """All hold, or with `word` OR at least one."""

    word: str
    items: tuple["Condition", ...]


Condition = Compare | Like | Among | Between | Empty | Opposite | All


@dataclass(frozen=True, slots=True)
class TableRef:
    """A table and what it is called."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Joined:
    """`[LEFT] JOIN table ON condition`."""

    table: TableRef
    on: Condition
    outer: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """One thing to sort by."""

    value: Value
    descending: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole SELECT. `most` is what TOP or FETCH NEXT say, `offset` the rows to pass over."""

    distinct: bool
    items: tuple[Item, ...]
    table: TableRef
    joins: tuple[Joined, ...] = ()
    where: Condition | None = None
    groups: tuple[Ref, ...] = ()
    sorts: tuple[Sort, ...] = ()
    most: int | None = None
    offset: int = 0
