"""The identity that a machine or service in Azure was given."""

from typing import Any

from mig.dataverse.sign_in import authority
from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.tokens import Token


class ManagedIdentity:
    """`managed-identity`: that of the machine, or with AZURE_CLIENT_ID one that was assigned to it."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._client_id = asked.get("AZURE_CLIENT_ID")
        self._client: Any = None

    @property
    def who(self) -> str:
        """The identity, by its id where it has one here."""
        return "the managed identity" + (f" {self._client_id}" if self._client_id else " of this machine")

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        """MSAL finds out which service to ask; a fresh token is one of a client that keeps none yet."""
        with authority.failures_told(self._asked):
            if self._client is None or (fresh and not claims):
                self._client = self._make()
            result = self._client.acquire_token_for_client(
                resource=self._asked.resource, claims_challenge=claims
            )
            return self._asked.token(result)

    def _make(self) -> Any:
        msal = authority.load()
        identity = (
            msal.UserAssignedManagedIdentity(client_id=self._client_id)
            if self._client_id
            else msal.SystemAssignedManagedIdentity()
        )
        return msal.ManagedIdentityClient(identity, http_client=authority.session(self._asked))
