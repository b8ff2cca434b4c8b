"""A file of members: comma- or semicolon-separated, UTF-8, with a header; one column tells who is meant.

Its mistakes are told by line. What stands there is about persons and is never repeated, the header included:
a file without one begins with a person.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

from mig.manifest.model import MembersFile
from mig.model.findings import Finding, Place, Severity

BY_ID: Final = "contactid"
BY_MAIL: Final = "emailaddress1"
_MOST_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class MembersRead:
    """Distinct keys in lower case: ids or e-mail addresses; and what is wrong with the file."""

    keys: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


def read_members_file(wanted: MembersFile, manifest: Path) -> MembersRead:
    """Read it; a name that is not absolute is looked for beside the manifest."""
    path = manifest.parent / wanted.file
    if wanted.key not in (BY_ID, BY_MAIL):
        return _refused(path, 1, f"`key: {wanted.key}` is not possible", f"use {BY_ID} or {BY_MAIL}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, path, wanted.key)
    except UnicodeDecodeError:
        return _refused(path, 1, "it is not UTF-8", "save it as UTF-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it cannot be opened"
        return _refused(path, 1, why, "correct `file`; it is looked for beside the manifest")
    except csv.Error:
        return _refused(path, 1, "it is not a CSV file", "save it as CSV with commas, UTF-8")


def _read(file: TextIO, path: Path, key: str) -> MembersRead:
    header = file.readline()
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    if names.count(key) != 1:
        return _refused(path, 1, f"the header does not have one column {key}", f"name one column {key}")
    keys: set[str] = set()
    wrong: list[int] = []
    for line, cell in _cells(file, delimiter, names.index(key)):
        found = _key(cell, key)
        if found is None:
            wrong.append(line)
        else:
            keys.add(found)
    return MembersRead(frozenset(keys), tuple(_mistakes(path, key, wrong)))


def _cells(file: TextIO, delimiter: str, column: int) -> Iterator[tuple[int, str]]:
    """Line, from 1, and the cell that counts; lines without anything are passed over."""
    rows = csv.reader(file, delimiter=delimiter)
    for row in rows:
        if any(cell.strip() for cell in row):
            yield rows.line_num + 1, row[column].strip() if column < len(row) else ""


def _key(cell: str, key: str) -> str | None:
    if key == BY_MAIL:
        return cell.lower() if "@" in cell else None
    return guid_in(cell)


def guid_in(text: str) -> str | None:
    """An id in lower case, whether written with braces, in capitals or without dashes."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _mistakes(path: Path, key: str, lines: list[int]) -> Iterator[Finding]:
    what = f"no {'e-mail address' if key == BY_MAIL else 'id'} stands in the column {key}"
    if len(lines) > _MOST_TOLD:
        what += f"; so on {len(lines)} lines"
    for line in lines[:_MOST_TOLD]:
        yield _mistake(path, line, what, "correct the line, or take it out")


def _refused(path: Path, line: int, why: str, fix: str) -> MembersRead:
    return MembersRead(findings=(_mistake(path, line, why, fix),))


def _mistake(path: Path, line: int, why: str, fix: str) -> Finding:
    return Finding(
        code="MAN021",
        severity=Severity.ERROR,
        message=f"the file of members cannot be used: {why}",
        fix=fix,
        place=Place(str(path), line, 1),
    )
