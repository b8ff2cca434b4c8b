"""Requests and responses as plain values: what the sandbox is a function from, and to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

import orjson

JSON: Final = "application/json; odata.metadata=minimal"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request. `path` and `query` are as sent, percent-encoded; header names are lower-case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"

    @property
    def root(self) -> str:
        """Scheme and host as the client used them; absolute URLs in answers are built on it."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"


class Delivery(Enum):
    """What becomes of a response: it arrives, the connection is cut instead, or it never comes."""

    ARRIVES = auto()
    CUT = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class WireResponse:
    """One HTTP response. Header names are spelled as the service spells them.

    `operations` is how many the server carried out for it, in sequence: the parts of a batch, the rows of a
    bulk message. `held` is for how many seconds it is kept back besides.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    operations: int = 1
    delivery: Delivery = Delivery.ARRIVES
    held: float = 0.0


def json_response(status: int, document: Any, headers: Mapping[str, str] | None = None) -> WireResponse:
    """A response with a JSON body, UTF-8 without escapes."""
    return WireResponse(status, {"Content-Type": JSON, **(headers or {})}, orjson.dumps(document))


def fixed(number: float, scale: int) -> orjson.Fragment:
    """A number that `json_response` writes with so many decimals, or with more rather than lose some."""
    text = f"{number:.{scale}f}"
    return orjson.Fragment(text if float(text) == number else f"{number:.10f}".rstrip("0"))


def preferences(headers: Mapping[str, str]) -> dict[str, str]:
    """What `Prefer` asks for, by name; a preference without a value has the value `""`."""
    found: dict[str, str] = {}
    for part in _outside_quotes(headers.get("prefer", "")):
        name, _, value = part.strip().partition("=")
        found[name.strip().lower()] = value.strip().strip('"')
    return found


def _outside_quotes(text: str) -> list[str]:
    """Split at commas and semicolons, save those inside double quotes."""
    parts, quoted = [""], False
    for char in text:
        quoted ^= char == '"'
        if char in ",;" and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]
