"""Waivers: errors about what is unproven or unknown here, which the manifest accepts and gives a reason for.

A form of query without a public sample takes more than a reason: the target must have been seen to accept it
(`mig doctor --probe`). What it was seen to refuse no waiver helps.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mig.engine.probed import Probed
from mig.engine.waiving import idle, waived, waiver_of
from mig.manifest.model import Waiver
from mig.model.address import Address
from mig.model.findings import Finding, Severity
from mig.query.rewrite.unproven import TOLD, Unproven

_ASK: Final = "run `mig doctor --probe`: the waiver counts once the target was seen to accept this form"
_ANOTHER_FORM: Final = "put it differently in outbound, or give the segment a `query:` of its own"


@dataclass(frozen=True, slots=True)
class Waivers:
    """Those of one policy, and what the target was found to take."""

    listed: tuple[Waiver, ...]
    probed: Probed

    def applied(self, findings: Iterable[Finding], address: Address | None) -> tuple[Finding, ...]:
        """The same findings: what is waived for this resource is a warning, with the reason."""
        return tuple(self._applied(self._as_probed(finding), address) for finding in findings)

    def _as_probed(self, finding: Finding) -> Finding:
        """With what the target said of the form that it is about."""
        answer = self.probed.answers.get(finding.form)
        if answer is None or finding.severity is not Severity.ERROR:
            return finding
        if answer.accepted:
            fix = f"the target accepted this form on {answer.at[:10]}: waive it after a check by hand"
            return replace(finding, fix=fix)
        message = f"the target refuses {TOLD[Unproven(finding.form)]}: {answer.message}"
        return replace(finding, code="QRY045", message=message, fix=_ANOTHER_FORM)

    def _applied(self, finding: Finding, address: Address | None) -> Finding:
        waiver = waiver_of(finding, address, self.listed) if address is not None else None
        if waiver is not None and finding.form and finding.form not in self.probed.answers:
            return replace(finding, fix=_ASK)
        return waived(finding, waiver)

    def idle(self, found: Mapping[Address, Iterable[Finding]]) -> Iterator[Finding]:
        """A warning for each that waives nothing; `found` are the findings of every resource, as applied.

        An error that is left where a waiver covers it waits for the target to be asked.
        """
        needed = {
            (finding.code, address)
            for address in found
            for finding in found[address]
            if finding.waived or finding.severity is Severity.ERROR
        }
        return idle(
            waiver
            for waiver in self.listed
            if waiver.on.kind == "segment"
            and not any(waiver.finding == code and waiver.covers(address) for code, address in needed)
        )
