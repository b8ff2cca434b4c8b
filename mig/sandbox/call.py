"""One operation on the service: a whole HTTP request, or one part of a batch."""

from codecs import BOM_UTF8
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from mig.sandbox.errors import bad_payload, unknown_parameter
from mig.sandbox.odata.url import Options, Segment
from mig.sandbox.wire import preferences
from mig.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of `world`. `base` is the absolute service root on the host that the client used.

    `references` maps the Content-IDs of earlier parts of a batch, as `$n`, to what they made: `set(id)`.
    """

    world: World
    method: str
    base: str
    segments: tuple[Segment, ...]
    options: Options
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    references: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path below the base, for messages."""
        return "/".join(segment.name for segment in self.segments)

    @property
    def wants_representation(self) -> bool:
        """Whether the client asks for the row in the answer to a write."""
        return preferences(self.headers).get("return") == "representation"

    def document(self) -> dict[str, Any]:
        """The body as a JSON object; 400 when it is none."""
        try:
            document = orjson.loads(self.body.removeprefix(BOM_UTF8) or b"{}")
        except orjson.JSONDecodeError:
            raise bad_payload("the body is not valid JSON.") from None
        if not isinstance(document, dict):
            raise bad_payload("the body is not a JSON object.")
        return document

    def parameters(self, known: Collection[str]) -> dict[str, Any]:
        """The body of an action: its parameters by name; 400 for one that it does not have."""
        document = self.document()
        for name in document:
            if name not in known and "@" not in name:
                raise unknown_parameter(name, self.path)
        return document
