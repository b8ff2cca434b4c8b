"""Tuples to text in all the spellings a language allows: blanks, cases, parentheses, quotes, methods, words.

`Writer(Random(seed), dialect)` spells the same tree the same way; what it writes must be read back as the
tree it was given.
"""

import re
from decimal import Decimal
from random import Random

from tests.oracle.reader import Tree

_CALLS = {"null": "ISNULL", "present": "ISNOTNULL"}


class Writer:
    """One method a production."""

    def __init__(self, random: Random, dialect: str) -> None:
        self.random = random
        self.outbound = dialect == "outbound"

    # --- spelling -----------------------------------------------------------------------------------------

    def blank(self) -> str:
        """Whitespace, where it may stand and need not."""
        return self.random.choice(("", "", "", "", " ", " ", "\t", "\r\n", "  ")) if self.chance(0.5) else ""

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def word(self, word: str) -> str:
        """A keyword in some case."""
        return self.random.choice((word, word, word.lower(), word.capitalize()))

    def call(self, word: str, *arguments: str) -> str:
        inner = ",".join(f"{self.blank()}{argument}{self.blank()}" for argument in arguments)
        return f"{self.word(word)}{self.blank()}({inner or self.blank()})"

    def spaced(self, *parts: str) -> str:
        """Words that would run together without a blank."""
        return f"{self.blank() or ' '}".join(parts)

    def infix(self, left: str, operator: str, right: str) -> str:
        """Symbols need no blanks."""
        return f"{left}{self.blank()}{operator}{self.blank()}{right}"

    def parenthesised(self, text: str, share: float) -> str:
        """The text, sometimes in parentheses that change nothing."""
        while self.chance(share):
            text = f"({self.blank()}{text}{self.blank()})"
        return text

    # --- sets and operands --------------------------------------------------------------------------------

    def query(self, query: Tree) -> str:
        _, first, terms = query
        text, atom = self.operand(first), True
        for operator, operand in terms:
            if self.outbound and self.chance(0.3):
                text = self.method(text if atom else f"({text})", operator, operand)
                atom = True
            else:
                text = self.spaced(text, self.operator(operator), self.operand(operand))
                atom = False
        return self.parenthesised(text, 0.05)

    def method(self, left: str, operator: str, operand: Tree) -> str:
        bare = operand[1][0] == "segment" and not operand[2] and self.chance(0.7)
        argument = self.name(operand[1][1]) if bare else self.inside(operand)
        return f"{left}{self.blank()}.{self.blank()}{self.call(self.operator(operator), argument)}"

    def inside(self, operand: Tree) -> str:
        """An operand as a whole argument: a query in it needs no parentheses of its own."""
        _, source, steps = operand
        return self.query(source) if source[0] == "query" and not steps else self.operand(operand)

    def operator(self, operator: str) -> str:
        minus = operator == "EXCEPT" and self.outbound and self.chance(0.3)
        return self.word("MINUS" if minus else operator)

    def operand(self, operand: Tree) -> str:
        _, source, steps = operand
        text = self.source(source)
        for step in steps:
            text = f"{text}{self.blank()}.{self.blank()}{self.step(step)}"
        return self.parenthesised(text, 0.05)

    def source(self, source: Tree) -> str:
        if source[0] == "query":
            return f"({self.blank()}{self.query(source)}{self.blank()})"
        if source[0] == "profile":
            _, table, alias = source
            return self.call("PROFILE", self.name(table), *([alias] if alias else []))
        return self.call(source[0].upper(), *map(self.name, source[1:]))

    def name(self, name: str) -> str:
        """A name; outside an identifier's letters it needs quotes."""
        plain = re.fullmatch(r"[^\W\d]\w*", name)
        return name if plain and self.chance(0.95) else self.string(name)

    # --- steps --------------------------------------------------------------------------------------------

    def step(self, step: Tree) -> str:
        word, *parts = step
        match word:
            case "filter":
                return self.call("FILTER", self.condition(parts[0]))
            case "traverse":
                edges = [self.call("FILTER", self.condition(edge)) for edge in parts[2]]
                more = [parts[1]] if parts[1] else []
                arguments = (*more, *edges) if self.chance(0.7) else (*edges, *more)
                return self.call("TRAVERSE", self.name(parts[0]), *arguments)
            case "relate":
                return self.relate(step)
            case "having":
                return self.having(step)
            case "orderby" | "select":
                return self.call(word.upper(), *map(self.listed, parts[0]))
            case _:
                return self.call(word.upper(), *map(str, parts))

    def relate(self, step: Tree) -> str:
        _, name, alias, optional, then = step
        table = f"account{self.blank()}." if not self.outbound and self.chance(0.2) else ""
        arguments = [self.name(name), table + alias, *([self.relate(then)] if then else [])]
        return self.call("RELATEOPTIONAL" if optional else "RELATE", *arguments)

    def having(self, step: Tree) -> str:
        _, aggregate, field, op, number, window = step
        left = self.call(aggregate, *([self.value(field)] if field else []))
        sign = "-" if number < 0 else ""
        compared = self.infix(left, op, f"{sign}{abs(number):f}")
        return self.call("HAVING", compared, *([self.call(window[0], str(window[1]))] if window else []))

    def listed(self, item: Tree) -> str:
        """A column of ORDERBY or SELECT."""
        if item[0] == "field":
            return self.value(item)
        field, down = item
        ascending = "ASC" if self.chance(0.5) else ""
        direction = "DESC" if down else ascending
        return self.spaced(self.value(field), self.word(direction)) if direction else self.value(field)

    # --- conditions ---------------------------------------------------------------------------------------

    def condition(self, condition: Tree) -> str:
        word, *parts = condition
        if word in ("and", "or"):
            text = self.several(word, parts[0])
        elif word == "not":
            text = self.call("NOT", self.condition(parts[0]))
        elif word in _CALLS:
            text = self.call(_CALLS[word], self.value(parts[0]))
        elif word == "compare":
            text = self.infix(self.value(parts[0]), parts[1], self.value(parts[2]))
        elif word == "match":
            text = self.spaced(self.value(parts[0]), self.word(parts[1]), self.value(parts[2]))
        else:
            opening, closing = "()" if self.outbound and self.chance(0.6) else "[]"
            items = ",".join(f"{self.blank()}{self.value(item)}{self.blank()}" for item in parts[1])
            listed = f"{opening}{items}{closing}"
            text = self.spaced(self.value(parts[0]), self.word("IN"), listed)
        return self.parenthesised(text, 0.08)

    def several(self, word: str, items: tuple[Tree, ...]) -> str:
        """AND binds tighter than OR: only an OR inside an AND needs parentheses."""
        texts = [self.condition(item) for item in items]
        if word == "and":
            texts = [
                f"({text})" if item[0] == "or" else text for item, text in zip(items, texts, strict=True)
            ]
        whole = texts[0]
        for text in texts[1:]:
            symbol = "&&" if word == "and" else "||"
            glue = self.spaced("", self.word(word.upper()), "") if self.chance(0.3) else symbol
            whole = f"{whole}{self.blank()}{glue}{self.blank()}{text}"
        return whole

    # --- values -------------------------------------------------------------------------------------------

    def value(self, value: Tree) -> str:
        word, *parts = value
        match word:
            case "field":
                name, alias = parts
                return f"{alias}{self.blank()}.{self.blank()}{name}" if alias else str(name)
            case "text":
                return self.string(parts[0])
            case "number":
                return self.number(parts[0])
            case "bool":
                return self.word(str(parts[0]).upper())
            case "now":
                return self.call("DATETIMEUTCNOW")
            case "negative":
                return f"-{self.blank()}{self.factor(parts[0])}"
            case "arithmetic":
                first, rest = parts
                text = self.factor(first)
                for operator, item in rest:
                    text = self.infix(text, operator, self.factor(item))
                return text
            case "date":
                return self.call("DATE", *map(self.value, parts[0]))
            case _:
                part, *operands = parts
                return self.call(word.upper(), self.word(part.upper()), *map(self.value, operands))

    def factor(self, value: Tree) -> str:
        text = self.value(value)
        return f"({text})" if value[0] == "arithmetic" else self.parenthesised(text, 0.1)

    def number(self, number: Decimal) -> str:
        return ("0" if self.chance(0.1) else "") + f"{number:f}"

    def string(self, text: str) -> str:
        """A string in some of its spellings; a backslash that escapes nothing may stand for itself."""
        quote = '"' if self.outbound and self.chance(0.1) else "'"
        spelled = [self.character(text, at, quote) for at in range(len(text))]
        return f"{quote}{''.join(spelled)}{quote}"

    def character(self, text: str, at: int, quote: str) -> str:
        letter, after = text[at], text[at + 1 : at + 2]
        if letter == "\\":
            lonely = after and after not in "'\"\\"
            return letter if lonely and self.chance(0.5) else "\\\\"
        if letter == quote:
            return "''" if quote == "'" and self.chance(0.5) else f"\\{letter}"
        return f"\\{letter}" if letter in "'\"" and self.chance(0.3) else letter
