"""From segment rows to changes. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mig.engine.graph import circles, levels
from mig.engine.ledger import State
from mig.engine.plan import Action, Change, unclear
from mig.engine.snapshot import Base, Part
from mig.manifest.model import Limits, Manifest
from mig.manifest.resolve import Resolution, Resource
from mig.model.findings import Finding, Severity, blocking
from mig.segments.answers import OwnMembers, OwnQuery, Retired, Standing, answers
from mig.segments.asked import asked_for
from mig.segments.case import Case, block_dependants
from mig.segments.decide import decide
from mig.segments.desired import desired_state, display_name, nameless, too_long
from mig.segments.eligibility import Eligibility, judge, quoting
from mig.segments.idle_mappings import idle_ids, idle_names
from mig.segments.inquiry import Inquiry
from mig.segments.live import guarded
from mig.segments.match import Match, Targets
from mig.segments.meanings import Meanings
from mig.segments.official import official_refusals
from mig.segments.owners import Ownership
from mig.segments.people import with_people
from mig.segments.prune import Leftovers
from mig.segments.publishing import brought_back, out_of_use, publish_changes
from mig.segments.quota import Rooms, counted, growth_of, quota, within_quota
from mig.segments.read import SegmentRows
from mig.segments.rows import SourceSegment
from mig.segments.static import Members
from mig.segments.touched import with_touched
from mig.segments.translations import Translated, Translator
from mig.segments.users import Users
from mig.segments.waivers import Waivers


@dataclass(frozen=True)
class SegmentPlanner:
    """Plans the segments of one manifest."""

    manifest: Manifest
    base: Base
    rows: SegmentRows
    prune: bool = False

    def plan(self) -> Part:
        """All changes, in no particular order."""
        policy = self.manifest.policy
        used = counted(self.rows.real_time, self.base.ledger, policy)
        rooms = Rooms.of(self.rows.real_time, used, policy.quota)
        cases = {source_id: self._case(resource) for source_id, resource in self.resources.items()}
        order = _references_first(cases)
        merits = {source_id: self._users.merit(case.source) for source_id, case in cases.items()}
        cases = block_dependants(within_quota(cases, rooms, merits), order)
        cases = {key: with_touched(with_people(case)) for key, case in cases.items()}
        written = [case for case in cases.values() if case.change.action in (Action.CREATE, Action.UPDATE)]
        publishing = tuple(publish_changes(cases, order, self.matches, self._live))
        back = brought_back(publishing, self.matches)
        left = Leftovers(self.base, self._resolution, self._users, self._made_of(cases), self.prune)
        return Part(
            changes=(
                *(_after_references(case, cases) for case in cases.values()),
                *publishing,
                *left.changes(),
                *(unclear(found.address, found) for found in self._resolution.unclear if found.address),
            ),
            quota=quota(self.rows.real_time, used, policy.quota, growth_of(written, back, left.deleted())),
            drift=tuple(case.drift for case in cases.values() if case.drift),
            findings=(
                *self._resolution.findings,
                *self._idle_waivers(),
                *self._idle_mappings(),
                *left.findings(),
                *self._odd_uses(),
                *out_of_use(cases.values()),
            ),
            people=self._people(),
        )

    # --- what is known ------------------------------------------------------------------------------------

    @cached_property
    def _resolution(self) -> Resolution:
        return asked_for(self.manifest, self._users)

    @cached_property
    def _users(self) -> Users:
        return Users(self.rows, self.base.ledger)

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """What the manifest asks for, by source id."""
        return {resource.source_id: resource for resource in self._resolution.resources}

    @cached_property
    def _targets(self) -> Targets:
        return Targets.of(self.rows, self.base.ledger, self._named.values())

    @cached_property
    def _named(self) -> Mapping[str, str]:
        """The ids that the manifest names as a copy's, by source id."""
        entries = {key: resource.entry for key, resource in self.resources.items()}
        return {key: entry.target_id for key, entry in entries.items() if entry.target_id is not None}

    @cached_property
    def matches(self) -> Mapping[str, Match]:
        """What stands in the target for each source that is asked for, now or before."""
        found = {
            source.id: self._targets.match(source, self.resources.get(source.id))
            for source in self.rows.by_id.values()
            if source.id in self.resources or source.id in self.base.ledger.entries
        }
        moved = {
            key: match.target.segment_id
            for key, match in found.items()
            if match.target is not None and self._claims_row(key)
        }
        claims = Counter(moved.values())
        return {
            key: match.contested(named=key in self._named) if claims[moved.get(key, "")] > 1 else match
            for key, match in found.items()
        }

    def _claims_row(self, key: str) -> bool:
        """What a person rebuilt or retired lays no claim to a row."""
        resource = self.resources.get(key)
        return resource is None or resource.entry.moves

    @cached_property
    def meanings(self) -> Meanings:
        """What each segment is made of, as far as its members go."""
        claimed = (key for key in self.matches if self._claims_row(key))
        copies = {self.matches[key].ids[0]: key for key in claimed}
        return Meanings(self.rows, answers(self.resources, self.matches), copies)

    @cached_property
    def _live(self) -> frozenset[str]:
        return frozenset(target.segment_id for target in self.rows.real_time if target.live)

    @cached_property
    def _translated(self) -> Mapping[str, Translated]:
        return Translator(self.meanings, self.resources, self.matches, self._waivers).all()

    @cached_property
    def _waivers(self) -> Waivers:
        return Waivers(self.manifest.policy.waive, self.base.probed)

    def _idle_waivers(self) -> Iterator[Finding]:
        translated = self._translated
        found = {one.address: translated[key].findings for key, one in self.resources.items()}
        return self._waivers.idle(found)

    def _idle_mappings(self) -> Iterator[Finding]:
        ids, owners = self.rows.owners.mappings.ids, self.rows.owners
        queries = self.meanings.queries(self.resources) if ids else ()
        yield from idle_ids(ids, queries, self.rows.schema)
        # What is not clear yet may have the owner for whom a mapping is.
        if not self._resolution.unclear and not blocking(self._resolution.findings):
            resources = self.resources.values()
            yield from idle_names(owners, ((one.entry, self.rows.by_id[one.source_id]) for one in resources))

    @cached_property
    def _ownerships(self) -> Mapping[str, Ownership | Finding]:
        """Who is to own each copy."""
        owners, by_id = self.rows.owners, self.rows.by_id
        return {key: owners.of(resource.entry, by_id[key]) for key, resource in self.resources.items()}

    @cached_property
    def _states(self) -> Mapping[str, State]:
        """What each copy should hold, of those that can be translated."""
        prefix = self.manifest.policy.prefix
        found: dict[str, State] = {}
        for source_id, resource in self.resources.items():
            source, translated = self.rows.by_id[source_id], self._translated[source_id]
            ownership = self._ownerships[source_id]
            if translated.text is None or translated.audience is None or isinstance(ownership, Finding):
                continue
            name = display_name(resource.entry, source, prefix)
            audience, text, members = translated.audience, translated.text, self._members(source_id)
            found[source_id] = desired_state(source, name, audience, text, ownership, members)
        return found

    def _members(self, source_id: str) -> Members | None:
        """Who is in a static copy; None for one with a query."""
        return self.rows.members.get(source_id)

    @cached_property
    def _claims(self) -> Mapping[str, Sequence[str]]:
        """By name, the sources with the best claim to it: a copy that has it, else what is listed itself."""
        claims: dict[str, list[str]] = {}
        for source_id, state in self._states.items():
            claims.setdefault(str(state["msdynmkt_displayname"]), []).append(source_id)
        return {name: self._best(name, sources) for name, sources in claims.items()}

    def _best(self, name: str, sources: Sequence[str]) -> Sequence[str]:
        def claim(source_id: str) -> tuple[bool, bool]:
            target = self.matches[source_id].target
            return target is not None and target.name == name, not self.resources[source_id].selected

        best = max(map(claim, sources))
        return [source_id for source_id in sources if claim(source_id) == best]

    # --- one segment --------------------------------------------------------------------------------------

    def _case(self, resource: Resource) -> Case:
        source = self.rows.by_id[resource.source_id]
        translated = self._translated[source.id]
        match = self.matches[source.id]
        state = self._states.get(source.id)
        ownership = self._ownerships[source.id]
        answer = self.meanings.answers.get(source.id)
        inquiry = Inquiry(
            resource=resource,
            source=source,
            match=match,
            references=translated.references,
            eligibility=self._eligibility(resource, translated, match, state),
            by_hand=answer is not None,
            members=self._members(source.id),
        )
        if isinstance(answer, Retired | Standing):
            return inquiry.settled(answer.told)
        if state is None or isinstance(ownership, Finding) or inquiry.eligibility.blocked:
            return inquiry.refused()
        policy, entry = self.manifest.policy, resource.entry
        decision = decide(resource, state, match, entry.on_drift or policy.on_drift)
        on_live = entry.on_live or policy.on_live
        return inquiry.decided(state, ownership, guarded(decision, match, on_live, self._users))

    def _eligibility(
        self, resource: Resource, translated: Translated, match: Match, state: State | None
    ) -> Eligibility:
        source = self.rows.by_id[resource.source_id]
        answer = self.meanings.answers.get(source.id)
        ours = [*translated.findings]
        if answer is None or isinstance(answer, OwnQuery | OwnMembers):
            ours += [*nameless(resource.entry, source), *self._circumstances(resource, match)]
        if state is not None:
            ours += [
                *too_long(state, self.rows.facts.lengths, marked=match.marked),
                *self._name_taken(str(state["msdynmkt_displayname"]), source, match),
            ]
        reading, alone = self.rows.readings.get(source.id), resource.entry.alone
        official = () if alone else tuple(official_refusals(source, reading, self.rows.schema))
        # The official tool had no answers: it is not asked about what a person wrote.
        limits = resource.entry.limits or self.manifest.policy.limits
        judged = judge(official, ours, Limits.EXTENDED if answer else limits)
        placed = tuple(
            replace(
                quoting(finding, translated.own or source.query),
                address=resource.address,
                place=finding.place or resource.entry.place,
            )
            for finding in judged.findings
        )
        return replace(judged, findings=placed)

    def _circumstances(self, resource: Resource, match: Match) -> Iterator[Finding]:
        yield from match.wrong
        if isinstance(ownership := self._ownerships[resource.source_id], Finding):
            yield ownership
        for other in self.base.ledgers.others:
            if resource.source_id in other.entries or match.ids[0] in other.owned:
                yield Finding(
                    code="SEG018",
                    severity=Severity.ERROR,
                    message=f"it belongs to the migration {other.migration!r}",
                    fix="take it out of one of the two manifests",
                )

    def _name_taken(self, name: str, source: SourceSegment, match: Match) -> Iterator[Finding]:
        others = [
            target for target in self._targets.by_name.get(name, ()) if target.segment_id != match.ids[0]
        ]
        if self._claims[name] != [source.id]:
            told, fix = "several segments would get this name", "give all but one of them a `name:`"
        elif others and not match.others:
            told, fix = f"segment {others[0].segment_id} has this name already", "give it another `name:`"
        else:
            return
        yield Finding(code="SEG013", severity=Severity.ERROR, message=f"{name!r}: {told}", fix=fix)

    def _made_of(self, cases: Mapping[str, Case]) -> Mapping[str, Sequence[str]]:
        """By row of the target, the addresses of what will stand there and be made of it."""
        found: dict[str, list[str]] = {}
        for case in cases.values():
            for key in () if case.blocked else case.references:
                row_id = self.matches[key].ids[0] if key in self.matches else key
                found.setdefault(row_id, []).append(str(case.change.address))
        return found

    def _people(self) -> int:
        """The members of all copies that the ledger owns, as far as the service counted them."""
        owned = self.base.ledger.owned
        return sum(target.member_count or 0 for target in self.rows.real_time if target.segment_id in owned)

    def _odd_uses(self) -> Iterator[Finding]:
        """What could not be read of the uses, or does not agree, as far as it is about copies of ours."""
        usage = self.rows.usage
        copies = (match.target for match in self.matches.values() if match.target is not None)
        yield from usage.real_time.findings({copy.segment_id: copy.name for copy in copies})
        yield from usage.outbound.findings({})


def _after_references(case: Case, cases: Mapping[str, Case]) -> Change:
    needed = [cases[key].change for key in case.references if key in cases]
    depends_on = tuple(change.id for change in needed if change.steps)
    return replace(case.change, depends_on=depends_on) if case.change.steps else case.change


def _references_first(cases: Mapping[str, Case]) -> Sequence[str]:
    references = {key: case.references for key, case in cases.items()}
    turning = {key for circle in circles(references) for key in circle}
    straight = {key: found for key, found in references.items() if key not in turning}
    return [*sorted(turning), *(key for wave in levels(straight) for key in wave)]
