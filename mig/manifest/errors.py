"""What stops before anything is done.

ManifestError            every mistake of a manifest
├── UnknownEnvironment   the environment asked for is not in it, or none was asked for (wrong usage)
└── UnknownAddress       an address asked for is not in it (wrong usage)
"""

from collections.abc import Iterable

from mig.model.findings import Finding


class ManifestError(Exception):
    """A manifest that cannot be used; `findings` says why, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


class UnknownEnvironment(ManifestError):
    """The environment asked for is not in the manifest, or it has several and none was asked for."""


class UnknownAddress(ManifestError):
    """`--only` or `--except` names an address that the manifest does not have."""
