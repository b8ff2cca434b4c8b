"""Reading metadata: a path of collections, keys, casts and links, then `$filter`, `$select`, `$expand`.

    EntityDefinitions                                      EntityDefinitions(LogicalName='x')
    EntityDefinitions(<MetadataId>)/Attributes/<cast>      …/Attributes(LogicalName='y')/<cast>/OptionSet
    RelationshipDefinitions(SchemaName='x')/<cast>         GlobalOptionSetDefinitions(Name='x')

Answers come whole, without pages (dataverse-web-api.md §10). A cast that nothing fits is an empty list.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.metadata.items import Entry, Item, Items
from mig.sandbox.metadata.kinds import KINDS, Kind
from mig.sandbox.metadata.options import global_option_sets
from mig.sandbox.metadata.relationships import all_relationships
from mig.sandbox.metadata.tables import all_tables
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.tree import Both, Compare, Constant, Either, Filter, Name, Opposite
from mig.sandbox.odata.url import Segment, is_guid
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

ROOTS: Final[Mapping[str, Callable[[World], Items]]] = {
    "EntityDefinitions": all_tables,
    "RelationshipDefinitions": all_relationships,
    "GlobalOptionSetDefinitions": global_option_sets,
}
_OPTIONS: Final = frozenset({"$select", "$filter", "$expand"})
_NAMED: Final = re.compile(r"(\w+)=(?:'((?:[^']|'')*)'|([0-9a-fA-F-]{36}))")
_EXPANDED: Final = re.compile(r"(\w+)(?:\(\$select=([\w,]+)\))?(?:,(?=.)|\Z)")
# An enumeration's value with its type, which plain text stands for as well; texts are passed over.
_TYPED_VALUE: Final = re.compile(r"'(?:[^']|'')*'|Microsoft\.Dynamics\.CRM\.\w+(?=')")


def answer(call: Call) -> WireResponse:
    """What the path leads to; metadata is read only."""
    if call.method != "GET":
        raise errors.not_emulated(f"{call.method} {call.path}")
    for name in call.options:
        if name not in _OPTIONS:
            raise errors.unsupported_option(name)
    first, *rest = call.segments
    found: Item | Items = _picked(ROOTS[first.name](call.world), first)
    for segment in rest:
        found = _step(found, segment)
    return _list(call, found) if isinstance(found, Items) else _one(call, found)


def _list(call: Call, found: Items) -> WireResponse:
    value = [_shaped(call, member, found.kind) for member in _filtered(call, found)]
    return json_response(200, {"@odata.context": f"{call.base}$metadata#{_context(call)}", "value": value})


def _one(call: Call, found: Item) -> WireResponse:
    if "$filter" in call.options:
        raise errors.unsupported_option("$filter")
    context = f"{call.base}$metadata#{_context(call)}/$entity"
    return json_response(200, {"@odata.context": context, **_shaped(call, found, found.kind)})


def _context(call: Call) -> str:
    """The path; of the last collection no key."""
    *before, last = call.segments
    kept = [f"{one.name}({one.arguments})" if one.arguments is not None else one.name for one in before]
    return "/".join([*kept, last.name])


def _step(found: Item | Items, segment: Segment) -> Item | Items:
    if segment.name.startswith(errors.TYPE) and segment.arguments is None:
        return _cast(found, segment.name.removeprefix(errors.TYPE))
    if isinstance(found, Items) or segment.name not in found.links:
        if isinstance(found, Item) and found.kind.has(segment.name):
            raise errors.not_emulated(f"a single property of {found.kind.name}")
        raise errors.no_resource(segment.name)
    linked = found.links[segment.name]()
    if linked is None:
        raise errors.no_metadata(segment.name, "")
    return _picked(linked, segment) if isinstance(linked, Items) else linked


def _cast(found: Item | Items, name: str) -> Item | Items:
    if name not in KINDS:
        raise errors.no_resource(f"{errors.TYPE}{name}")
    if isinstance(found, Items):
        return replace(found, kind=KINDS[name], members=_of_kind(found, name))
    if not found.kind.is_a(name):
        raise errors.no_metadata(name, "")
    return found


def _of_kind(found: Items, name: str) -> dict[str, Callable[[], Item]]:
    members = zip(found.members, found, strict=True)
    return {key: partial(_made, member) for key, member in members if member.kind.is_a(name)}


def _made(member: Item) -> Item:
    return member


def _picked(found: Items, segment: Segment) -> Item | Items:
    """All of a collection, or the one that its key names."""
    if segment.arguments is None:
        return found
    name, value = _key(found, segment)
    if name == found.key:
        fitting = (make() for one, make in found.members.items() if one.lower() == value.lower())
    else:
        fitting = (member for member in found if member.entry[name] == value.lower())
    for member in fitting:
        return member
    raise errors.no_metadata(segment.name, value)


def _key(found: Items, segment: Segment) -> tuple[str, str]:
    arguments = segment.arguments or ""
    if is_guid(arguments):
        return "MetadataId", arguments
    named = _NAMED.fullmatch(arguments)
    if named is None or named[1] not in (found.key, "MetadataId"):
        raise errors.no_such_key(segment.name)
    return named[1], named[3] or named[2].replace("''", "'")


def _shaped(call: Call, member: Item, declared: Kind) -> Entry:
    shaped = _selected(member, call.options.get("$select"), declared)
    for name, select in _expanded(call.options.get("$expand")):
        if name not in declared.links:
            raise errors.unknown_column(name, declared.name)
        shaped[name] = _linked(member, name, select)
    return shaped


def _linked(member: Item, name: str, select: str | None) -> Entry | list[Entry] | None:
    linked = member.links[name]()
    if isinstance(linked, Items):
        return [_selected(one, select, linked.kind) for one in linked]
    return None if linked is None else _selected(linked, select, linked.kind)


def _expanded(text: str | None) -> Iterator[tuple[str, str | None]]:
    """The links that `$expand` names, each with its `$select`."""
    rest = (text or "").replace(" ", "")
    while rest:
        found = _EXPANDED.match(rest)
        if found is None:
            raise errors.not_emulated(f"$expand={text} of metadata")
        yield found[1], found[2]
        rest = rest[found.end() :]


def _selected(member: Item, select: str | None, declared: Kind) -> Entry:
    """The properties asked for; MetadataId always comes, and so does the type where entries differ in it."""
    if select is None:
        return dict(member.entry)
    names = [name.strip() for name in select.split(",")]
    for name in names:
        _check_property(name, declared)
    wanted = dict.fromkeys(("@odata.type", *names, "MetadataId"))
    return {name: member.entry[name] for name in wanted if name in member.entry}


def _check_property(name: str, declared: Kind) -> None:
    """A base type lacks what its heirs add."""
    if not declared.has(name):
        raise errors.unknown_column(name, declared.name)


def _filtered(call: Call, found: Items) -> list[Item]:
    text = call.options.get("$filter")
    if text is None:
        return list(found)
    filter_ = read_filter(_TYPED_VALUE.sub(_without_type, text))
    _check_filter(filter_, found.kind)
    return [member for member in found if _holds(filter_, member.entry)]


def _without_type(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("'") else ""


def _check_filter(filter_: Filter, declared: Kind) -> None:
    """Also where there is nothing to filter, a filter must be one that can be."""
    match filter_:
        case Both(items) | Either(items):
            for one in items:
                _check_filter(one, declared)
        case Opposite(one):
            _check_filter(one, declared)
        case Compare(Name(path), "eq" | "ne", Constant()):
            _check_property(path.partition("/")[0], declared)
        case _:
            raise errors.bad_url("Metadata can only be filtered by comparing properties with eq and ne.")


def _holds(filter_: Filter, entry: Entry) -> bool:
    match filter_:
        case Both(items):
            return all(_holds(one, entry) for one in items)
        case Either(items):
            return any(_holds(one, entry) for one in items)
        case Opposite(one):
            return not _holds(one, entry)
        case Compare(Name(path), operator, Constant(value=value)):
            return bool((_value(entry, path) == value) is (operator == "eq"))
    raise AssertionError(filter_)


def _value(entry: Entry, path: str) -> Any:
    """A property, or one inside it: `RequiredLevel/Value`."""
    value: Any = entry
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, dict) else None
    return value
