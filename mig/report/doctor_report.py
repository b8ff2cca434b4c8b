"""A diagnosis: for people and for machines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mig.dataverse.privileges import Caller
from mig.engine.ledger import Ledgers
from mig.engine.plan import Allowance, Quota
from mig.engine.privileges import Held, Privilege, Rights
from mig.engine.probed import OWN_IDS, Answer
from mig.model.counted import counted
from mig.model.outcome import Exit
from mig.query.rewrite.unproven import TOLD
from mig.report.findings_text import add_finding
from mig.report.page import Page
from mig.report.plan_json import finding_document
from mig.segments.diagnosis import QUESTIONS, Diagnosis, Side

_QUESTIONS: Final[Mapping[str, str]] = {
    **{str(form): told for form, told in TOLD.items()},
    OWN_IDS: "ids that the client gives to new rows",
}
_STYLES: Final = {"accepted": "green", "refused": "red", "not asked": "yellow"}
_HELD: Final = {Held.PARTLY: "yellow", Held.NOT: "red", Held.UNKNOWN: "yellow"}
_OUTCOMES: Final = {Exit.DONE: "well", Exit.DENIED: "denied"}


def diagnosis_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """As `schemas/diagnosis.schema.json` describes it; `age` is in seconds."""
    return {
        "format_version": 1,
        "outcome": _OUTCOMES.get(diagnosis.outcome.exit, "unwell"),
        "target": _side(diagnosis.target),
        "source": _side(diagnosis.source) if diagnosis.source else None,
        "ledger": _ledgers(diagnosis.ledgers, diagnosis.ledger_file) if diagnosis.ledgers else None,
        "quota": _quota(diagnosis.quota) if diagnosis.quota else None,
        "privileges": [_privilege(one, held) for one in diagnosis.rights for held in one.privileges],
        "answers": [
            _answer(question, diagnosis.own_answers.get(question), diagnosis.at) for question in QUESTIONS
        ],
        "leftovers": list(diagnosis.leftovers),
        "findings": [finding_document(finding) for finding in diagnosis.findings],
    }


def diagnosis_text(diagnosis: Diagnosis, *, width: int = 80, color: bool = False) -> str:
    """Who answers, what is there, what it takes, and what to put right."""
    page = Page(width, color)
    _add_side(page, "target", diagnosis.target)
    if diagnosis.source is not None:
        _add_side(page, "source", diagnosis.source)
    for rights in diagnosis.rights:
        _add_rights(page, rights)
    if diagnosis.ledgers is not None:
        page.wrapped("ledger    ", _ledgers_told(diagnosis.ledgers, diagnosis.ledger_file))
    if diagnosis.quota is not None:
        page.wrapped("segments  ", _quota_told(diagnosis.quota))
    if diagnosis.probed is not None:
        page.line("asked     what public sources leave open (mig doctor --probe)")
        for question in QUESTIONS:
            _add_answer(page, question, diagnosis)
    for finding in diagnosis.findings:
        add_finding(page, finding)
    return str(page)


# --- JSON -------------------------------------------------------------------------------------------------


def _side(side: Side) -> dict[str, Any]:
    organization = side.organization
    return {
        "name": side.name,
        "url": side.url,
        "organization_id": organization.organization_id if organization else None,
        "phase": organization.phase if organization else None,
        "evidence": organization.evidence if organization else None,
        "version": side.version,
        "signed_in": side.signed_in or None,
        "user_id": side.caller.user or None if side.caller else None,
        "business_unit_id": side.caller.unit or None if side.caller else None,
        "limits": side.limits or None,
    }


def _privilege(rights: Rights, found: Privilege) -> dict[str, Any]:
    return {
        "environment": rights.environment,
        "privilege": found.name,
        "to": found.need.purpose,
        "held": found.held.value,
        "depth": found.depth.name.capitalize() if found.depth else None,
    }


def _ledgers(ledgers: Ledgers, file: str | None) -> dict[str, Any]:
    return {
        "file": file,
        "migration": ledgers.own.migration,
        "entries": len(ledgers.own.entries),
        "others": {other.migration: len(other.entries) for other in ledgers.others},
        "copied_from": list(ledgers.copied_from),
    }


def _quota(quota: Quota) -> dict[str, Any]:
    platform = {kind: _allowance(found) for kind, found in quota.platform.items()}
    return {**_allowance(quota.own), "platform": platform}


def _allowance(allowance: Allowance) -> dict[str, int]:
    return {"limit": allowance.limit, "used": allowance.used}


def _answer(question: str, answer: Answer | None, now: datetime) -> dict[str, Any]:
    return {
        "question": question,
        "answer": _word(answer),
        "asked_at": answer.at if answer else None,
        "age": _age(answer, now) if answer else None,
        "version": answer.version if answer else None,
        "organization_id": answer.organization if answer else None,
        "message": answer.message or None if answer else None,
    }


# --- text -------------------------------------------------------------------------------------------------


def _add_side(page: Page, label: str, side: Side) -> None:
    page.wrapped(f"{label:<10}", f"{side.name}, {side.url}")
    organization = side.organization
    if organization is None:
        return
    version = f"a snapshot of {organization.recorded}" if organization.recorded else f"version {side.version}"
    page.wrapped(" " * 10, f"organisation {organization.organization_id}, {version}")
    page.wrapped(" " * 10, f"outbound marketing is {organization.phase}: {organization.evidence}")
    if side.caller is not None:
        page.wrapped(" " * 10, f"signed in as {side.signed_in}: {_caller(side.caller)}")
    if side.limits:
        page.wrapped(" " * 10, f"limits of one of its servers: {side.limits}")


def _caller(caller: Caller) -> str:
    unit = f" of business unit {caller.unit}" if caller.unit else ""
    return f"user {caller.user}{unit}" if caller.user else "which user is not told"


def _add_rights(page: Page, rights: Rights) -> None:
    """How many privileges are held, and each that is not, or not for all rows."""
    needed = len(rights.privileges)
    short = [one for one in rights.privileges if one.held is not Held.WHOLLY]
    told = rights.silence or f"{needed - len(short)} of the {needed} that this manifest takes"
    page.wrapped("rights    ", f"in {rights.environment}: {told}")
    for one in () if rights.silence else short:
        reach = f", {one.reach}" if one.reach else ""
        page.wrapped(f"  {one.held:<9}  ", f"{one.name}, to {one.need.purpose}{reach}", style=_HELD[one.held])


def _ledgers_told(ledgers: Ledgers, file: str | None) -> str:
    told = [f"in {file}"] if file else []
    told += [f"{ledgers.own.migration!r} owns {ledgers.own.told}"]
    told += [f"{other.migration!r} owns {len(other.entries)}" for other in ledgers.others]
    before = "history of" if file else "copied from"
    told += [f"{before} organisation {organization}" for organization in ledgers.copied_from]
    return "; ".join(told)


def _quota_told(quota: Quota) -> str:
    told = [f"{quota.own.used:,} of the {quota.own.limit:,} of this migration"]
    told += [f"{found.used:,} of {found.limit:,} {kind}" for kind, found in quota.platform.items()]
    return "; ".join(told)


def _add_answer(page: Page, question: str, diagnosis: Diagnosis) -> None:
    answer = diagnosis.own_answers.get(question)
    word = _word(answer)
    told = [_QUESTIONS[question]]
    if answer is not None:
        days = _age(answer, diagnosis.at) // 86400
        told.append(f"{counted(days, 'day')} ago" if days else "today")
        told += [f"by version {answer.version}"] if answer.version != diagnosis.target.version else []
        told += [f"by organisation {answer.organization}"] if _from_elsewhere(answer, diagnosis) else []
        told += [answer.message] if answer.message else []
    page.wrapped(f"  {word:<9}  {question:<10}  ", "; ".join(told), style=_STYLES[word])


def _from_elsewhere(answer: Answer, diagnosis: Diagnosis) -> bool:
    return diagnosis.probed is not None and answer.organization != diagnosis.probed.organization


def _word(answer: Answer | None) -> str:
    if answer is None:
        return "not asked"
    return "accepted" if answer.accepted else "refused"


def _age(answer: Answer, now: datetime) -> int:
    """In seconds; a clock that runs behind makes nothing younger than new."""
    return max(int((now - datetime.fromisoformat(answer.at)).total_seconds()), 0)
