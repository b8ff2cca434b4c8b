"""An application signs in: with a secret, a certificate, or an assertion of somebody it trusts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mig.dataverse.sign_in import authority
from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.sign_in.assertions import assertion
from mig.dataverse.sign_in.certificate import credential
from mig.dataverse.tokens import Token


class Application:
    """`client-secret`, `certificate` and `federated`: they differ in the credential, which is read late."""

    def __init__(self, asked: Asked, credential: Callable[[], Any]) -> None:
        self._asked = asked
        self._client_id = asked.need("AZURE_CLIENT_ID")
        self._tenant = asked.need("AZURE_TENANT_ID")
        self._credential = credential
        self._app: Any = None

    @property
    def who(self) -> str:
        """The application by its id."""
        return f"the application {self._client_id}"

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        """MSAL keeps tokens itself; a fresh one means forgetting those."""
        with authority.failures_told(self._asked):
            if self._app is None:
                self._app = self._make()
            if fresh and not claims:
                self._app.remove_tokens_for_client()
            scopes = [f"{self._asked.resource}/.default"]
            return self._asked.token(self._app.acquire_token_for_client(scopes, claims_challenge=claims))

    def _make(self) -> Any:
        given = authority.options(self._asked, self._tenant)
        make = authority.load().ConfidentialClientApplication
        return make(self._client_id, client_credential=self._credential(), **given)


def with_secret(asked: Asked) -> Application:
    """AZURE_CLIENT_SECRET."""
    secret = asked.secret("AZURE_CLIENT_SECRET")
    return Application(asked, lambda: secret)


def with_certificate(asked: Asked) -> Application:
    """AZURE_CLIENT_CERTIFICATE_PATH: PEM, or PKCS#12, with the private key."""
    path = Path(asked.need("AZURE_CLIENT_CERTIFICATE_PATH"))
    password = asked.get("AZURE_CLIENT_CERTIFICATE_PASSWORD")
    asked.hidden.add(password or "")
    sends_chain = (asked.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN") or "").lower() in ("1", "true")
    return Application(asked, lambda: credential(path, password, sends_chain=sends_chain))


def federated(asked: Asked) -> Application:
    """An assertion of somebody whom the application trusts, had anew for each token."""
    had = assertion(asked)
    return Application(asked, lambda: {"client_assertion": had})
