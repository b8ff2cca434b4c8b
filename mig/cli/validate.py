"""`mig validate`."""

from pathlib import Path

import click

from mig.cli.options import format_option


@click.command("validate")
@click.option(
    "-f",
    "--file",
    "manifest",
    type=click.Path(path_type=Path),
    default=Path("mig.yaml"),
    show_default=True,
    help="The manifest.",
)
@click.option("--env", "environment", metavar="NAME", help="Check variables for this environment only.")
@format_option
def command(*, manifest: Path, environment: str | None, output: str) -> int:
    """Check a manifest: its form, and what can be told without any environment."""
    import json
    import os

    from mig.cli.terminal import Terminal
    from mig.manifest.choose import choose_environment
    from mig.manifest.errors import ManifestError, UnknownEnvironment
    from mig.manifest.load import load_manifest
    from mig.model.counted import counted
    from mig.model.outcome import Exit, Outcome
    from mig.report.findings_text import findings_text
    from mig.report.plan_json import finding_document

    terminal = Terminal.current()
    try:
        found = load_manifest(
            manifest, environ=os.environ, environments=None if environment is None else [environment]
        )
        if environment is not None:
            choose_environment(found, environment)
        findings = found.findings
        entries = counted(len(found.segments) + len(found.events), "entry", "entries")
        told = f"{manifest} is valid: {entries}, {counted(len(findings), 'finding')}."
        outcome = Outcome(Exit.DONE, told)
    except UnknownEnvironment:
        raise
    except ManifestError as error:
        findings = error.findings
        outcome = Outcome(Exit.FAILED, f"{manifest} is not valid: {counted(len(findings), 'finding')}.")
    if output == "json":
        document = {
            "format_version": 1,
            "valid": outcome.exit is Exit.DONE,
            "findings": [finding_document(finding) for finding in findings],
        }
        terminal.result(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        terminal.result(findings_text(findings, width=terminal.width, color=terminal.color_out))
        terminal.result(outcome.sentence)
    return outcome.exit
