"""The alternate keys that an organisation has defined: columns by the key's name, by table."""

from collections.abc import Mapping, Sequence
from typing import Final

from mig.model.tables import Column, ColumnType, Schema, Table
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Items, Node, Pairs, Scalar

Keys = dict[str, dict[str, tuple[str, ...]]]
Rows = Mapping[str, Sequence[Mapping[str, object]]]

# What a key may consist of, and how many there may be (dataverse-web-api.md §5.3).
_TYPES: Final = frozenset(
    {ColumnType.STRING, ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.DATE_TIME}
    | {ColumnType.LOOKUP, ColumnType.PICKLIST}
)
_MOST_KEYS: Final = 10
_MOST_COLUMNS: Final = 16
_EXAMPLE: Final = "keys: {contact: {new_code_key: [new_code]}}"


def read_keys(node: Node, schema: Schema, rows: Rows, mistakes: Mistakes) -> Keys:
    """The keys by table. No two of the rows may have the same values in all columns of a key."""
    if not isinstance(node, Pairs):
        mistakes.add(node, "`keys` takes table names with their keys", _EXAMPLE)
        return {}
    keys: Keys = {}
    for name, value in node:
        table = schema.tables.get(name.text)
        if table is None:
            mistakes.unknown(name, "table", name.text, schema.tables)
        elif not isinstance(value, Pairs):
            mistakes.add(value, f"`{name.text}` takes key names with their columns", _EXAMPLE)
        else:
            keys[table.name] = _table_keys(table, value, rows.get(table.name, ()), mistakes)
    return keys


def _table_keys(
    table: Table, node: Pairs, rows: Sequence[Mapping[str, object]], mistakes: Mistakes
) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {}
    for name, value in node:
        columns = _columns(table, name, value, mistakes)
        keys[name.text] = tuple(column.name for column in columns)
        if len(keys) > _MOST_KEYS:
            mistakes.add(name, f"`{table.name}` has more than {_MOST_KEYS} keys", "take some out")
        if columns and _repeats(columns, rows):
            message = f"two rows of `{table.name}` have the same {', '.join(keys[name.text])}"
            mistakes.add(name, message, "a key's values are unique, whatever their letter case")
    return keys


def _columns(table: Table, name: Scalar, node: Node, mistakes: Mistakes) -> list[Column]:
    if not isinstance(node, Items) or not 0 < len(node.items) <= _MOST_COLUMNS:
        mistakes.add(node, f"`{name.text}` takes 1 to {_MOST_COLUMNS} columns", f"{name.text}: [new_code]")
        return []
    columns: list[Column] = []
    for item in node.items:
        text = item.text if isinstance(item, Scalar) else "…"
        column = table.columns.get(text)
        if column is None:
            mistakes.unknown(item, "column", text, table.columns, of=table.name)
        elif column.type not in _TYPES:
            mistakes.add(item, f"`{text}` is of type {column.type}, which no key takes")
        else:
            columns.append(column)
    return columns


def _repeats(columns: Sequence[Column], rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether two rows that lack none of the values have the same ones."""
    values = [tuple(_folded(row.get(column.name)) for column in columns) for row in rows]
    whole = [row for row in values if None not in row]
    return len(set(whole)) < len(whole)


def _folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value
