"""The token on every request; after a 401 a new one, once (reference/dataverse-web-api.md 1.5)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from mig.dataverse.bearer import Bearer
from mig.dataverse.calls import Call, Reply, Send
from mig.dataverse.tokens import Tokens

_CLAIMS: Final = re.compile(r'\bclaims="([^"]+)"')


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What is refused with 401 was not carried out, so that anything may be sent once more."""

    below: Send
    tokens: Tokens

    async def __call__(self, call: Call) -> Reply:
        """The reply, to the second try where there was one."""
        bearer = await self.tokens.current()
        reply = await self._sent(call, bearer)
        if reply.status != 401:
            return reply
        other = await self.tokens.instead_of(bearer, _claims(reply.headers))
        if other == bearer:
            return reply
        second = await self._sent(call, other)
        return replace(second, doubted=reply.doubted or second.doubted)

    async def _sent(self, call: Call, bearer: Bearer) -> Reply:
        return await self.below(call.with_header("Authorization", bearer.header))


def _claims(headers: Mapping[str, str]) -> str | None:
    """What the next token must hold, as JSON: access may be taken away before a token ends."""
    found = _CLAIMS.search(headers.get("www-authenticate", ""))
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True).decode("utf-8")
    except ValueError:
        return None
