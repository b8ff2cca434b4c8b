"""Asking a target from the command line: lock, Ctrl-C, and what was not answered."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

from mig.cli.applying import interruptible
from mig.cli.progress import lines
from mig.cli.session import Session
from mig.engine.attempt import Stop
from mig.engine.guarded import Conditions, locked
from mig.engine.lock import Heartbeat
from mig.segments.diagnosis import Diagnosis
from mig.segments.doctor import Patient, diagnose
from mig.segments.probing import Outcome, Prober

_AGAIN = "look at the throw-away query of that form by hand, or run `mig doctor --probe` again later"


async def probe(session: Session, patient: Patient, found: Diagnosis, stop: Stop) -> Diagnosis:
    """Ask what is open, and examine again; each question without an answer is one more thing to put right."""
    outcomes = await _ask(session, found, stop)
    found = await diagnose(replace(patient, probing=False), session.clock())
    for question, outcome in outcomes.items():
        if outcome.accepted is None:
            told = f"{found.target.name} gave no answer to `{question}`: {outcome.message}"
            found = found.telling("ENV026", told, _AGAIN)
    return found


async def _ask(session: Session, found: Diagnosis, stop: Stop) -> Mapping[str, Outcome]:
    if found.probed is None or found.target.version is None:
        return {}
    conditions = Conditions(
        run_id=str(uuid4()),
        heartbeat=Heartbeat(session.home),
        clock=session.clock,
        listen=lines(session.terminal),
        stop=stop,
        parallelism=1,
    )
    target = session.target.writable()
    with interruptible(stop, session):
        async with locked(target, found.probed.organization, conditions) as lock:
            known = found.probed.with_answers(found.known)
            return await Prober(target.client, target.notes, lock, conditions).ask(
                known, found.open, found.target.version
            )
