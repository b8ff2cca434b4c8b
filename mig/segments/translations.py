"""Translating the segments of a manifest, each after those it refers to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mig.engine.graph import circles, levels
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity, blocking
from mig.query.analysis import analyse, unknown_names
from mig.query.scope import end_of
from mig.query.translate import Status, Translation, translate
from mig.query.tree import Operand, Query, Segment, Traverse
from mig.segments.eligibility import audience_refusal, own_refusals
from mig.segments.match import Match
from mig.segments.read import SegmentRows
from mig.segments.rows import SEGMENT, SourceSegment, target_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of one segment: its text if it may move, and why not if it may not.

    `references` holds the source ids of the segments it refers to.
    """

    findings: tuple[Finding, ...]
    translation: Translation | None = None
    audiences: frozenset[str] = frozenset()
    references: tuple[str, ...] = ()

    @property
    def audience(self) -> str | None:
        """The table of its members, where there is one."""
        return min(self.audiences, default=None)

    @property
    def text(self) -> str | None:
        """The real-time query, unless something blocks the segment."""
        return self.translation.text if self.translation and not blocking(self.findings) else None


@dataclass(frozen=True)
class Translator:
    """Translates all resources, dependencies first."""

    rows: SegmentRows
    resources: Mapping[str, Resource]
    matches: Mapping[str, Match]

    def all(self) -> Mapping[str, Translated]:
        """By source id."""
        references = {source_id: tuple(self._references(source_id)) for source_id in self.resources}
        done: dict[str, Translated] = {}
        turning = circles(references)
        for circle in turning:
            for source_id in circle:
                done[source_id] = self._in_circle(circle)
        rest = {key: value for key, value in references.items() if key not in done}
        for wave in levels(rest):
            for source_id in wave:
                done[source_id] = self._one(source_id, references[source_id], done)
        return done

    def _references(self, source_id: str) -> Iterator[str]:
        """The ids of the segments its query names; names that nobody has are left to the translation."""
        tree = self._tree(source_id)
        for name in analyse(tree, self.rows.schema).references if tree else ():
            found = self.rows.by_query_name.get(name.lower())
            if found is not None:
                yield found.id

    def _tree(self, source_id: str) -> Query | None:
        reading = self.rows.readings.get(source_id)
        return reading.query if reading else None

    def _in_circle(self, circle: list[str]) -> Translated:
        names = " → ".join(self.rows.by_id[source_id].name for source_id in [*circle, circle[0]])
        finding = Finding(
            code="SEG010",
            severity=Severity.ERROR,
            message=f"segments refer to each other in a circle: {names}",
            fix="break the circle in outbound, or leave these segments out",
        )
        return Translated(findings=(finding,), references=tuple(circle))

    def _one(self, source_id: str, references: tuple[str, ...], done: Mapping[str, Translated]) -> Translated:
        source = self.rows.by_id[source_id]
        findings = list(own_refusals(source, self.rows.readings.get(source_id)))
        tree = self._tree(source_id)
        if tree is None or blocking(findings):
            return Translated(findings=tuple(findings), references=references)
        findings += map(_lenient, unknown_names(tree, self.rows.schema))
        findings += self._broken_references(references, done)
        findings += self._shared_names(tree)
        translation = translate(tree, self.rows.schema, self._target_of)
        findings += _of_translation(translation)
        audiences = self._audiences(tree, done)
        if not blocking(findings):  # what is refused already need not be told that it has no audience too
            findings += [*audience_refusal(audiences), *_nested(references, done)]
        return Translated(
            findings=tuple(dict.fromkeys(findings)),
            translation=translation,
            audiences=audiences,
            references=references,
        )

    def _audiences(self, tree: Query, done: Mapping[str, Translated]) -> frozenset[str]:
        """The tables of its members, through references, whether these are in the manifest or not."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [tree]
        while waiting:
            query = waiting.pop()
            for operand in (query.first, *(term.operand for term in query.rest)):
                found.update(filter(None, [end_of(operand, self.rows.schema)]))
                if isinstance(operand.source, Segment) and not _leads_elsewhere(operand):
                    source = self.rows.by_query_name.get(operand.source.name.lower())
                    known = done.get(source.id) if source else None
                    inner = self._tree(source.id) if source and source.id not in seen else None
                    if known is not None and known.audiences:
                        found |= known.audiences
                    elif source is not None and inner is not None:
                        seen.add(source.id)
                        waiting.append(inner)
                elif isinstance(operand.source, Query) and not _leads_elsewhere(operand):
                    waiting.append(operand.source)
        return frozenset(found)

    def _broken_references(
        self, references: tuple[str, ...], done: Mapping[str, Translated]
    ) -> Iterator[Finding]:
        for source_id in references:
            source = self.rows.by_id[source_id]
            if source_id in done:
                if blocking(done[source_id].findings):
                    yield _reference("SEG009", source, "cannot move", "see what blocks that one")
            elif not self._moved(source_id):
                yield _reference("SEG024", source, "is not in the manifest", "add it to the manifest")

    def _moved(self, source_id: str) -> bool:
        match = self.matches.get(source_id)
        return match is not None and match.entry is not None and match.target is not None

    def _shared_names(self, tree: Query) -> Iterator[Finding]:
        for name in analyse(tree, self.rows.schema).references:
            sharing = self.rows.shared_query_names.get(name.lower(), ())
            if sharing:
                told = ", ".join(f"{source.name!r} ({source.id})" for source in sharing)
                yield Finding(
                    code="SEG030",
                    severity=Severity.ERROR,
                    message=f"refers to {name}, a name that several segments have: {told}",
                    fix="give all but one of them another msdyncrm_segmentqueryname in outbound",
                )

    def _target_of(self, name: str) -> str | None:
        sharing = self.rows.shared_query_names.get(name.lower())  # told by SEG030 already; any will do
        source = sharing[0] if sharing else self.rows.by_query_name.get(name.lower())
        if source is None:
            return None
        match = self.matches.get(source.id)
        # What is not in the manifest has a copy too, or would have: that it will not be there is SEG024.
        return (match.ids[0] if match else target_id(SEGMENT, source.id)).replace("-", "")


def _leads_elsewhere(operand: Operand) -> bool:
    """Whether a path leads away from the members of its source."""
    return any(isinstance(step, Traverse) for step in operand.steps)


def _reference(code: str, source: SourceSegment, told: str, fix: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=f"refers to the segment {source.name!r}, which {told}",
        fix=fix,
    )


def _nested(references: tuple[str, ...], done: Mapping[str, Translated]) -> Iterator[Finding]:
    """One level was the documented limit in 2025; whether it still is, is open (segment-queries.md D-10)."""
    if any(done[key].references for key in references if key in done):
        yield Finding(
            code="SEG031",
            severity=Severity.WARNING,
            message="refers to a segment that refers to others itself; one level was the documented limit",
            fix="if publishing is refused, put the inner query in the place of the reference",
        )


def _lenient(finding: Finding) -> Finding:
    """An organisation may have added options to a choice; only the bundled ones are known here."""
    return replace(finding, severity=Severity.WARNING) if finding.code == "QRY012" else finding


def _of_translation(translation: Translation) -> Iterator[Finding]:
    """A form without a public sample blocks; a reference nobody has blocks when the environment is known."""
    for finding in translation.findings:
        known_environment = finding.code == "QRY023"
        unproven = finding.code == "QRY030" and translation.status is Status.UNPROVEN
        yield replace(finding, severity=Severity.ERROR) if known_environment or unproven else finding
