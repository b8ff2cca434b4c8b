"""Collects the findings of the builders: errors, and warnings about what this version cannot do yet."""

from collections.abc import Iterable

from mig.model.address import Address
from mig.model.findings import Finding, Place, Severity


class Complaints:
    """A growing list of findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def error(
        self,
        code: str,
        message: str,
        place: Place,
        fix: str,
        *,
        found: str = "",
        address: Address | None = None,
    ) -> None:
        """Something that must be put right before anything is done."""
        self.findings.append(
            Finding(
                code=code,
                severity=Severity.ERROR,
                message=message,
                fix=fix,
                found=found,
                place=place,
                address=address,
            )
        )

    def twice(
        self, code: str, message: str, place: Place, other: Place, fix: str, address: Address | None = None
    ) -> None:
        """Two places that cannot both stand; reported at the second."""
        message = f"{message} (the other on line {other.line})"
        self.error(code, message, place, fix, found=f"also at {other}", address=address)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of the file."""
    return tuple(sorted(findings, key=_position))


def _position(finding: Finding) -> tuple[int, int]:
    return (finding.place.line, finding.place.column) if finding.place else (0, 0)
