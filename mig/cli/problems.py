"""Errors for the person who must act, and the exit code of each. Imported only when one happens."""

import click

from mig.cli.terminal import Terminal
from mig.cli.traces import trace_of
from mig.dataverse.errors import DataverseError
from mig.engine.privileges import PrivilegesLacking
from mig.manifest.errors import ManifestError, UnknownAddress, UnknownEnvironment
from mig.model.findings import Finding, Severity
from mig.model.outcome import Exit
from mig.model.tables import SchemaFileError
from mig.query.evaluate import NotEvaluated
from mig.report.findings_text import findings_text
from mig.sandbox.serve import ServeError
from mig.sandbox.worldfile import WorldFileError
from mig.sandbox.worlds import WorldError


def report(error: Exception) -> Exit:
    """Say it on standard error."""
    findings, code = _explained(error)
    terminal = Terminal.current()
    if findings:
        click.echo(findings_text(findings, width=terminal.width, color=terminal.color_err), err=True)
    else:
        click.echo(trace_of(error), err=True)
        click.echo("This is a mistake in mig, not in what you did. Nothing more was written.", err=True)
    return code


def _explained(error: Exception) -> tuple[tuple[Finding, ...], Exit]:
    match error:
        case UnknownEnvironment() | UnknownAddress():
            return error.findings, Exit.USAGE
        case ManifestError() | WorldFileError():
            return error.findings, Exit.FAILED
        case PrivilegesLacking():
            return error.findings, error.exit
        case DataverseError():
            return (_finding(error.code, str(error), error.fix),), error.exit
        case WorldError() | ServeError():
            return (_finding("ENV011", str(error), error.fix),), Exit.FAILED
        case NotEvaluated():
            fix = "`--side target` lists the members of its copy, once that is live"
            return (_finding("QRY034", str(error), fix),), Exit.FAILED
        case SchemaFileError():
            return (
                _finding("MAN001", str(error), "see the format in the documentation of --schema"),
            ), Exit.FAILED
        case OSError():
            fix = "see that the file is there, that you may use it, and that the disk has room"
            return (_finding("ENV014", str(error), fix),), Exit.FAILED
    return (), Exit.FAILED


def _finding(code: str, message: str, fix: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, fix=fix)
