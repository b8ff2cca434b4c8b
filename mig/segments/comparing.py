"""One live copy: its members as the service lists them, against those it should have."""

from dataclasses import dataclass

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.manifest.model import Amount, Policy
from mig.manifest.resolve import Resource
from mig.model.counted import counted
from mig.model.findings import Finding
from mig.query.evaluate import NotEvaluated
from mig.segments.differences import Circumstances, Differences, explained, tolerated
from mig.segments.evidence import Evidence, Expected, unusable
from mig.segments.ids import Ids
from mig.segments.member_list import UnusableList
from mig.segments.rows import TargetSegment
from mig.segments.service_lists import listed_members
from mig.segments.verification import Comparison, Verdict


@dataclass(frozen=True, slots=True)
class Comparing:
    """What every comparison needs."""

    client: Client
    evidence: Evidence
    policy: Policy

    async def compare(self, resource: Resource, target: TargetSegment) -> Comparison:
        """What cannot be compared is unverified, and nobody is called missing."""
        try:
            return await self._compared(resource, target)
        except UnusableList as error:
            found = unusable(resource, error)
            return _unverified(resource, f"its evidence cannot be used ({found.code})", found)
        except (NotEvaluated, RequestFailed, BadAnswer) as error:
            return _unverified(resource, str(error))

    async def _compared(self, resource: Resource, target: TargetSegment) -> Comparison:
        actual = await listed_members(self.client, target.segment_id)
        if target.member_count is not None and target.member_count != len(actual):
            reason = f"the service counts {counted(target.member_count, 'member')} and lists {len(actual):,}"
            return _unverified(resource, reason)
        expected = await self.evidence.best(resource, target)
        differences = self._explained(expected, actual, target)
        verdict, reason = self._judged(resource, target, expected, actual, differences)
        return Comparison(
            address=resource.address,
            verdict=verdict,
            evidence=expected.told,
            evidence_age=max(int((self.evidence.now - expected.taken).total_seconds()), 0),
            expected=len(expected.ids),
            actual=len(actual),
            differences=differences,
            reason=reason,
            findings=expected.findings,
        )

    def _explained(self, expected: Expected, actual: Ids, target: TargetSegment) -> Differences:
        missing, surplus = expected.ids.apart(actual)
        rows = self.evidence.rows(target, missing | surplus)
        circumstances = Circumstances(
            taken=expected.taken,
            computed=target.computed,
            unit_id=target.scoped_to,
            static=target.static,
            sharing=expected.sharing,
        )
        return explained(missing, surplus, rows, circumstances)

    def _judged(
        self,
        resource: Resource,
        target: TargetSegment,
        expected: Expected,
        actual: Ids,
        differences: Differences,
    ) -> tuple[Verdict, str]:
        rest, tolerance = differences.unexplained, self._tolerance(target)
        if not tolerated(rest, len(expected.ids), tolerance):
            return Verdict.DIFFERS, ""
        if outside := _outside(resource, len(actual)):
            return Verdict.DIFFERS, outside
        return Verdict.MATCH, f"{rest} within the tolerance of {tolerance}" if rest else ""

    def _tolerance(self, target: TargetSegment) -> Amount:
        return self.policy.tolerance_static if target.static else self.policy.tolerance_dynamic


def _unverified(resource: Resource, reason: str, *findings: Finding) -> Comparison:
    return Comparison(address=resource.address, verdict=Verdict.UNVERIFIED, reason=reason, findings=findings)


def _outside(resource: Resource, count: int) -> str:
    """What the manifest expects of the number of members, and does not get."""
    expected = resource.entry.expect_members
    if expected is None or expected[0] <= count <= expected[1]:
        return ""
    return f"the manifest expects {expected[0]} to {expected[1]} members"
