from typing import Any

import pytest

from mig.dataverse.messages import Request
from mig.engine.steps import (
    Await,
    Confirmation,
    Expected,
    Forget,
    Invoke,
    Operation,
    Record,
    Step,
    Write,
    explain,
)
from tests.engine.conftest import entry

CREATE = Operation("POST", "contacts", "1", {}, id_column="contactid")
UPDATE = Operation("PATCH", "contacts", "2", {"lastname": "x"}, 'W/"7"')
EXPECTED = Expected("things", "thingid", "3", "statuscode", frozenset({9, 8}), frozenset(), {})


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        (CREATE, Request("POST", "contacts", {"contactid": "1"}, creates="contacts(1)")),
        (UPDATE, Request("PATCH", "contacts(2)", {"lastname": "x"}, {"If-Match": 'W/"7"'})),
        (
            Operation("PATCH", "contacts", "2", {"lastname": "x"}),
            Request("PATCH", "contacts(2)", {"lastname": "x"}, {"If-Match": "*"}),
        ),
        (
            Operation("DELETE", "contacts", "2", {}, 'W/"7"'),
            Request("DELETE", "contacts(2)", None, {"If-Match": 'W/"7"'}),
        ),
    ],
)
def test_an_operation_as_it_goes_over_the_wire(operation: Operation, request_: Request) -> None:
    assert operation.request() == request_


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Write((CREATE,)), "write: POST contacts(1)"),
        (Write((CREATE, UPDATE)), "write together: POST contacts(1), PATCH contacts(2)"),
        (Invoke("Publish", {"Id": "1"}), "call Publish {'Id': '1'}"),
        (Await((EXPECTED,)), "wait until things(3) statuscode is 8/9"),
        (Record(entry("a")), "record segment.a in the ledger"),
        (Forget("source-a", "segment.a"), "take segment.a out of the ledger"),
    ],
)
def test_a_step_in_words(step: Step, told: str) -> None:
    assert explain(step) == told


REFUSED = {"ok": False, "why": "in use", "by": ["x", "y"], "more": []}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"results": [{"ok": True, "why": "fine"}]}, None),
        ({"results": [{"ok": True}, REFUSED]}, "why: in use; by: ['x', 'y']"),
        ({"results": [{"ok": False}]}, "it was refused without a reason"),
        ({"results": None}, None),
        ({"results": ["text", {"other": 1}]}, None),
        ([], None),
        (None, None),
    ],
)
def test_an_answer_that_tells_inside_what_came_of_it(body: Any, told: str | None) -> None:
    assert Confirmation("results", "ok", ("why", "by", "more")).refusal(body) == told
