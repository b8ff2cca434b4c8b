"""A list of members in a CSV file: who stands in it, and which rows are meant.

UTF-8, with commas, semicolons or tabs, and the names of the columns on the first line. What a file says of
persons is never shown, only the line.
"""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from mig.dataverse.cells import guid_in
from mig.manifest.words import one_of
from mig.model.findings import Finding, Severity
from mig.segments.ids import NOBODY, Ids
from mig.segments.member_rows import MAIL, address_in

_SIGNS: Final = ",;\t"  # what spreadsheets put between cells, by language
_SHOWN: Final = 3  # lines that a message names

Lines = Iterator[tuple[int, str]]


class UnusableList(Exception):
    """A member list that cannot be used; `fix` is what the person can do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix

    def finding(self, file: str) -> Finding:
        """For the person who named the file."""
        message = f"the list of members {file} cannot be used: {self}"
        return Finding(code="MAN021", severity=Severity.ERROR, message=message, fix=self.fix)


# --- who stands in it -------------------------------------------------------------------------------------


def read_member_list(path: Path, key: str, id_columns: Collection[str]) -> Set[str]:
    """The ids or addresses in the column called `key`, in lower case.

    `id_columns` are the id columns of the tables that members may be rows of. Raises `UnusableList`.
    """
    readers: dict[str, Callable[[str], str | None]] = {**dict.fromkeys(id_columns, guid_in), MAIL: _mail}
    if key not in readers:
        fix = f"write {one_of(readers, 'or')}"
        raise UnusableList(f"members are not told apart by the column {key}", fix)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _values(_lines(file, key), readers[key], key)
    except OSError as error:
        why = error.strerror or "the file cannot be opened"
        fix = "check the name: it is looked for beside the manifest"
        raise UnusableList(f"it cannot be read: {why}", fix) from None
    except UnicodeDecodeError:
        raise UnusableList("it is not UTF-8", "save it as CSV in UTF-8") from None
    except (csv.Error, ValueError):  # a NUL in the name or the text, a cell that is never closed
        raise UnusableList("it is not CSV", "save it as CSV in UTF-8") from None


def _lines(file: TextIO, key: str) -> Lines:
    """Each cell of the column, with the line it stands on; lines without anything are passed over."""
    head = file.readline()
    sign = max(_SIGNS, key=head.count)
    names = [name.strip().lower() for name in next(csv.reader([head], delimiter=sign, strict=True), [])]
    if names.count(key) != 1:
        raise UnusableList(
            f"its first line does not have one column {key}", "name the columns on the first line"
        )
    place = names.index(key)
    reader = csv.reader(file, delimiter=sign, strict=True)
    for cells in reader:
        if any(map(str.strip, cells)):
            yield reader.line_num + 1, cells[place].strip() if place < len(cells) else ""


def _values(lines: Lines, read: Callable[[str], str | None], key: str) -> Set[str]:
    wrong: list[int] = []

    def right() -> Iterator[str]:
        for line, cell in lines:
            value = read(cell)
            if value is None:
                wrong.append(line)
            else:
                yield value

    found = frozenset(right()) if key == MAIL else Ids.of(right())
    if wrong:
        raise UnusableList(f"no {key} on {_told(wrong)}", "correct the file, or take those lines out")
    return found


def _told(lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:_SHOWN]))
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {named}{more}"


def _mail(cell: str) -> str | None:
    return address_in(cell) if "@" in cell else None


# --- which rows are meant ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """The rows that addresses name: `ids` are those named alone, `sharing` those that share an address.

    A shared address names none of the rows that have it: the list does not tell which is meant. `left` counts
    the addresses that name no row: those that several have, and those that none has.
    """

    ids: Ids
    sharing: Ids = NOBODY
    left: int = 0


def named(addresses: Collection[str], rows: Mapping[str, Collection[str]]) -> Named:
    """Look addresses up in `rows`, which has the ids of all rows with an address, by address."""
    found = [rows.get(address, ()) for address in addresses]
    alone = [ids for ids in found if len(ids) == 1]
    return Named(
        Ids.of(one for ids in alone for one in ids),
        Ids.of(one for ids in found if len(ids) > 1 for one in ids),
        len(found) - len(alone),
    )
