"""What one outbound query would be in the target, and what its text alone says against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mig.model.findings import Finding, Severity
from mig.query.analysis import references, unknown_names
from mig.query.compared import named_ids
from mig.query.translate import Status, Translation, translate
from mig.query.tree import Query, Segment
from mig.query.usable import unusable
from mig.query.walk import operands
from mig.segments.match import Match
from mig.segments.read import SegmentRows
from mig.segments.rows import SEGMENT, target_id

TOO_LONG: Final = "the query would be longer than the target's column"


@dataclass(frozen=True, slots=True)
class Form:
    """A translation, and the findings about its text."""

    translation: Translation
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        """The real-time query; empty when it was refused."""
        return self.translation.text or ""

    def obstacle(self, other: "Form") -> str | None:
        """Why this one cannot stand for another form of the query; of doubts only those that one has not.

        How operators without parentheses bind is not public (D-3), so QRY032 is a doubt too: what is refused
        when it is published is noticed, other members may not be.
        """
        known = {finding.code for finding in other.doubts}
        return next((doubt.message for doubt in self.doubts if doubt.code not in known), None)

    @property
    def doubts(self) -> Sequence[Finding]:
        """What blocks it, or leaves open who its members are."""
        return [one for one in self.findings if one.severity is Severity.ERROR or one.code == "QRY032"]


@dataclass(frozen=True)
class Forms:
    """Translates queries as they would move; `matches` says which ids their references get."""

    rows: SegmentRows
    matches: Mapping[str, Match]

    def plain(self, query: Query) -> Form:
        """With its references as they are."""
        return self._form(query, {})

    def inlined(self, query: Query, inner: Mapping[str, Form]) -> Form | None:
        """With other forms, by source id, in the place of the references to them; None when that is too long.

        The lengths are added up before anything is put together: what doubles at every level soon fills
        more than there is room for.
        """
        named = [one.source.name for one in operands(query) if isinstance(one.source, Segment)]
        put_in = [inner[key].text for key in map(self._source, named) if key in inner]
        if self._too_long(sum(map(len, put_in))):
            return None
        form = self._form(query, inner)
        return None if self._too_long(len(form.text)) else form

    def _form(self, query: Query, inner: Mapping[str, Form]) -> Form:
        def query_of(name: str) -> Query | None:
            found = inner.get(self._source(name))
            return found.translation.outbound if found else None

        translation = translate(query, self.rows.schema, self._target, query_of)
        whole = translation.outbound
        findings = (
            *at_odds(whole, self.rows),
            *self._shared_names(whole),
            *_of_translation(translation),
        )
        return Form(translation, findings)

    def _source(self, name: str) -> str:
        source = self.rows.by_query_name.get(name.lower())
        return source.id if source else ""

    def _shared_names(self, query: Query) -> Iterator[Finding]:
        for name in references(query):
            sharing = self.rows.shared_query_names.get(name.lower(), ())
            if sharing:
                told = ", ".join(f"{source.name!r} ({source.id})" for source in sharing)
                yield Finding(
                    code="SEG030",
                    severity=Severity.ERROR,
                    message=f"refers to {name}, a name that several segments have: {told}",
                    fix="give all but one of them another msdyncrm_segmentqueryname in outbound",
                )

    def _target(self, name: str) -> str | None:
        sharing = self.rows.shared_query_names.get(name.lower())  # told by SEG030 already; any will do
        source = sharing[0] if sharing else self.rows.by_query_name.get(name.lower())
        if source is None:
            return None
        match = self.matches.get(source.id)
        # What is not in the manifest has a copy too, or would have: that it will not be there is SEG024.
        return (match.ids[0] if match else target_id(SEGMENT, source.id)).replace("-", "")

    def _too_long(self, length: int) -> bool:
        limit = self.rows.facts.lengths.get("msdynmkt_segmentquery")
        return limit is not None and length > limit


def at_odds(query: Query, rows: SegmentRows, *, own: bool = False) -> Iterator[Finding]:
    """What a query names and the target lacks, or cannot use: tables, columns, options, rows.

    What is mapped is told with it. `own`: a person wrote the query for the target.
    """
    yield from unknown_names(query, rows.schema)
    yield from unusable(query, rows.schema)
    said = (rows.facts.about(named, own=own) for named in named_ids(query, rows.schema))
    yield from dict.fromkeys(filter(None, said))


def _of_translation(translation: Translation) -> Iterator[Finding]:
    """A form without a public sample blocks; a reference nobody has blocks when the environment is known."""
    for finding in translation.findings:
        known_environment = finding.code == "QRY023"
        unproven = finding.code == "QRY030" and translation.status is Status.UNPROVEN
        yield replace(finding, severity=Severity.ERROR) if known_environment or unproven else finding
