"""Which row a URL means: by its id, or by one of the table's alternate keys (dataverse-web-api.md §5.3)."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mig.model.tables import TEXTS, Column, ColumnType, Table
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.layout import Layout, holds_id, key_part, quoted
from mig.sandbox.odata.url import guid_key, is_guid, read_path, split_base
from mig.sandbox.values import Stored, number_in, to_stored
from mig.sandbox.world import World

UNUSABLE: Final = frozenset("/<>*%&:\\?+")  # in a key's value, within the URL of a row (§5.3)

_PAIR: Final = re.compile(r"\s*(?P<name>\w+)\s*=\s*(?P<value>'(?:[^']|'')*'|[^',]+?)\s*(?:,(?=.)|\Z)")
_HOST: Final = re.compile(r"https?://[^/]*", re.IGNORECASE)
_SAFE: Final = "!$&'()*+,/:;=?@"


@dataclass(frozen=True, slots=True)
class Key:
    """What singles out a row: the stored values of its key's columns, and the key as the client wrote it."""

    text: str
    columns: Mapping[str, Stored]
    alternate: bool = False

    def url(self, base: str, table: Table) -> str:
        """The row's absolute URL in the form that the client used; text beyond ASCII is escaped."""
        return f"{base}{table.entity_set}({quote(self.text, safe=_SAFE)})"


def id_key(table: Table, row: str) -> Key:
    """The key that is a row's id."""
    return Key(row, {table.primary_id: row})


def read_key(layout: Layout, arguments: str) -> Key:
    """The key between the brackets; 400 for an id that is none and for a key that the table lacks."""
    table = layout.table
    row = guid_key(arguments, table.primary_id)
    if row is not None:
        return id_key(table, row)
    pairs = _pairs(arguments)
    if not pairs:
        raise errors.bad_url(f"Error in the URL: '{arguments}' is not a GUID.")
    columns = [_column(table, name) for name, _ in pairs]
    names = sorted(column.name for column in columns)
    if all(sorted(key) != names for key in table.keys.values()):
        raise errors.no_such_key(table.name)
    texts = [text for _, text in pairs]
    values = {column.name: _value(table, column, text) for column, text in zip(columns, texts, strict=True)}
    return Key(arguments, values, alternate=True)


def read_url_key(layout: Layout, arguments: str) -> Key:
    """The key in the URL of a request, where some characters break it: 400, as no escape helps."""
    key = read_key(layout, arguments)
    for value in key.columns.values():
        if key.alternate and isinstance(value, str) and not UNUSABLE.isdisjoint(value):
            raise errors.unusable_key(layout.name, "".join(sorted(UNUSABLE.intersection(value))))
    return key


def find(world: World, layout: Layout, key: Key) -> tuple[str, int] | None:
    """The id and version of the row with that key."""
    table = layout.table
    where = " AND ".join(f"{key_part(table.columns[name])} = ?" for name in key.columns)
    sql = f"SELECT {quoted(table.primary_id)}, versionnumber FROM {quoted(table.name)} WHERE {where}"
    found: tuple[str, int] | None = world.connection.execute(sql, [*key.columns.values()]).fetchone()
    return found


def locate(world: World, layout: Layout, key: Key) -> tuple[str, int]:
    """The id and version of the row with that key; 404 when there is none."""
    found = find(world, layout, key)
    if found is None:
        raise absent(layout, key)
    return found


def absent(layout: Layout, key: Key) -> errors.ODataError:
    """404 for a key without a row."""
    return errors.no_row_by_key(layout.name) if key.alternate else errors.no_row(layout.name, key.text)


def clash(layout: Layout, error: sqlite3.IntegrityError) -> errors.ODataError:
    """412: which key is taken, by the columns that SQLite names (`UNIQUE constraint failed: t.a, t.b`)."""
    taken = sorted(name.rpartition(".")[2] for name in str(error).partition(": ")[2].split(", "))
    for name, columns in layout.table.keys.items():
        if sorted(columns) == taken:
            return errors.key_exists(layout.name, name, columns)
    return errors.exists()


def resolve(call: Call, url: str) -> tuple[Layout, Key]:
    """The table and key in `/set(key)`, `set(key)`, an absolute URL, or `$n` of a batch."""
    path = _HOST.sub("", url)
    below = split_base(path)
    path = (below[1] if below is not None else path).lstrip("/")
    if path.startswith("$"):
        if path not in call.references:
            raise errors.no_reference(path)
        path = call.references[path]
    segments = read_path(path)
    if len(segments) != 1 or segments[0].arguments is None:
        raise errors.bad_payload(f"'{url}' does not name a row.")
    table = call.world.schema.by_set.get(segments[0].name)
    if table is None:
        raise errors.no_resource(segments[0].name)
    layout = call.world.layouts[table.name]
    return layout, read_key(layout, segments[0].arguments)


def named_row(call: Call, url: str) -> tuple[str, str]:
    """The table and id of the row that a URL in a body names; 404 when it is not there."""
    layout, key = resolve(call, url)
    return layout.name, locate(call.world, layout, key)[0]


def _pairs(arguments: str) -> list[tuple[str, str]]:
    """Names and values as written; none when the whole is not `name=value,…`."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(arguments):
        found = _PAIR.match(arguments, position)
        if found is None:
            return []
        pairs.append((found["name"], found["value"]))
        position = found.end()
    return pairs


def _column(table: Table, name: str) -> Column:
    if name not in table.by_read_name:
        raise errors.unknown_column(name, table.name)
    return table.by_read_name[name]


def _value(table: Table, column: Column, text: str) -> Stored:
    """A literal in a key, as the row stores it: text in quotes, all else without."""
    if (column.type in TEXTS) != text.startswith("'"):
        raise errors.bad_syntax(f"'{text}' is no value of the key column '{column.name}'.")
    if column.type in TEXTS:
        return to_stored(table, column, text[1:-1].replace("''", "'"))
    if holds_id(column) and is_guid(text):
        return text.lower()
    if column.type is ColumnType.DATE_TIME:
        return to_stored(table, column, text)
    number = number_in(text, column)
    if number is None:
        raise errors.bad_syntax(f"'{text}' is no value of the key column '{column.name}'.")
    return to_stored(table, column, number)
