import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.sandbox.errors import ODataError
from mig.sandbox.multipart import read_batch
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.switches import Switches
from tests.sandbox.conftest import ABSENT, ANN, BASE, Api, MakeWorld, code

NEW = [f"c1000000-0000-0000-0000-{number:012}" for number in range(10)]


@dataclass
class Answer:
    status: int
    headers: str
    body: Any
    content_id: str | None


def part(method: str, url: str, body: Any = None, content_id: str | None = None, headers: str = "") -> str:
    number = f"Content-ID: {content_id}\n" if content_id else ""
    kind = "Content-Type: application/json; type=entry\n" if body is not None else ""
    text = json.dumps(body) if body is not None else ""
    return (
        f"Content-Type: application/http\nContent-Transfer-Encoding: binary\n{number}\n"
        f"{method} {url} HTTP/1.1\n{kind}{headers}\n{text}\n"
    )


def change_set(*parts: str) -> str:
    inner = "".join(f"--changes\n{part}" for part in parts)
    return f"Content-Type: multipart/mixed; boundary=changes\n\n{inner}--changes--\n"


def batch(*parts: str) -> str:
    return "".join(f"--batch\n{part}" for part in parts) + "--batch--\n"


def send(
    api: Api, text: str, *, crlf: bool = True, go_on: bool = False, quoted: bool = False
) -> httpx.Response:
    boundary = '"batch"' if quoted else "batch"
    headers = {"Content-Type": f"multipart/mixed; boundary={boundary}"}
    if go_on:
        headers["Prefer"] = "odata.continue-on-error"
    return api.send("POST", "$batch", content=text.replace("\n", "\r\n") if crlf else text, headers=headers)


def answers(response: httpx.Response) -> list[Answer]:
    """Parts with a status line, in order; the boundaries must close."""
    boundary = re.search(r"boundary=([^;]+)", response.headers["content-type"])
    assert boundary is not None
    assert boundary[1].startswith("batchresponse_")
    text = response.content.decode()
    assert text.endswith(f"--{boundary[1]}--\r\n")
    assert "\n" not in text.replace("\r\n", "")
    found = []
    for chunk in re.split(r"--(?:batchresponse|changesetresponse)_[\w-]+(?:--)?\r\n", text):
        if "HTTP/1.1 " in chunk:
            outer, _, rest = chunk.partition("HTTP/1.1 ")
            head, _, body = rest.partition("\r\n\r\n")
            number = re.search(r"Content-ID: (\S+)", outer)
            found.append(
                Answer(
                    int(head[:3]),
                    head,
                    json.loads(body) if body.strip() else None,
                    number[1] if number else None,
                )
            )
    return found


def names(api: Api) -> set[str]:
    return {row["lastname"] for row in api.rows("contacts?$select=lastname")}


@pytest.mark.parametrize("crlf", [True, False])
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("url", ["contacts", "/api/data/v9.2/contacts", f"{BASE}contacts"])
def test_a_change_set_and_a_read(api: Api, crlf: bool, quoted: bool, url: str) -> None:
    text = batch(
        change_set(
            part("POST", url, {"contactid": NEW[0], "lastname": "One"}, "1"),
            part("POST", url, {"contactid": NEW[1], "lastname": "Twö"}, "2"),
        ),
        part(
            "GET", f"{url}?$select=lastname&$filter=lastname eq 'Twö'", headers="Accept: application/json\n"
        ),
    )
    response = send(api, "preamble\n" + text, crlf=crlf, quoted=quoted)
    assert response.status_code == 200
    one, two, read = answers(response)
    assert (one.status, one.content_id, two.content_id) == (204, "1", "2")
    assert f"OData-EntityId: {BASE}contacts({NEW[0]})" in one.headers
    assert [row["contactid"] for row in read.body["value"]] == [NEW[1]]


def test_a_failed_change_set_rolls_back_and_has_one_answer(api: Api) -> None:
    text = batch(
        change_set(
            part("POST", "contacts", {"lastname": "One"}, "1"),
            part("PATCH", f"contacts({ANN})", {"lastname": "Changed"}, "2"),
            part("POST", "contacts", {"contactid": ANN}, "3"),
            part("POST", "contacts", {"lastname": "Four"}, "4"),
        )
    )
    response = send(api, text)
    assert response.status_code == 400
    (failure,) = answers(response)
    assert (failure.status, failure.content_id) == (412, "3")
    assert failure.body["error"]["code"] == "0x80040237"
    assert names(api) == {"O'Neil", "Berg", "berg"}


def test_without_continue_the_batch_stops_and_keeps_what_ran(api: Api) -> None:
    text = batch(
        part("POST", "contacts", {"lastname": "One"}),
        part("GET", f"contacts({ABSENT})"),
        part("POST", "contacts", {"lastname": "Three"}),
    )
    response = send(api, text)
    assert response.status_code == 400
    assert [answer.status for answer in answers(response)] == [204, 404]
    assert names(api) == {"O'Neil", "Berg", "berg", "One"}


def test_with_continue_every_operation_is_answered(api: Api) -> None:
    text = batch(
        part("GET", f"contacts({ABSENT})"),
        change_set(part("POST", "contacts", {"nosuch": 1}, "1"), part("POST", "contacts", {}, "2")),
        part("GET", "nosuch?$skip"),
        part("POST", "contacts", {"lastname": "Last"}),
    )
    response = send(api, text, go_on=True)
    assert response.status_code == 200
    assert [answer.status for answer in answers(response)] == [404, 400, 404, 204]
    assert "Last" in names(api)


