"""Platform functions: who is asking, which version, which organisation, how many rows."""

from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, bad_argument
from mig.sandbox.layout import quoted
from mig.sandbox.messages import ENUMERATIONS, read_arguments, read_json
from mig.sandbox.odata.options import check_options
from mig.sandbox.wire import WireResponse, json_response

VERSION: Final = "9.2.26103.00188"
_ACCESS_TYPE: Final = "EndpointAccessType"
_ACCESS_TYPES: Final = frozenset(f"{TYPE}{_ACCESS_TYPE}'{name}'" for name in ENUMERATIONS[_ACCESS_TYPE])


def who_am_i(call: Call) -> WireResponse:
    """`WhoAmI`, with or without brackets."""
    read_arguments(call, call.segments[0])
    world = call.world
    ids = {
        "BusinessUnitId": world.business_unit,
        "UserId": world.caller,
        "OrganizationId": world.organization_id,
    }
    return answered(call, "WhoAmI", ids)


def retrieve_version(call: Call) -> WireResponse:
    """`RetrieveVersion()`."""
    read_arguments(call, call.segments[0])
    return answered(call, "RetrieveVersion", {"Version": VERSION})


def retrieve_current_organization(call: Call) -> WireResponse:
    """`RetrieveCurrentOrganization(AccessType=…)`; a world says it is a sandbox organisation."""
    (access,) = read_arguments(call, call.segments[0], "AccessType")
    if access not in _ACCESS_TYPES:
        wanted = f"one of {', '.join(sorted(_ACCESS_TYPES))}"
        raise bad_argument("RetrieveCurrentOrganization", "AccessType", wanted)
    world = call.world
    root = call.base.partition("/api/")[0]
    detail = {
        "OrganizationId": world.organization_id,
        "FriendlyName": world.name,
        "UniqueName": world.name,
        "UrlName": world.name,
        "EnvironmentId": world.organization_id,
        "OrganizationType": "CustomerTest",
        "OrganizationVersion": VERSION,
        "State": "Enabled",
        "Endpoints": {
            "Count": 1,
            "IsReadOnly": False,
            "Keys": ["WebApplication"],
            "Values": [f"{root}/"],
        },
    }
    return answered(call, "RetrieveCurrentOrganization", {"Detail": detail})


def retrieve_total_record_count(call: Call) -> WireResponse:
    """`RetrieveTotalRecordCount(EntityNames=…)`. The service's numbers may be a day old; these are of now."""
    function = "RetrieveTotalRecordCount"
    names = read_json(function, "EntityNames", *read_arguments(call, call.segments[0], "EntityNames"))
    if not isinstance(names, list) or not names:
        raise bad_argument(function, "EntityNames", "a list of tables' logical names")
    unknown = [str(name) for name in names if not isinstance(name, str) or name not in call.world.layouts]
    if unknown:
        raise bad_argument(function, "EntityNames", f"logical names of tables; unknown: {', '.join(unknown)}")
    counts = {name: _count(call, name) for name in names}
    found = {
        "Count": len(counts),
        "IsReadOnly": False,
        "Keys": list(counts),
        "Values": list(counts.values()),
    }
    return answered(call, function, {"EntityRecordCountCollection": found})


def service_document(call: Call) -> WireResponse:
    """The list of entity sets, at the service root."""
    check_options(call.options, ())
    sets = [
        {"name": table.entity_set, "kind": "EntitySet", "url": table.entity_set}
        for table in sorted(call.world.schema, key=lambda table: table.entity_set)
    ]
    return json_response(200, {"@odata.context": f"{call.base}$metadata", "value": sets})


def answered(call: Call, function: str, body: dict[str, Any]) -> WireResponse:
    """The structure that a function answers with."""
    return json_response(200, {"@odata.context": f"{call.base}$metadata#{TYPE}{function}Response", **body})


def _count(call: Call, table: str) -> int:
    return int(call.world.connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])
