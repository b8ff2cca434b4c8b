"""Requests and answers as values, without any HTTP library."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Row = Mapping[str, Any]

# Content-IDs in a batch: a change set's number times this, plus the operation's, both from 1. A change set
# has at most 1,000 operations (reference/dataverse-web-api.md 7), and ours far fewer.
CONTENT_IDS: Final = 1000

# Actions that only read, although they are sent by POST.
READING_ACTIONS: Final = frozenset(
    {
        "msdynmkt_MembersList",
        "msdynmkt_ListGroupMembers",
        "msdyncrm_ValidateSegment",
        "msdyncrm_FetchContactsByQuery",
    }
)
UPSERT_MULTIPLE: Final = "/Microsoft.Dynamics.CRM.UpsertMultiple"
"""What follows an entity set: many rows that bring their ids, all of them or none."""
REQUEST_ID: Final = "x-ms-service-request-id"
# What one server tells of its limits: worth a look, and nothing to steer by (dataverse-web-api.md 2.2, 8.1).
_LIMITS: Final = {
    "x-ms-ratelimit-burst-remaining-xrm-requests": "requests left",
    "x-ms-ratelimit-time-remaining-xrm-requests": "seconds left",
    "x-ms-dop-hint": "at once",
}
_NUMBER: Final = re.compile(r"[\d.,]{1,20}")  # with a comma at thousands


@dataclass(frozen=True, slots=True)
class Request:
    """One operation; `path` is relative to the service root and already encoded.

    `creates` is the path of the row that a create makes, where its id is ours: then it may be repeated, and
    read back.
    """

    method: Method
    path: str
    body: Row | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    creates: str | None = None

    @property
    def writes(self) -> bool:
        """Whether it can change anything."""
        return self.method != "GET" and self.path not in READING_ACTIONS

    @property
    def rows(self) -> int:
        """How many rows it writes: as many as the longest list in its body has, or one."""
        lists = (value for value in (self.body or {}).values() if isinstance(value, list))
        return max(map(len, lists), default=1)

    def __str__(self) -> str:
        """For messages: without the query string, which may hold values."""
        return f"{self.method} {self.path.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are lower-case, `body` is parsed JSON or None."""

    status: int
    headers: Mapping[str, str]
    body: Any = None

    @property
    def request_id(self) -> str | None:
        """The service's own id of the request; it may send two, joined by a comma: the first is kept."""
        found = self.headers.get(REQUEST_ID) or self.headers.get("req_id")
        return found.partition(",")[0].strip() if found else None

    @property
    def place(self) -> int | None:
        """In a change set: which operation it answers, from 0; a failed set names the one at fault."""
        told = self.headers.get("content-id", "")
        return int(told) % CONTENT_IDS - 1 if told.isdecimal() else None

    @property
    def failed(self) -> bool:
        """Whether the status is an error."""
        return self.status >= 400

    @property
    def error(self) -> tuple[str, str]:
        """The service's code and message, from whichever shape the body has."""
        body = self.body
        inner = body.get("error", body) if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            return "", str(body or "")[:200]
        return str(inner.get("code") or ""), str(inner.get("message") or inner.get("Message") or "")


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Operations that are carried out together or not at all."""

    requests: tuple[Request, ...]


Part = Request | ChangeSet


def requests_of(part: Part) -> tuple[Request, ...]:
    """The operations of a part of a batch."""
    return part.requests if isinstance(part, ChangeSet) else (part,)


def limits_told(headers: Mapping[str, str]) -> str:
    """What the server that answered says is left, for diagnosis; empty where it says nothing."""
    found = {
        told: headers[name] for name, told in _LIMITS.items() if _NUMBER.fullmatch(headers.get(name, ""))
    }
    return ", ".join(f"{value} {told}" for told, value in found.items())
