"""What rows are called: their primary names by id, and the rows that have a name."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.particulars import ask, parts
from mig.model.tables import Table

_IDS: Final = 100  # in one question, as for `particulars`
_NAMES: Final = 20  # a name may have some hundred characters, and each may become nine in a URL

Wanted = Sequence[tuple[Table, Collection[str]]]


async def read_names(
    client: Client, wanted: Wanted, unnamed: Collection[str]
) -> Mapping[str, tuple[str, str]]:
    """By id, the table of which a row has it, and the row's name.

    Of the tables in `unnamed` no names are read; there, and where a row has none, the name is empty.
    """
    questions = {_by_id(table, some, unnamed): table for table, ids in wanted for some in parts(ids, _IDS)}
    answers = await ask(client, questions)
    return {
        str(row.get(table.primary_id)).lower(): (table.name, str(row.get(table.primary_name or "") or ""))
        for question, table in questions.items()
        for row in answers.get(question, ())
    }


async def read_named(client: Client, wanted: Wanted) -> Mapping[tuple[str, str], int]:
    """By table and name, how many rows have that name; what was not told is absent."""
    questions = {_by_name(*some): some for some in _by_parts(wanted)}
    answers = await ask(client, questions)
    found: dict[tuple[str, str], int] = {}
    for question, (table, names) in questions.items():
        if question in answers:
            called = [_folded(str(row.get(table.primary_name or ""))) for row in answers[question]]
            found |= {(table.name, name): called.count(_folded(name)) for name in names}
    return found


def _folded(name: str) -> str:
    """A name as databases compare it: neither case nor accents count, nor blanks at the end."""
    letters = unicodedata.normalize("NFKD", name.rstrip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _by_parts(wanted: Wanted) -> Iterator[tuple[Table, Sequence[str]]]:
    return ((table, some) for table, names in wanted for some in parts(names, _NAMES))


def _by_id(table: Table, ids: Sequence[str], unnamed: Collection[str]) -> str:
    named = table.primary_name if table.name not in unnamed else None
    select = (table.primary_id, named) if named else (table.primary_id,)
    return odata.query(table.entity_set, select=select, where=odata.any_of(table.primary_id, ids))


def _by_name(table: Table, names: Sequence[str]) -> str:
    name = table.primary_name or ""
    return odata.query(table.entity_set, select=(name,), where=odata.any_of(name, names))
