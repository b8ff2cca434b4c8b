"""A token that can be sent: checked before it is, and kept out of everything that is shown."""

import re
from dataclasses import dataclass, field
from typing import Final, Self

from mig.dataverse.errors import BadToken

_SENDABLE: Final = re.compile(r"[!-~]+")  # visible ASCII: all that can stand in the header


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that can be sent."""

    token: str = field(repr=False)

    @classmethod
    def of(cls, token: str, environment: str) -> Self:
        """Check it; a line break at its end, as files and shells leave one, is no part of it."""
        stripped = token.rstrip("\r\n")
        if not _SENDABLE.fullmatch(stripped):
            raise BadToken(environment)
        return cls(stripped)

    @property
    def header(self) -> str:
        """The value of `Authorization`."""
        return f"Bearer {self.token}"
