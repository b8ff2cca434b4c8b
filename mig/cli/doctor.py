"""`mig doctor`."""

from pathlib import Path

import click

from mig.cli.options import format_option, manifest_options


@click.command("doctor")
@manifest_options
@format_option
@click.option("--probe", "probing", is_flag=True, help="Ask the target what public sources leave open.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
def command(
    *,
    manifest: Path,
    environment: str | None,
    home: Path | None,
    verbose: bool,
    output: str,
    probing: bool,
    yes: bool,
) -> int:
    """See whether an environment is fit for a migration. Changes nothing.

    With --probe the target is asked which forms of query it accepts that no public sample shows: a throw-away
    segment for each is made there, published, and deleted again.
    """
    import asyncio

    from mig.cli.probing import probe
    from mig.cli.session import Session, open_session
    from mig.cli.showing import show_diagnosis
    from mig.engine.attempt import Stop
    from mig.model.outcome import Exit, gravest
    from mig.segments.diagnosis import Diagnosis
    from mig.segments.doctor import diagnose

    def approved(found: Diagnosis, session: Session) -> bool:
        if yes:
            return True
        if not session.terminal.asks:
            raise click.UsageError("there is no terminal to ask on; add --yes")
        return click.confirm(f"Make throw-away segments in {found.target.name}, to ask?", err=True)

    async def work() -> int:
        stop = Stop()
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            patient = session.patient(probing=probing)
            found = await diagnose(patient, session.clock())
            if probing and found.may_be_probed and approved(found, session):
                found = await probe(session, patient, found, stop)
            show_diagnosis(found, session.terminal, output)
            return gravest([found.outcome.exit, Exit.INTERRUPTED if stop.requested else Exit.DONE])

    return asyncio.run(work())
