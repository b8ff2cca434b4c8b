"""What must not be shown: tokens and secrets, taken out of whatever the other side repeats of them."""

from typing import Any, Final

_HIDDEN: Final = "***"


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
        return text

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
