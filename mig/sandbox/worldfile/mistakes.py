"""Mistakes in a world file, collected while reading so that all are reported in one go."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NoReturn, Protocol

from mig.model.findings import Finding, Place, Severity

CODE: Final = "ENV012"
_LONGEST_SHOWN: Final = 400  # code points; a longer line is not quoted


class WorldFileError(ValueError):
    """A world file that cannot be used; `findings` says everything that is wrong with it, by position."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"{finding.place}: {finding.message}" for finding in findings))
        self.findings = findings


class Placed(Protocol):
    """Anything that knows where it stands; lines and columns count from 1."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column, in code points."""


class Mistakes:
    """What was found wrong so far in one file."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._lines = text.splitlines()
        self._findings: list[Finding] = []

    def add(self, where: Placed, message: str, fix: str = "") -> None:
        """One more mistake, at a place."""
        line = self._lines[where.line - 1] if where.line <= len(self._lines) else ""
        place = Place(self._file, where.line, where.column, line if len(line) <= _LONGEST_SHOWN else "")
        self._findings.append(
            Finding(code=CODE, severity=Severity.ERROR, message=message, fix=fix, place=place)
        )

    def unknown(self, where: Placed, kind: str, name: str, known: Iterable[str], of: str = "") -> None:
        """A name that does not exist (`of` says where), with the nearest one that does."""
        self.add(where, f"unknown {kind} `{name}`" + (f" of `{of}`" if of else ""), nearest(name, known))

    def stop(self, where: Placed, message: str, fix: str = "") -> NoReturn:
        """The last mistake: nothing behind it can be read."""
        self.add(where, message, fix)
        raise self._error()

    def refuse(self) -> None:
        """Raise `WorldFileError` if there was any mistake."""
        if self._findings:
            raise self._error()

    def _error(self) -> WorldFileError:
        return WorldFileError(tuple(sorted(self._findings, key=_position)))


def nearest(name: str, known: Iterable[str]) -> str:
    """A suggestion in words: the closest known name, else the first few."""
    names = sorted(known)
    spelled = {known_name.lower(): known_name for known_name in names}
    close = get_close_matches(name.lower(), spelled, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{spelled[close[0]]}`?"
    return f"one of {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else ""


def _position(finding: Finding) -> tuple[int, int]:
    return (finding.place.line, finding.place.column) if finding.place else (0, 0)
