"""Trees over the tables of `world`: every form that is evaluated, with values that fit the columns."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import TypeVar

from tests.oracle.reader import Tree, as_operand, chain, joined
from tests.oracle.world import (
    LOOKUPS,
    NESTED,
    PAIRED,
    SEGMENTS,
    SELVES,
    TABLES,
    UNKNOWN_SEGMENT,
    VALUES,
    outbound_name,
)

_T = TypeVar("_T")
_COMPARED = ("==", "!=", ">", ">=", "<", "<=")
_MATCHES = ("CONTAINS", "STARTSWITH", "ENDSWITH")
_PIECES = ("o", "b", "n", "NN", "ob", "by", "'", "%", "", "Ä", "Bobby")
_SETS = ("UNION", "INTERSECT", "EXCEPT")


class Tame:
    """Random outbound queries whose members are contacts."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.bound: list[tuple[str, str | None]] = []

    def one(self, options: Sequence[_T]) -> _T:
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # --- sets and operands --------------------------------------------------------------------------------

    def query(self, depth: int = 2) -> Tree:
        count = self.one((0, 0, 0, 1, 1, 2, 3))
        if count and self.chance(0.2):
            return self.of_one_table(count)
        first = self.operand(depth)
        terms = [(self.one(_SETS), self.operand(depth)) for _ in range(count)]
        if terms and self.chance(0.15):
            terms.append((self.one(_SETS), first))
        return chain(first, tuple(terms))

    def of_one_table(self, count: int) -> Tree:
        """Plain filters in parentheses: those that may be merged when there is no other chain."""
        plain = [chain(self.plain(), tuple((self.one(_SETS[:2]), self.plain()) for _ in range(count)))]
        plain.append(chain(self.plain(), ((self.one(_SETS), self.plain()),)))
        one, other = (as_operand(query) for query in plain)
        return chain(one, ((self.one(_SETS), other),))

    def plain(self) -> Tree:
        self.bound = [("contact", None)]
        steps = (("filter", self.condition(1)),) if self.chance(0.85) else ()
        return ("operand", ("profile", "contact", None), steps)

    def operand(self, depth: int) -> Tree:
        kind = self.one(("profile",) * 4 + ("path",) * 3 + ("related", "segment", "segment") + ("query",) * 3)
        if kind == "query" and depth:
            _, source, steps = as_operand(self.query(depth - 1))
            return ("operand", source, (*steps, *(self.narrowed() if source[0] == "query" else ())))
        if kind == "segment":
            name = UNKNOWN_SEGMENT if self.chance(0.2) else self.one((*SEGMENTS, *NESTED))
            return ("operand", ("segment", name), tuple(self.narrowed()))
        return self.path(hops=self.one((1, 1, 1, 2, 2, 3)) if kind == "path" else 0, kind=kind)

    def narrowed(self) -> list[Tree]:
        """What may follow a set of contacts."""
        self.bound = [("contact", None)]
        return self.some_filters(0.3) + (self.relate() if self.chance(0.1) else [])

    def path(self, hops: int, kind: str) -> Tree:
        """A walk that ends on contact, or rows of contact; found by trying, as most walks end elsewhere."""
        walk = self.walk(hops)
        table = walk[0][0]
        alias = self.alias(table, 0)
        self.bound = [(table, alias)]
        steps = self.some_filters(0.7 if not hops else 0.6)
        for at, (_, name) in enumerate(walk[:-1]):
            table = walk[at + 1][0]
            alias = self.alias(table, at + 1)
            steps.append(("traverse", name, alias, ()))
            self.bound.append((table, alias))
            steps += self.some_filters(0.5)
        if kind == "related":
            steps += self.relate()
        if self.chance(0.04):
            steps += self.listing()
        spelled = walk[0][0].capitalize() if self.chance(0.2) else walk[0][0]
        return ("operand", ("profile", spelled, self.bound[0][1]), tuple(steps))

    def walk(self, hops: int) -> list[tuple[str, str]]:
        """Tables and the relationships that lead on from them; the last leads nowhere."""
        while True:
            table, found = self.one(tuple(TABLES)[:4] if hops else ("contact",)), []
            for _ in range(hops):
                name, far = self.one(_leading(table))
                found.append((table, name))
                table = far
            if table == "contact":
                return [*found, (table, "")]

    def alias(self, table: str, at: int) -> str | None:
        return self.one((f"{table}_{at + 1}", f"{table}_{at + 1}".upper(), None))

    def relate(self) -> list[Tree]:
        """A relation beside the current node (D-2), with a filter on it, perhaps on both."""
        name, far = self.one(_leading("contact"))
        alias = f"{far}_9"
        steps: list[Tree] = [("relate", name, alias, self.chance(0.35), None)]
        kept = self.bound
        if self.chance(0.25):
            self.bound = [*kept, (far, alias)]
            steps.append(("filter", self.over_two()))
        elif self.chance(0.8):
            self.bound = [(far, alias)]
            steps.append(("filter", self.condition(1, always=alias)))
        self.bound = kept
        return steps

    def over_two(self) -> Tree:
        """A condition on the base and on a relation at once."""
        far, alias = self.bound[-1]
        near = self.bound[-2][0]
        self.bound, kept = [(far, alias)], self.bound
        related = self.condition(1, always=alias)
        self.bound = [(near, None)]
        base = self.condition(1)
        self.bound = kept
        items = [base, related] if self.chance(0.5) else [related, base]
        whole = joined(self.one(("and", "or", "or")), items)
        return ("not", whole) if self.chance(0.15) else whole

    def listing(self) -> list[Tree]:
        steps: list[Tree] = [("orderby", ((self.field("text"), self.chance(0.5)),))]
        if self.chance(0.3):
            steps.append((self.one(("skip", "take")), self.random.randint(0, 3)))
        return [*steps, self.one((("select", (self.field("text"),)), ("distinct",)))]

    def some_filters(self, share: float) -> list[Tree]:
        steps: list[Tree] = []
        while self.chance(share):
            steps.append(("filter", self.condition(2)))
            share *= 0.4
        if self.chance(0.05):
            steps.append(("distinct",))
        return steps

    # --- conditions ---------------------------------------------------------------------------------------

    def condition(self, depth: int, always: str | None = None) -> Tree:
        if depth and self.chance(0.45):
            if self.chance(0.25):
                return ("not", self.condition(depth - 1, always))
            items = [self.condition(depth - 1, always) for _ in range(self.one((2, 2, 3)))]
            return joined(self.one(("and", "or")), items)
        return self.predicate(always)

    def predicate(self, always: str | None) -> Tree:
        table, alias = self.bound[-1]
        if len(self.bound) > 1 and self.chance(0.12):
            named = [place for place in self.bound[:-1] if place[1]]
            table, alias = self.one(named) if named else (table, alias)
        elif not always:
            alias = alias if self.chance(0.7) else None
        kind = self.one(("text", "text", "number", "boolean", "date", "id", "null", "null", "computed"))
        kind = kind if kind in ("null", "computed") or self.columns(table, kind) else "null"
        predicate: Tree = getattr(self, f"_{kind}")(table, alias)
        return predicate

    def columns(self, table: str, kind: str) -> tuple[str, ...]:
        kinds = ("day", "moment") if kind == "date" else (kind,)
        return tuple(name for name, of in TABLES[table].items() if of in kinds)

    def field(self, kind: str, table: str | None = None, alias: str | None = None) -> Tree:
        columns = self.columns(table or self.bound[-1][0], kind)
        name = self.one(columns) if columns else "statecode"
        return ("field", name.capitalize() if self.chance(0.1) else name, alias)

    def _null(self, table: str, alias: str | None) -> Tree:
        field = ("field", self.one(tuple(TABLES[table])), alias)
        return (self.one(("null", "present")), field)

    def _text(self, table: str, alias: str | None) -> Tree:
        field = self.field("text", table, alias)
        if self.chance(0.4):
            return ("match", field, self.one(_MATCHES), ("text", self.one(_PIECES)))
        return self._compared(field, ("text", self.one(VALUES["text"])), ("text", self.one(VALUES["text"])))

    def _number(self, table: str, alias: str | None) -> Tree:
        field = self.field("number", table, alias)
        literals: list[Tree] = [("number", abs(Decimal(str(self.one(VALUES["number"]))))) for _ in range(2)]
        if self.chance(0.1):
            literals[0] = ("negative", literals[0])
        if self.chance(0.1):
            return ("compare", field, self.one(_COMPARED), self.field("number", table, alias))
        return self._compared(field, *literals)

    def _boolean(self, table: str, alias: str | None) -> Tree:
        field = self.field("boolean", table, alias)
        sides = [field, ("bool", self.chance(0.5))]
        self.random.shuffle(sides)
        return ("compare", sides[0], self.one(("==", "!=")), sides[1])

    def _date(self, table: str, alias: str | None) -> Tree:
        field = self.field("date", table, alias)
        return self._compared(field, self.date(), self.date())

    def date(self) -> Tree:
        """A moment: a text, DATE of constants, now, or something some time from now."""
        kind = self.one(("text", "text", "date", "time", "now", "dateadd"))
        if kind == "text":
            return ("text", self.one((*VALUES["day"], *VALUES["moment"], "2026-11-22T09:00:30+01:00")))
        if kind == "date":
            return _numbers(*self.one(((1990, 1, 31), (2000, 2, 29), (2026, 11, 22))))
        if kind == "time":
            return _numbers(2026, 11, 22, *self.one(((8,), (8, 0), (8, 0, 30), (8, 0, 30, 500))))
        if kind == "now":
            return ("now",)
        amount: Tree = ("number", Decimal(self.one((0, 1, 13, 1441))))
        amount = ("negative", amount) if self.chance(0.7) else amount
        return ("dateadd", self.one(("year", "month", "day", "hour", "minute", "second")), amount, ("now",))

    def _id(self, table: str, alias: str | None) -> Tree:
        field = self.field("id", table, alias)
        ids = [
            ("text", f"{self.one('ABCc')}0000000-0000-0000-0000-00000000000{self.one('123')}")
            for _ in range(2)
        ]
        compared = ("compare", field, self.one(("==", "!=")), ids[0])
        return ("in", field, tuple(ids)) if self.chance(0.3) else compared

    def _computed(self, table: str, alias: str | None) -> Tree:
        """Date functions and arithmetic."""
        number: Tree = ("number", Decimal(self.one((0, 1, 2, 16))))
        dates = self.columns(table, "date")
        if dates and self.chance(0.5):
            sides = [("field", self.one(dates), alias), ("now",)]
            self.random.shuffle(sides)
            part = self.one(("year", "month", "day", "hour", "minute", "second"))
            return ("compare", ("datediff", part, *sides), self.one(_COMPARED), number)
        if not self.columns(table, "number"):
            return self._null(table, alias)
        operators = self.one(("+-", "*", "/"))
        rest = ((self.one(operators), ("number", Decimal(self.one((2, 4))))),)
        return (
            "compare",
            ("arithmetic", self.field("number", table, alias), rest),
            self.one(_COMPARED),
            number,
        )

    def _compared(self, field: Tree, *literals: Tree) -> Tree:
        if self.chance(0.2):
            return ("in", field, literals)
        sides = (field, literals[0]) if self.chance(0.7) else (literals[0], field)
        return ("compare", sides[0], self.one(_COMPARED), sides[1])


