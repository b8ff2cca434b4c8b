"""Outbound marketing's actions. Their services stop, then go: only in phase `live` do they answer."""

import json

from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect
from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, ODataError, no_resource, not_emulated
from mig.sandbox.spec import Phase
from mig.sandbox.wire import WireResponse, json_response


def validate(call: Call) -> WireResponse:
    """`msdyncrm_ValidateSegment`: always 200; what is wrong is a JSON list in `ValidationResult`."""
    _require_live(call)
    document = call.document()
    text = document.get("msdyncrm_segmentquery", document.get("msdyncrm_query"))
    found: list[dict[str, str]] = []
    try:
        parse(text if isinstance(text, str) else "", Dialect.OUTBOUND)
    except QueryError as error:
        found = [{"ErrorCode": str(error), "FieldName": "msdyncrm_query"}]
    context = f"{call.base}$metadata#{TYPE}msdyncrm_ValidateSegmentResponse"
    return json_response(200, {"@odata.context": context, "ValidationResult": json.dumps(found)})


def later(call: Call) -> WireResponse:
    """The other outbound actions: not emulated yet, and gone with the services."""
    _require_live(call)
    raise not_emulated(call.path)


def _require_live(call: Call) -> None:
    """Hidden, the service is stopped and its actions fail; removed, even their names are unknown.

    How either refuses is assumed: public sources only say that the services stop, then go.
    """
    if call.world.phase is Phase.HIDDEN:
        raise ODataError(400, "0x80040265", "Outbound marketing is stopped in this environment.")
    if call.world.phase is Phase.REMOVED:
        raise no_resource(call.path)
