"""Outbound marketing's actions on queries. Only in phase `live` do they answer."""

import json
from dataclasses import replace
from typing import Any, Final

from mig.query.evaluate import NotEvaluated
from mig.query.names import unknown_names
from mig.query.parser import QueryError, parse
from mig.query.tree import PAGING, Dialect, Operand, OrderBy, Query, Skip, Step, Take
from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, ODataError, no_resource
from mig.sandbox.layout import quoted
from mig.sandbox.phases import Services, outbound_services
from mig.sandbox.segmentation.members import world_semantics
from mig.sandbox.segmentation.pairs import guid_parameter, refused
from mig.sandbox.segmentation.references import STATIC, select
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

CONTACT: Final = "contact"
_BUSINESS_UNIT: Final = 270100001
_VALIDATED: Final = (
    "msdyncrm_segmentname",
    "msdyncrm_segmentquery",
    "msdyncrm_query",
    "msdyncrm_segmenttype",
    "statuscode",
)
_FETCHED: Final = ("Query", "FetchXml", "OwningBusinessUnit", "Scope", "TimeZone")
_WRONG: Final = {"ErrorCode": "SegmentDciValidator_SegmentInvalid", "FieldName": "msdyncrm_query"}


def require_services(call: Call) -> None:
    """Refuses the action once outbound marketing's services have stopped."""
    match outbound_services(call.world.phase):
        case Services.FAIL:
            raise ODataError(400, "0x80040265", "Outbound marketing is stopped in this environment.")
        case Services.GONE:
            raise no_resource(call.path)


def validate(call: Call) -> WireResponse:
    """`msdyncrm_ValidateSegment`: always 200; what is wrong is a JSON list in `ValidationResult`."""
    require_services(call)
    parameters = call.parameters(_VALIDATED)
    text = parameters.get("msdyncrm_segmentquery", parameters.get("msdyncrm_query"))
    static = parameters.get("msdyncrm_segmenttype") == STATIC and not text
    found = [] if static or _is_good(call.world, text) else [_WRONG]
    context = f"{call.base}$metadata#{TYPE}msdyncrm_ValidateSegmentResponse"
    return json_response(200, {"@odata.context": context, "ValidationResult": json.dumps(found)})


def fetch_contacts(call: Call) -> WireResponse:
    """`msdyncrm_FetchContactsByQuery`: ids of contacts as JSON text, in the order that the query asks for.

    `FetchXml` and `TimeZone` change nothing here. The answer's shape is ours: the service's is not public.
    """
    require_services(call)
    parameters = call.parameters(_FETCHED)
    query, paging = _without_paging(read_query(parameters.get("Query")))
    inside, values = contacts_of(call.world, query)
    scope = "1"
    if parameters.get("Scope") == _BUSINESS_UNIT:
        scope = "owningbusinessunit = ?"
        values = (*values, guid_parameter(parameters, "OwningBusinessUnit"))
    sql = (
        f"SELECT contactid FROM contact WHERE contactid IN ({inside}) AND {scope}"
        f" ORDER BY {_order(call.world, paging)} LIMIT ? OFFSET ?"
    )
    take = next((step.count for step in paging if isinstance(step, Take)), -1)
    skip = sum(step.count for step in paging if isinstance(step, Skip))
    members = [one for (one,) in call.world.connection.execute(sql, (*values, take, skip))]
    context = f"{call.base}$metadata#{TYPE}msdyncrm_FetchContactsByQueryResponse"
    return json_response(200, {"@odata.context": context, "Response": json.dumps({"members": members})})


def read_query(text: object) -> Query:
    """An action's outbound query; 400 with the position when it does not parse."""
    try:
        return parse(text if isinstance(text, str) else "", Dialect.OUTBOUND)
    except QueryError as error:
        raise refused(f"Syntax error in the segment query: {error}.", error.span.start) from None


def contacts_of(world: World, query: Query) -> tuple[str, tuple[Any, ...]]:
    """A SELECT of the ids of a query's contacts, and its parameters; 400 when it yields something else."""
    try:
        selection = select(world, query, Dialect.OUTBOUND, world_semantics(world))
    except NotEvaluated as error:
        raise refused(f"The segment query cannot be evaluated: {error}.", error.span.start) from None
    if selection.table not in (None, CONTACT):
        raise refused(f"The query yields rows of '{selection.table}', not contacts.")
    return selection.sql, selection.parameters


def _is_good(world: World, text: object) -> bool:
    try:
        query = parse(text if isinstance(text, str) else "", Dialect.OUTBOUND)
    except QueryError:
        return False
    return not unknown_names(query, world.schema)


def _without_paging(query: Query) -> tuple[Query, list[Step]]:
    """The query, and the listing steps at its end; anywhere else they are refused by whoever evaluates it."""
    if query.rest:
        return query, []
    steps = query.first.steps
    kept = tuple(step for step in steps if not isinstance(step, PAGING))
    bare = Operand(query.first.source, kept, span=query.first.span)
    return replace(query, first=bare), [step for step in steps if isinstance(step, PAGING)]


def _order(world: World, paging: list[Step]) -> str:
    """Contacts of one rank, or all where no order is asked for, go by id."""
    terms: list[str] = []
    for field, descending in (pair for step in paging if isinstance(step, OrderBy) for pair in step.fields):
        if field.name.lower() not in world.schema[CONTACT].columns:
            raise refused(f"contact has no column {field.name}.", field.span.start)
        terms.append(f"{quoted(field.name.lower())} COLLATE NOCASE{' DESC' if descending else ''}")
    return ", ".join([*terms, "contactid"])
