"""Outbound marketing's actions. Their services left with it: only a world in phase `live` knows the names."""

import json

from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect
from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, no_resource, not_emulated
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
    """The other outbound actions: not emulated yet, and unknown once outbound is hidden."""
    _require_live(call)
    raise not_emulated(call.path)


def _require_live(call: Call) -> None:
    """From the hidden phase on the names are unknown (assumed: the docs say that the services are gone)."""
    if call.world.phase is not Phase.LIVE:
        raise no_resource(call.path)
