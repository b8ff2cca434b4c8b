"""What an organisation told of its tables and rows, question by question: what was not asked stays open."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self, TypeVar

from mig.dataverse.particulars import Particulars, Wanted
from mig.engine.recording import NotInSnapshot
from mig.model.tables import Schema, Table

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told, and which tables it was `asked` for; None is what was asked and not told.

    `lengths` by table and column; `options` by table and column; `ids` by table and id. `rows` by table and
    digest of the filter: what a manifest looks for may be a person's name or address. `names` by id, with the
    row's table: source and target may differ in which tables a lookup leads to.
    """

    asked: frozenset[str] = frozenset()
    schema: Schema = field(default_factory=lambda: Schema({}, {}))
    lengths: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    options: Mapping[tuple[str, str], Mapping[int, str] | None] = field(default_factory=dict)
    ids: Mapping[tuple[str, str], bool | None] = field(default_factory=dict)
    rows: Mapping[tuple[str, str], tuple[str, ...] | None] = field(default_factory=dict)
    names: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)

    # --- keeping ------------------------------------------------------------------------------------------

    def with_tables(self, names: Collection[str], told: Schema) -> Self:
        """The same, and these tables."""
        return replace(self, asked=self.asked | set(names), schema=self.schema.joined(told))

    def with_particulars(self, wanted: Wanted, told: Particulars) -> Self:
        """The same, and these answers."""
        lengths: dict[str, dict[str, int]] = {table: {} for table in wanted.texts}
        for (table, column), length in told.lengths.items():
            lengths[table][column] = length
        return replace(
            self,
            lengths={**self.lengths, **lengths},
            options={**self.options, **{one: told.options.get(one) for one in _columns(wanted)}},
            ids={**self.ids, **{one: told.ids.get(one) for one in _single(wanted.ids)}},
            rows={**self.rows, **{kept: told.rows.get(one) for one, kept in _sought(wanted).items()}},
            names={
                **self.names,
                **{one: None for _, one in _single(wanted.names)},
                **{one: (table, name) for (table, one), name in told.names.items()},
            },
        )

    # --- answering ----------------------------------------------------------------------------------------

    def tables(self, side: str, names: Collection[str]) -> Schema:
        """Those tables; `NotInSnapshot` where one was not asked for."""
        if missing := sorted(set(names) - self.asked):
            raise NotInSnapshot(side, f"what the table {missing[0]} looks like")
        return self.schema.only(names)

    def particulars(self, side: str, wanted: Wanted) -> Particulars:
        """Answers to what is wanted; `NotInSnapshot` where something was not asked."""
        lengths = {
            (table, column): length
            for table in wanted.texts
            for column, length in asked(
                side, self.lengths, table, f"how long texts of {table} may be"
            ).items()
        }
        options = {
            one: asked(side, self.options, one, f"which options {one[1]} has") for one in _columns(wanted)
        }
        ids = {
            one: asked(side, self.ids, one, f"whether a {one[0]} has the id {one[1]}")
            for one in _single(wanted.ids)
        }
        rows = {
            one: asked(side, self.rows, kept, f"which {one[0]} a mapping means")
            for one, kept in _sought(wanted).items()
        }
        return Particulars(
            lengths=lengths,
            options=_told(options),
            ids=_told(ids),
            rows=_told(rows),
            names=self._names(side, wanted),
        )

    def _names(self, side: str, wanted: Wanted) -> Mapping[tuple[str, str], str]:
        nameless = {table.name for table, _ in wanted.names if table.primary_name is None}
        pairs = set(_single(wanted.names))
        rows = {
            one: asked(side, self.names, one, f"what the row {one} is called") for _, one in sorted(pairs)
        }
        return {
            (table, one): "" if table in nameless else name
            for one, (table, name) in _told(rows).items()
            if (table, one) in pairs
        }


def asked(side: str, answers: Mapping[_Key, _Answer], key: _Key, what: str) -> _Answer:
    """One of some answers; `NotInSnapshot` says what was not asked."""
    if key not in answers:
        raise NotInSnapshot(side, what)
    return answers[key]


def _told(answers: Mapping[_Key, _Answer | None]) -> dict[_Key, _Answer]:
    return {key: answer for key, answer in answers.items() if answer is not None}


def _columns(wanted: Wanted) -> Iterator[tuple[str, str]]:
    return ((table, column) for (table, _), columns in wanted.choices.items() for column in sorted(columns))


def _single(asked_for: Iterable[tuple[Table, Collection[str]]]) -> Iterator[tuple[str, str]]:
    return ((table.name, one) for table, ids in asked_for for one in sorted(ids))


def _sought(wanted: Wanted) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Where the answer to each filter is kept, by table and filter."""
    return {(table.name, where): (table.name, _digest(where)) for table, where in wanted.rows}


def _digest(where: str) -> str:
    return hashlib.sha256(where.encode()).hexdigest()
