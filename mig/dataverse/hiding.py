"""What must not be shown: secrets and addresses of persons, taken out of what the other side repeats."""

import re
from typing import Any, Final

_HIDDEN: Final = "***"
# Annotations of OData look alike: `ownerid@odata.bind`, `x@Microsoft.Dynamics.CRM.lookuplogicalname`.
_ADDRESS: Final = re.compile(
    r"[\w.+'-]{1,64}@(?!odata\.|microsoft\.dynamics\.)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)


class Hidden:
    """The secrets of one connection; more are added as they come, none is ever shown."""

    def __init__(self) -> None:
        self._secrets: dict[str, None] = {}

    def add(self, secret: str) -> None:
        """From now on it is hidden too."""
        if secret:
            self._secrets[secret] = None

    def text(self, text: str) -> str:
        """A text of the other side, which may repeat what it was sent."""
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may begin as another does
            text = text.replace(secret, _HIDDEN)
        return _ADDRESS.sub(_HIDDEN, text)

    def value(self, value: Any) -> Any:
        """The same for all texts of parsed JSON; `RecursionError` when it is nested too deeply."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.text(key): self.value(inner) for key, inner in value.items()}
            case list():
                return [self.value(inner) for inner in value]
        return value
