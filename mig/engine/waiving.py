"""Waivers, as every kind of resource takes them: an accepted error is a warning, with the reason."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mig.manifest.model import Waiver
from mig.model.address import Address
from mig.model.findings import WAIVABLE, Finding, Severity


def waiver_of(finding: Finding, address: Address, listed: Iterable[Waiver]) -> Waiver | None:
    """The first that accepts a finding on a resource."""
    if finding.severity is not Severity.ERROR or finding.code not in WAIVABLE:
        return None
    return next((one for one in listed if one.finding == finding.code and one.covers(address)), None)


def waived(finding: Finding, waiver: Waiver | None) -> Finding:
    """The finding as it stands once it is accepted."""
    if waiver is None:
        return finding
    return replace(finding, severity=Severity.WARNING, waived=waiver.because, fix="")


def idle(waivers: Iterable[Waiver]) -> Iterator[Finding]:
    """A warning for each of those that waive nothing."""
    for waiver in waivers:
        yield Finding(
            code="MAN019",
            severity=Severity.WARNING,
            message=f"nothing on {waiver.on} needs {waiver.finding} to be waived",
            fix="take the waiver out, or correct its address",
            place=waiver.place,
        )
