"""Reconciles so many registrations with as many; prints processor seconds and the peak in MB.

To standard error; not on Windows.

    python -m benchmarks.events COUNT

Both sides are read by pages of 5,000 rows, as the service answers them, and compared. Making the answers is
no part of the seconds. Each registration is for three sessions, and has a pass and an answer. One in a
thousand has no copy, and as many copies say another role. The copy is a job's, with ids of its own.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_OID, UUID, uuid5

import orjson

from mig.dataverse.client import connect
from mig.events.read import read_both
from mig.events.reconcile import reconcile
from mig.events.reconciliation import Reconciled
from mig.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASS,
    EVENT,
    PASS,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
)

SESSIONS = 3
PAGE = 5_000
MOMENT = "2026-03-01T09:00:00Z"
Row = dict[str, Any]


def main() -> None:
    """Read and compare."""
    service = Service(int(sys.argv[1]))
    start = time.process_time()
    asyncio.run(compare(service))
    print(time.process_time() - start - service.spent, peak(), file=sys.stderr)


async def compare(service: "Service") -> None:
    async with connect(
        "http://benchmark", "token", shown_as="benchmark", log=lambda exchange: None, app=service
    ) as client:
        both = await read_both(client, client, an_id("source"), an_id("target"), {})
    found = reconcile(both, started=None)
    lost, drifted = len(found.check("C2").differing), len(found.check("C5").differing)
    if (lost, drifted, found.outcome) != (service.count // 1000, service.count // 1000, Reconciled.FIXABLE):
        raise SystemExit(f"{lost} missing, {drifted} unlike: {found.outcome}")


class Service:
    """Answers the requests of reading two events; `spent` are the processor seconds of making the answers."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.spent = 0.0

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Callable[..., Any]) -> None:
        start = time.process_time()
        kind = b"application/json"
        if scope["path"].endswith("$batch"):
            status, kind = 200, b"multipart/mixed; boundary=b"
            urls = [unquote(url).partition("?") for url in await asked_in(receive)]
            body = b"".join(part(*self._answer(path, query)) for path, _, query in urls) + b"--b--\r\n"
        else:
            status, body = self._answer(unquote(scope["path"]), unquote(scope["query_string"].decode()))
        self.spent += time.process_time() - start
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str, query: str) -> tuple[int, bytes]:
        entity_set = path.rsplit("/", 1)[-1]
        side = "source" if an_id("source") in path + query else "target"
        if entity_set == EVENT.entity_set:
            return 200, orjson.dumps({"value": [an_event(side)]})
        make = ROWS.get(entity_set)
        if make is None:
            return 404, b'{"error": {"code": "0x0", "message": "not here"}}'
        first = int(query.rpartition("page=")[2]) if "page=" in query else 0
        after = first + PAGE // (SESSIONS if make is session_registrations else 1)
        rows = [row for number in range(first, min(after, self.count)) for row in make(side, number)]
        answer: Row = {"value": rows}
        if after < self.count and make not in (structure, kinds, asked):
            answer["@odata.nextLink"] = f"http://benchmark{path}?{an_id(side)}&page={after}"
        return 200, orjson.dumps(answer)


async def asked_in(receive: Any) -> list[str]:
    """The queries in a batch."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return [line.split(" ")[1] for line in body.decode().splitlines() if line.startswith("GET ")]


def part(status: int, body: bytes) -> bytes:
    """One answer of a batch."""
    head = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    head += f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n\r\n"
    return head.encode() + body + b"\r\n"


def registrations(side: str, number: int) -> Iterator[Row]:
    """In no order of their ids; the target lacks some, and says another role of others."""
    copy = side == "target"
    if copy and number % 1000 == 0:
        return
    yield {
        "msevtmgt_eventregistrationid": an_id(f"{side}:{number}"),
        "msevtmgt_name": f"EV001-{number:06}",
        "_msevtmgt_contactid_value": an_id(f"contact:{number}"),
        "msevtmgt_iscanceled": number % 20 == 1,
        "msevtmgt_primaryrole": 100000001 if copy and number % 1000 == 1 else 100000000,
        "statecode": 0,
        "statuscode": 1,
        "msevtmgt_qrcode": f"QR EV001-{number:06}",
        "createdon": MOMENT,
    }


def session_registrations(side: str, number: int) -> Iterator[Row]:
    for registration in registrations(side, number):
        for place in range(SESSIONS):
            yield {
                "msevtmgt_sessionregistrationid": an_id(f"{side}:{number}:{place}"),
                "_msevtmgt_registrationid_value": registration["msevtmgt_eventregistrationid"],
                "_msevtmgt_sessionid_value": an_id(f"{side}:session:{place}"),
                "msevtmgt_iscanceled": registration["msevtmgt_iscanceled"],
            }


def attendee_passes(side: str, number: int) -> Iterator[Row]:
    for registration in registrations(side, number):
        yield {
            "msevtmgt_attendeepassid": an_id(f"{side}:pass:{number}"),
            "_msevtmgt_eventregistrationid_value": registration["msevtmgt_eventregistrationid"],
            "_msevtmgt_pass_value": an_id(f"{side}:pass"),
            "msevtmgt_passprice": 30,
        }


def answers(side: str, number: int) -> Iterator[Row]:
    for registration in registrations(side, number):
        yield {
            "msevtmgt_registrationresponseid": an_id(f"{side}:answer:{number}"),
            "_msevtmgt_eventregistration_value": registration["msevtmgt_eventregistrationid"],
            "_msevtmgt_customregistrationfield_value": an_id("question"),
            "msevtmgt_response": f"Answer {number}",
        }


def structure(side: str, number: int) -> Iterator[Row]:
    """Sessions; one of each of the first numbers."""
    if number < SESSIONS:
        yield {
            "msevtmgt_sessionid": an_id(f"{side}:session:{number}"),
            "msevtmgt_name": f"Session {number}",
            "msevtmgt_starttime": MOMENT,
            "msevtmgt_endtime": MOMENT,
            "msevtmgt_publishstatus": 100000000,
        }


def kinds(side: str, number: int) -> Iterator[Row]:
    if number == 0:
        yield {"msevtmgt_passid": an_id(f"{side}:pass"), "msevtmgt_name": "Day", "msevtmgt_passprice": 30}


def asked(side: str, number: int) -> Iterator[Row]:
    if number == 0:
        question = {"msevtmgt_customregistrationfieldid": an_id("question"), "msevtmgt_text": "Meal?"}
        yield {ASKED.id_column: an_id(f"{side}:asked"), "msevtmgt_customregistrationfield": question}


def an_event(side: str) -> Row:
    """A draft."""
    return {
        "msevtmgt_eventid": an_id(side),
        "msevtmgt_name": side,
        "msevtmgt_sourcesystem": 100000001 if side == "source" else 100000002,
        "msevtmgt_publishstatus": 100000000,
    }


ROWS: Mapping[str, Callable[[str, int], Iterator[Row]]] = {
    SESSION.entity_set: structure,
    PASS.entity_set: kinds,
    ASKED.entity_set: asked,
    REGISTRATION.entity_set: registrations,
    SESSION_REGISTRATION.entity_set: session_registrations,
    ATTENDEE_PASS.entity_set: attendee_passes,
    ANSWER.entity_set: answers,
}


def an_id(text: str) -> str:
    """The same text gives the same id; of the version that services make."""
    return str(UUID(bytes=uuid5(NAMESPACE_OID, text).bytes, version=4))


def peak() -> float:
    """The most memory this process ever had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


if __name__ == "__main__":
    main()
