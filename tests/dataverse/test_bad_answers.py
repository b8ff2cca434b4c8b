"""Answers that are none, byte by byte over a socket: each is refused with its reason, and nothing follows."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import pytest

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, Dropped
from mig.dataverse.messages import Request
from tests.dataverse.apps import Talk, all_rows
from tests.dataverse.raw import raw
from tests.support import mig

JSON = "Content-Type: application/json"
GZIP = f"{JSON}\r\nContent-Encoding: gzip"
ROWS = b'{"value": [{"fullname": "Ann"}]}'
LARGEST = 1_000_000
BOMB = gzip.compress(b" " * 50_000_000 + ROWS)
CREATE = Request("POST", "contacts", {"contactid": "1"}, creates="contacts(1)")


def answer(head: str, body: bytes, *, status: str = "200 OK", length: int | None = None) -> bytes:
    told = f"HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {len(body) if length is None else length}\r\n"
    return f"{told}Connection: close\r\n\r\n".encode() + body


LOGIN = answer("Content-Type: text/html; charset=utf-8", b"<html><title>Sign in</title></html>")
REFUSED = {
    "a page to sign in": (
        LOGIN,
        "came as text/html; charset=utf-8 instead of JSON: a web page, to sign in perhaps",
    ),
    "a page without a type": (answer("X: y", b"<html>"), "came as nothing instead of JSON"),
    "text": (answer("Content-Type: text/plain", ROWS), "came as text/plain instead of JSON"),
    "XML": (answer("Content-Type: application/atom+xml", b"<feed/>"), "instead of JSON"),
    "half a body, said to be whole": (answer(JSON, ROWS[:16]), "cut or not JSON"),
    "a bomb": (answer(GZIP, BOMB), "larger than 1,000,000 bytes"),
    "a bomb of zlib": (
        answer(f"{JSON}\r\nContent-Encoding: deflate", zlib.compress(b" " * 50_000_000)),
        "larger than",
    ),
    "more than there may be": (answer(JSON, b" " * (LARGEST + 1)), "larger than 1,000,000 bytes"),
    "packed twice": (answer(f"{JSON}\r\nContent-Encoding: gzip, gzip", BOMB), "not asked for"),
    "packed as nobody asked": (answer(f"{JSON}\r\nContent-Encoding: br", b"x"), "not asked for"),
    "packed and cut": (answer(GZIP, gzip.compress(ROWS)[:20]), "cut short"),
    "not packed at all": (answer(GZIP, ROWS), "not packed as it says"),
    "a redirect": (answer("Location: https://login.example/", b"", status="302 Found"), "leads elsewhere"),
    "another host": (
        answer(JSON, b'{"value": [], "@odata.nextLink": "https://elsewhere.example/api/data/v9.2/contacts"}'),
        "another host: elsewhere.example",
    ),
    "no rows": (answer(JSON, b"[]"), "answered without rows"),
}


async def create(client: Client) -> Any:
    return await client.send(CREATE)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    content, told = REFUSED[name]
    with raw(content) as server, pytest.raises(BadAnswer, match=told) as raised:
        Talk(None, url=server.url, largest=LARGEST)(all_rows)
    assert (raised.value.code, len(server.asked)) == ("ENV005", 1)


@pytest.mark.parametrize(
    "name", ["a page to sign in", "half a body, said to be whole", "a bomb", "a redirect"]
)
def test_a_write_that_is_answered_so_is_not_sent_again(name: str) -> None:
    with raw(REFUSED[name][0]) as server, pytest.raises(BadAnswer):
        Talk(None, url=server.url, largest=LARGEST)(create, writable=True)
    assert server.asked == ["POST /api/data/v9.2/contacts HTTP/1.1"]


CUT = {
    "nothing": b"",
    "half a body": answer(JSON, ROWS[:16], length=len(ROWS)),
    "half a chunk": f"HTTP/1.1 200 OK\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n".encode()
    + ROWS[:16],
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
}


@pytest.mark.parametrize("name", CUT)
def test_what_is_cut_is_read_again(name: str) -> None:
    with raw(CUT[name]) as server, pytest.raises(Dropped, match="cannot be reached") as raised:
        Talk(None, url=server.url)(all_rows)
    assert (raised.value.code, len(server.asked)) == ("ENV001", 5)


@pytest.mark.parametrize("name", CUT)
def test_a_write_whose_answer_is_cut_is_in_doubt(name: str) -> None:
    action = Request("POST", "msdynmkt_PublishSegmentDefinition", {})
    with raw(CUT[name]) as server, pytest.raises(Dropped, match="not known") as raised:
        Talk(None, url=server.url)(lambda client: client.send(action), writable=True)
    assert (raised.value.code, len(server.asked)) == ("ENV016", 1)


@pytest.mark.parametrize(
    "packing", [GZIP, f"{JSON}\r\nContent-Encoding: deflate", f"{JSON}\r\nContent-Encoding: X-GZIP"]
)
def test_what_is_packed_is_unpacked(packing: str) -> None:
    pack = zlib.compress if "deflate" in packing else gzip.compress
    with raw(answer(packing, pack(ROWS))) as server:
        assert Talk(None, url=server.url)(all_rows) == [{"fullname": "Ann"}]


def test_cookies_are_not_sent_back() -> None:
    """One of them would pin all workers to one server (reference/dataverse-web-api.md 14, trap 28)."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(name.decode() for name, _ in scope["headers"])
        headers = [(b"set-cookie", b"ARRAffinity=x; path=/"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": ROWS})

    async def twice(client: Client) -> None:
        await client.get("contacts")
        await client.get("contacts")

    Talk(app)(twice)
    assert "cookie" not in seen
    assert seen.count("x-ms-client-request-id") == 2


@pytest.mark.parametrize(
    "name", ["a page to sign in", "a bomb", "another host", "half a body, said to be whole"]
)
@pytest.mark.parametrize("command", ["plan", "inventory"])
def test_a_command_says_so_and_writes_nothing(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_TOKEN", "canary-of-a-token")
    with raw(REFUSED[name][0]) as server:
        manifest = tmp_path / "mig.yaml"
        auth = "{method: token, token: '${MIG_TOKEN}'}"
        manifest.write_text(
            f"version: 1\nmigration: m\nenvironments:\n  a: {{url: '{server.url}', auth: {auth}}}\n",
            encoding="utf-8",
        )
        ran = mig(command, "-f", manifest, "--home", tmp_path)
    assert (ran.code, "error[ENV005]" in ran.err) == (1, True), ran.err
    assert "Traceback" not in ran.text
    assert "canary" not in ran.text
    assert [path.name for path in tmp_path.iterdir()] == ["mig.yaml"]
    assert all(line.startswith(("GET", "POST /api/data/v9.2/$batch")) for line in server.asked)
