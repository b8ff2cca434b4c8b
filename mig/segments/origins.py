"""What the source knows of the rows that its queries name and the target does not have.

Where source and target are two environments, a row is often there under another id. Its name in the source
tells which one is meant; where one row of the target has that name, the mapping that is needed is known.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mig.dataverse.row_names import read_named, read_names
from mig.engine.snapshot import Endpoint
from mig.manifest.mappings import written_key
from mig.model.tables import Schema
from mig.query.compared import NamedId
from mig.query.words.phrases import visible
from mig.segments.personal import personal_tables


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


async def read_origins(
    source: Endpoint, target: Endpoint, absent: Iterable[NamedId], schema: Schema
) -> Origins:
    """Ask the source for the rows, and the target for those of the same name; two requests at most."""
    ids: dict[str, set[str]] = {}
    for named in absent:
        for name in named.tables:
            ids.setdefault(name, set()).add(named.id)
    wanted = [(schema.tables[name], ids[name]) for name in sorted(ids) if name in schema.tables]
    rows = await read_names(source.client, wanted, personal_tables(schema))
    names: dict[str, set[str]] = {}
    for table, name in rows.values():
        if name.isprintable() and name.strip():
            names.setdefault(table, set()).add(name)
    wanted_names = [(schema.tables[table], names[table]) for table in sorted(names)]
    counts = await read_named(target.client, wanted_names)
    return Origins(
        source.name,
        target.name,
        {
            key: Origin(table, name, _key(table, name, schema) if counts.get((table, name)) == 1 else "")
            for key, (table, name) in rows.items()
        },
    )


def _key(table: str, name: str, schema: Schema) -> str:
    found = schema.tables[table]
    return written_key(found.entity_set, found.primary_name or "", name)
