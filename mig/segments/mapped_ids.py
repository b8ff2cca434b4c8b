"""Ids that the manifest maps (`mappings.ids`): which id of the target takes the place of one of the source.

A row that is named by what its columns hold is found by a filter, and has to be the only one. Only queries
are mapped; static members are not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from mig.dataverse.particulars import MOST_FOUND
from mig.manifest.model import MappedId, NaturalKey
from mig.manifest.words import did_you_mean, nearest
from mig.model.findings import Finding, Severity
from mig.model.tables import Schema, Table
from mig.query.compared import NamedId

Mappings = Mapping[str, MappedId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What became of a mapping: the id of the target, or why there is none. `table` where a key names it.

    `shown`: what the manifest says of the row may be shown, because it tells nothing of a person.
    """

    mapping: MappedId
    id: str | None = None
    table: str = ""
    wrong: str = ""
    shown: bool = True

    def told(self, source_id: str, tables: Sequence[str]) -> Finding:
        """For the plan: which id takes the place of which; `tables` are those whose row it may be."""
        if self.id is None:
            return self._refused(source_id, self.wrong)
        key = f", by {self.mapping.text}" if isinstance(self.mapping.to, NaturalKey) and self.shown else ""
        return Finding(
            code="QRY050",
            severity=Severity.INFO,
            message=f"{' or '.join(tables)} {source_id} → {self.id}{key}",
        )

    def without_row(self, source_id: str, named: NamedId) -> Finding:
        """For the plan: the target has no row with the id that the query could mean."""
        rows = " or ".join(named.tables)
        return self._refused(source_id, f"the target has no row of {rows} with the id {named.id}")

    def _refused(self, source_id: str, why: str) -> Finding:
        place = self.mapping.place
        return Finding(
            code="MAN022",
            severity=Severity.ERROR,
            message=f"the id {source_id} cannot be mapped: {why}",
            fix="correct the mapping, so that it means one row of the target",
            place=place if self.shown else replace(place, text=""),
        )


@dataclass(frozen=True, slots=True)
class Sought:
    """The rows of a table that a natural key names, as a filter."""

    table: Table
    where: str


def sought_rows(mappings: Mappings, schema: Schema) -> Mapping[str, Sought | str]:
    """What to ask the target for, by the source's id; or why it cannot be asked."""
    return {
        source_id: _sought(mapping.to, schema)
        for source_id, mapping in mappings.items()
        if isinstance(mapping.to, NaturalKey)
    }


def _sought(key: NaturalKey, schema: Schema) -> Sought | str:
    table = schema.by_set.get(key.entity_set)
    if table is None:
        told = f"no table whose rows queries name has the entity set {key.entity_set}"
        return _with_question(told, nearest(key.entity_set, schema.by_set))
    conditions = []
    for name, literal in key.columns:
        column = table.columns.get(name) or table.by_read_name.get(name)
        if column is None:
            return _with_question(f"{table.name} has no column {name}", nearest(name, table.columns))
        conditions.append(f"{column.read_name} eq {literal}")
    return Sought(table, " and ".join(conditions))


def _with_question(told: str, meant: Sequence[str]) -> str:
    return f"{told}; {did_you_mean(meant)}" if meant else told


def stands_of(
    mappings: Mappings,
    sought: Mapping[str, Sought | str],
    found: Mapping[tuple[str, str], Sequence[str]],
    personal: Collection[str],
) -> Mapping[str, Stand]:
    """What becomes of each mapping; `found` has the ids that the target told, by table and filter."""
    stands: dict[str, Stand] = {}
    for source_id, mapping in mappings.items():
        asked = sought.get(source_id)
        if isinstance(mapping.to, str):
            stands[source_id] = Stand(mapping=mapping, id=mapping.to)
        elif isinstance(asked, Sought):
            rows = found.get((asked.table.name, asked.where))
            stands[source_id] = _answered(mapping, asked.table.name, rows, personal)
        else:
            stands[source_id] = Stand(mapping=mapping, wrong=asked or "", shown=False)
    return stands


def _answered(mapping: MappedId, table: str, rows: Sequence[str] | None, personal: Collection[str]) -> Stand:
    shown = table not in personal
    if rows is not None and len(rows) == 1:
        return Stand(mapping=mapping, id=rows[0], table=table, shown=shown)
    key = mapping.text if shown else ""
    return Stand(mapping=mapping, table=table, wrong=_why_none(key, table, rows), shown=shown)


def _why_none(key: str, table: str, rows: Sequence[str] | None) -> str:
    """`key` is empty where it may not be shown."""
    row = f"row {key}" if key else f"row of {table} with these values"
    if rows is None:
        return f"the target refuses to look for the {row}; see the form of its values"
    if not rows:
        return f"the target has no {row}"
    number = f"{len(rows)} or more" if len(rows) == MOST_FOUND else str(len(rows))
    found = f"rows of the target match {key}" if key else f"rows of {table} in the target have these values"
    return f"{number} {found}: {', '.join(rows)}"
