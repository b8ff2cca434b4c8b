"""After an apply: the members of each live copy against those its source should have."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from mig.dataverse.client import Client
from mig.engine.plan import Action
from mig.engine.snapshot import Base
from mig.manifest.model import Manifest, Publish
from mig.manifest.resolve import Resource
from mig.model.address import Address
from mig.segments.comparing import Comparing
from mig.segments.evidence import Evidence
from mig.segments.match import Match
from mig.segments.membership import Membership, load, temporary_database
from mig.segments.planner import SegmentPlanner
from mig.segments.read import SegmentRows
from mig.segments.verification import Comparison, Verdict, Verification


async def verify(
    manifest: Manifest, base: Base, rows: SegmentRows, client: Client, now: datetime
) -> Verification:
    """Compare every live copy that is ours; ids are those of the target environment."""
    planner = SegmentPlanner(manifest, base, rows)
    found = _sorted_out(planner)
    live = [(resource, match.target) for resource, match in found[_Standing.LIVE] if match.target]
    with temporary_database() as connection:
        source_ids = [resource.source_id for resource, _ in live]
        audiences = {target.audience for _, target in live}
        await load(client, connection, planner.meanings, source_ids, audiences)
        membership = Membership(connection, planner.meanings, now)
        evidence = Evidence(client, membership, Path(manifest.file).parent, _listing(base))
        comparing = Comparing(client, evidence, manifest.policy)
        compared = [await comparing.compare(resource, target) for resource, target in live]
    waiting = [
        Comparison(address=resource.address, verdict=Verdict.UNVERIFIED, reason="not live")
        for resource, _ in found[_Standing.WAITING]
    ]
    return Verification(
        comparisons=(*compared, *waiting),
        drafts=len(found[_Standing.DRAFT]),
        not_taken_over=len(found[_Standing.NOT_OURS]),
        blocked=len(found[_Standing.BLOCKED]),
    )


def _listing(base: Base) -> bool:
    """Whether outbound's services may list members, and their ids are those of the target."""
    return base.source.phase == "live" and base.source.organization_id == base.target.organization_id


class _Standing(Enum):
    """Where a segment of the manifest stands in the target."""

    LIVE = auto()
    WAITING = auto()
    DRAFT = auto()
    NOT_OURS = auto()
    BLOCKED = auto()
    ABSENT = auto()
    SETTLED = auto()


_Found = tuple[Resource, Match]


def _sorted_out(planner: SegmentPlanner) -> Mapping[_Standing, list[_Found]]:
    changes = planner.plan().changes
    refused = [change for change in changes if change.action is Action.BLOCKED]
    kept_out = {change.address for change in refused if change.instead_of is None}
    anywhere = {change.address for change in refused}
    settled = {change.address for change in changes if change.settled}
    found: dict[_Standing, list[_Found]] = {standing: [] for standing in _Standing}
    for source_id, resource in planner.resources.items():
        match = planner.matches[source_id]
        if resource.address in settled:
            standing = _Standing.SETTLED
        elif match.target is not None and match.entry is None and resource.address in kept_out:
            standing = _Standing.NOT_OURS
        else:
            standing = _standing(resource, match, anywhere)
        found[standing].append((resource, match))
    return found


def _standing(resource: Resource, match: Match, blocked: Collection[Address]) -> _Standing:
    if match.target is not None and match.target.live:
        return _Standing.LIVE
    flagged = resource.entry.publish is not Publish.NO
    if flagged and resource.address in blocked:
        return _Standing.BLOCKED
    if match.target is None or match.half:
        return _Standing.ABSENT
    return _Standing.WAITING if flagged else _Standing.DRAFT
