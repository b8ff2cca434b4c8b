"""From one operation to the function that answers it."""

from collections.abc import Callable, Mapping
from typing import Final

from mig.sandbox import functions, jobs, listing, multiple, references, rows
from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, no_resource, not_emulated, wrong_method
from mig.sandbox.fetchxml import listing as fetchxml
from mig.sandbox.keys import Key, find, locate, read_url_key
from mig.sandbox.layout import Layout
from mig.sandbox.metadata import csdl, definitions
from mig.sandbox.odata.url import Segment
from mig.sandbox.security import checks
from mig.sandbox.security import functions as of_users
from mig.sandbox.segmentation import members, outbound, outbound_members, publishing, static, stopping
from mig.sandbox.sqlquery import listing as sqlquery
from mig.sandbox.wire import WireResponse

Handler = Callable[[Call], WireResponse]

FUNCTIONS: Final[Mapping[str, Handler]] = {
    "WhoAmI": functions.who_am_i,
    "RetrieveVersion": functions.retrieve_version,
    "RetrieveCurrentOrganization": functions.retrieve_current_organization,
    "RetrieveTotalRecordCount": functions.retrieve_total_record_count,
}
ACTIONS: Final[Mapping[str, Handler]] = {
    "BulkDelete": jobs.bulk_delete,
    "msdynmkt_PublishSegmentDefinition": publishing.publish,
    "msdynmkt_StopSegments": stopping.stop,
    "msdynmkt_SegmentStatus": publishing.status,
    "msdynmkt_MembersList": members.members_list,
    "msdynmkt_AddStaticMembers": static.add,
    "msdynmkt_RemoveStaticMembers": static.remove,
    "msdynmkt_ListGroupMembers": static.list_group,
    "msdyncrm_ValidateSegment": outbound.validate,
    "msdyncrm_FetchContactsByQuery": outbound.fetch_contacts,
    "msdyncrm_SegmentMembersUpdate": outbound_members.update,
}
BOUND_TO_SETS: Final[Mapping[str, Callable[[Call, Layout], WireResponse]]] = {
    f"{TYPE}CreateMultiple": multiple.create_multiple,
    f"{TYPE}UpdateMultiple": multiple.update_multiple,
    f"{TYPE}UpsertMultiple": multiple.upsert_multiple,
    f"{TYPE}DeleteMultiple": multiple.delete_multiple,
}
BOUND_TO_USERS: Final[Mapping[str, Callable[[Call, Layout, Key], WireResponse]]] = {
    f"{TYPE}RetrieveUserPrivileges": of_users.retrieve_user_privileges,
    f"{TYPE}RetrieveUserPrivilegeByPrivilegeName": of_users.retrieve_user_privilege,
    f"{TYPE}RetrievePrincipalAccess": of_users.retrieve_principal_access,
}
READING_ACTIONS: Final = frozenset(
    {
        "msdynmkt_SegmentStatus",
        "msdynmkt_MembersList",
        "msdynmkt_ListGroupMembers",
        "msdyncrm_ValidateSegment",
        "msdyncrm_FetchContactsByQuery",
    }
)
QUERY_LANGUAGES: Final[Mapping[str, Callable[[Call, Layout], WireResponse]]] = {
    "fetchXml": fetchxml.list_rows,
    "sql": sqlquery.list_rows,
}
LATER: Final = frozenset(
    {
        "CreateEntities",
        "RetrieveMetadataChanges",
    }
)


def answer(call: Call) -> WireResponse:
    """The answer to one operation; raises `ODataError` for every refusal."""
    if not call.segments:
        return functions.service_document(call)
    first, *rest = call.segments
    if first.name in definitions.ROOTS:
        return definitions.answer(call)
    if first.name == "$metadata" and not rest:
        return csdl.answer(call)
    if first.name in FUNCTIONS and not rest:
        return FUNCTIONS[first.name](_with_method(call, "GET"))
    if first.name in ACTIONS and not rest:
        checks.check_action(call.world, first.name)
        return ACTIONS[first.name](_with_method(call, "POST"))
    if first.name in LATER:
        raise not_emulated(first.name)
    table = call.world.schema.by_set.get(first.name)
    if table is None:
        raise no_resource(first.name)
    layout = call.world.layouts[table.name]
    return _set(call, layout, rest) if first.arguments is None else _row(call, layout, first.arguments, rest)


