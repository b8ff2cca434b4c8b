"""Reads a list of members from a CSV file. What a file says of persons is never shown, only the line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

from mig.segments.member_rows import MAIL

_SIGNS: Final = ",;\t"  # what spreadsheets put between cells, by language
_SHOWN: Final = 3  # lines that a message names

Lines = Iterator[tuple[int, str]]


class UnusableList(Exception):
    """A member list that cannot be used; `fix` is what the person can do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def read_member_list(path: Path, key: str, primary_id: str) -> frozenset[str]:
    """The ids or addresses in the column called `key`, in lower case.

    `primary_id` is the id column of the table the members are rows of. Raises `UnusableList`.
    """
    readers: dict[str, Callable[[str], str | None]] = {primary_id: _id, MAIL: _mail}
    if key not in readers:
        fix = f"write {' or '.join(readers)}"
        raise UnusableList(f"members are not told apart by the column {key}", fix)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _values(_lines(file, key), readers[key], key)
    except OSError as error:
        fix = "check the name: it is looked for beside the manifest"
        raise UnusableList(
            f"it cannot be read: {error.strerror or 'the file cannot be opened'}", fix
        ) from None
    except UnicodeDecodeError:
        raise UnusableList("it is not UTF-8", "save it as CSV in UTF-8") from None
    except (csv.Error, ValueError):  # a NUL in the name or the text, a cell that is never closed
        raise UnusableList("it is not CSV", "save it as CSV in UTF-8") from None


def _lines(file: TextIO, key: str) -> Lines:
    """Each cell of the column, with the line it stands on."""
    head = file.readline()
    sign = max(_SIGNS, key=head.count)
    names = [name.strip().lower() for name in next(csv.reader([head], delimiter=sign, strict=True), [])]
    if key not in names:
        raise UnusableList(f"its first line names no column {key}", "name the columns on the first line")
    place = names.index(key)
    reader = csv.reader(file, delimiter=sign, strict=True)
    for cells in reader:
        if any(map(str.strip, cells)):
            yield reader.line_num + 1, cells[place] if place < len(cells) else ""


def _values(lines: Lines, read: Callable[[str], str | None], key: str) -> frozenset[str]:
    found: set[str] = set()
    wrong: list[int] = []
    for line, cell in lines:
        value = read(cell)
        if value is None:
            wrong.append(line)
        else:
            found.add(value)
    if wrong:
        raise UnusableList(f"no {key} on {_told(wrong)}", "correct the file, or take those lines out")
    return frozenset(found)


def _told(lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:_SHOWN]))
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {named}{more}"


def _id(cell: str) -> str | None:
    with suppress(ValueError):
        return str(UUID(cell.strip()))
    return None


def _mail(cell: str) -> str | None:
    found = cell.strip().casefold()
    return found if "@" in found else None
