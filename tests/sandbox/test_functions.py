"""Messages that ask about the organisation: strict about what they are asked."""

import json

from tests.sandbox.conftest import Api


def test_counts_of_rows(api: Api) -> None:
    wanted = {"Count": 2, "IsReadOnly": False, "Keys": ["account", "contact"], "Values": [1, 3]}
    for path, params in (
        ("RetrieveTotalRecordCount(EntityNames=['account','contact'])", {}),
        ("RetrieveTotalRecordCount(EntityNames=@p1)", {"@p1": json.dumps(["account", "contact"])}),
    ):
        answer = api.row(path, params=params)
        assert answer["EntityRecordCountCollection"] == wanted


def test_the_access_type_is_one_of_three(api: Api) -> None:
    def status(arguments: str, **params: str) -> int:
        return api.get(f"RetrieveCurrentOrganization({arguments})", params=params).status_code

    assert status("AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Internet'") == 200
    assert status("AccessType=@a", **{"@a": "Microsoft.Dynamics.CRM.EndpointAccessType'Default'"}) == 200
    assert status("AccessType='Default'") == 400
    assert status("") == 400
    assert status("AccessType=@a") == 400


def test_bulk_messages_are_listed_for_every_table(api: Api) -> None:
    found = api.rows(
        "sdkmessagefilters?$select=sdkmessagefilterid&$filter="
        "sdkmessageid/name eq 'CreateMultiple' and primaryobjecttypecode eq 'contact'"
    )
    assert len(found) == 1


def test_settings_of_the_organisation(api: Api) -> None:
    (row,) = api.rows("organizations?$select=languagecode,maxuploadfilesize")
    assert (row["languagecode"], row["maxuploadfilesize"]) == (1033, 5120)
