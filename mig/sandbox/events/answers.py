"""Answers of the events service, which does not speak OData."""

import json
from typing import Any

from mig.sandbox.wire import WireResponse


def plain_json(status: int, document: Any) -> WireResponse:
    """A response with a JSON body."""
    return text(status, json.dumps(document, ensure_ascii=False), "application/json")


def text(status: int, body: str, kind: str) -> WireResponse:
    """A response with a body of any media type, UTF-8."""
    return WireResponse(status, {"Content-Type": f"{kind}; charset=utf-8"}, body.encode(errors="replace"))
