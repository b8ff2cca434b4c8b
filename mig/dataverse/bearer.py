"""The token: checked before it is sent, and kept out of everything that is shown."""

import re
from dataclasses import dataclass, field
from typing import Any, Final, Self

from mig.dataverse.errors import BadToken

_SENDABLE: Final = re.compile(r"[!-~]+")  # visible ASCII: all that can stand in the header
_HIDDEN: Final = "***"


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

    def hide(self, text: str) -> str:
        """A text of the other side, which may repeat what it was sent."""
        return text.replace(self.token, _HIDDEN)

    def hide_in(self, value: Any) -> Any:
        """The same for all texts of parsed JSON."""
        match value:
            case str():
                return self.hide(value)
            case dict():
                return {self.hide(key): self.hide_in(inner) for key, inner in value.items()}
            case list():
                return [self.hide_in(inner) for inner in value]
        return value
