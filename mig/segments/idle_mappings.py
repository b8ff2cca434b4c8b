"""Mappings of the environment that nothing needs: misspelt, or left over. A warning each.

Their lines are not quoted: they may name persons.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mig.manifest.model import Entry, MappedId, MappedName
from mig.model.findings import Finding, Place, Severity
from mig.model.tables import Schema
from mig.query.compared import named_ids
from mig.query.tree import Query
from mig.segments.directory import Owner, Unit, forms
from mig.segments.owners import Owners
from mig.segments.rows import SourceSegment

_IDS: Final = "take it out, or correct the id; ids are mapped only from another environment's queries"
_NAMES: Final = "take it out, or correct the name: it is that of an owner or a business unit of the source"


def idle_ids(mappings: Mapping[str, MappedId], queries: Iterable[Query], schema: Schema) -> Iterator[Finding]:
    """Those of ids that none of these queries names."""
    used = {named.literal.stands_for for query in queries for named in named_ids(query, schema)}
    for source_id, mapping in mappings.items():
        if source_id not in used:
            yield _idle(f"id {source_id}", _IDS, mapping.place)


def idle_names(owners: Owners, asked: Iterable[tuple[Entry, SourceSegment]]) -> Iterator[Finding]:
    """Those of owners and of business units that none of what is asked for has."""
    pairs, mappings = tuple(asked), owners.mappings
    people = {one for entry, source in pairs for one in owners.looked_up(entry, source)}
    yield from _unmet("owner", mappings.owners, people)
    units = {one for entry, source in pairs for one in owners.unit_looked_up(entry, source)}
    yield from _unmet("business unit", mappings.business_units, units)


def _unmet(
    what: str, mappings: Mapping[str, MappedName], met: Iterable[Owner | Unit | None]
) -> Iterator[Finding]:
    """Nobody knows which mapping is meant for one that cannot be seen."""
    words: set[str] = set()
    for one in met:
        if one is None:
            return
        words.update(one.words)
    for word, mapping in mappings.items():
        if words.isdisjoint(forms(word)):
            yield _idle(f"{what} {word!r}", _NAMES, mapping.place)


def _idle(what: str, fix: str, place: Place) -> Finding:
    return Finding(
        code="MAN023",
        severity=Severity.WARNING,
        message=f"nothing uses the mapping of the {what}",
        fix=fix,
        place=replace(place, text=""),
    )
