"""After a write whose outcome is not known: what to read, and what the row then tells.

A write that was carried out, and failed when it was repeated because of that, is done: the row is there as it
was sent, or gone. Only then; a row that differs in anything that can be compared leaves the failure standing
(reference/dataverse-web-api.md 8.4).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from mig.dataverse.messages import Answer, Request

_COLUMN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def question(write: Request) -> Request | None:
    """The read that tells; None where a request names no row, or sends nothing that can be compared."""
    if not write.writes:
        return None
    path = write.creates if write.method == "POST" else write.path.partition("?")[0]
    columns = list(_comparable(write.body or {}))
    if path is None or (write.method != "DELETE" and not columns):
        return None
    return Request("GET", f"{path}?$select={','.join(columns)}" if columns else path)


def verdict(write: Request, read: Answer) -> Answer | None:
    """The answer that the write would have had; None when it was not carried out, or that cannot be told."""
    if write.method == "DELETE":
        return Answer(204, read.headers) if read.status == 404 else None
    if read.failed or not isinstance(read.body, dict):
        return None
    same = all(_same(sent, read.body.get(name)) for name, sent in _comparable(write.body or {}).items())
    return Answer(200, read.headers, read.body) if same else None


def _comparable(body: Mapping[str, Any]) -> dict[str, Any]:
    """The plain columns: not lookups, which are read under another name, and nothing nested."""
    return {
        name: value
        for name, value in body.items()
        if _COLUMN.fullmatch(name) and not isinstance(value, dict | list)
    }


def _same(sent: Any, found: Any) -> bool:
    """As the service gives it back: ids in lower case, moments in UTC, decimals with their scale (14, 22)."""
    if sent == found:
        return True
    if isinstance(sent, str) and isinstance(found, str):
        return any(_equal(kind, sent, found) for kind in (UUID, datetime.fromisoformat))
    return False


def _equal(kind: Any, sent: str, found: str) -> bool:
    try:
        return bool(kind(sent) == kind(found))
    except ValueError:
        return False
