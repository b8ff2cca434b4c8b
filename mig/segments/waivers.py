"""Waivers: errors about what is unproven or unknown here, which the manifest accepts and gives a reason for.

One place decides whether a finding is waived, so that what else a waiver asks for (that the target was seen
to accept the form, say) has its place here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mig.manifest.model import Waiver
from mig.model.address import Address
from mig.model.findings import WAIVABLE, Finding, Severity


@dataclass(frozen=True, slots=True)
class Waivers:
    """Those of one policy."""

    listed: tuple[Waiver, ...]

    def applied(self, findings: Iterable[Finding], address: Address | None) -> tuple[Finding, ...]:
        """The same findings: what is waived for this resource is a warning, with the reason."""
        return tuple(self._applied(finding, address) for finding in findings)

    def _applied(self, finding: Finding, address: Address | None) -> Finding:
        waiver = self._of(finding, address) if address is not None else None
        if waiver is None:
            return finding
        return replace(finding, severity=Severity.WARNING, waived=waiver.because, fix="")

    def _of(self, finding: Finding, address: Address) -> Waiver | None:
        if finding.severity is not Severity.ERROR or finding.code not in WAIVABLE:
            return None
        return next((waiver for waiver in self.listed if _covers(waiver, finding.code, address)), None)

    def idle(self, found: Mapping[Address, Iterable[Finding]]) -> Iterator[Finding]:
        """A warning for each that waives nothing; `found` are the findings of every resource, as applied."""
        waived = {
            (finding.code, address) for address in found for finding in found[address] if finding.waived
        }
        for waiver in self.listed:
            if not any(_covers(waiver, code, address) for code, address in waived):
                yield Finding(
                    code="MAN019",
                    severity=Severity.WARNING,
                    message=f"nothing on {waiver.on} needs {waiver.finding} to be waived",
                    fix="take the waiver out, or correct its address",
                    place=waiver.place,
                )


def _covers(waiver: Waiver, code: str, address: Address) -> bool:
    return waiver.finding == code and waiver.covers(address)
