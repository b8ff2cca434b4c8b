"""What machines read: each document against its published schema."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mig.engine.plan import Action
from mig.engine.run import Fate, Result, Run
from mig.events.verification import EventVerification
from mig.model.address import Address
from mig.model.bundled import bundled
from mig.model.findings import Finding, Severity
from mig.model.outcome import Exit
from mig.model.tables import bundled_schema
from mig.query.errors import QueryError
from mig.query.parser import parse
from mig.query.translate import translate
from mig.query.tree import Dialect, Query
from mig.report.plan_json import plan_document
from mig.report.query_report import check_document, pointed, translation_document, translation_text
from mig.report.run_report import run_document, run_text
from mig.report.verification_report import difference_lines, verification_document, verification_text
from mig.report.verified import Verified
from mig.segments.differences import Differences, Reason
from mig.segments.verification import Comparison, Verdict, Verification
from tests.report.plans import CHANGES, PLAN
from tests.report.test_plan_text import LONG, plan_about, too_long


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads(bundled("schemas", f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(name: str, document: Any) -> list[str]:
    """Against what a reader gets: the document after it went through JSON."""
    read = json.loads(json.dumps(document, ensure_ascii=False))
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(read)]


# --- plans ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        replace(PLAN, quota=None, drift=(), findings=(), changes=(), complete=False),
        plan_about(LONG),
        plan_about("\x00\x1b \ud7ff"),
    ],
)
def test_a_plan_is_what_its_schema_says(plan: Any) -> None:
    assert problems("plan", plan_document(plan)) == []


def test_what_a_plan_says() -> None:
    document = plan_document(PLAN)
    assert [one["id"] for one in document["changes"]] == [change.id for change in CHANGES]
    by_id = {one["id"]: one for one in document["changes"]}
    create = by_id["segment.newsletter/create"]
    assert create["verdicts"] == {"documented": "refused", "extended": "eligible"}
    assert (create["before"], create["precondition"]) == (None, "absent")
    assert by_id["segment.newsletter/publish"]["depends_on"] == ["segment.newsletter/create"]
    [blocked] = by_id["segment.opened_last_mail/blocked"]["findings"]
    assert (blocked["code"], blocked["line"], blocked["column"]) == ("SEG003", 12, 5)
    assert document["summary"] == {
        "create": 1,
        "update": 1,
        "adopt": 1,
        "publish": 1,
        "migrate_registrations": 0,
        "reconcile": 0,
        "delete": 0,
        "unchanged": 1,
        "blocked": 4,
    }
    assert document["quota"]["platform"]["dynamic"] == {"limit": 3000, "used": 52, "after": 53}
    assert document["drift"] == [
        {
            "address": "segment.vips",
            "columns": [{"name": "msdynmkt_displayname", "applied": "VIP", "found": "VIP (old)"}],
        }
    ]
    assert (document["applyable"], document["complete"], document["brakes"]) == (True, True, [])


def test_the_schema_refuses_what_is_no_plan() -> None:
    document = plan_document(PLAN)
    assert problems("plan", {**document, "format_version": 2})
    assert problems("plan", {key: value for key, value in document.items() if key != "digest"})
    assert problems("plan", {**document, "source": {**document["source"], "phase": "gone"}})
    assert problems("plan", {**document, "later": 1}) == [], "readers ignore keys they do not know"


# --- runs -------------------------------------------------------------------------------------------------


def result(key: str, fate: Fate, error: str | None = None) -> Result:
    return Result(
        id=f"segment.{key}/create",
        address=Address("segment", key),
        action=Action.CREATE,
        fate=fate,
        request_id="9f1c",
        error=error,
    )


A, B, C = (
    result("a", Fate.DONE),
    result("b", Fate.FAILED, "POST contacts was answered 412"),
    result("c", Fate.SKIPPED, "segment.b/create was not done"),
)
RUNS = [
    (Run(run_id="r", results=()), "nothing", Exit.DONE, "Nothing to do"),
    (
        Run(run_id="r", results=(), refused=2),
        "refused",
        Exit.REFUSED,
        "0 done; 2 resources named in the manifest are blocked.",
    ),
    (Run(run_id="r", results=(A,)), "done", Exit.DONE, "Applied: 1 done."),
    (
        Run(run_id="r", results=(A,), refused=1),
        "refused",
        Exit.REFUSED,
        "Applied: 1 done; 1 resource named in the manifest is blocked.",
    ),
    (Run(run_id="r", results=(A, B, C)), "partial", Exit.PARTIAL, "1 done, 1 failed, 1 skipped"),
    (Run(run_id="r", results=(A, B), refused=1), "partial", Exit.PARTIAL, "1 done, 1 failed"),
    (Run(run_id="r", results=(B, C)), "failed", Exit.FAILED, "0 done, 1 failed, 1 skipped"),
    (Run(run_id="r", results=(A, C), interrupted=True), "interrupted", Exit.INTERRUPTED, "1 done, 1 skipped"),
    (Run(run_id="r", results=(A, C), stopped_by="no answer"), "partial", Exit.PARTIAL, "no answer"),
    (Run(run_id="r", results=(C,), stopped_by="no answer"), "failed", Exit.FAILED, "no answer"),
    (
        Run(run_id="r", results=(A, C), stopped_by="lost", exits=frozenset({Exit.LOCKED})),
        "partial",
        Exit.LOCKED,
        "lost",
    ),
    (
        Run(run_id="r", results=(A, B), exits=frozenset({Exit.DENIED, Exit.FAILED})),
        "partial",
        Exit.DENIED,
        "1 done, 1 failed",
    ),
]


@pytest.mark.parametrize(("run", "word", "code", "told"), RUNS)
def test_a_run_is_told_and_coded_alike(run: Run, word: str, code: Exit, told: str) -> None:
    document = run_document(run)
    assert problems("run", document) == []
    assert document["outcome"] == run.outcome_word == word
    assert run.outcome.exit is code
    assert told in run.outcome.sentence


def test_only_what_did_not_go_well_is_listed() -> None:
    told = run_text(run_document(Run(run_id="r", results=(A, B, C))))
    assert told.splitlines() == [
        "failed  segment.b/create  POST contacts was answered 412",
        "skipped  segment.c/create  segment.b/create was not done",
    ]


def test_what_is_left_to_people_is_listed_with_what_went_well() -> None:
    left = Finding(
        code="EVT068", severity=Severity.INFO, message="2 check-ins stay", address=Address("event", "a")
    )
    document = run_document(Run(run_id="r", results=(A,), to_do=(left,)))
    assert problems("run", document) == []
    assert [one["code"] for one in document["to_do"]] == ["EVT068"]
    assert run_text(document) == "to do  event.a  2 check-ins stay [EVT068]"


# --- verifications ----------------------------------------------------------------------------------------


def comparison(key: str, verdict: Verdict, **facts: Any) -> Comparison:
    return Comparison(address=Address("segment", key), verdict=verdict, **facts)


MATCH = comparison("a", Verdict.MATCH, evidence="query", evidence_age=0, expected=7, actual=7)
DIFFERS = comparison(
    "b",
    Verdict.DIFFERS,
    evidence="list",
    evidence_age=60,
    expected=7,
    actual=6,
    differences=Differences({"2": Reason.INACTIVE, "1": None}, {"3": Reason.DELETED}),
)
UNVERIFIED = comparison("c", Verdict.UNVERIFIED, reason="it is not live")


def test_a_verification_is_what_its_schema_says() -> None:
    document = verification_document(Verified(Verification((MATCH, DIFFERS, UNVERIFIED), drafts=2)))
    assert problems("verification", document) == []
    assert document["outcome"] == "differs"
    assert [one["outcome"] for one in document["segments"]] == ["match", "differs", "unverified"]
    assert document["segments"][1]["explained"] == [
        {"reason": "deleted", "missing": 0, "surplus": 1},
        {"reason": "inactive", "missing": 1, "surplus": 0},
    ]
    assert [document[key] for key in ("drafts", "not_taken_over", "blocked")] == [2, 0, 0]


def test_a_verification_in_words() -> None:
    found = Verified(Verification((MATCH, DIFFERS, UNVERIFIED), drafts=2, not_taken_over=3, blocked=4))
    told = verification_text(verification_document(found), found.findings)
    assert told.splitlines() == [
        "  match       segment.a  7 members",
        "  differs     segment.b  6 members, 7 expected: 2 missing, 1 surplus; explained:",
        "                         1 deleted, 1 inactive",
        "  unverified  segment.c  it is not live",
        "  `mig verify --ids FILE` lists by id who is missing or surplus",
        "  compared with query: 1 segment",
        "  compared with list: 1 segment",
        "  2 copies are drafts; members can be compared once they are live",
        "  3 copies are not taken over, so not compared; see `mig plan`",
        "  4 segments are flagged `publish`, but blocked; see `mig plan`",
    ]
    assert list(difference_lines(found)) == [
        "address,id,difference,explained,check,table,copy,registration,columns\n",
        "segment.b,1,missing,,,,,,\n",
        "segment.b,2,missing,inactive,,,,,\n",
        "segment.b,3,surplus,deleted,,,,,\n",
    ]
    single = Verified(
        Verification((replace(MATCH, expected=1, actual=1),), 1, 1, 1), EventVerification((), 1)
    )
    assert verification_text(verification_document(single), ()).splitlines() == [
        "  match       segment.a  1 member",
        "  compared with query: 1 segment",
        "  1 copy is a draft; members can be compared once it is live",
        "  1 copy is not taken over, so not compared; see `mig plan`",
        "  1 segment is flagged `publish`, but blocked; see `mig plan`",
        "  1 event is not moved yet; see `mig plan`",
    ]
    assert single.outcome.sentence == "Verified: 1 live segment has the members it should."
    long = replace(DIFFERS, address=Address("segment", "x" * 90))
    document = verification_document(Verified(Verification((long,))))
    assert too_long(verification_text(document, ())) == []


# --- queries ----------------------------------------------------------------------------------------------


def read(text: str, dialect: Dialect) -> tuple[Query | None, QueryError | None]:
    try:
        return parse(text, dialect), None
    except QueryError as error:
        return None, error


QUERIES = [
    "PROFILE(contact)",
    "PROFILE(contact, c1).FILTER(c1.emailaddress1 == 'a' && ISNOTNULL(c1.parentcustomerid))",
    "PROFILE(contact) UNION SEGMENT(SEGMENT_CRM_ID_00000000000000000000000000000001)",
    "PROFILE(nosuch).FILTER(nothing == 1)",
    "PROFILE(contact",
    "",
]


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_check_is_what_its_schema_says(text: str, dialect: Dialect) -> None:
    query, error = read(text, dialect)
    document = check_document(error if query is None else query)
    assert problems("query-check", document) == []
    assert document["parses"] is (error is None)
    assert len(document["errors"]) == (error is not None)


@pytest.mark.parametrize("text", QUERIES[:4])
def test_a_translation_is_what_its_schema_says(text: str) -> None:
    translation = translate(parse(text, Dialect.OUTBOUND), bundled_schema(), lambda name: None)
    document = translation_document(translation)
    assert problems("query-translation", document) == []
    assert translation_text(translation).startswith(document["text"] or "status: refused")


def test_a_mistake_in_a_query_is_pointed_at() -> None:
    text = "PROFILE(contact).\nFILTER(ISNULL(emailaddress1)"
    _, error = read(text, Dialect.OUTBOUND)
    assert error is not None
    lines = pointed(error).splitlines()
    assert lines[0].startswith(f"2:{error.column}: ")
    assert lines[1] == "  FILTER(ISNULL(emailaddress1)"
    assert lines[2].index("^") == error.column + 1
