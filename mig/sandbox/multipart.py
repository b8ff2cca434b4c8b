"""The text of a `$batch`: multipart in, multipart out (dataverse-web-api.md §7, §15.4).

Read with CRLF or LF (strictly: CRLF only, with a line break at the end), with a boundary that is quoted or
not, a preamble, and parts without a body. Written with CRLF, and with Content-IDs in the part's own headers,
where clients look for them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from mig.sandbox.errors import ODataError, unreadable_batch
from mig.sandbox.wire import WireResponse

MOST_PARTS: Final = 1000

_BOUNDARY: Final = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_REQUEST_LINE: Final = re.compile(rb"([A-Z]+) (.+?)(?: HTTP/\d\.\d)?[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch; the URL is as written, `headers` are lower-case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Requests that go through together or not at all."""

    parts: tuple[Part, ...]


Operation = Part | ChangeSet


def read_batch(content_type: str, body: bytes, *, strict: bool = False) -> list[Operation]:
    """The operations of a batch, in order; the service's plain error when they cannot be read."""
    if strict and (not body.endswith(b"\n") or re.search(rb"(?<!\r)\n", body) is not None):
        raise unreadable_batch("a line does not end in CRLF.")
    if not content_type.lower().startswith("multipart/mixed"):
        raise unreadable_batch("the content type is not multipart/mixed.")
    operations = [_operation(chunk) for chunk in _chunks(content_type, body)]
    count = sum(len(item.parts) if isinstance(item, ChangeSet) else 1 for item in operations)
    if count > MOST_PARTS:
        raise ODataError(400, "0x80048d19", f"The batch has {count} operations, the maximum is {MOST_PARTS}.")
    return operations


def write_batch(answers: Sequence["Answer"], status: int, number: str) -> WireResponse:
    """The answer to a batch; `number` makes its boundaries."""
    boundary = f"batchresponse_{number}"
    lines: list[bytes] = []
    for position, answer in enumerate(answers, 1):
        lines.append(f"--{boundary}".encode())
        lines += _written(answer, f"changesetresponse_{number}-{position}")
    lines += [f"--{boundary}--".encode(), b""]
    content_type = f"multipart/mixed; boundary={boundary}; charset=utf-8"
    return WireResponse(status, {"Content-Type": content_type}, b"\r\n".join(lines))


@dataclass(frozen=True, slots=True)
class Single:
    """The answer to one request."""

    response: WireResponse
    content_id: str | None = None


Answer = Single | tuple[Single, ...]  # a tuple answers a change set that went through


def _chunks(content_type: str, body: bytes) -> list[bytes]:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise unreadable_batch("there is no boundary.")
    marker = b"--" + (found[1] or found[2]).encode()
    pieces = re.split(rb"(?:\A|\r?\n)" + re.escape(marker) + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)
    # The preamble, then for each delimiter: None or "--", and what follows it.
    marks, parts = pieces[1::2], pieces[2::2]
    if b"--" not in marks:
        raise unreadable_batch("the closing boundary is missing.")
    return parts[: marks.index(b"--")]


def _operation(chunk: bytes) -> Operation:
    headers, content = _head(chunk)
    kind = headers.get("content-type", "")
    if not kind.lower().startswith("multipart/mixed"):
        return _part(headers, content)
    parts: list[Part] = []
    for inner in _chunks(kind, content):
        inner_headers, inner_content = _head(inner)
        if inner_headers.get("content-type", "").lower().startswith("multipart/"):
            raise unreadable_batch("a change set cannot hold another one.")
        parts.append(_part(inner_headers, inner_content))
    return ChangeSet(tuple(parts))


def _part(outer: Mapping[str, str], content: bytes) -> Part:
    if not outer.get("content-type", "").lower().startswith("application/http"):
        raise unreadable_batch("a part is neither application/http nor a change set.")
    line, _, rest = content.lstrip(b"\r\n").partition(b"\n")
    found = _REQUEST_LINE.fullmatch(line.rstrip(b"\r"))
    if found is None:
        raise unreadable_batch("a part does not begin with a request line.")
    headers, body = _head(b"\n" + rest)
    content_id = outer.get("content-id") or headers.get("content-id")
    return Part(found[1].decode(), _decoded(found[2]), headers, body.rstrip(b"\r\n"), content_id)


def _head(chunk: bytes) -> tuple[dict[str, str], bytes]:
    """Headers up to the first empty line, and what follows it. The chunk begins with a line break."""
    text = chunk.removeprefix(b"\r").removeprefix(b"\n")
    if text.startswith((b"\r\n", b"\n")):
        return {}, text.removeprefix(b"\r").removeprefix(b"\n")
    found = re.search(rb"\r?\n\r?\n", text)
    head, rest = (text[: found.start()], text[found.end() :]) if found else (text, b"")
    headers: dict[str, str] = {}
    for line in filter(None, _decoded(head).replace("\r\n", "\n").split("\n")):
        name, colon, value = line.partition(":")
        if not colon:
            raise unreadable_batch("a header line has no colon.")
        headers[name.strip().lower()] = value.strip()
    return headers, rest


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise unreadable_batch("it is not UTF-8.") from None


def _written(answer: Answer, boundary: str) -> list[bytes]:
    if isinstance(answer, Single):
        return _single(answer)
    lines = [f"Content-Type: multipart/mixed; boundary={boundary}".encode(), b""]
    for single in answer:
        lines += [f"--{boundary}".encode(), *_single(single)]
    return [*lines, f"--{boundary}--".encode()]


def _single(single: Single) -> list[bytes]:
    response = single.response
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if single.content_id is not None:
        head.append(f"Content-ID: {single.content_id}")
    head += ["", f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    head += [f"{name}: {value}" for name, value in response.headers.items()]
    return [*(line.encode() for line in head), b"", response.body]
