"""The rows of a world file, table by table, completed with what it may leave out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from mig.model.tables import Column, Schema, Table
from mig.sandbox.security.rights import role_id
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Items, Node, Pairs, Scalar
from mig.sandbox.worldfile.roles import ROLE, Names
from mig.sandbox.worldfile.values import guid, stored_moment, stored_value

Row = dict[str, object]

_NAMESPACE: Final = uuid5(NAMESPACE_DNS, "mig.world")
# The status a new row has where the metadata names none; a draft of these is not the first option.
_DRAFT: Final = {"msdynmkt_segment": 2}


def read_rows(node: Node, schema: Schema, now: datetime, mistakes: Mistakes) -> dict[str, list[Row]]:
    """Every table's rows in stored form, ids always present."""
    if not isinstance(node, Pairs):
        mistakes.add(node, "`tables` takes table names with their rows", "tables: {contact: [{fullname: …}]}")
        return {}
    rows: dict[str, list[Row]] = {}
    names = Names(schema, node)
    for key, value in node:
        table = schema.tables.get(key.text)
        if table is None:
            mistakes.unknown(key, "table", key.text, schema.tables)
        else:
            rows[table.name] = _table_rows(table, value, names, stored_moment(now), mistakes)
    _settle_lookups(rows, schema)
    _settle_owners(rows, schema)
    return rows


def _table_rows(table: Table, node: Node, names: Names, now: str, mistakes: Mistakes) -> list[Row]:
    if isinstance(node, Scalar) and node.is_null:
        return []
    if not isinstance(node, Items):
        mistakes.add(node, f"`{table.name}` takes a list of rows", f"{table.name}: [{{…}}, {{…}}]")
        return []
    rows: list[Row] = []
    lines: dict[object, int] = {}
    for position, item in enumerate(node.items, start=1):
        if not isinstance(item, Pairs):
            mistakes.add(item, "a row is columns with their values", "{column: value, …}")
            continue
        row = _completed(table, _row(table, item, names, mistakes), position, now)
        first = lines.setdefault(row[table.primary_id], item.line)
        if len(lines) == len(rows):
            message = f"two rows of `{table.name}` have the id {row[table.primary_id]}"
            mistakes.add(item, message, f"the first is in line {first}")
        else:
            rows.append(row)
    return rows


def _row(table: Table, node: Pairs, names: Names, mistakes: Mistakes) -> Row:
    row: Row = {}
    for key, value in node:
        column = table.columns.get(key.text)
        if column is None:
            mistakes.unknown(key, "column", key.text, table.columns, of=table.name)
        elif (named := names.id_of(table, column.name, value, mistakes)) is not None:
            row[column.name] = named
        elif column.is_lookup:
            row.update(_lookup(column, value, mistakes))
        else:
            row[column.name] = stored_value(column, value, mistakes)
    return row


def _lookup(column: Column, node: Node, mistakes: Mistakes) -> Row:
    """`id` or `{table: id}`; with several targets the table is a value too, None until it is settled."""
    target, value = None, node
    if isinstance(node, Pairs):
        named = list(node)
        if len(named) != 1:
            mistakes.add(node, f"`{column.name}` points at one row", f"{column.name}: {{table: id}}")
            return {}
        key, value = named[0]
        target = key.text
        if target not in column.targets:
            mistakes.unknown(key, "target", target, column.targets, of=column.name)
    if isinstance(value, Scalar) and value.is_null:
        return {column.name: None}
    row_id = guid(value.text) if isinstance(value, Scalar) else None
    if row_id is None:
        mistakes.add(
            value, f"`{column.name}` takes the id of a row", f"{column.name}: {{table: id}}, or the id"
        )
        return {}
    return {column.name: row_id, **({_type_of(column): target} if len(column.targets) > 1 else {})}


def _type_of(column: Column) -> str:
    return f"{column.name}@type"


def _completed(table: Table, row: Row, position: int, now: str) -> Row:
    key = table.primary_id
    row_id = row.get(key) or _made_id(table, row, position)
    completed: Row = {**{name: now for name in ("createdon", "modifiedon") if name in table.columns}, **row}
    completed[key] = row_id
    if table.name == "msdyncrm_segment":
        completed.setdefault("msdyncrm_segmentqueryname", f"SEGMENT_CRM_ID_{str(row_id).replace('-', '')}")
    if "statuscode" in table.columns and "statecode" in table.columns:
        completed.update(_state(table, row))
    return completed


def _made_id(table: Table, row: Row, position: int) -> str:
    """A role is found by its name, so its id follows from that."""
    if table.name == ROLE and "name" in row:
        return role_id(str(row["name"]))
    return str(uuid5(_NAMESPACE, f"{table.name}:{position}"))


def _state(table: Table, row: Mapping[str, object]) -> Row:
    """statecode follows statuscode; a state alone takes its first status; neither: as a new row."""
    column = table.columns["statuscode"]
    new = _new_status(table.name, column)
    status = row.get("statuscode", new)
    if "statecode" in row and "statuscode" not in row:
        fitting = [one for one, state in column.state_of.items() if state == row["statecode"]]
        status = new if new in fitting else next(iter(fitting), new)
    # The public metadata names no state for one status (11 Faulted): it gets that of a new row.
    follows = column.state_of.get(status if isinstance(status, int) else new, column.state_of.get(new, 0))
    return {"statecode": row.get("statecode", follows), "statuscode": status}


def _new_status(table: str, column: Column) -> int:
    drafts = [number for number, label in column.options.items() if label == "Draft"]
    return _DRAFT.get(table) or next(iter([*drafts, *column.options]), 1)


def _settle_lookups(rows: Mapping[str, list[Row]], schema: Schema) -> None:
    """A bare id in a lookup with several targets means the table that has the row, else the first target."""
    ids = {name: {row[schema[name].primary_id] for row in members} for name, members in rows.items()}
    for name, members in rows.items():
        for column in schema[name].columns.values():
            if len(column.targets) < 2:
                continue
            kind = _type_of(column)
            for row in members:
                if row.get(kind, "") is None:
                    row[kind] = next(
                        (one for one in column.targets if row[column.name] in ids.get(one, ())),
                        column.targets[0],
                    )


def _settle_owners(rows: Mapping[str, list[Row]], schema: Schema) -> None:
    """The owning user, team and business unit follow the owner that a row states, unless it states them."""
    units = {
        row[schema[kind].primary_id]: row["businessunitid"]
        for kind in ("systemuser", "team")
        for row in rows.get(kind, ())
        if row.get("businessunitid")
    }
    for name, members in rows.items():
        for row in (row for row in members if "ownerid" in row):
            owner, is_team = row["ownerid"], row.get("ownerid@type") == "team"
            follows = {"owningteam": owner if is_team else None, "owninguser": None if is_team else owner}
            if owner in units:
                follows["owningbusinessunit"] = units[owner]
            for column in follows.keys() & schema[name].columns.keys():
                row.setdefault(column, follows[column])
