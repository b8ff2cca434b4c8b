"""What the source knows of the rows that its queries name and the target does not have.

Where source and target are two environments, a row is often there under another id. Its name in the source
tells which one is meant; where one row of the target has that name, the mapping that is needed is known.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mig.dataverse import odata
from mig.dataverse.particulars import Wanted
from mig.manifest.mappings import written_key
from mig.model.tables import Schema, Table
from mig.query.compared import NamedId, ids_by_table
from mig.query.words.phrases import visible
from mig.segments.personal import personal_tables
from mig.segments.side import Side


@dataclass(frozen=True, slots=True)
class Origin:
    """A row of the source. `name` is empty for what tells of a person; `key` names one row of the target."""

    table: str
    name: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Origins:
    """Rows of the source by id; `source` and `target` are the environments' names."""

    source: str
    target: str
    rows: Mapping[str, Origin] = field(default_factory=dict)

    def told(self, row_id: str) -> str:
        """What the source calls the row, to stand behind a sentence."""
        found = self.rows.get(row_id)
        if found is None:
            return ""
        called = f"the {found.table} '{visible(found.name)}'" if found.name else f"a row of {found.table}"
        return f"; in {self.source} it is {called}"

    def fix(self, row_id: str) -> str:
        """How to map one of the rows: the line for the manifest, where it is known."""
        key = self.rows[row_id].key
        if not key:
            where = f"under `mappings.ids` of the environment {self.target}"
            return f"map it {where}, or waive it where the row is meant to be gone"
        line = f"ids: {{{row_id}: {json.dumps(key, ensure_ascii=False)}}}"
        return f"map it under `mappings` of the environment {self.target}: {line}"


async def read_origins(source: Side, target: Side, absent: Iterable[NamedId], schema: Schema) -> Origins:
    """Ask the source for the rows, and the target for those of the same name; a request each, if any."""
    rows = (await source.particulars(names_of(absent, schema))).names
    keys = await _keys(target, {(table, name) for (table, _), name in rows.items()}, schema)
    return Origins(
        source.name,
        target.name,
        {key: Origin(table, name, keys.get((table, name), "")) for (table, key), name in rows.items()},
    )


def names_of(named: Iterable[NamedId], schema: Schema) -> Wanted:
    """What to ask of rows that queries name: what they are called; of persons only that they are there."""
    personal = personal_tables(schema)
    names = []
    for name, ids in sorted(ids_by_table(named).items()):
        if (table := schema.get(name)) is not None:
            names.append((replace(table, primary_name=None) if name in personal else table, ids))
    return Wanted(names=names)


async def _keys(
    target: Side, called: Iterable[tuple[str, str]], schema: Schema
) -> Mapping[tuple[str, str], str]:
    """By table and name, how a manifest names the one row of the target that is called so."""
    sought = {
        (table, name): f"{schema.tables[table].primary_name} eq {odata.literal(name)}"
        for table, name in sorted(called)
        if name.isprintable() and name.strip()
    }
    wanted = Wanted(rows=[(schema.tables[table], where) for (table, _), where in sought.items()])
    found = (await target.particulars(wanted)).rows
    return {
        (table, name): _key(schema.tables[table], name)
        for (table, name), where in sought.items()
        if len(found.get((table, where), ())) == 1
    }


def _key(table: Table, name: str) -> str:
    return written_key(table.entity_set, table.primary_name or "", name)
