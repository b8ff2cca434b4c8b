"""Tree to text, in the canonical spelling of either dialect.

The whole tree is written: `parse(to_text(tree, dialect), dialect) == tree` for every tree whose forms the
dialect has. Mixed AND and OR always carry parentheses, so the text does not depend on precedence.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from mig.query.dialects import FORMS, Forms
from mig.query.tree import (
    And,
    Arithmetic,
    Bool,
    Compare,
    Condition,
    DateAdd,
    DateDiff,
    DateOf,
    Dialect,
    Distinct,
    Field,
    Filter,
    Having,
    In,
    Interaction,
    Match,
    Negative,
    Node,
    Not,
    Now,
    NullTest,
    Number,
    Operand,
    Or,
    OrderBy,
    Profile,
    Query,
    Relate,
    Segment,
    Select,
    Skip,
    Step,
    Take,
    Text,
    Traverse,
    Value,
)

WIDTH: Final = 80
"""`format_text` keeps on one line what fits here."""

_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*\Z")
_ESCAPED: Final = str.maketrans({"'": "\\'", "\\": "\\\\"})


def to_text(query: Query, dialect: Dialect) -> str:
    """The query on one line."""
    return _Printer(FORMS[dialect]).query(query)


def format_text(query: Query, dialect: Dialect) -> str:
    """The query for people: when longer than `WIDTH`, a line for each operand, step and condition."""
    text = to_text(query, dialect)
    return text if len(text) <= WIDTH else "\n".join(_Printer(FORMS[dialect]).lines(query))


def node_text(node: Node, dialect: Dialect) -> str:
    """Any node, to be shown: a step without its dot, a query without parentheses."""
    return _NODES[type(node)](_Printer(FORMS[dialect]), node)


class _Printer:
    """One method a production; `_VALUES`, `_CONDITIONS` and `_STEPS` say which node takes which."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms

    # --- sets and operands --------------------------------------------------------------------------------

    def query(self, query: Query) -> str:
        terms = (f" {term.op} {self.operand(term.operand)}" for term in query.rest)
        return self.operand(query.first) + "".join(terms)

    def operand(self, operand: Operand) -> str:
        return self.source(operand.source) + "".join([f".{self.step(step)}" for step in operand.steps])

    def source(self, source: Profile | Segment | Interaction | Query) -> str:
        if isinstance(source, Profile):
            return f"PROFILE({_arguments(_name(source.table), source.alias)})"
        if isinstance(source, Segment):
            return f"SEGMENT({_name(source.name)})"
        if isinstance(source, Interaction):
            return f"INTERACTION({_name(source.type)}, {_name(source.link)})"
        return f"({self.query(source)})"

    def lines(self, query: Query) -> list[str]:
        """The query over several lines; a string literal may contain line breaks and is never cut."""
        lines = self.operand_lines(query.first)
        for term in query.rest:
            lines += [str(term.op), *self.operand_lines(term.operand)]
        return lines

    def operand_lines(self, operand: Operand) -> list[str]:
        text = self.operand(operand)
        if len(text) <= WIDTH:
            return [text]
        steps = [line for step in operand.steps for line in self.step_lines(step)]
        return [*self.source_lines(operand.source), *(f"  {line}" for line in steps)]

    def source_lines(self, source: Profile | Segment | Interaction | Query) -> list[str]:
        if not isinstance(source, Query):
            return [self.source(source)]
        return ["(", *(f"  {line}" for line in self.lines(source)), ")"]

    def step_lines(self, step: Step) -> list[str]:
        text = f".{self.step(step)}"
        if len(text) <= WIDTH or not isinstance(step, Filter) or not isinstance(step.condition, And | Or):
            return [text]
        glue = " &&" if isinstance(step.condition, And) else " ||"
        *items, last = [f"  {self.item(item)}" for item in step.condition.items]
        return [".FILTER(", *(item + glue for item in items), last, ")"]

    # --- steps --------------------------------------------------------------------------------------------

    def step(self, step: Step) -> str:
        return _STEPS[type(step)](self, step)

    def filter(self, step: Filter) -> str:
        return f"FILTER({self.condition(step.condition)})"

    def traverse(self, step: Traverse) -> str:
        edges = [f"FILTER({self.condition(edge)})" for edge in step.edges]
        return f"TRAVERSE({_arguments(_name(step.relationship), step.alias, *edges)})"

    def relate(self, step: Relate) -> str:
        word = "RELATEOPTIONAL" if step.optional else "RELATE"
        alias = f"{step.table}.{step.alias}" if step.table else step.alias
        then = self.relate(step.then) if step.then else None
        return f"{word}({_arguments(_name(step.relationship), alias, then)})"

    def having(self, step: Having) -> str:
        column = self.field(step.column) if step.column else ""
        window = f"{step.window[0]}({step.window[1]})" if step.window else None
        compared = f"{step.aggregate}({column}) {step.op} {step.number:f}"
        return f"HAVING({_arguments(compared, window)})"

    def order_by(self, step: OrderBy) -> str:
        fields = [f"{self.field(field)} {'DESC' if down else 'ASC'}" for field, down in step.fields]
        return f"ORDERBY({_arguments(*fields)})"

    def select(self, step: Select) -> str:
        return f"SELECT({_arguments(*map(self.field, step.fields))})"

    # --- conditions ---------------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> str:
        return _CONDITIONS[type(condition)](self, condition)

    def item(self, condition: Condition) -> str:
        """A condition inside AND or OR."""
        text = self.condition(condition)
        return f"({text})" if isinstance(condition, And | Or) else text

    def compare(self, condition: Compare) -> str:
        return f"{self.value(condition.left)} {condition.op} {self.value(condition.right)}"

    def null_test(self, condition: NullTest) -> str:
        return f"{'ISNOTNULL' if condition.present else 'ISNULL'}({self.field(condition.field)})"

    def match(self, condition: Match) -> str:
        return f"{self.field(condition.field)} {condition.op} {self.text(condition.text)}"

    def in_(self, condition: In) -> str:
        opening, closing = "[]" if self.forms.list_openings == "[" else "()"
        items = ", ".join(map(self.value, condition.items))
        return f"{self.value(condition.value)} IN {opening}{items}{closing}"

    # --- values -------------------------------------------------------------------------------------------

    def value(self, value: Value) -> str:
        return _VALUES[type(value)](self, value)

    def field(self, field: Field) -> str:
        return f"{field.alias}.{field.name}" if field.alias else field.name

    def text(self, text: Text) -> str:
        return f"'{text.value.translate(_ESCAPED)}'"

    def bool_(self, value: Bool) -> str:
        return self.forms.booleans[value.value]

    def negative(self, value: Negative) -> str:
        return f"-{self.factor(value.value)}"

    def factor(self, value: Value) -> str:
        """A value inside arithmetic; parentheses are kept wherever they were needed."""
        text = self.value(value)
        return f"({text})" if isinstance(value, Arithmetic) else text

    def arithmetic(self, value: Arithmetic) -> str:
        rest = (f" {operator} {self.factor(item)}" for operator, item in value.rest)
        return self.factor(value.first) + "".join(rest)

    def date_of(self, value: DateOf) -> str:
        return f"DATE({_arguments(*map(self.value, value.parts))})"


