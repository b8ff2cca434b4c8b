"""Trees of any form a language has, over names that look like keywords: to be read, not to be evaluated."""

from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from tests.oracle.reader import Tree, as_operand, chain, joined

_NAMES = (
    "contact", "Name", "a", "Date", "COUNT", "filter", "in", "and", "OR", "NOT", "Segment", "größe", "_x1",
    "UTCDAYS", "day", "Union", "asc", "IsNull",
)  # fmt: skip
_TEXTS = (
    "",
    "Ann",
    "O'Neil",
    "C:\\temp\\",
    '"',
    "\\",
    "''",
    ") UNION (",
    "a && b",
    "\\n",
    "ä\u03a9",
    "%_",
    "-- x",
    "\n",
)
_PARTS = ("year", "month", "day", "hour", "minute", "second", "millisecond")
_UNITS = {
    "outbound": ("DAYS", "MONTHS", "YEARS"),
    "rtm": ("MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"),
}
_SETS = ("UNION", "INTERSECT", "EXCEPT")
_COMPARED = ("==", "!=", ">", ">=", "<", "<=")

_T = TypeVar("_T")


class Wild:
    """Random trees in normal form; `dialect` says which forms there are."""

    def __init__(self, random: Random, dialect: str) -> None:
        self.random = random
        self.dialect = dialect

    def one(self, options: tuple[_T, ...]) -> _T:
        return self.random.choice(options)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self) -> str:
        return self.one(_NAMES)

    def any_name(self) -> str:
        """A name that may need quotes."""
        return self.one((*_NAMES, "my list", "O'Neil")) if self.chance(0.2) else self.name()

    # --- sets and operands --------------------------------------------------------------------------------

    def query(self, depth: int = 2) -> Tree:
        count = self.one((0, 0, 0, 1, 1, 2, 3))
        terms = tuple((self.one(_SETS), self.operand(depth)) for _ in range(count))
        return chain(self.operand(depth), terms)

    def operand(self, depth: int) -> Tree:
        kind = self.one(("profile",) * 6 + ("segment", "interaction") + ("query",) * (depth > 0))
        if kind == "query":
            inner = as_operand(self.query(depth - 1))
            _, source, steps = inner
            more = () if self._closed(source) else self.steps(source, steps)
            return ("operand", source, (*steps, *more))
        source = self.source(kind)
        return ("operand", source, () if self._closed(source) else self.steps(source, ()))

    def _closed(self, source: Tree) -> bool:
        return self.dialect == "rtm" and source[0] == "segment"

    def source(self, kind: str) -> Tree:
        if kind == "profile":
            alias = self.name() if self.dialect == "outbound" and self.chance(0.5) else None
            return ("profile", self.any_name(), alias)
        if kind == "segment":
            return ("segment", self.any_name())
        return ("interaction", self.any_name(), self.any_name())

    def steps(self, source: Tree, before: tuple[Tree, ...]) -> tuple[Tree, ...]:
        found: list[Tree] = []
        for _ in range(self.one((0, 0, 1, 1, 2, 3))):
            step = self.step()
            twice = step[0] == "having" and any(one[0] == "having" for one in (*before, *found))
            if not twice and not (step[0] == "traverse" and source[0] == "interaction"):
                found.append(step)
        return tuple(found)

    # --- steps --------------------------------------------------------------------------------------------

    def step(self) -> Tree:
        kinds: tuple[str, ...] = ("filter", "filter", "filter", "relate", "having")
        if self.dialect == "outbound":
            kinds += ("traverse", "traverse", "distinct", "orderby", "skip", "take", "select")
        step: Tree = getattr(self, self.one(kinds))()
        return step

    def filter(self) -> Tree:
        return ("filter", self.condition(2))

    def traverse(self) -> Tree:
        edges = tuple(self.condition(1) for _ in range(self.one((0, 0, 0, 1, 2))))
        return ("traverse", self.any_name(), self.name() if self.chance(0.6) else None, edges)

    def relate(self) -> Tree:
        then = self.relate() if self.dialect == "rtm" and self.chance(0.3) else None
        return ("relate", self.any_name(), self.name(), self.chance(0.3), then)

    def having(self) -> Tree:
        aggregate = self.one(("COUNT", "COUNT", "SUM", "AVG", "MIN", "MAX"))
        field = None if aggregate == "COUNT" else self.field()
        window = (
            (f"UTC{self.one(_UNITS[self.dialect])}", self.random.randint(1, 30)) if self.chance(0.5) else None
        )
        number = self.one((Decimal(1), Decimal(10), Decimal("2.5"), Decimal(-3)))
        return ("having", aggregate, field, self.one(_COMPARED), number, window)

    def distinct(self) -> Tree:
        return ("distinct",)

    def orderby(self) -> Tree:
        return ("orderby", tuple((self.field(), self.chance(0.5)) for _ in range(self.one((1, 1, 2)))))

    def skip(self) -> Tree:
        return ("skip", self.random.randint(0, 99))

    def take(self) -> Tree:
        return ("take", self.random.randint(0, 99))

    def select(self) -> Tree:
        return ("select", tuple(self.field() for _ in range(self.one((1, 2)))))

    # --- conditions ---------------------------------------------------------------------------------------

    def condition(self, depth: int) -> Tree:
        if depth and self.chance(0.45):
            if self.chance(0.25):
                return ("not", self.condition(depth - 1))
            items = [self.condition(depth - 1) for _ in range(self.one((2, 2, 3)))]
            return joined(self.one(("and", "or")), items)
        return self.predicate()

    def predicate(self) -> Tree:
        kind = self.one(("compare",) * 4 + ("null", "present", "match", "in"))
        if kind == "compare":
            return ("compare", self.value(2), self.one(_COMPARED), self.value(2))
        if kind == "match":
            op = self.one(("CONTAINS", "STARTSWITH", "ENDSWITH"))
            return ("match", self.field(), op, ("text", self.one(_TEXTS)))
        if kind == "in":
            return ("in", self.value(1), tuple(self.value(1) for _ in range(self.one((1, 2, 3)))))
        return (kind, self.field())

    def value(self, depth: int) -> Tree:
        if depth and self.chance(0.25):
            return self.compound(depth - 1)
        leaf: Any = self.one(("field", "field", "text", "text", "number", "bool", "now"))
        if leaf == "field":
            return self.field()
        numbers = (Decimal(0), Decimal(16), Decimal("10000000000"), Decimal("0.25"))
        values = {"text": self.one(_TEXTS), "number": self.one(numbers), "bool": self.chance(0.5)}
        return (leaf, values[leaf]) if leaf in values else ("now",)

    def compound(self, depth: int) -> Tree:
        kind = self.one(("negative", "datediff", "dateadd", "date", "arithmetic", "arithmetic"))
        if kind == "negative":
            return ("negative", self.value(depth))
        if kind == "date":
            return ("date", tuple(self.value(depth) for _ in range(self.random.randint(3, 7))))
        if kind == "arithmetic":
            operators = self.one(("+-", "*/"))
            rest = tuple(
                (self.random.choice(operators), self.value(depth)) for _ in range(self.one((1, 2, 3)))
            )
            return ("arithmetic", self.value(depth), rest)
        return (kind, self.one(_PARTS), self.value(depth), self.value(depth))

    def field(self) -> Tree:
        return ("field", self.name(), self.name() if self.chance(0.3) else None)
