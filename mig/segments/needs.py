"""The privileges that segments take: reading both sides, writing copies, publishing them.

Publishing needs Create and Write on the segment (reference/dataverse-schema.md 9), who uses which segment is
told by tables of their own (events-and-transition.md 5).
"""

from collections.abc import Iterator
from typing import Final

from mig.engine.plan import Action
from mig.engine.privileges import Need, Needs, Without
from mig.manifest.model import Entry, Manifest, MembersList

_WRITTEN: Final = ("msdynmkt_segment", "msdynmkt_segmentdefinition")
_DIRECTORY: Final = ("SystemUser", "Team", "BusinessUnit")
_JUNE_2026: Final = "since the release of June 2026 no shipped marketing role reads outbound segments"


def needs_of_segments(manifest: Manifest) -> Needs:
    """On either side. Who can own a row is read on both, also where they are one environment."""
    people = tuple(Need(verb="Read", table=table) for table in _DIRECTORY)
    return Needs(source=(*_source(manifest), *people), target=(*_target(manifest), *people))


def _source(manifest: Manifest) -> Iterator[Need]:
    yield Need(verb="Read", table="msdyncrm_segment", note=_JUNE_2026)
    yield Need(verb="Read", table="msdyncrm_customerjourney", without=Without.TOLD)
    if any(isinstance(one, Entry) and isinstance(one.members, MembersList) for one in manifest.segments):
        yield Need(verb="Read", table="List")


def _target(manifest: Manifest) -> Iterator[Need]:
    for table in _WRITTEN:
        yield Need(verb="Read", table=table)
        yield _to_write("Create", table, Action.CREATE, Action.PUBLISH)
        yield _to_write("Write", table, Action.CREATE, Action.UPDATE, Action.PUBLISH)
        yield _to_write("Delete", table, Action.DELETE)
    if _gives_away(manifest):
        for table in _WRITTEN:
            yield _to_write("Assign", table, Action.UPDATE)
    for table in ("msdynmkt_segmentusage", "msdynmkt_journey"):
        yield Need(verb="Read", table=table, without=Without.TOLD)
    # Whether the rows that queries and static members name are there; what is not told is taken to be.
    yield Need(verb="Read", table="Contact", without=Without.SILENT)


def _to_write(verb: str, table: str, *actions: Action) -> Need:
    return Need(verb=verb, table=table, actions=frozenset(actions), kind="segment")


def _gives_away(manifest: Manifest) -> bool:
    """Whether the manifest says who owns copies: then one may have to change hands."""
    mapped = any(environment.mappings.owners for environment in manifest.environments.values())
    return mapped or any(one.owner is not None for one in manifest.segments)
