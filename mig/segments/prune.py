"""What this migration owns and the manifest no longer asks for: it is not listed, or retired, or rebuilt.

It stays and is told, unless pruning is asked for: then what `mig` made itself and nothing uses is deleted. A
live one is stopped first; what is made of others goes before them. What cannot be told apart from being in
use, or is not as `mig` made it, stays. Of a row that a person calls rebuilt nothing is said: it is theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from mig.engine.ledger import Entry
from mig.engine.plan import Action, Change, Verdicts, digest
from mig.engine.snapshot import Base
from mig.engine.steps import Step
from mig.manifest.resolve import Resolution
from mig.model.address import Address
from mig.model.findings import Finding, Severity
from mig.segments import actions
from mig.segments.decide import precondition
from mig.segments.rows import (
    DEFINITION,
    DEFINITION_SET,
    ON_DEFINITION,
    REFRESH,
    SEGMENT,
    SEGMENT_SET,
    TargetSegment,
)
from mig.segments.users import Users

_LEFT: Final = "no longer asked for by the manifest"


@dataclass(frozen=True)
class Leftovers:
    """The entries of the ledger that nothing in the manifest can stand for. With `prune`, they are to go.

    `made_of` has, by row of the target, the addresses of what is asked for and will be made of it.
    """

    base: Base
    asked: Resolution
    users: Users
    made_of: Mapping[str, Sequence[str]]
    prune: bool

    def changes(self) -> Iterator[Change]:
        """The deletions."""
        return (self._deletion(self._entries[source_id]) for source_id in sorted(self._going))

    def findings(self) -> Iterator[Finding]:
        """What stays, and why."""
        for source_id, address in sorted(self._addresses.items(), key=lambda found: found[1]):
            if source_id not in self._going:
                entry = self._entries[source_id]
                why = self._why_it_stays(entry) if self.prune else None
                told = f"{_LEFT}; its copy stays in the target"
                yield Finding(
                    code="SEG023",
                    severity=Severity.INFO,
                    message=f"{told}: {why}" if why else told,
                    fix="" if self.prune else "`--prune` deletes it where mig made it and nothing uses it",
                    address=address,
                )

    def deleted(self) -> Iterator[tuple[str, TargetSegment]]:
        """The segments of the target that will be gone, each with the id of its change."""
        for source_id in sorted(self._going):
            target = self._target(self._entries[source_id])
            if target is not None:
                yield f"{self._addresses[source_id]}/{Action.DELETE}", target

    # --- what there is ------------------------------------------------------------------------------------

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        moving = {resource.source_id for resource in self.asked.resources if resource.entry.moves}
        rebuilt = {resource.entry.rebuilt_as for resource in self.asked.resources}
        return {
            source_id: entry
            for source_id, entry in sorted(self.base.ledger.entries_of("segment").items())
            if source_id not in moving
            and source_id not in self.asked.perhaps
            and entry.target[SEGMENT] not in rebuilt
        }

    @cached_property
    def _addresses(self) -> Mapping[str, Address]:
        """As the ledger has it; one that another has by now is told apart by the id of the source."""
        taken = {resource.address: resource.source_id for resource in self.asked.resources}
        found: dict[str, Address] = {}
        for source_id, entry in self._entries.items():
            address = Address.parse(entry.address)
            if taken.setdefault(address, source_id) != source_id:
                address = replace(address, key=f"{address.key}_{source_id.replace('-', '')}")
                taken[address] = source_id
            found[source_id] = address
        return found

    @cached_property
    def _by_id(self) -> Mapping[str, TargetSegment]:
        return {target.segment_id: target for target in self.users.rows.targets}

    def _target(self, entry: Entry) -> TargetSegment | None:
        return self._by_id.get(entry.target[SEGMENT])

    # --- what may go --------------------------------------------------------------------------------------

    @cached_property
    def _going(self) -> frozenset[str]:
        """By source. One that another segment is made of goes only if that one goes too."""
        if not self.prune:
            return frozenset()
        going = {key for key, entry in self._entries.items() if self._own_obstacle(entry) is None}
        while True:
            gone = {self._entries[key].target[SEGMENT] for key in going}
            needed = {key for key in going if self._segments_staying(self._entries[key], gone)}
            if not needed:
                return frozenset(going)
            going -= needed

    def _why_it_stays(self, entry: Entry) -> str | None:
        gone = {self._entries[key].target[SEGMENT] for key in self._going}
        needing = ", ".join(f"segment {user.name!r}" for user in self._segments_staying(entry, gone))
        return self._own_obstacle(entry) or f"it is used by {needing}"

    def _segments_staying(self, entry: Entry, gone: set[str]) -> list[TargetSegment]:
        using = self.users.segments(entry.target[SEGMENT])
        return [user for user in using if user.segment_id not in gone]

    def _own_obstacle(self, entry: Entry) -> str | None:
        """Why it stays, whatever becomes of the others."""
        target, row_id = self._target(entry), entry.target[SEGMENT]
        if not entry.created:
            return "mig took it over and did not make it"
        if any(resource.entry.target_id == row_id for resource in self.asked.resources):
            return "the manifest names it as the copy of another segment"
        if row_id in self.made_of:
            return f"it is needed by {', '.join(self.made_of[row_id])}"
        if any(row in other.owned for other in self.base.ledgers.others for row in entry.target.values()):
            return "it belongs to another migration too"
        if not self.users.rows.usage.whole:
            return "who uses it is not known"
        journeys = ", ".join(map(str, self.users.journeys(row_id)))
        if journeys:
            return f"it is used by {journeys}"
        return _obstacle_in(target, entry) if target is not None else None

    # --- deleting -----------------------------------------------------------------------------------------

    def _deletion(self, entry: Entry) -> Change:
        target = self._target(entry)
        source = self.users.rows.by_id.get(entry.source_id)
        return Change(
            address=self._addresses[entry.source_id],
            source_id=entry.source_id,
            source_name=source.name if source else "",
            action=Action.DELETE,
            reason=self._reason(entry, target),
            listed=False,
            verdicts=Verdicts(documented=True, extended=True),
            before=target.state if target else None,
            precondition=self._precondition(entry, target),
            depends_on=tuple(f"{self._addresses[key]}/{Action.DELETE}" for key in self._made_of(entry)),
            steps=self._steps(entry, target),
        )

    def _made_of(self, entry: Entry) -> list[str]:
        """The sources of the segments that go and are made of this one."""
        using = {user.segment_id for user in self.users.segments(entry.target[SEGMENT])}
        return [key for key in sorted(self._going) if self._entries[key].target[SEGMENT] in using]

    def _reason(self, entry: Entry, target: TargetSegment | None) -> str:
        if target is None:
            left = "its segment" if self._loose(entry) else "its copy"
            return f"{_LEFT}; {left} is gone from the target already"
        return _LEFT + ("; it is stopped first" if _to_be_stopped(target) else "")

    def _loose(self, entry: Entry) -> Mapping[str, object] | None:
        """Its definition, where the segment that stood for it is gone."""
        return self.users.rows.loose.get(entry.target[DEFINITION])

    def _precondition(self, entry: Entry, target: TargetSegment | None) -> str:
        loose = self._loose(entry)
        if target is None and loose is not None:
            return digest({column: loose.get(column) for column in sorted(ON_DEFINITION - {REFRESH})})
        return precondition(target)

    def _steps(self, entry: Entry, target: TargetSegment | None) -> tuple[Step, ...]:
        rows = {SEGMENT_SET: target.segment if target else None}
        rows[DEFINITION_SET] = target.definition if target else self._loose(entry)
        ids = {SEGMENT_SET: entry.target[SEGMENT], DEFINITION_SET: entry.target[DEFINITION]}
        present = [
            (name, ids[name], str(row["@odata.etag"])) for name, row in rows.items() if row is not None
        ]
        first = actions.stop(target) if target is not None and _to_be_stopped(target) else ()
        return (*first, *actions.delete(present, entry))


def _obstacle_in(target: TargetSegment, entry: Entry) -> str | None:
    if target.definition_id != entry.target[DEFINITION]:
        return "it stands for another definition than the one that mig made"
    settled = target.definition is None or target.changeable or _to_be_stopped(target)
    return None if settled else "its state does not allow it now"


def _to_be_stopped(target: TargetSegment) -> bool:
    return target.stoppable or target.stopping