def test_references_to_earlier_parts(api: Api) -> None:
    text = batch(
        change_set(
            part("POST", "accounts", {"name": "Contoso"}, "1"),
            part("POST", "contacts", {"parentcustomerid_account@odata.bind": "$1"}, "2"),
            part("PATCH", "$2", {"lastname": "Linked"}, "3"),
        ),
        part("POST", "accounts", {"name": "Shown"}, "4", headers="Prefer: return=representation\n"),
        part("PATCH", "/$4", {"description": "seen"}, "5"),
    )
    assert [answer.status for answer in answers(send(api, text))] == [204, 204, 204, 201, 204]
    (linked,) = api.rows("contacts?$filter=lastname eq 'Linked'")
    account = api.row(f"accounts({linked['_parentcustomerid_value']})")
    assert account["name"] == "Contoso"
    assert api.rows("accounts?$filter=description eq 'seen'")[0]["name"] == "Shown"


@pytest.mark.parametrize(
    "operation",
    [
        part("PATCH", "$9", {"lastname": "x"}, "1"),
        part("POST", "contacts", {"parentcustomerid_account@odata.bind": "$9"}, "1"),
        part("GET", "contacts", content_id="1"),
    ],
)
def test_a_change_set_refuses(api: Api, operation: str) -> None:
    (failure,) = answers(send(api, batch(change_set(operation))))
    assert (failure.status, failure.body["error"]["code"]) == (400, "0x80048d19")


def test_a_rolled_back_part_cannot_be_referred_to(api: Api) -> None:
    failing = change_set(part("POST", "accounts", {}, "1"), part("POST", "accounts", {"nosuch": 1}, "2"))
    text = batch(failing, part("PATCH", "$1", {"name": "x"}))
    assert [answer.status for answer in answers(send(api, text, go_on=True))] == [400, 400]


def test_a_batch_in_a_batch_and_an_endless_url_are_refused(api: Api) -> None:
    text = batch(
        part("POST", "/api/data/v9.2/$batch", {}),
        part("GET", "contacts?$select=" + "x" * 65_536),
        part("DELETE", f"contacts({ANN})", headers="Content-Type: application/json\nIf-Match: *\n"),
    )
    assert [answer.status for answer in answers(send(api, text, go_on=True))] == [400, 414, 204]


def test_parts_have_headers_of_their_own(api: Api) -> None:
    wants = "Prefer: return=representation\n"
    text = batch(
        part("PATCH", f"contacts({ABSENT})", {"lastname": "x"}, headers="If-Match: *\n"),
        part("POST", "contacts?$select=lastname", {"lastname": "Shown"}, headers=wants),
        part("POST", "contacts", {"lastname": "Not shown"}),
    )
    absent, shown, plain = answers(send(api, text, go_on=True))
    assert (absent.status, shown.status, plain.status) == (404, 201, 204)
    assert shown.body["lastname"] == "Shown"


def test_a_world_may_want_every_line_to_end_in_crlf(make_world: MakeWorld) -> None:
    api = Api(make_world(switches=Switches(strict_batches=True)))
    text = batch(part("GET", "contacts"))
    assert send(api, text).status_code == 200
    assert code(send(api, text, crlf=False)) == (400, "0x80048d19")
    assert code(send(api, text.removesuffix("\n"))) == (400, "0x80048d19")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--batch\nnonsense\n--batch--\n",
        "--other\n--other--\n",
        batch(part("GET", "contacts")).removesuffix("--batch--\n"),
        batch("Content-Type: text/plain\n\nGET contacts HTTP/1.1\n\n"),
        batch("Content-Type: application/http\n\nnonsense\n"),
        batch("Content-Type: application/http\n\n"),
        batch("Content-Type: multipart/mixed\n\n--x--\n"),
        batch(change_set(change_set(part("POST", "contacts", {})))),
        batch(*[part("GET", "contacts?$top=1")] * 1001),
    ],
    ids=lambda text: text[:40],
)
def test_a_malformed_batch_is_answered_in_plain_json(api: Api, text: str) -> None:
    response = send(api, text)
    assert code(response) == (400, "0x80048d19")
    assert response.headers["content-type"].startswith("application/json")


def test_a_thousand_operations_are_allowed(api: Api) -> None:
    creates = [part("POST", "contacts", {}, str(number)) for number in range(1, 1001)]
    assert len(answers(send(api, batch(change_set(*creates))))) == 1000


def test_one_request_is_one_tick_of_the_clock(api: Api) -> None:
    send(api, batch(part("GET", "contacts"), part("GET", "contacts")))
    assert api.world.clock.now().second == 0
    send(api, batch(part("POST", "contacts", {}), part("POST", "contacts", {})))
    assert api.world.clock.now().second == 1


@given(st.text(alphabet="-ab\n\r :/;=", max_size=60))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_text_is_a_batch_or_refused(text: str) -> None:
    try:
        read_batch("multipart/mixed; boundary=a", text.encode())
    except ODataError as error:
        assert error.status == 400


@pytest.mark.parametrize("sets", [False, True])
def test_a_fault_throttles_the_last_part(make_world: MakeWorld, sets: bool) -> None:
    api = Api(make_world(faults=(Fault("POST */$batch", Deed.THROTTLE_LAST_PART, nth=1),)))
    parts = [part("POST", "contacts", {"lastname": name}, "1") for name in ("One", "Two")]
    text = batch(*(change_set(one) if sets else one for one in parts))
    assert [(answer.status, answer.content_id) for answer in answers(send(api, text))] == [
        (204, "1"),
        (429, None if sets else "1"),
    ]
    assert {"One", "Two"} & names(api) == {"One"}
    assert [answer.status for answer in answers(send(api, text))] == [204, 204]
