"""Translating the segments of a manifest, each after those it refers to.

Real-time segments nest one level (documented in 2025; whether more is allowed now is open,
reference/segment-queries.md D-10). Where a segment refers to one that refers to others itself, the query of
that one takes the place of the reference: all levels but the last go, or, if that cannot be, none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mig.engine.graph import circles, levels
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity, blocking
from mig.query.scope import end_of
from mig.query.tree import Operand, Query, Segment, Traverse
from mig.segments.eligibility import audience_refusal, behavioral_behind, is_behavioral, own_refusals
from mig.segments.forms import TOO_LONG, Form, Forms
from mig.segments.match import Match
from mig.segments.read import SegmentRows
from mig.segments.references import referred, web
from mig.segments.rows import SourceSegment
from mig.segments.waivers import Waivers


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of one segment: its text if it may move, and why not if it may not.

    `references` holds the source ids of the segments that its moved query refers to; `deep` says that one of
    them refers to others itself. `behavioral` is the segment whose members follow from interactions: itself
    or one behind its references.
    """

    findings: tuple[Finding, ...]
    form: Form | None = None
    audiences: frozenset[str] = frozenset()
    references: tuple[str, ...] = ()
    deep: bool = False
    behavioral: SourceSegment | None = None

    @property
    def audience(self) -> str | None:
        """The table of its members, where there is one."""
        return min(self.audiences, default=None)

    @property
    def text(self) -> str | None:
        """The real-time query, unless something blocks the segment."""
        return self.form.text if self.form and not blocking(self.findings) else None


Done = Mapping[str, Translated]


@dataclass(frozen=True)
class Translator:
    """Translates all resources, dependencies first."""

    rows: SegmentRows
    resources: Mapping[str, Resource]
    matches: Mapping[str, Match]
    waivers: Waivers

    @cached_property
    def forms(self) -> Forms:
        """What each query would be in the target."""
        return Forms(self.rows, self.matches)

    def all(self) -> Done:
        """By source id: the segments of the manifest, and all they lead to."""
        references = web(self.rows, self.resources)
        done = {source_id: self._in_circle(circle) for circle in circles(references) for source_id in circle}
        rest = {key: value for key, value in references.items() if key not in done}
        for wave in levels(rest):
            for source_id in wave:
                done[source_id] = self._one(source_id, references[source_id], done)
        return done

    def _in_circle(self, circle: list[str]) -> Translated:
        names = " → ".join(self.rows.by_id[source_id].name for source_id in [*circle, circle[0]])
        finding = Finding(
            code="SEG010",
            severity=Severity.ERROR,
            message=f"segments refer to each other in a circle: {names}",
            fix="break the circle in outbound, or leave these segments out",
        )
        return Translated(findings=(finding,), references=tuple(circle), deep=True)

    def _one(self, source_id: str, references: tuple[str, ...], done: Done) -> Translated:
        source, reading = self.rows.by_id[source_id], self.rows.readings.get(source_id)
        findings = list(own_refusals(source, reading))
        tree = reading.query if reading else None
        behavioral = source if is_behavioral(source, tree) else self._behind(references, done)
        if tree is None or blocking(findings):
            return Translated(findings=tuple(findings), references=references, behavioral=behavioral)
        form, nesting = self._form(tree, references, done)
        moved = form.translation.outbound
        kept = referred(self.rows, moved)
        if behavioral and behavioral is not source:
            findings.append(behavioral_behind(behavioral.name))
        resource = self.resources.get(source_id)
        told = self.waivers.applied(form.findings, resource.address if resource else None)
        findings += [*told, *self._broken_references(kept, done)]
        audiences = self._audiences(moved, done)
        if not blocking(findings):  # what is refused already need not be told that it has no audience too
            findings += [*audience_refusal(audiences), *nesting]
        return Translated(
            findings=tuple(dict.fromkeys(findings)),
            form=form,
            audiences=audiences,
            references=kept,
            deep=any(done[key].references for key in kept),
            behavioral=behavioral,
        )

    # --- levels -------------------------------------------------------------------------------------------

    def _form(self, tree: Query, references: tuple[str, ...], done: Done) -> tuple[Form, Sequence[Finding]]:
        """Its query as it moves, and what is told of the levels in it."""
        plain = self.forms.plain(tree)
        nested = [key for key in references if done[key].references]
        if not nested:
            return plain, ()
        flat = self._flat(tree, plain, nested, done)
        names = [self.rows.by_id[key].name for key in nested]
        if isinstance(flat, Form):
            return flat, [*map(_put_in_place, names)]
        return plain, [_still_nested(name, flat) for name in names]

    def _flat(self, tree: Query, plain: Form, nested: Sequence[str], done: Done) -> Form | str:
        """Its query with one level of references; else why that cannot be had."""
        inner = {key: form for key in nested if (form := done[key].form) and not done[key].deep}
        if len(inner) < len(nested):
            return "one of its own references has to stay"
        flat = self.forms.inlined(tree, inner)
        if flat is None:
            return TOO_LONG
        return flat.obstacle(plain) or flat

    # --- what stands behind references --------------------------------------------------------------------

    def _behind(self, references: tuple[str, ...], done: Done) -> SourceSegment | None:
        """The first segment of interactions that the references lead to."""
        found = (done[key].behavioral for key in references if not self._stands(key))
        return next(filter(None, found), None)

    def _audiences(self, query: Query, done: Done) -> frozenset[str]:
        """The tables of its members, through references, whether these are in the manifest or not."""
        found: set[str] = set()
        for operand in (query.first, *(term.operand for term in query.rest)):
            found.update(filter(None, [end_of(operand, self.rows.schema)]))
            if _leads_elsewhere(operand):
                continue
            if isinstance(operand.source, Query):
                found |= self._audiences(operand.source, done)
            elif isinstance(operand.source, Segment):
                source = self.rows.by_query_name.get(operand.source.name.lower())
                found |= done[source.id].audiences if source else frozenset()
        return frozenset(found)

    def _broken_references(self, references: tuple[str, ...], done: Done) -> Iterator[Finding]:
        for key in references:
            source = self.rows.by_id[key]
            if self._stands(key) or done[key].behavioral:  # the latter is told by what stands behind it
                continue
            if key not in self.resources:
                yield _reference("SEG024", source, "is not in the manifest", "add it to the manifest")
            elif blocking(done[key].findings):
                yield _reference("SEG009", source, "cannot move", "see what blocks that one")

    def _stands(self, source_id: str) -> bool:
        """Whether it was moved before, and the manifest asks for nothing more."""
        match = self.matches.get(source_id)
        moved = match is not None and match.entry is not None and match.target is not None
        return moved and source_id not in self.resources


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


def _put_in_place(name: str) -> Finding:
    return Finding(
        code="SEG031",
        severity=Severity.INFO,
        message=f"refers to {name!r}, which refers to others itself; one level was the documented limit, "
        "so its query stands in the place of the reference",
    )


def _still_nested(name: str, why: str) -> Finding:
    return Finding(
        code="SEG031",
        severity=Severity.WARNING,
        message=f"refers to {name!r}, which refers to others itself; one level was the documented limit, "
        f"but its query cannot stand in the place of the reference: {why}",
        fix="if publishing is refused, build it in outbound from segments that have no references themselves",
    )
