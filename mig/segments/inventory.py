"""Every outbound segment of an environment, and what a plan would make of it. Pure.

Nothing is judged here: a manifest that selects everything is planned, and each row tells what came out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mig.dataverse.links import form_of
from mig.engine.plan import Action, Change
from mig.engine.snapshot import Base
from mig.journeys.usage import Journey
from mig.manifest.model import Manifest, Selection
from mig.model.findings import Finding, Place, Severity
from mig.query.analysis import Analysis, analyse
from mig.segments.planner import SegmentPlanner
from mig.segments.ranking import Merit
from mig.segments.read import SegmentRows
from mig.segments.rows import SEGMENT, SourceSegment
from mig.segments.users import Users


@dataclass(frozen=True, slots=True)
class Copy:
    """The real-time segment that stands for an outbound one, with its form in the target."""

    id: str
    name: str
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One outbound segment.

    `size_age` is in seconds; `ids_stored` is None for what stores none by its kind, or in a form that is not
    known; `nesting` counts the segments that the query names, `depth` is that of its conditions: both are
    None without a query that can be read. `journeys` use it or what stands for it; `used` counts being part
    of a segment that they use, and is None where that is not known. `owner` is a team's name or a user's id.
    `documented` and `extended` are the verdicts under either policy; `eligible`: a plan under the policy in
    force takes it.
    """

    address: str
    id: str
    name: str
    kind: str
    status: str
    created: datetime | None
    modified: datetime | None
    size: int | None
    size_age: int | None
    ids_stored: int | None
    nesting: int | None
    depth: int | None
    merit: Merit
    journeys: tuple[Journey, ...]
    used: bool | None
    owner: str | None
    business_unit: str | None
    migrated: Copy | None
    documented: bool
    extended: bool
    eligible: bool
    findings: tuple[Finding, ...]
    link: str | None

    @property
    def key(self) -> str:
        """What an entry of a manifest would be called."""
        return self.address.partition(".")[2]

    @property
    def copied(self) -> bool:
        """Whether a copy stands in the target."""
        return self.migrated is not None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its findings, each once."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What blocks it."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def everything(manifest: Manifest) -> Manifest:
    """The same environments and policy, asking for every outbound segment and for nothing else."""
    return replace(manifest, segments=(Selection(place=Place(manifest.file, 1, 1)),), events=())


def inventory(
    manifest: Manifest, base: Base, rows: SegmentRows, stored: Mapping[str, int | None], now: datetime
) -> tuple[Item, ...]:
    """Items by address. `manifest` asks for those that are wanted."""
    planner = SegmentPlanner(manifest, base, rows)
    users = Users(rows, base.ledger)
    teller = _Teller(planner, users, users.used(), stored, now)
    return tuple(teller.item(change) for change in sorted(_main(planner.plan().changes), key=_by_address))


def _main(changes: Iterable[Change]) -> Iterator[Change]:
    """The change that says what becomes of a segment, not those beside it."""
    beside = (Action.PUBLISH, Action.DELETE)
    return (change for change in changes if change.action not in beside and change.instead_of is None)


def _by_address(change: Change) -> str:
    return str(change.address)


@dataclass(frozen=True, slots=True)
class _Teller:
    planner: SegmentPlanner
    users: Users
    used: Mapping[str, bool]
    stored: Mapping[str, int | None]
    now: datetime

    def item(self, change: Change) -> Item:
        source = self.planner.rows.by_id[change.source_id]
        facts, directory = self._analysis(source), self.planner.rows.owners.source
        return Item(
            address=str(change.address),
            id=source.id,
            name=source.name,
            kind=source.type,
            status=source.status,
            created=source.created,
            modified=source.modified,
            size=source.size,
            size_age=int((self.now - source.evaluated).total_seconds()) if source.evaluated else None,
            ids_stored=self.stored.get(source.id),
            nesting=len(facts.references) if facts else None,
            depth=facts.depth if facts else None,
            merit=self.users.merit(source),
            journeys=tuple(self.users.journeys_of(source)),
            used=self.used.get(source.id),
            owner=directory.owner_shown(source.owner_id),
            business_unit=directory.unit_shown(source.unit_id),
            migrated=self._copy(source),
            documented=change.verdicts.documented,
            extended=change.verdicts.extended,
            eligible=change.action is not Action.BLOCKED,
            findings=change.findings,
            link=form_of(self.planner.base.source.url, "msdyncrm_segment", source.id),
        )

    def _analysis(self, source: SourceSegment) -> Analysis | None:
        reading = self.planner.rows.readings.get(source.id)
        return analyse(reading.query, self.planner.rows.schema) if reading and reading.query else None

    def _copy(self, source: SourceSegment) -> Copy | None:
        target = self.planner.matches[source.id].target
        if target is None:
            return None
        link = form_of(self.planner.base.target.url, SEGMENT, target.segment_id)
        return Copy(target.segment_id, target.name, link)
