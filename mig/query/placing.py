"""Conditions by the row they speak of.

A FILTER may name several rows of a pattern, each by its alias. It is taken apart into conditions of one row
each: what AND joins must hold side by side, what OR joins becomes alternatives. This holds because a member
needs only one choice of rows: there is a choice with "p or q" exactly if there is one with p or one with q,
whatever the rows are. NOT is moved inwards first (De Morgan; holds with unknown as a third value too).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mig.query.tree import And, Condition, Field, Not, Or, Span, all_of, any_of
from mig.query.walk import predicates, values

MOST_ALTERNATIVES: Final = 16
"""Ours: AND of many ORs over several rows grows with their product."""

TOO_MANY: Final = f"has more than {MOST_ALTERNATIVES} cases over several tables"

Placed = Mapping[int, Condition]


class NotPlaced(ValueError):
    """A condition that cannot be taken apart: why, and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


@dataclass(frozen=True, slots=True)
class Placing:
    """Takes conditions apart. `owner` numbers the row a column belongs to; `default` owns what has none."""

    owner: Callable[[Field], int]
    default: int

    def owners(self, condition: Condition) -> set[int]:
        """The rows a condition speaks of."""
        every = (value for predicate in predicates(condition) for value in values(predicate))
        return {self.owner(value) for value in every if isinstance(value, Field)}

    def place(self, condition: Condition) -> list[Placed]:
        """Alternatives, each with a condition for every row it speaks of; raises `NotPlaced`."""
        owners = self.owners(condition)
        if len(owners) < 2:
            return [{next(iter(owners), self.default): condition}]
        match condition:
            case Not(And(items)):
                return self.place(any_of(map(Not, items), condition.span))
            case Not(Or(items)):
                return self.place(all_of(map(Not, items), condition.span))
            case Not(Not(item)):
                return self.place(item)
            case Or(items):
                return self._either(items, condition.span)
            case And(items):
                return self._both(items, condition.span)
        raise NotPlaced("compares columns of two tables with each other", condition.span)

    def _either(self, items: Iterable[Condition], span: Span) -> list[Placed]:
        """What speaks of one row stays one alternative."""
        pure, mixed = self._sorted(items)
        found: list[Placed] = [{at: any_of(group, span)} for at, group in pure.items()]
        for item in mixed:
            found += self.place(item)
        return found

    def _both(self, items: Iterable[Condition], span: Span) -> list[Placed]:
        pure, mixed = self._sorted(items)
        found: list[Placed] = [{at: all_of(group, span) for at, group in pure.items()}]
        for item in mixed:
            more = self.place(item)
            if len(found) * len(more) > MOST_ALTERNATIVES:
                raise NotPlaced(TOO_MANY, span)
            found = [_joined(one, other, span) for one in found for other in more]
        return found

    def _sorted(self, items: Iterable[Condition]) -> tuple[dict[int, list[Condition]], list[Condition]]:
        """The items of each row, and those that speak of several."""
        pure: dict[int, list[Condition]] = {}
        mixed: list[Condition] = []
        for item in items:
            owners = self.owners(item)
            if len(owners) > 1:
                mixed.append(item)
            else:
                pure.setdefault(next(iter(owners), self.default), []).append(item)
        return pure, mixed


def _joined(one: Placed, other: Placed, span: Span) -> Placed:
    both = {at: all_of((one[at], other[at]), span) for at in one if at in other}
    return {**one, **other, **both}
