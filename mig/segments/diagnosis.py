"""What was found out about an environment: whether a migration could be planned and applied there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from mig.dataverse.privileges import Caller
from mig.engine.ledger import Ledgers
from mig.engine.plan import Organization, Quota
from mig.engine.privileges import Rights
from mig.engine.probed import OWN_IDS, Answer, Probed
from mig.model.findings import Finding, Severity
from mig.model.outcome import Exit, Outcome, gravest
from mig.query.rewrite.unproven import Unproven

QUESTIONS: Final = (*Unproven, OWN_IDS)
"""All that a target can be asked."""

LEFT_BEHIND: Final = "ENV027"
"""The one thing that a probe itself puts right."""

_DENIED: Final = frozenset({"ENV003", "ENV004", "ENV028", "ENV029"})


@dataclass(frozen=True, slots=True)
class Side:
    """One environment, who answers and who asks there; None for what could not be read.

    `signed_in` says in words as whom, `limits` what the server that answered says is left of them.
    """

    name: str
    url: str
    organization: Organization | None = None
    version: str | None = None
    caller: Caller | None = None
    signed_in: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found; None for what could not be read. `source` is None where it is the target.

    `ledger_file` is the file that the ledgers are kept in, None for the target itself.
    `probed` are the target's answers; `elsewhere` those that other organisations left there, or gave in the
    source. `leftovers` are the names of throw-away drafts that stand in the target. `rights`: what this
    identity may do, of what the manifest takes.
    """

    at: datetime
    target: Side
    source: Side | None = None
    ledgers: Ledgers | None = None
    ledger_file: str | None = None
    quota: Quota | None = None
    probed: Probed | None = None
    elsewhere: tuple[Probed, ...] = ()
    leftovers: tuple[str, ...] = ()
    rights: tuple[Rights, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> Sequence[Finding]:
        """What has to be put right."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]

    @property
    def unreadable(self) -> bool:
        """Whether it is told that something cannot be read for want of a privilege."""
        return any(finding.code == "ENV028" for finding in self.findings)

    @property
    def outcome(self) -> Outcome:
        """How the command ends."""
        codes = (Exit.DENIED if finding.code in _DENIED else Exit.FAILED for finding in self.errors)
        count = len(self.errors)
        things = "is one thing" if count == 1 else f"are {count} things"
        return Outcome(gravest(codes), f"There {things} to put right." if count else "All is well.")

    @property
    def known(self) -> Mapping[str, Answer]:
        """What need not be asked again: what this version accepted, here or in another organisation."""
        own = (self.probed,) if self.probed else ()
        return {
            question: answer
            for probed in (*self.elsewhere, *own)
            for question, answer in probed.answers.items()
            if question in QUESTIONS and answer.accepted and answer.version == self.target.version
        }

    @property
    def open(self) -> Sequence[str]:
        """What a probe has to ask."""
        return [question for question in QUESTIONS if question not in self.known]

    @property
    def own_answers(self) -> Mapping[str, Answer]:
        """What the target was found to take, whichever version it had then: a plan goes by these."""
        return self.probed.answers if self.probed else {}

    @property
    def may_be_probed(self) -> bool:
        """Whether nothing is in the way of a probe, and there is something for it to do.

        It asks, writes down what is known elsewhere, and tidies up after one that died.
        """
        own = self.own_answers
        new = any(own.get(question) != answer for question, answer in self.known.items())
        in_the_way = [finding for finding in self.errors if finding.code != LEFT_BEHIND]
        return not in_the_way and bool(new or self.open or self.leftovers)

    def telling(self, code: str, message: str, fix: str) -> Self:
        """The same with one more thing to put right."""
        finding = Finding(code=code, severity=Severity.ERROR, message=message, fix=fix)
        return replace(self, findings=(*self.findings, finding))
