"""Who is a member, row by row, from sections A.3 and B of the reference; knows nothing of SQL and of mig.

An operand is a list of choices: one row for the current node and one for each alias. FILTER keeps choices,
TRAVERSE moves each to every linked row, RELATE adds every linked row beside the current one; the members are
the current rows of the choices that are left. This is the existential meaning, spelt out.

Decided where the reference leaves it open, by its working rules:

- a condition is true, false or unknown; only true keeps a choice (D-7, three-valued);
- texts compare without case (D-8), inactive rows count like others (D-9);
- RELATEOPTIONAL lets a row through that has no linked row, as one whose linked row is empty; a single
  FILTER(NOT(c)) on it means that no linked row meets c (B.2, after the only public reading).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.oracle.reader import Tree
from tests.oracle.truth import Choice, Place, Unanswered, read, truth
from tests.oracle.world import Lookup, Row, World, key_of, related


def evaluate(query: Tree, world: World) -> set[str]:
    """The ids of the members."""
    return set(_members(query, world)[1])


def _members(query: Tree, world: World) -> tuple[str, list[str]]:
    _, first, terms = query
    table, found = _operand(first, world)
    for operator, operand in terms:
        other, more = _operand(operand, world)
        if table != other:
            raise Unanswered(f"{table} with {other}")
        if operator == "UNION":
            found = [*found, *(key for key in more if key not in found)]
        else:
            found = [key for key in found if (key in more) is (operator == "INTERSECT")]
    return table, found


def _operand(operand: Tree, world: World) -> tuple[str, list[str]]:
    _, source, steps = operand
    table, rows, alias = _source(source, world)
    choices = [Choice((table, row), {alias.lower(): (table, row)} if alias else {}) for row in rows]
    for step in _with_none(steps):
        choices = list(_stepped(step, choices, world))
        table = _end(step, table)
    return table, list(dict.fromkeys(choice.here[1][key_of(table)] for choice in choices))


def _source(source: Tree, world: World) -> tuple[str, list[Row], str | None]:
    match source:
        case ("profile", table, alias):
            if table.lower() not in world.rows:
                raise Unanswered(table)
            return table.lower(), world.rows[table.lower()], alias
        case ("segment", name):
            if name not in world.segments:
                raise Unanswered(name)
            members, table = world.segments[name], "contact"
        case ("query", _, _):
            table, members = _members(source, world)
        case _:
            raise Unanswered("interaction")
    return table, [row for row in world.rows[table] if row[key_of(table)] in members], None


# --- steps ------------------------------------------------------------------------------------------------


def _stepped(step: Tree, choices: list[Choice], world: World) -> Iterable[Choice]:
    match step:
        case ("filter", condition):
            return (choice for choice in choices if truth(condition, choice) is True)
        case ("traverse", name, alias, ()):
            return _traversed(name, alias, choices, world)
        case ("relate", _, _, _, _):
            return (more for choice in choices for more in _related(step, choice, choice.here, world))
        case ("none", relate, condition):
            return (
                choice
                for choice in choices
                if not any(
                    truth(condition, more) is True
                    for more in _related(_required(relate), choice, choice.here, world)
                )
            )
        case ("distinct",) | ("select", _):
            return choices
        case ("orderby", fields):
            return _ordered(fields, choices)
        case ("skip", count):
            return _rows_once(choices)[count:]
        case ("take", count):
            return _rows_once(choices)[:count]
    raise Unanswered(step[0])


def _end(step: Tree, table: str) -> str:
    return _far(table, related(step[1])) if step[0] == "traverse" else table


def _traversed(name: str, alias: str | None, choices: list[Choice], world: World) -> Iterator[Choice]:
    for choice in choices:
        for place in _linked(name, choice.here, world):
            yield Choice(place, {**choice.aliases, **({alias.lower(): place} if alias else {})})


def _related(relate: Tree, choice: Choice, near: Place, world: World) -> Iterator[Choice]:
    _, name, alias, optional, then = relate
    places = list(_linked(name, near, world))
    if optional and not places:
        places = [(_far(near[0], related(name)), {})]
    for place in places:
        more = Choice(choice.here, {**choice.aliases, alias.lower(): place})
        yield from _related(then, more, place, world) if then else (more,)


def _far(near: str, found: Lookup | tuple[str, str] | None) -> str:
    if found is None:
        raise Unanswered("an unknown relationship")
    first, second = (found.many, found.one) if isinstance(found, Lookup) else found
    if near not in (first, second) or first == second:
        raise Unanswered(f"{first} and {second} from {near}")
    return second if near == first else first


def _linked(name: str, near: Place, world: World) -> Iterator[Place]:
    """All rows linked with a row, from either end of the relationship."""
    table, row = near
    found = related(name)
    far = _far(table, found)
    assert found is not None  # or there would be no other end
    for other in world.rows[far]:
        if isinstance(found, Lookup):
            many, one = (row, other) if found.many == table else (other, row)
            linked = many.get(found.column) is not None and many[found.column] == one.get(key_of(found.one))
        else:
            pair = {table: row.get(key_of(table)), far: other[key_of(far)]}
            listed, entity = pair[found[0]], pair[found[1]]
            pairs = [(one["listid"], one["entityid"]) for one in world.rows["listmember"]]
            linked = None not in (listed, entity) and (listed, entity) in pairs
        if linked:
            yield far, other


def _with_none(steps: tuple[Tree, ...]) -> list[Tree]:
    """`RELATEOPTIONAL(r, a)` with `FILTER(NOT(c))` as its only filter as one step: no linked row meets c."""
    found = list(steps)
    for step in steps:
        if step[0] != "relate" or not step[3]:
            continue
        given = {hop[2].lower() for hop in _hops(step)}
        named = [one for one in steps if one[0] == "filter" and given & _aliases(one)]
        if len(named) == 1 and named[0][1][0] == "not" and len(_aliases(named[0])) == 1:
            found[found.index(step)] = ("none", step, named[0][1][1])
            found.remove(named[0])
    return found


def _hops(relate: Tree) -> Iterator[Tree]:
    yield relate
    if relate[4]:
        yield from _hops(relate[4])


def _required(relate: Tree) -> Tree:
    """The relation with RELATE for RELATEOPTIONAL."""
    return (*relate[:3], False, relate[4] and _required(relate[4]))


def _aliases(tree: Any) -> set[str]:
    """The aliases of the columns in a tree, empty for columns without."""
    if not isinstance(tree, tuple):
        return set()
    if tree[:1] == ("field",):
        return {(tree[2] or "").lower()}
    return {alias for part in tree for alias in _aliases(part)}


def _rows_once(choices: list[Choice]) -> list[Choice]:
    return list({id(choice.here[1]): choice for choice in choices}.values())


def _ordered(fields: tuple[tuple[Tree, bool], ...], choices: list[Choice]) -> list[Choice]:
    """Sorted, empty values first; a later field decides between equals."""
    for field, down in reversed(fields):

        def rank(choice: Choice, field: Tree = field) -> tuple[bool, Any]:
            kind, stored = choice.at(field)
            return (stored is not None, read(kind, stored)) if stored is not None else (False, 0)

        choices = sorted(choices, key=rank, reverse=down)
    return choices
