"""`$batch`: multipart text out, multipart text in. No I/O.

Lines end in CRLF and the body in a line break, or the service answers 400 (reference/dataverse-web-api.md 7).
Content-IDs are unique in the whole batch and tell an operation's place in its change set. Answers come in the
order of the parts; a failed change set has exactly one, which stands for all of it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import CONTENT_IDS, Answer, Part, Request

CRLF: Final = "\r\n"


def encode(parts: Sequence[Part], root: str, boundary: str) -> bytes:
    """The body of a batch; `root` is the absolute URL of the service root, ending in a slash."""
    lines: list[str] = []
    for number, part in enumerate(parts, 1):
        lines.append(f"--{boundary}")
        if isinstance(part, Request):
            lines += _operation(part, root)
            continue
        inner = f"changeset_{number}_{boundary}"
        lines += [f"Content-Type: multipart/mixed; boundary={inner}", ""]
        for place, request in enumerate(part.requests, 1):
            lines += [f"--{inner}", *_operation(request, root, number * CONTENT_IDS + place)]
        lines += [f"--{inner}--", ""]
    lines += [f"--{boundary}--", ""]
    return CRLF.join(lines).encode()


def _operation(request: Request, root: str, content_id: int | None = None) -> Iterator[str]:
    yield "Content-Type: application/http"
    yield "Content-Transfer-Encoding: binary"
    if content_id is not None:
        yield f"Content-ID: {content_id}"
    yield ""
    yield f"{request.method} {root}{request.path} HTTP/1.1"
    yield "Accept: application/json"
    for name, value in request.headers.items():
        yield f"{name}: {value}"
    if request.body is not None:
        yield "Content-Type: application/json; type=entry"
    yield ""
    yield json.dumps(request.body, ensure_ascii=False) if request.body is not None else ""


def decode(content_type: str, body: bytes) -> list[list[Answer]]:
    """The answers, one list a part: a change set that went through has one answer an operation."""
    try:
        text = body.decode("utf-8").replace(CRLF, "\n")
    except UnicodeDecodeError as error:
        raise BadAnswer("the answer to a batch is not UTF-8, or cut short") from error
    return [_answers(part) for part in _split(text, _boundary(content_type))]


def _boundary(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "boundary":
            return value.strip('"')
    raise BadAnswer(f"a batch was answered with {content_type or 'no content type'}, not with parts")


def _split(text: str, boundary: str) -> Iterator[str]:
    pieces = f"\n{text}".split(f"\n--{boundary}")
    if len(pieces) < 2 or not pieces[-1].startswith("--"):
        raise BadAnswer("the answer to a batch is cut short")
    return (piece.removeprefix("\n") for piece in pieces[1:-1])


def _answers(part: str) -> list[Answer]:
    head, _, content = part.partition("\n\n")
    headers = _headers(head)
    kind = headers.get("content-type", "")
    if kind.lower().startswith("multipart/mixed"):
        return [answer for inner in _split(content, _boundary(kind)) for answer in _answers(inner)]
    return [_answer(content, headers.get("content-id"))]


def _answer(message: str, content_id: str | None) -> Answer:
    head, _, body = message.lstrip("\n").partition("\n\n")
    status_line, _, header_lines = head.partition("\n")
    try:
        status = int(status_line.split()[1])
        parsed = json.loads(body) if body.strip() else None
    except (IndexError, ValueError, RecursionError) as error:
        raise BadAnswer("a part of a batch's answer cannot be read") from error
    headers = _headers(header_lines)
    return Answer(status, {**headers, "content-id": content_id} if content_id else headers, parsed)


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.split("\n") if line.strip())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
