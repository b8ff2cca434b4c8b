"""Translating the segments of a manifest, each after those it refers to.

Real-time segments nest one level (documented in 2025; whether more is allowed now is open,
reference/segment-queries.md D-10). Where a segment refers to one that refers to others itself, the query of
that one takes the place of the reference: all levels but the last go, or, where that form is in doubt and one
without references is not, the last too. If neither can be, none goes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mig.engine.graph import circles, levels
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity, blocking
from mig.query.analysis import realtime_reference
from mig.query.scope import end_of
from mig.query.tree import Operand, Query, Segment, Traverse
from mig.query.walk import operands
from mig.segments.answers import OwnMembers, OwnQuery, Retired, Standing, Unanswered, own_query_findings
from mig.segments.eligibility import audience_refusal, behavioral_behind, is_behavioral, own_refusals
from mig.segments.forms import TOO_LONG, Form, Forms, at_odds
from mig.segments.match import Match
from mig.segments.meanings import Meanings
from mig.segments.read import SegmentRows
from mig.segments.rows import SourceSegment, TargetSegment
from mig.segments.static import AUDIENCE, Members
from mig.segments.waivers import Waivers


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """What came of one segment: its text if it may move, and why not if it may not.

    `references` holds the keys (see `Meanings`) of the segments that its moved query refers to; `deep` says
    that one of them refers to others itself. `behavioral` is the segment whose members follow from
    interactions: itself or one behind its references. `own` is a person's query in place of a translation.
    """

    findings: tuple[Finding, ...]
    form: Form | None = None
    audiences: frozenset[str] = frozenset()
    references: tuple[str, ...] = ()
    deep: bool = False
    behavioral: SourceSegment | None = None
    own: str | None = None

    @property
    def audience(self) -> str | None:
        """The table of its members, where there is one."""
        return min(self.audiences, default=None)

    @property
    def text(self) -> str | None:
        """The real-time query, unless something blocks the segment."""
        if blocking(self.findings):
            return None
        return self.form.text if self.form else self.own


Done = Mapping[str, Translated]


@dataclass(frozen=True)
class Translator:
    """Translates all resources, dependencies first."""

    meanings: Meanings
    resources: Mapping[str, Resource]
    matches: Mapping[str, Match]
    waivers: Waivers

    @property
    def rows(self) -> SegmentRows:
        """All that was read."""
        return self.meanings.rows

    @cached_property
    def forms(self) -> Forms:
        """What each query would be in the target."""
        return Forms(self.rows, self.matches)

    def all(self) -> Done:
        """By key: the segments of the manifest, and all they lead to."""
        references = self.meanings.web(self.resources)
        done = {source_id: self._in_circle(circle) for circle in circles(references) for source_id in circle}
        rest = {key: value for key, value in references.items() if key not in done}
        for wave in levels(rest):
            for key in wave:
                known = key in self.rows.by_id and key not in self.meanings.answers
                make = self._one if known else self._answered
                done[key] = make(key, references[key], done)
        return done

    def _in_circle(self, circle: list[str]) -> Translated:
        names = " → ".join(map(self.meanings.name, [*circle, circle[0]]))
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
        if source.static:
            return self._static(source_id, findings)
        tree = reading.query if reading else None
        behavioral = source if is_behavioral(source, tree) else self._behind(references, done)
        if tree is None or blocking(findings):
            return Translated(findings=tuple(findings), references=references, behavioral=behavioral)
        form, nesting = self._form(tree, references, done)
        moved = form.translation.outbound
        kept = self.meanings.named(moved)
        if behavioral and behavioral is not source:
            findings.append(behavioral_behind(behavioral.name))
        findings += [*self._told(source_id, form.findings), *self._broken_references(kept, done)]
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

    def _static(self, key: str, findings: Iterable[Finding] = ()) -> Translated:
        """Its members are listed, and its query is empty. What nobody asks for was not read."""
        members = self.rows.members.get(key, Members())
        told = self._told(key, (*findings, *members.findings))
        return Translated(findings=tuple(dict.fromkeys(told)), audiences=frozenset({AUDIENCE}), own="")

    def _told(self, key: str, findings: Iterable[Finding]) -> Iterable[Finding]:
        """Findings as the manifest wants them told: waived where it says so."""
        resource = self.resources.get(key)
        return self.waivers.applied(findings, resource.address if resource else None)

    # --- in place of a translation ------------------------------------------------------------------------

    def _answered(self, key: str, references: tuple[str, ...], done: Done) -> Translated:
        """What a person answered for a segment, or a real-time segment as it stands."""
        match self.meanings.answers.get(key):
            case OwnQuery() as own:
                return self._own(key, own, references, done)
            case OwnMembers():
                return self._static(key)
            case Retired():
                return Translated(findings=())
            case Unanswered():
                return Translated(findings=self.matches[key].wrong)
            case Standing(target):
                return _standing(target, references, done)
        return _standing(self.meanings.targets[key], references, done)

    def _own(self, key: str, own: OwnQuery, references: tuple[str, ...], done: Done) -> Translated:
        findings = list(own_query_findings(own, self.rows.schema))
        tree, audiences = own.reading.query, frozenset[str]()
        if tree is not None:
            findings += self._told(key, at_odds(tree, self.rows, own=True))
            findings += [*self._unknown_references(tree), *self._broken_references(references, done)]
        if tree is not None and not blocking(findings):
            audiences = self._audiences(tree, done)
            findings += audience_refusal(audiences)
        deep = any(done[key].references for key in references)
        return Translated(
            findings=tuple(findings), audiences=audiences, references=references, deep=deep, own=own.text
        )

    def _unknown_references(self, query: Query) -> Iterator[Finding]:
        """Segments that a person's query names and nobody has; real-time names only."""
        for operand in operands(query):
            source = operand.source
            if isinstance(source, Segment) and not (
                realtime_reference(source.name) and self.meanings.key(source.name)
            ):
                yield Finding(
                    code="QRY023",
                    severity=Severity.ERROR,
                    message=f"no real-time segment is called {source.name}",
                    fix="write SEGMENT_CJO_ID_ and the 32 digits of the segment's id",
                    start=source.span.start,
                    end=source.span.end,
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
        if not self.meanings.answers.keys().isdisjoint(nested):
            return "a person says what stands there"
        inner = {key: form for key in nested if (form := done[key].form) and not done[key].deep}
        if len(inner) < len(nested):
            return "one of its own references has to stay"
        flat = self.forms.inlined(tree, inner)
        if flat is None:
            return TOO_LONG
        obstacle = flat.obstacle(plain)
        if obstacle is None:
            return flat
        flatter = self._flatter(tree, nested, done)
        return flatter if flatter and flatter.obstacle(plain) is None else obstacle

    def _flatter(self, tree: Query, nested: Sequence[str], done: Done) -> Form | None:
        """Its query with what is behind the nested ones in place too: filters merge, references do not."""
        inner: dict[str, Form] = {}
        for key in nested:
            form, behind = done[key].form, done[key].references
            forms = {one: found for one in behind if (found := done[one].form)}
            known = form is not None and len(forms) == len(behind)
            if form is None or not known or not self.meanings.answers.keys().isdisjoint(behind):
                return None
            whole = self.forms.inlined(form.translation.outbound, forms)
            if whole is None:
                return None
            inner[key] = whole
        return self.forms.inlined(tree, inner)

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
                key = self.meanings.key(operand.source.name)
                found |= done[key].audiences if key else frozenset()
        return frozenset(found)

    def _broken_references(self, references: tuple[str, ...], done: Done) -> Iterator[Finding]:
        for key in references:
            if isinstance(answer := self.meanings.answers.get(key), Retired):
                yield _retired(self.meanings.name(key), answer)
                continue
            if self._stands(key) or done[key].behavioral:  # the latter is told by what stands behind it
                continue
            name = self.meanings.name(key)
            if key not in self.resources:
                yield _reference("SEG024", name, "is not in the manifest", "add it to the manifest")
            elif blocking(done[key].findings):
                yield _reference("SEG009", name, "cannot move", "see what blocks that one")

    def _stands(self, source_id: str) -> bool:
        """Whether it is in the target, and the manifest asks for nothing more."""
        if source_id not in self.rows.by_id:
            return True
        match = self.matches.get(source_id)
        moved = match is not None and match.entry is not None and match.target is not None
        return moved and source_id not in self.resources


def _leads_elsewhere(operand: Operand) -> bool:
    """Whether a path leads away from the members of its source."""
    return any(isinstance(step, Traverse) for step in operand.steps)


def _standing(target: TargetSegment, references: tuple[str, ...], done: Done) -> Translated:
    """A row that is left as it is; its audience is what it says."""
    audience = target.segment.get("msdynmkt_baseentitylogicalname")
    return Translated(
        findings=(),
        audiences=frozenset([audience] if audience else []),
        references=references,
        deep=any(done[key].references for key in references),
    )


def _retired(name: str, answer: Retired) -> Finding:
    return Finding(
        code="SEG042",
        severity=Severity.ERROR,
        message=f"refers to the segment {name!r}, which is retired: {answer.reason}",
        fix="retire this one too, give it a `query:` of its own, or take `retire` off that one",
    )


def _reference(code: str, name: str, told: str, fix: str) -> Finding:
    return Finding(
        code=code, severity=Severity.ERROR, message=f"refers to the segment {name!r}, which {told}", fix=fix
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
