"""Columns as the service describes them: what all have, what the type adds, the option sets."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from mig.model.tables import FRACTIONS, TEXTS, WHOLE_NUMBERS, Column, ColumnType, Table
from mig.sandbox.metadata import kinds
from mig.sandbox.metadata.items import Entry, Item, Items, item, label, metadata_id
from mig.sandbox.metadata.options import option_set
from mig.sandbox.world import World

_REQUIRED: Final = {
    None: "None",
    "system": "SystemRequired",
    "application": "ApplicationRequired",
    "recommended": "Recommended",
}
_SOURCES: Final = {"calculated": 1, "rollup": 2, "formula": 3}
_VIRTUAL: Final = frozenset({ColumnType.MULTI_SELECT, ColumnType.IMAGE})  # types that came after the enum


def attributes(world: World, table: Table) -> Items:
    """All columns of a table."""
    members = {name: partial(_attribute, world, table, column) for name, column in table.columns.items()}
    return Items(kinds.ATTRIBUTE, members, "LogicalName")


def _attribute(world: World, table: Table, column: Column) -> Item:
    virtual = column.computed == "virtual"
    kind = kinds.ATTRIBUTE if virtual else kinds.ATTRIBUTES[column.type]
    entry = {
        "MetadataId": metadata_id(world, f"{table.name}.{column.name}"),
        "LogicalName": column.name,
        "SchemaName": _schema_name(column),
        "EntityLogicalName": table.name,
        "AttributeOf": None,
        "AttributeType": "Virtual" if virtual or column.type in _VIRTUAL else str(column.type),
        "AttributeTypeName": {"Value": "VirtualType" if virtual else f"{column.type}Type"},
        "DisplayName": label(column.name),
        "Description": label(None),
        "IsCustomAttribute": "_" in column.name,
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "IsValidForCreate": not (column.read_only or column.computed),
        "IsValidForRead": True,
        "IsValidForUpdate": not (column.read_only or column.computed or column.name == table.primary_id),
        "RequiredLevel": {"Value": _REQUIRED.get(column.required, "None")},
        "SourceType": _source(table, column),
        **({} if virtual else _own(column)),
    }
    if not kind.links:
        return item(kind, entry)
    return item(kind, entry, OptionSet=lambda: option_set(world, table, column), GlobalOptionSet=lambda: None)


def _schema_name(column: Column) -> str:
    """Only navigation properties tell of the letter case that a column was made with."""
    names = {nav for nav in column.nav.values() if nav.lower() == column.name}
    return names.pop() if len(names) == 1 else column.name


def _source(table: Table, column: Column) -> int:
    """0 simple, 1 calculated, 2 rollup, 3 formula; a rollup is also known by the state column beside it."""
    if column.computed and f"{column.name}_state" in table.columns:
        return 2
    return _SOURCES.get(column.computed, 0)


def _own(column: Column) -> Entry:
    for types, describe in _BY_TYPE.items():
        if column.type in types:
            return describe(column)
    return {}


def _lookup(column: Column) -> Entry:
    return {"Targets": list(column.targets)}


def _text(column: Column) -> Entry:
    if column.type is ColumnType.MEMO:
        return {"MaxLength": column.max_length}
    return {"MaxLength": column.max_length, "Format": "Text", "FormatName": {"Value": "Text"}}


def _number(column: Column) -> Entry:
    entry: Entry = {"MinValue": column.minimum, "MaxValue": column.maximum}
    return entry | {"Format": "None"} if column.type is ColumnType.INTEGER else entry


def _date(column: Column) -> Entry:
    behavior = column.behavior or "UserLocal"
    return {
        "Format": "DateOnly" if column.date_only else "DateAndTime",
        "DateTimeBehavior": {"Value": behavior},
    }


def _choice(column: Column) -> Entry:
    return {"DefaultFormValue": -1 if column.default is None else column.default}


def _boolean(column: Column) -> Entry:
    return {"DefaultValue": bool(column.default)}


_BY_TYPE: Final[Mapping[frozenset[ColumnType], Callable[[Column], Entry]]] = {
    frozenset({ColumnType.LOOKUP, ColumnType.OWNER, ColumnType.CUSTOMER}): _lookup,
    TEXTS: _text,
    WHOLE_NUMBERS | FRACTIONS: _number,
    frozenset({ColumnType.DATE_TIME}): _date,
    frozenset({ColumnType.PICKLIST, ColumnType.MULTI_SELECT, ColumnType.STATE, ColumnType.STATUS}): _choice,
    frozenset({ColumnType.BOOLEAN}): _boolean,
}