def _arguments(*arguments: str | None) -> str:
    return ", ".join([argument for argument in arguments if argument is not None])


def _name(name: str) -> str:
    return name if _IDENTIFIER.match(name) else f"'{name.translate(_ESCAPED)}'"


_Write = Mapping[type, Callable[[_Printer, Any], str]]

_VALUES: Final[_Write] = {
    Field: _Printer.field,
    Text: _Printer.text,
    Number: lambda printer, node: f"{node.value:f}",
    Bool: _Printer.bool_,
    Negative: _Printer.negative,
    Arithmetic: _Printer.arithmetic,
    Now: lambda printer, node: "DATETIMEUTCNOW()",
    DateDiff: lambda p, node: f"DATEDIFF({node.part}, {p.value(node.start)}, {p.value(node.stop)})",
    DateAdd: lambda p, node: f"DATEADD({node.part}, {p.value(node.amount)}, {p.value(node.date)})",
    DateOf: _Printer.date_of,
}
_CONDITIONS: Final[_Write] = {
    And: lambda printer, node: " && ".join([printer.item(item) for item in node.items]),
    Or: lambda printer, node: " || ".join([printer.item(item) for item in node.items]),
    Not: lambda printer, node: f"NOT({printer.condition(node.item)})",
    Compare: _Printer.compare,
    NullTest: _Printer.null_test,
    Match: _Printer.match,
    In: _Printer.in_,
}
_STEPS: Final[_Write] = {
    Filter: _Printer.filter,
    Traverse: _Printer.traverse,
    Relate: _Printer.relate,
    Having: _Printer.having,
    Distinct: lambda printer, node: "DISTINCT()",
    OrderBy: _Printer.order_by,
    Skip: lambda printer, node: f"SKIP({node.count})",
    Take: lambda printer, node: f"TAKE({node.count})",
    Select: _Printer.select,
}
_NODES: Final[_Write] = {
    **_VALUES,
    **_CONDITIONS,
    **_STEPS,
    **dict.fromkeys((Profile, Segment, Interaction), _Printer.source),
    Operand: _Printer.operand,
    Query: _Printer.query,
}
