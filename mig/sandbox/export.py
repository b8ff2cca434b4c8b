"""A world as a world file: JSON, which is YAML too, a row a line, sorted: equal worlds give equal bytes.

What a loader adds by itself is left out: the rows that every organisation has, which follow its name, and the
columns that say a row is the administrator's. Left out as well is what no world file states: tokens, row
versions, and what services are in the middle of.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from mig.model.tables import Column, ColumnType, Table
from mig.sandbox.building import additions, standard_rows
from mig.sandbox.clock import stored_time
from mig.sandbox.faults import kept
from mig.sandbox.layout import quoted, type_column
from mig.sandbox.spec import Fault
from mig.sandbox.world import World

# JSON may hold these as they are, YAML may not.
_NO_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# What the loader completes in other ways (`worldfile/rows.py`): stated even when empty.
_COMPLETED: Final = {"createdon", "modifiedon", "statecode", "statuscode", "msdyncrm_segmentqueryname"}
_ORGANIZATION: Final = "organization"


def export(world: World) -> Iterator[str]:
    """The file's text in parts, as of one moment."""
    world.connection.execute("BEGIN")
    try:
        for key, value in _head(world).items():
            yield f"{',' if key != 'version' else '{'}\n{_json(key)}: {_json(value)}"
        yield ',\n"tables": {'
        yield from _tables(world)
        yield "\n}}\n"
    finally:
        world.connection.rollback()


def _head(world: World) -> dict[str, object]:
    facts = json.loads(world.connection.execute("SELECT facts FROM _world").fetchone()[0])
    return {
        "version": 1,
        "phase": world.phase,
        "now": stored_time(world.clock.now()),
        "columns": {
            table: {column["name"]: _declared(world, table, column["name"]) for column in columns}
            for table, columns in facts["columns"].items()
        },
        "keys": facts["keys"],
        "faults": [_fault(fault) for fault in (one.fault for one in kept(world))],
        "switches": asdict(world.switches),
    }


def _declared(world: World, table: str, name: str) -> dict[str, object]:
    """An own column in the words of a world file; what is not said of it is left out."""
    column = world.schema[table].columns[name]
    relationships = {
        one.referenced_table: one.name
        for one in world.schema.relationships.values()
        if (one.referencing_table, one.referencing_column) == (table, name)
    }
    said: dict[str, object] = {
        "type": column.type,
        "options": {str(number): label for number, label in column.options.items()},
        "max_length": column.max_length,
        "min": column.minimum,
        "max": column.maximum,
        "target": list(column.targets),
        "nav": dict(column.nav),
        "relationship": relationships,
        "format": "DateOnly" if column.date_only else None,
        "read_only": column.read_only or None,
        "computed": column.computed or None,
        "required": column.required,
        "default": column.default,
    }
    return {key: value for key, value in said.items() if value not in (None, [], {})}


def _fault(fault: Fault) -> dict[str, object]:
    return {
        one.name: getattr(fault, one.name) for one in fields(fault) if getattr(fault, one.name) != one.default
    }


def _tables(world: World) -> Iterator[str]:
    added = additions(world.origin)
    own = {
        row[world.schema[table].primary_id]: row
        for table, rows in standard_rows(world.name, world.origin, world.phase).items()
        for row in rows
    }
    before = ""
    for table in sorted(world.schema, key=lambda table: table.name):
        if table.name == _ORGANIZATION:
            continue
        lines = _rows(world, table, own, added)
        if (first := next(lines, None)) is not None:
            yield f"{before}\n{_json(table.name)}: [\n{first}"
            yield from (f",\n{line}" for line in lines)
            yield "\n]"
            before = ","


def _rows(
    world: World, table: Table, own: Mapping[object, Mapping[str, object]], added: Mapping[str, object]
) -> Iterator[str]:
    """The rows that are not every organisation's, or not as there, each as one line, by id."""
    stored = world.layouts[table.name].stored
    key = quoted(table.primary_id)
    found = world.connection.execute(
        f"SELECT {', '.join(map(quoted, stored))} FROM {quoted(table.name)} ORDER BY {key}"
    )
    columns = [table.columns[name] for name in sorted(table.columns) if name != "versionnumber"]
    for values in found:
        row = dict(zip(stored, values, strict=True))
        common = own.get(row[table.primary_id])
        if common is None or any(row[name] != value for name, value in common.items()):
            stated = [column for column in columns if _is_stated(table, column, row, added)]
            yield _json({column.name: _value(column, row) for column in stated})


def _is_stated(table: Table, column: Column, row: Mapping[str, object], added: Mapping[str, object]) -> bool:
    """Whether leaving the value out would give another one."""
    value = row[column.name]
    if column.name == table.primary_id or column.name in _COMPLETED:
        return True
    if column.name not in added:
        return value is not None
    kind = type_column(column)
    return value != added[column.name] or (kind is not None and row[kind] != added[kind])


def _value(column: Column, row: Mapping[str, Any]) -> object:
    value, kind = row[column.name], type_column(column)
    if value is None:
        return None
    if kind is not None and row[kind] is not None:
        return {row[kind]: value}
    return bool(value) if column.type is ColumnType.BOOLEAN else value


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _NO_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
