"""Multipart text, out and in, without any organisation."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.dataverse.batch import decode, encode
from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Answer, ChangeSet, Request

ROOT = "https://contoso.example/api/data/v9.2/"
KIND = "multipart/mixed; boundary=batchresponse_1"

GET = Request("GET", "contacts?$select=fullname")
CREATE = Request("POST", "contacts", {"fullname": "Zoë Ångström", "note": "two\r\nlines"})
UPDATE = Request("PATCH", "contacts(1)", {"fullname": "Ann"}, {"If-Match": 'W/"7"'})


def part(status: int, body: Any = None, **headers: str) -> str:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
    lines += [f"HTTP/1.1 {status} Whatever", "OData-Version: 4.0"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", json.dumps(body, ensure_ascii=False) if body is not None else ""])


def joined(boundary: str, *parts: str) -> str:
    return "\r\n".join([*(f"--{boundary}\r\n{one}" for one in parts), f"--{boundary}--", ""])


def change_set(*parts: str) -> str:
    return "Content-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n" + joined(
        "changesetresponse_2", *parts
    )


def statuses(answers: list[list[Answer]]) -> list[list[int]]:
    return [[answer.status for answer in one] for one in answers]


# --- out --------------------------------------------------------------------------------------------------


def test_a_batch_as_it_goes_out() -> None:
    text = encode([GET, ChangeSet((CREATE, UPDATE))], ROOT, "b1").decode()
    assert text.split("\r\n") == [
        "--b1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"GET {ROOT}contacts?$select=fullname HTTP/1.1",
        "Accept: application/json",
        "",
        "",
        "--b1",
        "Content-Type: multipart/mixed; boundary=changeset_2_b1",
        "",
        "--changeset_2_b1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "Content-ID: 2001",
        "",
        f"POST {ROOT}contacts HTTP/1.1",
        "Accept: application/json",
        "Content-Type: application/json; type=entry",
        "",
        '{"fullname": "Zoë Ångström", "note": "two\\r\\nlines"}',
        "--changeset_2_b1",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "Content-ID: 2002",
        "",
        f"PATCH {ROOT}contacts(1) HTTP/1.1",
        "Accept: application/json",
        'If-Match: W/"7"',
        "Content-Type: application/json; type=entry",
        "",
        '{"fullname": "Ann"}',
        "--changeset_2_b1--",
        "",
        "--b1--",
        "",
    ]


def test_every_line_ends_in_both_characters() -> None:
    text = encode([GET, ChangeSet((CREATE,))], ROOT, "b1").decode()
    assert not re.search(r"(?<!\r)\n|\r(?!\n)", text)
    assert text.endswith("\r\n")


def test_content_ids_are_unique_in_the_whole_batch() -> None:
    text = encode(
        [ChangeSet((CREATE, UPDATE)), ChangeSet((CREATE,)), ChangeSet((UPDATE,))], ROOT, "b"
    ).decode()
    assert re.findall(r"Content-ID: (\d+)", text) == ["1001", "1002", "2001", "3001"]


def test_change_sets_have_boundaries_of_their_own() -> None:
    text = encode([ChangeSet((CREATE,)), ChangeSet((CREATE,))], ROOT, "b").decode()
    boundaries = re.findall(r"boundary=(\S+)", text)
    assert len(set(boundaries)) == len(boundaries) == 2


# --- in ---------------------------------------------------------------------------------------------------


def test_answers_come_in_the_order_of_the_parts() -> None:
    body = joined(
        "batchresponse_1",
        part(200, {"value": [{"fullname": "Zoë"}]}),
        change_set(part(204, **{"OData-EntityId": f"{ROOT}contacts(1)"}), part(204)),
        part(404, {"error": {"code": "0x80040217", "message": "Does Not Exist"}}),
    )
    answers = decode(KIND, body.encode())
    assert statuses(answers) == [[200], [204, 204], [404]]
    assert answers[0][0].body == {"value": [{"fullname": "Zoë"}]}
    assert answers[1][0].headers["odata-entityid"] == f"{ROOT}contacts(1)"
    assert answers[2][0].error == ("0x80040217", "Does Not Exist")


def test_a_failed_change_set_has_one_answer_outside_of_any_set() -> None:
    body = joined("batchresponse_1", part(412, {"error": {"code": "0x1", "message": "no"}}), part(200, {}))
    assert statuses(decode(KIND, body.encode())) == [[412], [200]]


def test_a_failed_change_set_may_also_come_inside_a_set() -> None:
    body = joined("batchresponse_1", change_set(part(412, {"error": {"code": "0x1", "message": "no"}})))
    assert statuses(decode(KIND, body.encode())) == [[412]]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_either_line_ending_is_read(newline: str) -> None:
    body = joined("batchresponse_1", part(200, {"a": 1}), change_set(part(204)))
    assert statuses(decode(KIND, body.replace("\r\n", newline).encode())) == [[200], [204]]


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/mixed; boundary=batchresponse_1",
        'multipart/mixed; boundary="batchresponse_1"',
        "multipart/mixed; charset=utf-8; Boundary=batchresponse_1",
    ],
)
def test_the_boundary_is_found(kind: str) -> None:
    assert statuses(decode(kind, joined("batchresponse_1", part(204)).encode())) == [[204]]


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/mixed", "text/html; charset=utf-8"])
def test_an_answer_without_a_boundary(kind: str) -> None:
    with pytest.raises(BadAnswer, match="not with parts"):
        decode(kind, b"{}")


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"<html>Sign in</html>",
        b"--batchresponse_1\r\nContent-Type: application/http\r\n\r\n\r\n--batchresponse_1--\r\n",
        b"--batchresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1\r\n--batchresponse_1--\r\n",
        b"--batchresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 OK\r\n--batchresponse_1--\r\n",
        joined("batchresponse_1", part(200) + '{"value": [').encode(),
        joined("batchresponse_1", "Content-Type: multipart/mixed\r\n\r\n" + part(204)).encode(),
    ],
)
def test_what_cannot_be_read_is_a_bad_answer(damaged: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode(KIND, damaged)


def test_an_answer_that_is_cut_anywhere_is_a_bad_answer() -> None:
    """Cut inside a character, inside a change set, between parts: never half of the answers."""
    whole = joined("batchresponse_1", part(200, {"n": "Zoë"}), change_set(part(204), part(204))).encode()
    for length in range(len(whole) - len("\r\n")):
        with pytest.raises(BadAnswer):
            decode(KIND, whole[:length])


# --- there and back ---------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
BODIES = st.one_of(st.none(), st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=4))


@settings(max_examples=100, derandomize=True)
@given(st.lists(st.lists(BODIES, min_size=1, max_size=3), max_size=4))
def test_any_text_survives_in_any_arrangement(sets: list[list[Any]]) -> None:
    parts = [
        part(200, bodies[0]) if len(bodies) == 1 else change_set(*(part(200, body) for body in bodies))
        for bodies in sets
    ]
    answers = decode(KIND, joined("batchresponse_1", *parts).encode())
    assert [[answer.body for answer in one] for one in answers] == sets
