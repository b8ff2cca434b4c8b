"""Option sets: what a choice may hold, with labels. All are local: no public source names a global one."""

from typing import Final

from mig.model.tables import Column, ColumnType, Table
from mig.sandbox.errors import TYPE
from mig.sandbox.metadata import kinds
from mig.sandbox.metadata.items import Entry, Item, Items, item, label, metadata_id
from mig.sandbox.platform import default_status
from mig.sandbox.world import World

_OPTION_KINDS: Final = {ColumnType.STATE: "StateOptionMetadata", ColumnType.STATUS: "StatusOptionMetadata"}
_TYPES: Final = {ColumnType.MULTI_SELECT: "Picklist"}
_YES_NO: Final = {1: "Yes", 0: "No"}


def option_set(world: World, table: Table, column: Column) -> Item:
    """The option set of a choice or yes/no column."""
    name = f"{table.name}_{column.name}"
    entry = {
        "MetadataId": metadata_id(world, f"options:{name}"),
        "Name": name,
        "DisplayName": label(column.name),
        "IsCustomOptionSet": "_" in column.name,
        "IsGlobal": False,
        "OptionSetType": _TYPES.get(column.type, str(column.type)),
    }
    if column.type is ColumnType.BOOLEAN:
        labels = {**_YES_NO, **column.options}
        pair = {"TrueOption": _option(column, 1, labels[1]), "FalseOption": _option(column, 0, labels[0])}
        return item(kinds.BOOLEAN_OPTION_SET, entry | pair)
    options = [_option(column, number, text) for number, text in column.options.items()]
    if column.type is ColumnType.STATE:
        _add_default_status(options, table)
    return item(kinds.OPTION_SET, {**entry, "Options": options})


def global_option_sets(world: World) -> Items:
    """The option sets that several columns share."""
    return Items(kinds.OPTION_SET_BASE, {}, "Name")


def _option(column: Column, number: int, text: str) -> Entry:
    kind = _OPTION_KINDS.get(column.type)
    typed = {} if kind is None else {"@odata.type": f"#{TYPE}{kind}"}
    entry = {
        "Value": number,
        "Label": label(text),
        "Description": label(None),
        "Color": None,
        "IsManaged": True,
    }
    state = {"State": column.state_of.get(number)} if column.type is ColumnType.STATUS else {}
    return {**typed, **entry, **state}


def _add_default_status(options: list[Entry], table: Table) -> None:
    """A state names the status that comes with it."""
    for option in options:
        option["DefaultStatus"] = default_status(table, option["Value"])
