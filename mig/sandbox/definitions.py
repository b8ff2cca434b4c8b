"""Table metadata on the wire: `EntityDefinitions` and the collections of a table (dataverse-web-api.md §10).

Answers come whole, without pages. A base attribute has no MaxLength or Targets: as in the service, those want
a cast to the attribute's own type.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mig.model.tables import Table
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.metadata_entries import COLLECTIONS, TABLE, Entry, Kind, table_entry
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.tree import Both, Compare, Constant, Either, Filter, Name, Opposite
from mig.sandbox.odata.url import Segment
from mig.sandbox.wire import WireResponse, json_response

_BY_NAME: Final = re.compile(r"LogicalName='(\w+)'")
_EXPANDED: Final = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?(?:,(?=.)|\Z)")


def answer(call: Call) -> WireResponse:
    """GET `EntityDefinitions`, `…(LogicalName='x')`, `…/<collection>`, `…/Attributes/<cast>`."""
    if call.method != "GET":
        raise errors.not_emulated(f"{call.method} {call.path}")
    for name in call.options:
        if name not in ("$select", "$filter", "$expand"):
            raise errors.unsupported_option(name)
    first, *rest = call.segments
    if first.arguments is None:
        if rest:
            raise errors.no_resource(rest[0].name)
        return _all_tables(call)
    table = _table(call, first)
    return _collection(call, table, rest) if rest else _one_table(call, table)


def _all_tables(call: Call) -> WireResponse:
    entries = [(table, table_entry(call, table)) for table in call.world.schema]
    chosen = _filtered(call, [entry for _, entry in entries], TABLE)
    kept = {entry["LogicalName"] for entry in chosen}
    value = [_shaped(call, table, entry) for table, entry in entries if table.name in kept]
    return json_response(200, {"@odata.context": f"{call.base}$metadata#EntityDefinitions", "value": value})


def _one_table(call: Call, table: Table) -> WireResponse:
    entry = _shaped(call, table, table_entry(call, table))
    return json_response(200, {"@odata.context": f"{call.base}$metadata#EntityDefinitions/$entity", **entry})


def _collection(call: Call, table: Table, rest: Sequence[Segment]) -> WireResponse:
    first, *casts = rest
    found = COLLECTIONS.get(first.name)
    if (
        found is None
        or first.arguments is not None
        or len(casts) > found.kind.typed
        or "$expand" in call.options
    ):
        raise errors.not_emulated(f"EntityDefinitions/{'/'.join(segment.name for segment in rest)}")
    kind, entries = found.kind, list(found.entries(call, table))
    for cast in casts:
        entries = [entry for entry in entries if entry["@odata.type"] == f"#{cast.name}"]
        kind = replace(kind, name=cast.name.removeprefix(errors.TYPE), hidden=frozenset())
    chosen = _filtered(call, entries, kind)
    value = [_selected(entry, call.options.get("$select"), kind) for entry in chosen]
    context = f"{call.base}$metadata#EntityDefinitions('{table.name}')/{first.name}"
    return json_response(200, {"@odata.context": context, "value": value})


def _table(call: Call, segment: Segment) -> Table:
    found = _BY_NAME.fullmatch(segment.arguments or "")
    if found is None:
        raise errors.not_emulated("EntityDefinitions by another key than LogicalName")
    table = call.world.schema.tables.get(found[1])
    if table is None:
        raise errors.ODataError(
            404, "0x80060888", f"Could not find an entity with name {found[1]} and the MetadataId given."
        )
    return table


def _shaped(call: Call, table: Table, entry: Entry) -> Entry:
    shaped = _selected(entry, call.options.get("$select"), TABLE)
    for name, select in _expanded(call.options.get("$expand")):
        found = COLLECTIONS[name]
        shaped[name] = [_selected(one, select, found.kind) for one in found.entries(call, table)]
    return shaped


def _expanded(text: str | None) -> Iterator[tuple[str, str | None]]:
    """The collections that `$expand` names, each with its `$select`."""
    rest = (text or "").replace(" ", "")
    while rest:
        found = _EXPANDED.match(rest)
        if found is None or found[1] not in COLLECTIONS:
            raise errors.not_emulated(f"$expand={text} on EntityDefinitions")
        yield found[1], found[2]
        rest = rest[found.end() :]


def _selected(entry: Entry, select: str | None, kind: Kind) -> Entry:
    """The properties asked for; MetadataId always comes, and so does the type where entries differ in it."""
    if select is None:
        return entry
    names = [name.strip() for name in select.split(",")]
    for name in names:
        _check_property(name, entry, kind)
    always = ("@odata.type",) if kind.typed else ()
    return {name: entry[name] for name in dict.fromkeys((*always, *names, "MetadataId"))}


def _check_property(name: str, entry: Entry, kind: Kind) -> None:
    """A base type lacks what its heirs add."""
    if name not in entry or name in kind.hidden:
        raise errors.unknown_column(name, kind.name)


def _filtered(call: Call, entries: Iterable[Entry], kind: Kind) -> list[Entry]:
    text = call.options.get("$filter")
    if text is None:
        return list(entries)
    filter_ = read_filter(text)
    return [entry for entry in entries if _holds(filter_, entry, kind)]


def _holds(filter_: Filter, entry: Entry, kind: Kind) -> bool:
    match filter_:
        case Both(items):
            return all(_holds(item, entry, kind) for item in items)
        case Either(items):
            return any(_holds(item, entry, kind) for item in items)
        case Opposite(item):
            return not _holds(item, entry, kind)
        case Compare(Name(name), "eq" | "ne" as operator, Constant(value=value)):
            _check_property(name, entry, kind)
            return bool((entry[name] == value) is (operator == "eq"))
    raise errors.bad_url("Metadata can only be filtered by comparing properties with eq and ne.")
