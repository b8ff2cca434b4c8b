"""A diagnosis in words: what was answered, by whom and when, and what is to be put right."""

from dataclasses import replace
from datetime import UTC, datetime

from mig.engine.ledger import Ledger, Ledgers
from mig.engine.plan import Allowance, Quota
from mig.engine.probed import Answer, Probed
from mig.report.doctor_report import diagnosis_document, diagnosis_text
from mig.segments.diagnosis import Diagnosis, Side
from tests.report.plans import SOURCE
from tests.report.test_plan_text import too_long
from tests.support import valid

OTHER = "11111111-2222-3333-4444-555555555555"
ACCEPTED = Answer(
    accepted=True, at="2026-11-24T09:00:00+00:00", version="9.2.1", organization=SOURCE.organization_id
)
FOUND = Diagnosis(
    at=datetime(2026, 11, 25, 10, tzinfo=UTC),
    target=Side("prod", "https://contoso.crm4.dynamics.com", SOURCE, "9.2.2"),
    source=Side("test", "https://contoso-test.crm4.dynamics.com"),
    ledgers=Ledgers(Ledger(OTHER, "wave-1"), (Ledger(OTHER, "wave-2"),), (OTHER,)),
    quota=Quota(
        own=Allowance(limit=2000, used=12, after=12),
        platform={
            "dynamic": Allowance(limit=3000, used=1200, after=1200),
            "static": Allowance(limit=10000, used=0, after=0),
        },
    ),
    probed=Probed(
        SOURCE.organization_id,
        {
            "dates": ACCEPTED,
            "paths": replace(ACCEPTED, accepted=False, version="9.2.2", message="no such form. Position: 24"),
            "lists": replace(ACCEPTED, at="2026-11-25T11:00:00+00:00", version="9.2.2"),
            "columns": replace(ACCEPTED, version="9.2.2", organization=OTHER),
        },
    ),
).telling("ENV004", "in prod this identity lacks prvReadNote", "give it this privilege")


def test_in_words() -> None:
    text = diagnosis_text(FOUND)
    told = " ".join(text.split())
    for words in (
        "target prod, https://contoso.crm4.dynamics.com",
        "source test, https://contoso-test.crm4.dynamics.com",
        f"'wave-1' owns 0 segments; 'wave-2' owns 0; copied from organisation {OTHER}",
        "12 of the 2,000 of this migration; 1,200 of 3,000 dynamic; 0 of 10,000 static",
        "accepted dates date functions; 1 day ago; by version 9.2.1",
        "refused paths a condition in the middle of a path; 1 day ago; no such form. Position: 24",
        "accepted lists a list that is not of constants; today",
        f"accepted columns a column compared with a column; 1 day ago; by organisation {OTHER}",
        "not asked prefixes STARTSWITH and ENDSWITH",
        "error[ENV004] in prod this identity lacks prvReadNote",
    ):
        assert words in told
    assert too_long(text) == []
    filed = " ".join(diagnosis_text(replace(FOUND, ledger_file="mig.ledger")).split())
    assert (
        f"in mig.ledger; 'wave-1' owns 0 segments; 'wave-2' owns 0; history of organisation {OTHER}" in filed
    )
    assert FOUND.outcome.sentence == "There is one thing to put right."


def test_as_a_document() -> None:
    document = diagnosis_document(FOUND)
    valid(document, "diagnosis")
    answers = {line["question"]: line for line in document["answers"]}
    assert (answers["dates"]["age"], answers["lists"]["age"], answers["prefixes"]["age"]) == (90000, 0, None)
    assert answers["paths"]["message"] == "no such form. Position: 24"
    assert document["source"]["organization_id"] is None
    assert document["outcome"] == "denied"
