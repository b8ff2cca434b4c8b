"""Who should be in a segment, on the best evidence there is.

In this order: the outbound service's own list, while it answers; a list that somebody kept, as the manifest
names it; the ids that a static segment stores, or that the manifest gives; the query, computed from the rows
as they are now.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.manifest import model
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.model.tables import Table, known_table
from mig.query.evaluate import NotEvaluated
from mig.query.tree import NOWHERE
from mig.segments.claims import LISTED
from mig.segments.ids import NOBODY, Ids
from mig.segments.member_list import Named, UnusableList, named, read_member_list
from mig.segments.member_rows import MAIL, MemberRow, any_row, ids_by_mail, member_rows
from mig.segments.membership import Membership
from mig.segments.rows import TargetSegment
from mig.segments.service_lists import outbound_answer, outbound_question
from mig.segments.stored import STORED_TABLE

COMPUTED: Final = "the outbound query, computed from the rows as they are now"
COMPUTED_OWN: Final = "the manifest's own query, computed from the rows as they are now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The ids of those who should be members, where that is known from, and of which moment it is.

    `sharing` may be meant: each shares an address of a list with others.
    """

    ids: Ids
    told: str
    taken: datetime
    sharing: Ids = NOBODY
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that there is. `folder` is where the manifest lies; `listing`: the outbound services may answer."""

    client: Client
    membership: Membership
    folder: Path
    listing: bool

    @property
    def now(self) -> datetime:
        """The moment of the comparison."""
        return self.membership.now

    def rows(self, target: TargetSegment, ids: Collection[str]) -> Mapping[str, MemberRow]:
        """The rows with these ids in the copy's audience."""
        return member_rows(self.membership.connection, self._table(target), ids)

    def _table(self, target: TargetSegment) -> Table:
        table = known_table(self.membership.meanings.rows.schema, target.audience)
        if table is None:
            raise NotEvaluated(f"its audience is {target.audience or 'not named'}", NOWHERE)
        return table

    async def best(self, resource: Resource, target: TargetSegment) -> Expected:
        """The members a copy should have.

        Raises `UnusableList` for a list that somebody kept, `NotEvaluated` for what cannot be computed.
        """
        listed = await self._listed(resource, target) if self.listing else None
        if listed is not None:
            return Expected(ids=listed, told=LISTED, taken=self.now)
        if resource.entry.evidence is not None:
            return self._kept(resource, resource.entry.evidence, target)
        ids = self.membership.members(resource.source_id)
        stated = self.membership.meanings.rows.members.get(resource.source_id)
        if stated is not None:
            return Expected(ids=ids, told=stated.evidence, taken=stated.taken or self.now)
        told = COMPUTED if resource.entry.query is None else COMPUTED_OWN
        return Expected(ids=ids, told=told, taken=self.now)

    async def _listed(self, resource: Resource, target: TargetSegment) -> Ids | None:
        """What outbound lists for the segment; None where it has no list of this segment."""
        source = self.membership.meanings.rows.by_id[resource.source_id]
        answered = resource.source_id in self.membership.meanings.answers
        nothing = not source.static and not (source.query or "").strip()
        if answered or target.audience != STORED_TABLE or nothing:
            return None
        try:
            return outbound_answer((await self.client.send(outbound_question(source))).body)
        except (RequestFailed, BadAnswer):
            return None

    def _kept(self, resource: Resource, kept: model.Evidence, target: TargetSegment) -> Expected:
        """A list from a file; its day counts from its first moment, in UTC."""
        table, connection = self._table(target), self.membership.connection
        keys = read_member_list(self.folder / kept.file, kept.key, [table.primary_id])
        found = named(keys, ids_by_mail(connection, table)) if kept.key == MAIL else Named(Ids.of(keys))
        if found.ids and not any_row(connection, table, found.ids):
            fix = "check that the list was taken in this environment"
            raise UnusableList(f"none of its ids is a {table.name} of the target", fix)
        taken = datetime.combine(kept.as_of, time(), UTC)
        told = f"{kept.file}, as of {kept.as_of}"
        findings = _left(resource, kept, found.left)
        return Expected(ids=found.ids, told=told, taken=taken, sharing=found.sharing, findings=findings)


def unusable(resource: Resource, error: UnusableList) -> Finding:
    """A list that cannot be used, for the person who named it."""
    file = resource.entry.evidence.file if resource.entry.evidence else ""
    return replace(error.finding(file), address=resource.address, place=resource.entry.place)


def _left(resource: Resource, kept: model.Evidence, count: int) -> tuple[Finding, ...]:
    if not count:
        return ()
    finding = Finding(
        code="MAN021",
        severity=Severity.WARNING,
        message=f"addresses in {kept.file} that no row of the target has now, or several have: {count:,}, "
        "which are left out",
        fix="a list by id can tell who was deleted since, and who is meant",
        address=resource.address,
        place=resource.entry.place,
    )
    return (finding,)
