"""Plans in files: what is written is read back, whole; what is not as it was written is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig.engine.diff import Difference
from mig.engine.ledger import Entry
from mig.engine.plan import (
    Action,
    Allowance,
    Brake,
    Change,
    Drift,
    Organization,
    People,
    Plan,
    Quota,
    Verdicts,
)
from mig.engine.sealed import FileUnusable
from mig.engine.steps import (
    Await,
    Confirmation,
    Converge,
    Expected,
    Forget,
    Invoke,
    Operation,
    Record,
    Write,
)
from mig.manifest.model import Amount
from mig.model.address import Address
from mig.model.findings import CODES, Finding, Place, Severity
from mig.report.plan_json import plan_document
from mig.report.plan_text import plan_text
from mig.report.saved_plan import Asked, SavedPlan, saved_plan_document, saved_plan_of
from tests.report.plans import PLAN
from tests.support import valid

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
MAYBE = st.none() | TEXT
FLAG = st.booleans()
NUMBER = st.integers(0, 10**6)
STATES = st.dictionaries(TEXT, MAYBE | NUMBER | FLAG | st.lists(TEXT, max_size=2), max_size=3)
ADDRESSES = st.builds(Address, st.sampled_from(["segment", "event"]), TEXT)
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(sorted(CODES)),
    severity=st.sampled_from(Severity),
    message=TEXT,
    fix=TEXT,
    address=st.none() | ADDRESSES,
    place=st.none() | st.builds(Place, TEXT, NUMBER, NUMBER, TEXT),
    start=st.none() | NUMBER,
    end=st.none() | NUMBER,
    found=TEXT,
    waived=TEXT,
)
ENTRIES = st.builds(
    Entry,
    address=TEXT,
    source_id=TEXT,
    target=st.dictionaries(TEXT, TEXT, max_size=2),
    desired=STATES,
    applied=STATES,
    published=FLAG,
    by_hand=FLAG,
    created=FLAG,
    stopped=FLAG,
)
OPERATIONS = st.builds(
    Operation, st.sampled_from(["POST", "PATCH", "DELETE"]), TEXT, TEXT, body=STATES, etag=MAYBE
)
EXPECTED = st.builds(
    Expected,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.frozensets(NUMBER, max_size=2),
    st.frozensets(NUMBER, max_size=2),
    st.dictionaries(NUMBER, TEXT, max_size=2),
)
STEPS = st.one_of(
    st.builds(Write, st.lists(OPERATIONS, max_size=2).map(tuple)),
    st.builds(Converge, TEXT, STATES),
    st.builds(
        Invoke,
        TEXT,
        STATES,
        st.none() | st.builds(Confirmation, TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple)),
    ),
    st.builds(Await, st.lists(EXPECTED, max_size=2).map(tuple)),
    st.builds(Record, ENTRIES),
    st.builds(Forget, TEXT, TEXT),
)
CHANGES = st.builds(
    Change,
    address=ADDRESSES,
    source_id=TEXT,
    source_name=TEXT,
    action=st.sampled_from(Action),
    reason=TEXT,
    listed=FLAG,
    verdicts=st.builds(Verdicts, documented=FLAG, extended=FLAG),
    before=st.none() | STATES,
    after=st.none() | STATES,
    query_diff=MAYBE,
    depends_on=st.lists(TEXT, max_size=2).map(tuple),
    precondition=TEXT,
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    steps=st.lists(STEPS, max_size=2).map(tuple),
    instead_of=st.none() | st.sampled_from(Action),
    settled=FLAG,
    people=st.none() | st.builds(People, now=st.none() | NUMBER, then=st.none() | NUMBER, as_of=TEXT),
)
BRAKES = st.builds(
    Brake,
    name=TEXT,
    limit=st.builds(Amount, st.decimals(0, 100, places=2), FLAG),
    count=NUMBER,
    of=NUMBER,
    rows=NUMBER,
    released=FLAG,
)
ORGANIZATIONS = st.builds(
    Organization, name=TEXT, url=TEXT, organization_id=TEXT, phase=TEXT, evidence=TEXT, recorded=TEXT
)
ALLOWANCES = st.builds(Allowance, limit=NUMBER, used=NUMBER, after=NUMBER)
PLANS = st.builds(
    Plan,
    tool=TEXT,
    migration=TEXT,
    source=ORGANIZATIONS,
    target=ORGANIZATIONS,
    manifest_digest=TEXT,
    quota=st.none()
    | st.builds(Quota, own=ALLOWANCES, platform=st.dictionaries(TEXT, ALLOWANCES, max_size=2)),
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    drift=st.lists(
        st.builds(
            Drift, ADDRESSES, st.lists(st.builds(Difference, TEXT, MAYBE, MAYBE), max_size=2).map(tuple)
        ),
        max_size=2,
    ).map(tuple),
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    brakes=st.lists(BRAKES, max_size=2).map(tuple),
    complete=FLAG,
)
SAVED = st.builds(SavedPlan, PLANS, st.builds(Asked, only=st.lists(TEXT).map(tuple), prune=FLAG), TEXT)


@given(SAVED)
def test_what_is_saved_is_read_back(saved: SavedPlan) -> None:
    document = json.loads(json.dumps(saved_plan_document(saved)))
    found = saved_plan_of(document, "p.json")
    assert found == saved
    assert (found.plan.digest, plan_document(found.plan)) == (saved.plan.digest, plan_document(saved.plan))


def test_a_saved_plan_is_a_plan_for_other_tools_too() -> None:
    document = saved_plan_document(SavedPlan(PLAN, Asked(), "id"))
    valid(document, "plan")
    assert plan_document(PLAN).items() <= document.items()
    found = saved_plan_of(document, "p.json").plan
    assert plan_text(found, steps=True) == plan_text(PLAN, steps=True)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"migration": "another"}, "edited"),
        ({"whole": {}}, "edited"),
        ({"format_version": 2}, "newer mig"),
        ({"format_version": None}, "newer mig"),
        ({"saved": None}, "no saved plan"),
        ({"sha256": "0" * 64}, "edited"),
    ],
)
def test_an_edited_plan_is_refused(edit: dict[str, Any], told: str) -> None:
    with pytest.raises(FileUnusable) as refused:
        saved_plan_of({**saved_plan_document(SavedPlan(PLAN, Asked(), "id")), **edit}, "p.json")
    assert told in f"{refused.value} {refused.value.fix}"
