"""Signing in in a browser: the page that hands a code to whoever asked, and what that code is good for.

The page is a form that sends itself (`response_mode=form_post`), to this machine only. PKCE binds the code to
who asked for it (RFC 7636); what is needed for that travels in the code.
"""

import base64
import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from mig.sandbox import tokens
from mig.sandbox.tokens import Grant, Kind
from mig.sandbox.wire import WireResponse
from mig.sandbox.world import World

_SECONDS: Final = 600.0
_HERE: Final = ("localhost", "127.0.0.1", "::1")
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is handed out: its secret, the challenge to whoever redeems it, a nonce to be repeated."""

    secret: str
    challenge: str
    nonce: str

    def __str__(self) -> str:
        return ".".join((self.secret, self.challenge, self.nonce))

    @classmethod
    def read(cls, text: str) -> Self:
        """One that was handed out; what was not has no secret that anybody knows."""
        secret, _, rest = text.partition(".")
        challenge, _, nonce = rest.partition(".")
        return cls(secret, challenge, nonce)

    def answered_by(self, verifier: str) -> bool:
        """Whether that is the text whose digest the challenge is."""
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge


def flaw(asked: Form) -> str | None:
    """What is wrong with asking so; None when nothing is."""
    if urlsplit(asked.get("redirect_uri", "")).hostname not in _HERE:
        return "The redirect URI is not of this machine."
    if asked.get("response_type") != "code" or asked.get("response_mode") != "form_post":
        return "Only response_type=code with response_mode=form_post is emulated."
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        return "The code must be bound by PKCE, with S256."
    return None


def page(world: World, grant: Grant, asked: Form) -> WireResponse:
    """The person has signed in and agreed: the form with the code."""
    secret = tokens.issue(world, Kind.CODE, grant, seconds=_SECONDS)
    code = Code(secret, asked["code_challenge"], asked.get("nonce", ""))
    fields = {"code": str(code), "state": asked.get("state", "")}
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
    )
    form = f'<form method="post" action="{html.escape(asked["redirect_uri"])}">{hidden}</form>'
    text = f"<html><body>{form}<script>document.forms[0].submit()</script></body></html>"
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return WireResponse(200, headers, text.encode())
