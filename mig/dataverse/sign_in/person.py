"""A person signs in: in a browser on this machine, or with a code on another one."""

from collections.abc import Callable
from typing import Any, Final

from mig.dataverse.sign_in import authority, cache
from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.tokens import Token

_ANY_TENANT: Final = "organizations"
_BROWSER_SECONDS: Final = 900  # as long as a device code is good

Begin = Callable[[Any, list[str], str | None], Any]


class Person:
    """`interactive` and `device-code`: they differ in how it begins; renewing needs nobody."""

    who = "the person who signed in"

    def __init__(self, asked: Asked, begin: Begin) -> None:
        self._asked = asked
        self._client_id = asked.need("AZURE_CLIENT_ID")
        self._begin = begin
        self._app: Any = None

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        """By what is kept of an earlier sign-in, else by asking the person."""
        with authority.failures_told(self._asked):
            kept = cache.opened(self._asked)
            if self._app is None:
                self._app = self._make(kept)
            result = self._silently(fresh, claims) or self._begin(self._app, self._scopes, claims)
            if kept is not None:
                kept.save(self._app.token_cache)
        return self._asked.token(result)

    @property
    def _scopes(self) -> list[str]:
        return [f"{self._asked.resource}/user_impersonation"]

    def _make(self, kept: cache.Kept | None) -> Any:
        given = authority.options(self._asked, self._asked.get("AZURE_TENANT_ID") or _ANY_TENANT)
        read = None if kept is None else kept.read()
        return authority.load().PublicClientApplication(self._client_id, token_cache=read, **given)

    def _silently(self, fresh: bool, claims: str | None) -> Any:
        for account in self._app.get_accounts():
            result = self._app.acquire_token_silent(
                self._scopes, account, force_refresh=fresh, claims_challenge=claims
            )
            if result:
                return result
        return None


def interactive(asked: Asked) -> Person:
    """A browser opens; the application must allow `http://localhost` as a place to come back to."""

    def begin(app: Any, scopes: list[str], claims: str | None) -> Any:
        asked.tell(f"A browser opens, to sign in to {asked.place}.")
        return app.acquire_token_interactive(scopes, claims_challenge=claims, timeout=_BROWSER_SECONDS)

    return Person(asked, begin)


def device_code(asked: Asked) -> Person:
    """The person is told an address and a code, for a browser anywhere."""

    def begin(app: Any, scopes: list[str], claims: str | None) -> Any:
        flow = app.initiate_device_flow(scopes, claims_challenge=claims)
        if "device_code" not in flow:
            return flow
        asked.tell(str(flow["message"]))
        return app.acquire_token_by_device_flow(flow, claims_challenge=claims)

    return Person(asked, begin)
