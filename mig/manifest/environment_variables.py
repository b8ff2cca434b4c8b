"""`${NAME}`: values from the process environment, which are secret from the moment they are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MALFORMED: Final = re.compile(r"\$\{(?![A-Za-z_][A-Za-z0-9_]*\})")


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text with its variables replaced. Shows as its template; only `reveal` gives the value.

    Not revealed is a text whose environment nobody asked for, or whose variables are missing.
    """

    template: str
    _value: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.template

    @property
    def known(self) -> bool:
        """Whether there is a value to reveal."""
        return self._value is not None

    def reveal(self) -> str:
        """The value; never print, log or save it. `LookupError` when the environment was not asked for."""
        if self._value is None:
            raise LookupError(f"{self.template} was not expanded")
        return self._value

    @classmethod
    def of(cls, template: str, text: str, environ: Mapping[str, str]) -> Self:
        """Replace every `${NAME}` in the text; all of them must be set (`missing`)."""
        return cls(template, _VARIABLE.sub(lambda found: environ[found.group(1)], text))


def variables(template: str) -> list[str]:
    """The names in a template, in order."""
    return _VARIABLE.findall(template)


def missing(template: str, environ: Mapping[str, str]) -> list[str]:
    """The names that are not set, or set to nothing."""
    return [name for name in dict.fromkeys(variables(template)) if not environ.get(name)]


def malformed(template: str) -> bool:
    """Whether a `${` has no name and closing brace after it."""
    return _MALFORMED.search(template) is not None
