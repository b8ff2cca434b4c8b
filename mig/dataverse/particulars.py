"""What an organisation tells only when asked for one thing at a time: lengths, options, single rows.

Lengths and options want a cast to the columns' own type, of one table each (reference/dataverse-web-api.md
10). All questions go together, a hundred in a batch; one that is refused leaves its own answer open.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.messages import Request
from mig.model.tables import TEXTS, ColumnType, Table

_IDS: Final = 100  # in one question: a URL inside a batch may have 65,536 characters (2.3)
MOST_FOUND: Final = 6  # rows told of a filter that is meant to find one
_QUESTIONS: Final = 100  # in one batch, which the service carries out in sequence
_OPTION_SETS: Final = ("OptionSet", "GlobalOptionSet")  # a choice has one of the two

Answers = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to ask: lengths of all texts of some tables, options of some columns, ids of some tables.

    `rows`: which rows of a table a filter finds, at most `MOST_FOUND`. `names`: what the rows with some ids
    are called; of a table without a primary name only that they are there.
    """

    texts: Collection[str] = ()
    choices: Mapping[tuple[str, ColumnType], Collection[str]] = field(default_factory=dict)
    ids: Sequence[tuple[Table, Collection[str]]] = ()
    rows: Collection[tuple[Table, str]] = ()
    names: Sequence[tuple[Table, Collection[str]]] = ()

    def paths(self) -> Iterator[str]:
        """The questions."""
        for table in self.texts:
            yield from _texts(table)
        yield from (_choices(*key, columns) for key, columns in self.choices.items())
        for owner, ids in self.ids:
            yield from (_rows(owner, some) for some in _parts(ids, _IDS))
        yield from (_found(*row) for row in self.rows)
        for owner, ids in self.names:
            yield from (_called(owner, some) for some in _parts(ids, _IDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """The answers, by table and column, id or filter; what was not told is absent.

    `names` has the rows that are there; the name is empty where a row has none.
    """

    lengths: Mapping[tuple[str, str], int]
    options: Mapping[tuple[str, str], Mapping[int, str]]
    ids: Mapping[tuple[str, str], bool]
    rows: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


async def read_particulars(client: Client, wanted: Wanted) -> Particulars:
    """Ask for all of it; nothing wanted costs no request."""
    answers = await _ask(client, wanted.paths())
    return Particulars(
        lengths=dict(_lengths(wanted, answers)),
        options=dict(_options(wanted, answers)),
        ids=dict(_existing(wanted, answers)),
        rows=dict(_rows_found(wanted, answers)),
        names=dict(_names(wanted, answers)),
    )


async def _ask(client: Client, questions: Iterable[str]) -> Answers:
    """The rows that each path gives. One that is refused, or answered by the first page only, is absent."""
    answers: dict[str, Sequence[Mapping[str, Any]]] = {}
    for paths in _parts(set(questions), _QUESTIONS):
        found = await client.batch([Request("GET", path) for path in paths])
        for path, (answer, *_) in zip(paths, found, strict=True):
            body = answer.body if not answer.failed and isinstance(answer.body, dict) else {}
            if isinstance(body.get("value"), list) and "@odata.nextLink" not in body:
                answers[path] = [row for row in body["value"] if isinstance(row, dict)]
    return answers


def _lengths(wanted: Wanted, answers: Answers) -> Iterator[tuple[tuple[str, str], int]]:
    for table in wanted.texts:
        for row in (row for path in _texts(table) for row in answers.get(path, ())):
            if isinstance(row.get("MaxLength"), int):
                yield (table, str(row.get("LogicalName"))), row["MaxLength"]


def _options(wanted: Wanted, answers: Answers) -> Iterator[tuple[tuple[str, str], Mapping[int, str]]]:
    for (table, kind), columns in wanted.choices.items():
        for row in answers.get(_choices(table, kind, columns), ()):
            sets = (row[name] for name in _OPTION_SETS if isinstance(row.get(name), dict))
            told: Mapping[str, Any] = next(sets, {})
            if isinstance(told.get("Options"), list):
                yield (table, str(row.get("LogicalName"))), dict(_numbered(told["Options"]))


def _numbered(options: Iterable[Any]) -> Iterator[tuple[int, str]]:
    for option in options:
        if isinstance(option, dict) and isinstance(option.get("Value"), int):
            label = (option.get("Label") or {}).get("UserLocalizedLabel") or {}
            yield option["Value"], str(label.get("Label") or "")


def _existing(wanted: Wanted, answers: Answers) -> Iterator[tuple[tuple[str, str], bool]]:
    for table, ids in wanted.ids:
        for some in _parts(ids, _IDS):
            rows = answers.get(_rows(table, some))
            if rows is not None:
                found = {str(row.get(table.primary_id)).lower() for row in rows}
                yield from (((table.name, one), one in found) for one in some)


def _rows_found(wanted: Wanted, answers: Answers) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for table, where in wanted.rows:
        if (rows := answers.get(_found(table, where))) is not None:
            yield (table.name, where), tuple(sorted(str(row.get(table.primary_id)).lower() for row in rows))


def _names(wanted: Wanted, answers: Answers) -> Iterator[tuple[tuple[str, str], str]]:
    for table, ids in wanted.names:
        for row in (row for some in _parts(ids, _IDS) for row in answers.get(_called(table, some), ())):
            name = row.get(table.primary_name or "")
            yield (table.name, str(row.get(table.primary_id)).lower()), str(name or "")


# --- paths ------------------------------------------------------------------------------------------------


def _texts(table: str) -> Iterator[str]:
    return (odata.query(_cast(table, kind), select=("LogicalName", "MaxLength")) for kind in sorted(TEXTS))


def _choices(table: str, kind: ColumnType, columns: Collection[str]) -> str:
    return odata.query(
        _cast(table, kind),
        select=("LogicalName",),
        where=" or ".join(f"LogicalName eq {odata.literal(name)}" for name in sorted(columns)),
        expand=",".join(f"{name}($select=Options)" for name in _OPTION_SETS),
    )


def _cast(table: str, kind: ColumnType) -> str:
    name = f"EntityDefinitions(LogicalName={odata.literal(table)})"
    return f"{name}/Attributes/Microsoft.Dynamics.CRM.{kind}AttributeMetadata"


def _rows(table: Table, ids: Sequence[str]) -> str:
    return _with_ids(table, ids, (table.primary_id,))


def _called(table: Table, ids: Sequence[str]) -> str:
    name = (table.primary_name,) if table.primary_name else ()
    return _with_ids(table, ids, (table.primary_id, *name))


def _with_ids(table: Table, ids: Sequence[str], select: Sequence[str]) -> str:
    return odata.query(table.entity_set, select=select, where=odata.any_of(table.primary_id, ids))


def _found(table: Table, where: str) -> str:
    return odata.query(table.entity_set, select=(table.primary_id,), where=where, top=MOST_FOUND)


def _parts(items: Collection[str], size: int) -> Iterator[Sequence[str]]:
    ordered = sorted(items)
    return (ordered[start : start + size] for start in range(0, len(ordered), size))
