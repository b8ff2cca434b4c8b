"""A small plan with one of everything, as renderers get it."""

from mig.engine.diff import Difference
from mig.engine.plan import (
    Action,
    Allowance,
    Change,
    Drift,
    Organization,
    Plan,
    Quota,
    Verdicts,
)
from mig.engine.steps import Invoke, Operation, Record, Write
from mig.model.address import Address
from mig.model.findings import Finding, Place, Severity
from tests.engine.conftest import change, entry

LONG_QUERY = (
    "PROFILE(contact).FILTER(address1_city IN ['Amsterdam','Rotterdam','Utrecht'])"
    " UNION PROFILE(contact).FILTER(ISNOTNULL(emailaddress1) && donotbulkemail == false)"
)
SOURCE = Organization(
    name="test",
    url="https://contoso-test.crm4.dynamics.com",
    organization_id="6f1c0a52-0f0e-4a55-9a61-3d3a3a6d0a11",
    phase="removed",
    evidence="msdyncrm_ValidateSegment answers 404",
)


def state(name: str, query: str = "PROFILE(contact)") -> dict[str, str]:
    return {
        "msdynmkt_displayname": f"Migrated – {name}",
        "msdynmkt_segmentquery": query,
        "msdynmkt_baseentitylogicalname": "contact",
    }


def finding(code: str, severity: Severity, message: str, fix: str = "", line: int | None = None) -> Finding:
    place = Place("mig.yaml", line, 5, "  - source: Opened last mail") if line else None
    return Finding(code=code, severity=severity, message=message, fix=fix, place=place)


BEHAVIOURAL = finding(
    "SEG003",
    Severity.ERROR,
    "behavioural: its members follow from interactions, which real-time records differently",
    "rebuild it by hand in real-time journeys",
    12,
)
STATIC = finding("SEG033", Severity.ERROR, "outbound stores no ids for it")
OFFICIAL = finding("SEG007", Severity.INFO, "the query names 3 tables: contact, account, lead")

NEWSLETTER = change(
    "newsletter",
    after=state("Newsletter", LONG_QUERY),
    findings=(OFFICIAL,),
    verdicts=Verdicts(documented=False, extended=True),
    steps=[
        Write(
            (Operation("POST", "msdynmkt_segments", "1", {}), Operation("PATCH", "contacts", "2", {}, "e"))
        ),
        Record(entry("newsletter")),
    ],
)
NEWSLETTER_LIVE = change(
    "newsletter",
    Action.PUBLISH,
    reason="flagged `publish`",
    depends_on=["segment.newsletter/create"],
    steps=[Invoke("msdynmkt_PublishSegmentDefinition", {"SegmentId": "1"})],
)
VIPS = change(
    "vips",
    Action.UPDATE,
    reason="the source or the manifest has changed",
    before=state("VIP"),
    after=state("VIP customers", "PROFILE(contact).FILTER(new_tier == 1)"),
    query_diff="added: new tier is 1",
    precondition="0123456789abcdef",
)
BANKING = change(
    "banking", Action.ADOPT, reason="a copy that means the same", before=state("B"), after=state("B")
)
OPENED = change(
    "opened_last_mail",
    Action.BLOCKED,
    reason=BEHAVIOURAL.message,
    findings=(BEHAVIOURAL,),
    verdicts=Verdicts(documented=False, extended=False),
)
AS_IT_IS = change("as_it_is", Action.UNCHANGED, reason="as applied", before=state("As it is"))
SELECTED = [
    change(key, Action.BLOCKED, reason=one.message, findings=(one,), listed=False)
    for key, one in (("old_roadshow", STATIC), ("fair_2019", STATIC), ("clicked", BEHAVIOURAL))
]
CHANGES: tuple[Change, ...] = tuple(
    sorted(
        (AS_IT_IS, BANKING, NEWSLETTER, NEWSLETTER_LIVE, OPENED, VIPS, *SELECTED),
        key=lambda one: (one.address, one.action is Action.PUBLISH),
    )
)
PLAN = Plan(
    tool="mig 0",
    migration="contoso-wave-1",
    source=SOURCE,
    target=SOURCE,
    manifest_digest="0123",
    quota=Quota(
        own=Allowance(limit=2000, used=40, after=41),
        platform={
            "dynamic": Allowance(limit=3000, used=52, after=53),
            "static": Allowance(limit=10000, used=7, after=7),
        },
    ),
    changes=CHANGES,
    drift=(Drift(Address("segment", "vips"), (Difference("msdynmkt_displayname", "VIP", "VIP (old)"),)),),
    findings=(
        Finding(
            code="SEG023",
            severity=Severity.INFO,
            message="no longer in the manifest; its copy stays in the target",
            address=Address("segment", "spring_2024"),
        ),
    ),
)
