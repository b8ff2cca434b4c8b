"""Events in a verification: on screen, as JSON, in the file of ids."""

from collections.abc import Sequence
from dataclasses import replace

from mig.events.reconcile import reconcile
from mig.events.verification import EventComparison, EventVerification
from mig.model.address import Address
from mig.report.verification_report import difference_lines, verification_document, verification_text
from mig.report.verified import Verified
from mig.segments.verification import Comparison, Verdict, Verification
from tests.events.made import STARTED, Whole, a_registration, an_attendance, both, copied, without
from tests.report.test_documents import problems
from tests.report.test_plan_text import too_long

SOURCE = an_attendance([a_registration(number) for number in range(6)], waiting=2)
WHOLE = copied(SOURCE)
CLEAN = EventComparison(
    address=Address("event", "clean"), reconciliation=reconcile(both(SOURCE, WHOLE), started=STARTED)
)
NOT_THERE = EventComparison(address=Address("event", "later"), reason="nothing was moved yet")
MEMBERS = Comparison(
    address=Address("segment", "a"),
    verdict=Verdict.MATCH,
    evidence="query",
    evidence_age=0,
    expected=7,
    actual=7,
)


def compared(target: Whole) -> EventComparison:
    return EventComparison(
        address=Address("event", "spring"),
        reconciliation=reconcile(both(SOURCE, target), started=STARTED, settings=0),
    )


def verified(*events: EventComparison, segments: Sequence[Comparison] = ()) -> Verified:
    return Verified(Verification(tuple(segments)), EventVerification(events, not_moved=2))


def test_events_are_what_the_schema_says() -> None:
    found = verified(
        CLEAN, compared(without(WHOLE, [WHOLE.registrations[1].id])), NOT_THERE, segments=[MEMBERS]
    )
    document = verification_document(found)
    assert problems("verification", document) == []
    assert [one["outcome"] for one in document["events"]] == ["clean", "fixable", "unverified"]
    assert document["events"][1]["checks"]["C2"]["counts"] == {"differing": 1, "explained": 0, "cancelled": 0}
    assert (document["events"][1]["expected"], document["events"][1]["actual"]) == (6, 5)
    assert document["events"][2]["checks"] == {}


def test_events_in_words() -> None:
    twice = replace(WHOLE, registrations=(*WHOLE.registrations, replace(WHOLE.registrations[2], id="again")))
    found = verified(compared(without(twice, [WHOLE.registrations[1].id])), NOT_THERE)
    told = verification_text(verification_document(found), found.findings)
    assert told.splitlines() == [
        "  by hand     event.spring  6 registrations, 6 in the source",
        "    C1   noted       6 registrations of 6 [EVT021]",
        "    C2   fixable     1 registration of 6 missing [EVT022]: `mig apply` adds them",
        "    C4   by hand     1 registration of the target more than once [EVT024]: look",
        "                     at them by id: `mig verify --ids FILE`; `repair.duplicates:",
        "                     remove` has those of one registration id or QR code removed",
        "    C12  noted       2 people on the waitlist, which is exported and not written",
        "                     [EVT032]",
        "    ok   C3, C5, C6, C7, C8, C9, C10, C11, C13",
        "  unverified  event.later  nothing was moved yet",
        "  `mig verify --ids FILE` lists by id who is missing or surplus",
        "  2 events are not moved yet; see `mig plan`",
    ]
    assert too_long(told) == []


def test_differences_by_id() -> None:
    """The row and its copy, the check that found them, and whose registration it is."""
    first = WHOLE.session_registrations[0]
    target = replace(
        WHOLE, session_registrations=(first._replace(says=True), *WHOLE.session_registrations[1:])
    )
    lost = WHOLE.registrations[1].id
    assert list(difference_lines(verified(compared(without(target, [lost])), NOT_THERE))) == [
        "address,id,difference,explained,check,table,copy,registration,columns\n",
        f"event.spring,{SOURCE.registrations[1].id},missing,,C2,msevtmgt_eventregistration,,"
        f"{SOURCE.registrations[1].id},\n",
        f"event.spring,{SOURCE.session_registrations[0].id},differs,,C6,msevtmgt_sessionregistration,{first.id},"
        f"{SOURCE.registrations[0].id},cancelled\n",
    ]


def test_how_it_ends() -> None:
    lost = compared(without(WHOLE, [WHOLE.registrations[1].id]))
    for events, code, told in (
        ((), 1, "Nothing to verify: no segment of the manifest is live yet."),
        ((CLEAN,), 0, "Reconciled: 1 of 1 event clean."),
        ((CLEAN, lost, NOT_THERE), 7, "Not reconciled: 1 of 3 events clean."),
        ((CLEAN, NOT_THERE), 1, "Not reconciled: 1 of 2 events clean."),
    ):
        outcome = verified(*events).outcome
        assert (int(outcome.exit), outcome.sentence) == (code, told)
    both = verified(lost, segments=[MEMBERS]).outcome
    assert (int(both.exit), both.sentence) == (
        7,
        "Verified: 1 live segment has the members it should. Not reconciled: 0 of 1 event clean.",
    )
