"""The functions and actions that the sandbox has, as `$metadata` declares them, and how arguments are read.

Sources: dataverse-schema.md §7, dataverse-web-api.md §10.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, bad_argument, bad_url
from mig.sandbox.odata.url import Segment

BINDING: Final = "entity"
"""The parameter that stands for the row or the set that a message is bound to."""

Fields = Mapping[str, str]

_ARGUMENT: Final = re.compile(r"\s*(\w+)\s*=\s*((?:'(?:[^']|'')*'|\[[^\]]*\]|[^,'\[])+?)\s*(?:,(?=.)|\Z)")


@dataclass(frozen=True, slots=True)
class Message:
    """A function (`reads`) or an action: Edm types by parameter, and the structure that it answers with."""

    name: str
    parameters: Fields
    returns: str | None
    reads: bool = False


def _function(name: str, **parameters: str) -> Message:
    return Message(name, parameters, f"{name}Response", reads=True)


def _action(name: str, returns: str | None = None, **parameters: str) -> Message:
    return Message(name, parameters, returns)


_ID: Final = "Edm.Guid"
_TEXT: Final = "Edm.String"
_NUMBER: Final = "Edm.Int32"
_IDS: Final = "Collection(Edm.Guid)"
_ROWS: Final = "Collection(mscrm.crmbaseentity)"
MESSAGES: Final = (
    _function("WhoAmI"),
    _function("RetrieveVersion"),
    _function("RetrieveCurrentOrganization", AccessType="mscrm.EndpointAccessType"),
    _function("RetrieveTotalRecordCount", EntityNames="Collection(Edm.String)"),
    _function("RetrieveUserPrivileges", entity="mscrm.systemuser"),
    _function("RetrieveUserPrivilegeByPrivilegeName", entity="mscrm.systemuser", PrivilegeName="Edm.String"),
    _function("RetrievePrincipalAccess", entity="mscrm.systemuser", Target="mscrm.crmbaseentity"),
    _action("BulkDelete", "BulkDeleteResponse", JobName=_TEXT, QuerySet="Collection(mscrm.QueryExpression)"),
    _action("CreateMultiple", "CreateMultipleResponse", entity=_ROWS, Targets=_ROWS),
    _action("UpdateMultiple", entity=_ROWS, Targets=_ROWS),
    _action("UpsertMultiple", entity=_ROWS, Targets=_ROWS),
    _action("msdynmkt_PublishSegmentDefinition", SegmentId=_ID),
    _action("msdynmkt_StopSegments", "msdynmkt_StopSegmentsResponse", SegmentIdList=_IDS),
    _action("msdynmkt_SegmentStatus", "msdynmkt_SegmentStatusResponse", SegmentId=_ID),
    _action("msdynmkt_MembersList", "msdynmkt_MembersListResponse", SegmentId=_ID),
    _action("msdynmkt_AddStaticMembers", SegmentId=_ID, GroupId=_ID, EntityIds=_IDS),
    _action("msdynmkt_RemoveStaticMembers", SegmentId=_ID, GroupId=_ID, EntityIds=_IDS),
    _action(
        "msdynmkt_ListGroupMembers",
        "msdynmkt_ListGroupMembersResponse",
        SegmentId=_ID,
        GroupId=_ID,
        PageNo=_NUMBER,
        PageSize=_NUMBER,
    ),
    _action(
        "msdyncrm_ValidateSegment",
        "msdyncrm_ValidateSegmentResponse",
        msdyncrm_segmentname=_TEXT,
        msdyncrm_segmentquery=_TEXT,
        msdyncrm_segmenttype=_NUMBER,
        statuscode=_NUMBER,
    ),
    _action(
        "msdyncrm_FetchContactsByQuery",
        "msdyncrm_FetchContactsByQueryResponse",
        Query=_TEXT,
        FetchXml=_TEXT,
        OwningBusinessUnit=_ID,
        Scope=_NUMBER,
        TimeZone=_NUMBER,
    ),
    _action(
        "msdyncrm_SegmentMembersUpdate",
        "msdyncrm_SegmentMembersUpdateResponse",
        msdyncrm_segmentid=_ID,
        msdyncrm_operation=_TEXT,
        msdyncrm_memberids=_TEXT,
        msdyncrm_query=_TEXT,
    ),
)
ENUMERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "EndpointAccessType": ("Default", "Internet", "Intranet")
}
STRUCTURES: Final[Mapping[str, Fields]] = {
    "WhoAmIResponse": dict.fromkeys(("BusinessUnitId", "UserId", "OrganizationId"), "Edm.Guid"),
    "RetrieveVersionResponse": {"Version": "Edm.String"},
    "RetrieveCurrentOrganizationResponse": {"Detail": "mscrm.OrganizationDetail"},
    "OrganizationDetail": {
        "OrganizationId": "Edm.Guid",
        **dict.fromkeys(("FriendlyName", "UniqueName", "UrlName", "EnvironmentId"), "Edm.String"),
        **dict.fromkeys(("OrganizationType", "OrganizationVersion", "State"), "Edm.String"),
        "Endpoints": "mscrm.EndpointCollection",
    },
    "EndpointCollection": {
        "Count": "Edm.Int32",
        "IsReadOnly": "Edm.Boolean",
        "Keys": "Collection(Edm.String)",
        "Values": "Collection(Edm.String)",
    },
    "RetrieveTotalRecordCountResponse": {"EntityRecordCountCollection": "mscrm.EntityRecordCountCollection"},
    "EntityRecordCountCollection": {
        "Count": "Edm.Int32",
        "IsReadOnly": "Edm.Boolean",
        "Keys": "Collection(Edm.String)",
        "Values": "Collection(Edm.Int64)",
    },
    "RetrieveUserPrivilegesResponse": {"RolePrivileges": "Collection(mscrm.RolePrivilege)"},
    "RetrieveUserPrivilegeByPrivilegeNameResponse": {"RolePrivileges": "Collection(mscrm.RolePrivilege)"},
    "RolePrivilege": {
        "Depth": "Edm.String",
        "PrivilegeId": "Edm.Guid",
        "BusinessUnitId": "Edm.Guid",
        "PrivilegeName": "Edm.String",
    },
    "RetrievePrincipalAccessResponse": {"AccessRights": "Edm.String"},
    "QueryExpression": {"EntityName": "Edm.String"},
    "BulkDeleteResponse": {"JobId": "Edm.Guid"},
    "CreateMultipleResponse": {"Ids": _IDS},
    "msdynmkt_MembersListResponse": {"StatusCode": "Edm.Int32", "ResultText": "Edm.String"},
    "msdynmkt_SegmentStatusResponse": {"ResultText": "Edm.String"},
    "msdynmkt_ListGroupMembersResponse": {"Response": "Edm.String"},
    "msdynmkt_StopSegmentsResponse": {
        "summary": "Edm.String",
        "stopSingleSegmentResults": "Collection(mscrm.StopSingleSegmentResult)",
    },
    "StopSingleSegmentResult": {
        "SegmentId": "Edm.Guid",
        "WasStopped": "Edm.Boolean",
        "Message": "Edm.String",
        **dict.fromkeys(("DependentJourneys", "DependentSegments"), "Collection(Edm.String)"),
    },
    "msdyncrm_ValidateSegmentResponse": {"ValidationResult": "Edm.String"},
    "msdyncrm_FetchContactsByQueryResponse": {"Response": "Edm.String"},
    "msdyncrm_SegmentMembersUpdateResponse": {"State": "Edm.String"},
}


def read_arguments(call: Call, segment: Segment, *names: str) -> tuple[str, ...]:
    """The arguments of a function as written, aliases resolved; exactly these, in any order.

    400 for one that is missing, for one too many, and for query options other than the aliases used.
    """
    function = segment.name.removeprefix(TYPE)
    given = _pairs(segment.arguments or "", function)
    aliases = {value for value in given.values() if value.startswith("@")}
    for option in call.options:
        if option not in aliases:
            raise bad_url(f"The query parameter {option} is not supported.")
    for name in given:
        if name not in names:
            raise bad_url(f"'{function}' has no parameter '{name}'.")
    for name in names:
        if name not in given:
            raise bad_argument(function, name, "a value, and there is none")
    return tuple(call.options.get(given[name], given[name]) for name in names)


def read_text(function: str, name: str, written: str) -> str:
    """A text in quotes."""
    if len(written) < 2 or not written.startswith("'") or not written.endswith("'"):
        raise bad_argument(function, name, "a text in single quotes")
    return written[1:-1].replace("''", "'")


def read_json(function: str, name: str, written: str) -> Any:
    """An object or a list; clients write its texts in double quotes, and some in single ones."""
    for text in (written, written.replace("'", '"')):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            continue
    raise bad_argument(function, name, "JSON")


def _pairs(arguments: str, function: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(arguments):
        pair = _ARGUMENT.match(arguments, position)
        if pair is None or pair[1] in found:
            raise bad_url(f"The arguments of '{function}' could not be parsed: '{arguments}'.")
        found[pair[1]] = pair[2]
        position = pair.end()
    return found