class TameRealTime(Tame):
    """Random real-time queries: relations by schema name, inside each other, over one or several aliases."""

    def operand(self, depth: int) -> Tree:
        if self.chance(0.15):
            return ("operand", ("segment", f"SEGMENT_CJO_ID_{self.one(tuple(SEGMENTS.values()))}"), ())
        self.bound = [("contact", None)]
        steps = self.some_filters(0.6)
        for at in range(self.one((0, 1, 1, 2))):
            steps += self.relation(at)
        return ("operand", ("profile", "contact", None), tuple(steps))

    def some_filters(self, share: float) -> list[Tree]:
        return [step for step in super().some_filters(share) if step[0] == "filter"]

    def relation(self, at: int) -> list[Tree]:
        """A chain of up to three hops, all of one kind, and conditions on some of its rows."""
        optional = self.chance(0.25)
        table, hops = "contact", []
        for depth in range(self.one((1, 1, 2, 3))):
            name, table = self.one([one for one in _leading(table) if one[0] in LOOKUPS or one[0] in PAIRED])
            hops.append((name, table, f"x_{at}" + "__1" * depth))
        relate: Tree | None = None
        for name, _, alias in reversed(hops):
            relate = ("relate", name, alias, optional, relate)
        kept = self.bound
        filters = []
        for _, table, alias in hops[-1:] if optional else hops:
            self.bound = [(table, alias)]
            if self.chance(0.7):
                filters.append(("filter", self.condition(1, always=alias)))
        self.bound = kept
        return [relate, *filters] if relate else []


def _numbers(*parts: int) -> Tree:
    return ("date", tuple(("number", Decimal(part)) for part in parts))


def _leading(table: str) -> list[tuple[str, str]]:
    """The relationships of a table by the names outbound queries may use, and where they lead."""
    found = []
    for name, lookup in LOOKUPS.items():
        if table in (lookup.many, lookup.one):
            far = lookup.one if table == lookup.many else lookup.many
            found += [(outbound_name(lookup), far)] * 3 + [(name, far)]
    found += [(outbound_name(one), table) for one in SELVES.values() if one.many == table]
    return found + [(name, _other(pair, table)) for name, pair in PAIRED.items() if table in pair]


def _other(pair: tuple[str, str], table: str) -> str:
    return pair[1] if table == pair[0] else pair[0]
