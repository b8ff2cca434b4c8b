"""Relationships, found by the names that queries use, and seen from one side.

A relationship is matched by its schema name, or by its referencing table, referenced table and column: never
by likeness (reference/segment-queries.md C.1). A customer-type column has one relationship for each table it
may point at; the tables joined tell which is meant.
"""

import difflib
from dataclasses import dataclass
from typing import Final

from mig.model.findings import Finding
from mig.model.tables import ManyToMany, Relationship, Schema
from mig.query.told import finding_at
from mig.query.tree import Span

_SHOWN: Final = 4
_NEAR: Final = 0.8
_OWN_QUERY: Final = "state the real-time query in the manifest"


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship as seen from a row of `near`: rows of `far` are linked with it. Tables in lower case."""

    relationship: Relationship | ManyToMany
    near: str
    far: str

    @property
    def turned(self) -> "Link":
        """The same relationship, seen from the other side."""
        return Link(self.relationship, self.far, self.near)


def links_from(schema: Schema, near: str, name: str) -> list[Link]:
    """All relationships of that name that lead away from `near`."""
    found: list[Link] = []
    for one in schema.called.get(name.lower(), ()):
        first, second = one.ends
        if near == first:
            found.append(Link(one, first, second))
        elif near == second:
            found.append(Link(one, second, first))
    return found


def find_link(schema: Schema, near: str, name: str, span: Span, *, suggest: bool) -> Link | Finding:
    """The relationship of that name that leads away from `near`, or why there is none.

    `near` is empty when the table is unknown. `suggest`: look for names like it.
    """
    links = links_from(schema, near, name)
    if not links:
        fix = _advice(schema, near, name) if suggest and near else _OWN_QUERY
        return finding_at(span, "QRY014", _unknown(schema, near, name), fix)
    if len(links) > 1:
        listed = ", ".join(sorted(link.relationship.name for link in links))
        message = f"{name} may be any of several relationships: {listed}"
        return finding_at(span, "QRY015", message, f"{_OWN_QUERY}, with the one that is meant")
    link = links[0]
    if link.near == link.far:
        pair = f"{near} with {near} ({link.relationship.name})"
        message = f"{name} relates {pair}; in which direction a path follows it cannot be said"
        return finding_at(span, "QRY021", message, _OWN_QUERY)
    for table in (link.near, link.far):
        if schema.get(table) is None:
            return finding_at(span, "QRY010", f"unknown table {table}, which {name} joins", _OWN_QUERY)
    return link


def unknown_schema_name(schema: Schema, name: str) -> bool:
    """Whether no relationship has this schema name: the only names that real-time queries take."""
    found = schema.called.get(name.lower(), ())
    return all(one.name.lower() != name.lower() for one in found)


def _unknown(schema: Schema, near: str, name: str) -> str:
    known = schema.called.get(name.lower(), ())
    if not known:
        return f"unknown relationship {name}"
    pairs = " or ".join(" with ".join(one.ends) for one in known)
    return f"{name} relates {pairs}; the path stands on {near}"


def _advice(schema: Schema, near: str, name: str) -> str:
    """Near misses among the relationships of this table, else some of these."""
    of_table = sorted(called for called in schema.called if links_from(schema, near, called))
    close = difflib.get_close_matches(name.lower(), of_table, n=_SHOWN, cutoff=_NEAR)
    if close:
        return f"did you mean {' or '.join(close)}?"
    if not of_table:
        return _OWN_QUERY
    return f"{near} has {', '.join(of_table[:_SHOWN])}{', …' if len(of_table) > _SHOWN else ''}"
