"""Waivers: errors about what is unproven or unknown here, which the manifest accepts and gives a reason for.

A form of query without a public sample takes more than a reason: the target must have been seen to accept it
(`mig doctor --probe`). What it was seen to refuse no waiver helps.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mig.engine.probed import Probed
from mig.manifest.model import Waiver
from mig.model.address import Address
from mig.model.findings import WAIVABLE, Finding, Severity
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
        waiver = self._of(finding, address) if address is not None else None
        if waiver is None:
            return finding
        if finding.form and finding.form not in self.probed.answers:
            return replace(finding, fix=_ASK)
        return replace(finding, severity=Severity.WARNING, waived=waiver.because, fix="")

    def _of(self, finding: Finding, address: Address) -> Waiver | None:
        if finding.severity is not Severity.ERROR or finding.code not in WAIVABLE:
            return None
        return next((waiver for waiver in self.listed if _covers(waiver, finding.code, address)), None)

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
        for waiver in self.listed:
            if not any(_covers(waiver, code, address) for code, address in needed):
                yield Finding(
                    code="MAN019",
                    severity=Severity.WARNING,
                    message=f"nothing on {waiver.on} needs {waiver.finding} to be waived",
                    fix="take the waiver out, or correct its address",
                    place=waiver.place,
                )


def _covers(waiver: Waiver, code: str, address: Address) -> bool:
    return waiver.finding == code and waiver.covers(address)
