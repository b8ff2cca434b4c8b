"""Filters and joined tables.

A link that may bring columns is a join. One that only asks whether there are rows is EXISTS, and so is every
link inside such a one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mig.sandbox.errors import not_emulated
from mig.sandbox.fetchxml.conditions import condition
from mig.sandbox.fetchxml.names import Names, column
from mig.sandbox.fetchxml.vocabulary import needed
from mig.sandbox.fetchxml.xml import Element
from mig.sandbox.layout import quoted
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.literals import kinds, misfit
from mig.sandbox.odata.scope import Scope
from mig.sandbox.odata.where import joined
from mig.sandbox.relational.errors import bad_fetch
from mig.sandbox.relational.select import TRUE, Join

_JOINED: Final = frozenset({"inner", "outer"})
_EXISTING: Final = frozenset({"exists", "in"})
_ANY: Final = frozenset({"any", "not any"})
# Documented, with contradicting meanings in different revisions of the documentation, or not at all.
_LATER: Final = frozenset({"all", "not all", "matchfirstrowusingcrossapply", "natural"})


@dataclass(frozen=True, slots=True)
class Link:
    """A joined table: its element, what it is called, its rows and those that it is joined to."""

    element: Element
    alias: str
    scope: Scope
    near: Scope

    def join(self, names: Names) -> Join:
        """Filters inside the element belong to the join, so an outer one keeps rows that they exclude."""
        matched = [_matched(self.element, self.scope, self.near)]
        conditions = matched + conditions_in(self.element, self.scope, names)
        return Join(self.scope, joined(conditions, "AND"), outer=_kind(self.element) == "outer")


def links_in(element: Element, near: Scope, names: Names) -> Iterator[Link]:
    """The joined tables below an element, each before those that are joined to it."""
    for child in element.all("link-entity"):
        if _kind(child) not in _JOINED:
            continue
        table = needed(child, "name")
        alias = child.get("alias") or names.alias_for(table, several=_may_repeat(child, names))
        scope = names.join(table, alias)
        yield Link(child, alias, scope, near)
        yield from links_in(child, scope, names)


def conditions_in(element: Element, scope: Scope, names: Names) -> list[Sql]:
    """All that must hold for the rows of an element, besides its joins."""
    found = [_filter(child, scope, names) for child in element.all("filter")]
    for child in element.all("link-entity"):
        if _kind(child) in _ANY:
            raise bad_fetch(f"a link-entity of type '{_kind(child)}' must be inside a filter.")
        if _kind(child) in _EXISTING:
            found.append(_exists(child, scope, names))
    return found


def _filter(element: Element, scope: Scope, names: Names) -> Sql:
    word = element.attributes.get("type", "and")
    if word not in ("and", "or"):
        raise bad_fetch(f"'{word}' is no filter type: it is and, or or.")
    parts = [_part(child, scope, names) for child in element.children]
    return joined(parts, word.upper()) if parts else TRUE


def _part(element: Element, scope: Scope, names: Names) -> Sql:
    match element.name:
        case "condition":
            return condition(element, scope, names)
        case "filter":
            return _filter(element, scope, names)
    if _kind(element) not in _ANY:
        raise bad_fetch(f"a link-entity of type '{_kind(element)}' cannot be inside a filter.")
    sql, values = _exists(element, scope, names)
    return (f"NOT {sql}" if _kind(element) == "not any" else sql), values


def _exists(element: Element, near: Scope, names: Names) -> Sql:
    if any(element.all("attribute", "all-attributes", "order")):
        raise bad_fetch(f"a link-entity of type '{_kind(element)}' has no columns and no order.")
    scope = names.hidden(needed(element, "name"))
    conditions = [_matched(element, scope, near), *conditions_in(element, scope, names)]
    conditions += [
        _exists(child, scope, names) for child in element.all("link-entity") if _kind(child) == "inner"
    ]
    sql, values = joined(conditions, "AND")
    return f"EXISTS (SELECT 1 FROM {quoted(scope.table.name)} AS {scope.alias} WHERE {sql})", values


def _matched(element: Element, scope: Scope, near: Scope) -> Sql:
    if element.get("from") is None or element.get("to") is None:
        raise not_emulated("a link-entity without from and to")
    far, here = column(scope, needed(element, "from")), column(near, needed(element, "to"))
    if kinds(far.column)[0] != kinds(here.column)[0]:
        raise misfit(kinds(far.column)[0], here.column)
    return f"{far.expression} = {here.expression}", []


def _may_repeat(element: Element, names: Names) -> bool:
    """Whether a row may be joined to several rows: the link does not lead to their ids."""
    table = names.root.reader.schema.tables.get(needed(element, "name"))
    return table is None or element.get("from") != table.primary_id


def _kind(element: Element) -> str:
    kind = element.attributes.get("link-type", "inner")
    if kind in _LATER:
        raise not_emulated(f"link-type {kind}")
    if kind not in _JOINED | _EXISTING | _ANY:
        raise bad_fetch(f"'{kind}' is no link-type.")
    return kind
