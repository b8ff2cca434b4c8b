"""After an apply: the members of each live copy against the members of its source."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Any

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.dataverse.messages import Request
from mig.engine.plan import Action
from mig.engine.snapshot import Base
from mig.manifest.model import Manifest, Publish
from mig.manifest.resolve import Resource
from mig.model.address import Address
from mig.model.outcome import Exit, Outcome
from mig.query.evaluate import NotEvaluated
from mig.segments.match import Match
from mig.segments.membership import Membership, load, temporary_database
from mig.segments.planner import SegmentPlanner
from mig.segments.read import SegmentRows

COMPUTED = "the outbound query, computed from the rows as they are now"
COMPUTED_OWN = "the manifest's own query, computed from the rows as they are now"


class Verdict(StrEnum):
    """What a comparison came to."""

    MATCH = "match"
    DIFFERS = "differs"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One segment. Counts are None where they could not be had; `evidence_age` is in seconds."""

    address: Address
    verdict: Verdict
    evidence: str | None = None
    evidence_age: int | None = None
    expected: int | None = None
    actual: int | None = None
    missing: int | None = None
    surplus: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All comparisons, and how many segments were left aside.

    `drafts` are copies that are not published and not meant to be; `not_taken_over` those that a plan refuses
    to take over: somebody else's, as far as is known; `blocked` what is flagged and cannot be made live.
    """

    comparisons: tuple[Comparison, ...]
    drafts: int = 0
    not_taken_over: int = 0
    blocked: int = 0

    @property
    def verdict(self) -> Verdict:
        """The worst: a difference, then what could not be compared."""
        found = {comparison.verdict for comparison in self.comparisons}
        if Verdict.DIFFERS in found:
            return Verdict.DIFFERS
        return Verdict.UNVERIFIED if Verdict.UNVERIFIED in found or not found else Verdict.MATCH

    @property
    def outcome(self) -> Outcome:
        """The closing sentence and the exit code."""
        total = len(self.comparisons)
        if not total:
            return Outcome(Exit.FAILED, "Nothing to verify: no segment of the manifest is live yet.")
        equal = sum(comparison.verdict is Verdict.MATCH for comparison in self.comparisons)
        match self.verdict:
            case Verdict.DIFFERS:
                return Outcome(Exit.DIFFERS, f"Members differ: {equal} of {total} segments match.")
            case Verdict.UNVERIFIED:
                return Outcome(Exit.FAILED, f"Not all could be verified: {equal} of {total} segments match.")
        return Outcome(Exit.DONE, f"Verified: all {total} live segments have the members they should.")


async def verify(
    manifest: Manifest, base: Base, rows: SegmentRows, client: Client, now: datetime
) -> Verification:
    """Compare every live copy that is ours; ids are those of the target environment."""
    planner = SegmentPlanner(manifest, base, rows)
    found = _sorted_out(planner)
    live = found[_Standing.LIVE]
    with temporary_database() as connection:
        await load(client, connection, planner.meanings, [resource.source_id for resource, _ in live])
        membership = Membership(connection, planner.meanings, now)
        compared = [await _compare(resource, match, membership, client) for resource, match in live]
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


async def _compare(resource: Resource, match: Match, membership: Membership, client: Client) -> Comparison:
    try:
        expected = membership.members(resource.source_id)
        actual = await listed_members(client, match.ids[0])
    except (NotEvaluated, RequestFailed, BadAnswer) as error:
        return Comparison(address=resource.address, verdict=Verdict.UNVERIFIED, reason=str(error))
    count = match.target.member_count if match.target else None
    missing, surplus = len(expected - actual), len(actual - expected)
    verdict, reason = (Verdict.DIFFERS if missing or surplus else Verdict.MATCH), ""
    if outside := _outside(resource, len(actual)):
        verdict, reason = Verdict.DIFFERS, outside
    if count is not None and count != len(actual):
        verdict = Verdict.UNVERIFIED
        reason = f"the service counts {count} members and lists {len(actual)}"
    return Comparison(
        address=resource.address,
        verdict=verdict,
        evidence=_evidence(resource, membership),
        evidence_age=0,
        expected=len(expected),
        actual=len(actual),
        missing=missing,
        surplus=surplus,
        reason=reason,
    )


def _evidence(resource: Resource, membership: Membership) -> str:
    listed = membership.meanings.rows.members.get(resource.source_id)
    if listed is not None:
        return listed.evidence
    return COMPUTED if resource.entry.query is None else COMPUTED_OWN


def _outside(resource: Resource, count: int) -> str:
    """What the manifest expects of the number of members, and does not get."""
    expected = resource.entry.expect_members
    if expected is None or expected[0] <= count <= expected[1]:
        return ""
    return f"the manifest expects {expected[0]} to {expected[1]} members"


async def listed_members(client: Client, segment_id: str) -> frozenset[str]:
    """The service's own list. Its text is JSON inside JSON: reference/dataverse-schema.md 7."""
    answer = await client.send(Request("POST", "msdynmkt_MembersList", {"SegmentId": segment_id}))
    return frozenset(_ids(answer.body))


def _ids(body: Any) -> list[str]:
    try:
        text = body["ResultText"]
        told = json.loads(text) if isinstance(text, str) else text
        return [str(member).lower() for member in told["members"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer("the list of members came in an unknown form") from error
