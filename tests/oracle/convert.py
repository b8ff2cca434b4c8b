"""mig's trees as the oracle's tuples: the only place where the two meet, and it decides nothing."""

from mig.query import tree as t
from tests.oracle.reader import Tree


def converted(query: t.Query) -> Tree:
    """A query."""
    return ("query", _operand(query.first), tuple((str(one.op), _operand(one.operand)) for one in query.rest))


def _operand(operand: t.Operand) -> Tree:
    return ("operand", _source(operand.source), tuple(map(_step, operand.steps)))


def _source(source: t.Profile | t.Segment | t.Interaction | t.Query) -> Tree:
    match source:
        case t.Profile(table, alias):
            return ("profile", table, alias)
        case t.Segment(name):
            return ("segment", name)
        case t.Interaction(type_, link):
            return ("interaction", type_, link)
        case t.Query():
            return converted(source)


def _step(step: t.Step) -> Tree:
    match step:
        case t.Filter(condition):
            return ("filter", _condition(condition))
        case t.Traverse(name, alias, edges):
            return ("traverse", name, alias, tuple(map(_condition, edges)))
        case t.Relate(name, alias, optional, then):
            return ("relate", name, alias, optional, _step(then) if then else None)
        case t.Having(aggregate, column, op, number, window):
            return ("having", aggregate, _value(column) if column else None, op, number, window)
        case t.Distinct():
            return ("distinct",)
        case t.OrderBy(fields):
            return ("orderby", tuple((_value(field), down) for field, down in fields))
        case t.Skip(count):
            return ("skip", count)
        case t.Take(count):
            return ("take", count)
        case t.Select(fields):
            return ("select", tuple(map(_value, fields)))


def _condition(condition: t.Condition) -> Tree:
    match condition:
        case t.And(items):
            return ("and", tuple(map(_condition, items)))
        case t.Or(items):
            return ("or", tuple(map(_condition, items)))
        case t.Not(item):
            return ("not", _condition(item))
        case t.Compare(left, op, right):
            return ("compare", _value(left), op, _value(right))
        case t.NullTest(field, present):
            return ("present" if present else "null", _value(field))
        case t.Match(field, op, text):
            return ("match", _value(field), op, _value(text))
        case t.In(value, items):
            return ("in", _value(value), tuple(map(_value, items)))


def _value(value: t.Value) -> Tree:
    match value:
        case t.Field(name, alias):
            return ("field", name, alias)
        case t.Text(text):
            return ("text", text)
        case t.Number(number):
            return ("number", number)
        case t.Bool(truth):
            return ("bool", truth)
        case t.Negative(inner):
            return ("negative", _value(inner))
        case t.Now():
            return ("now",)
        case t.DateDiff(part, start, stop):
            return ("datediff", part, _value(start), _value(stop))
        case t.DateAdd(part, amount, date):
            return ("dateadd", part, _value(amount), _value(date))
        case t.DateOf(parts):
            return ("date", tuple(map(_value, parts)))
        case t.Arithmetic(first, rest):
            return ("arithmetic", _value(first), tuple((op, _value(one)) for op, one in rest))