def writes(call: Call) -> bool:
    """Whether the operation may change the world."""
    action = call.segments[0].name if call.segments else ""
    return call.method != "GET" and action not in READING_ACTIONS


def _set(call: Call, layout: Layout, rest: list[Segment]) -> WireResponse:
    """A collection: `contacts`, `contacts/$count`."""
    if rest:
        if rest[0].name == "$count" and len(rest) == 1 and call.method == "GET":
            return _read(call, layout, lambda: listing.count_rows(call, layout))
        if rest[0].name in BOUND_TO_SETS and len(rest) == 1:
            return BOUND_TO_SETS[rest[0].name](_with_method(call, "POST"), _writable(layout))
        raise _beyond(call, layout, rest)
    if call.method == "GET":
        return _read(call, layout, lambda: _list(call, layout))
    if call.method == "POST":
        return rows.create(call, _writable(layout))
    raise wrong_method(call.method, call.path)


def _list(call: Call, layout: Layout) -> WireResponse:
    """Rows by the query language that the options hold; without one, by OData."""
    for option, answer_ in QUERY_LANGUAGES.items():
        if option in call.options:
            return answer_(call, layout)
    return listing.list_rows(call, layout)


def _row(call: Call, layout: Layout, arguments: str, rest: list[Segment]) -> WireResponse:
    """One row: `contacts(id)`, `contacts(id)/fullname`, `contacts(id)/ownerid/$ref`."""
    key = read_url_key(layout, arguments)
    if rest:
        return _below_row(call, layout, key, rest)
    match call.method:
        case "GET":
            return _read(call, layout, lambda: rows.get(call, layout, key), key)
        case "PATCH":
            return rows.patch(call, _writable(layout), key)
        case "DELETE":
            return rows.delete(call, _writable(layout), key)
    raise wrong_method(call.method, call.path)


def _below_row(call: Call, layout: Layout, key: Key, rest: list[Segment]) -> WireResponse:
    name = rest[0].name
    if len(rest) == 1 and name in BOUND_TO_USERS and layout.name == "systemuser":
        return BOUND_TO_USERS[name](_with_method(call, "GET"), layout, key)
    plain = len(rest) == 1 and rest[0].arguments is None and name.isidentifier()
    if plain and name in layout.table.by_read_name:
        match call.method:
            case "GET":
                return _read(call, layout, lambda: rows.get_property(call, layout, key, name), key)
            case "PUT" | "DELETE":
                return rows.put_property(call, _writable(layout), key, name)
        raise wrong_method(call.method, call.path)
    if plain and call.method == "GET":
        return _read(
            call, layout, lambda: listing.list_related(call, layout, _id(call, layout, key), name), key
        )
    if [segment.name for segment in rest[1:]] == ["$ref"] and _is_navigation(call, layout, name):
        return references.answer(call, _writable(layout), key, rest[0])
    raise _beyond(call, layout, rest)


def _read(
    call: Call, layout: Layout, read: Callable[[], WireResponse], key: Key | None = None
) -> WireResponse:
    """What `read` finds among the rows that the caller may read; 403 for a table or a row of none."""
    if call.world.rights is not None:
        checks.require(call.world.rights, "Read", layout.table)
        found = find(call.world, layout, key) if key is not None else None
        if found is not None:
            checks.check_row(call.world, "Read", layout, found[0])
    with checks.restricted(call.world):
        return read()


def _id(call: Call, layout: Layout, key: Key) -> str:
    return locate(call.world, layout, key)[0]


def _is_navigation(call: Call, layout: Layout, name: str) -> bool:
    return name in layout.links or name in call.world.schema.collections[layout.name]


def _beyond(call: Call, layout: Layout, rest: list[Segment]) -> Exception:
    """What the service has behind a row or set and the sandbox has not, or nobody has."""
    name = rest[0].name
    if _is_navigation(call, layout, name) or name.startswith((TYPE, "$")):
        return not_emulated("/".join(segment.name for segment in rest))
    return no_resource(name)


def _with_method(call: Call, method: str) -> Call:
    if call.method != method:
        raise wrong_method(call.method, call.path)
    return call


def _writable(layout: Layout) -> Layout:
    if layout.table.ownership == "virtual":
        raise not_emulated(f"writing to the virtual table {layout.name}")
    return layout
