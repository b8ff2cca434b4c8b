"""A bearer token that somebody else had; it cannot be had anew."""

from mig.dataverse.bearer import Bearer
from mig.dataverse.tokens import Token


class Given:
    """`auth.method: token`."""

    who = "the owner of the token"

    def __init__(self, token: str, place: str) -> None:
        """`BadToken` when it cannot be sent."""
        self._token = Token(Bearer.of(token, place))

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        """The same each time."""
        return self._token
