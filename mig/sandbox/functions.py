"""Platform functions: who is asking, which version, which organisation."""

from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE
from mig.sandbox.odata.options import check_options
from mig.sandbox.wire import WireResponse, json_response

VERSION: Final = "9.2.26103.00188"


def who_am_i(call: Call) -> WireResponse:
    """`WhoAmI`, with or without brackets."""
    world = call.world
    ids = {
        "BusinessUnitId": world.business_unit,
        "UserId": world.caller,
        "OrganizationId": world.organization_id,
    }
    return _answer(call, "WhoAmIResponse", ids)


def retrieve_version(call: Call) -> WireResponse:
    """`RetrieveVersion()`."""
    return _answer(call, "RetrieveVersionResponse", {"Version": VERSION})


def retrieve_current_organization(call: Call) -> WireResponse:
    """`RetrieveCurrentOrganization(AccessType=…)`; a world says it is a sandbox organisation."""
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
    return _answer(call, "RetrieveCurrentOrganizationResponse", {"Detail": detail})


def service_document(call: Call) -> WireResponse:
    """The list of entity sets, at the service root."""
    sets = [
        {"name": table.entity_set, "kind": "EntitySet", "url": table.entity_set}
        for table in sorted(call.world.schema, key=lambda table: table.entity_set)
    ]
    return json_response(200, {"@odata.context": f"{call.base}$metadata", "value": sets})


def _answer(call: Call, kind: str, body: dict[str, Any]) -> WireResponse:
    check_options(call.options, ())
    return json_response(200, {"@odata.context": f"{call.base}$metadata#{TYPE}{kind}", **body})
