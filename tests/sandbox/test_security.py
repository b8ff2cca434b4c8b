"""Privileges: what others than the administrator may do, by role, depth and business unit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from mig.sandbox.security.rights import privilege_id, role_id
from mig.sandbox.security.shipped import ROLES
from mig.sandbox.spec import Phase
from mig.sandbox.worldfile import parse_world
from tests.sandbox.conftest import Api, MakeWorld, code

PEOPLE = (Path(__file__).parents[1] / "cases" / "sandbox" / "people.yaml").read_text(encoding="utf-8")
EVE, MAX, PAT = (f"50000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))
EVES_OBJECT_ID = "e0000000-0000-0000-0000-000000000001"
NORTH = "b0000000-0000-0000-0000-000000000001"
HERS, NEARBY, BELOW, ELSEWHERE = (f"c0000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3, 4))
FABRIKAM = "a0000000-0000-0000-0000-000000000001"


@dataclass
class Someone(Api):
    """Requests on behalf of a user."""

    user: str = EVE

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"MSCRMCallerID": self.user, **options.pop("headers", {})}
        return super().send(method, path, headers=headers, **options)


MakeSomeone = Callable[..., Someone]


@pytest.fixture
def someone(make_world: MakeWorld) -> MakeSomeone:
    """Eve, with a role of these privileges by name, or with a shipped role."""
    made = count()

    def make(grants: Sequence[str] = (), role: str = "Own", phase: Phase = Phase.REMOVED) -> Someone:
        granted = [
            f"{{roleid: Own, privilegeid: {name}, privilegedepthmask: {mask or 8}}}"
            for name, _, mask in (grant.partition("=") for grant in grants)
        ]
        text = (
            f"{PEOPLE}  roleprivileges: [{', '.join(granted)}]\n"
            f"  systemuserroles: [{{systemuserid: {EVE}, roleid: {role}}}]\n"
        )
        given = parse_world(text, "people.yaml")
        return Someone(make_world(f"world-{next(made)}", rows=given.rows, phase=phase))

    return make


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (1, ["Hers"]),
        (2, ["Hers", "Nearby"]),
        (4, ["Below", "Hers", "Nearby"]),
        (8, ["Below", "Else", "Hers", "Nearby"]),
    ],
)
def test_a_list_holds_what_the_depth_reaches(someone: MakeSomeone, depth: int, names: list[str]) -> None:
    eve = someone([f"prvReadContact={depth}"])
    assert sorted(row["lastname"] for row in eve.rows("contacts?$select=lastname")) == names
    assert int(eve.get("contacts/$count").text.strip("\ufeff")) == len(names)
    assert eve.row(f"contacts({HERS})?$select=lastname")["lastname"] == "Hers"
    expected = 200 if "Else" in names else 403
    assert eve.get(f"contacts({ELSEWHERE})").status_code == expected
    assert eve.get(f"contacts({ELSEWHERE})/lastname").status_code == expected


def test_without_the_privilege_a_table_is_closed(someone: MakeSomeone) -> None:
    answer = someone(["prvReadAccount"]).get("contacts")
    assert code(answer) == (403, "0x80040220")
    message = answer.json()["error"]["message"]
    for part in (EVE, "prvReadContact", privilege_id("prvReadContact"), "'contact'"):
        assert part in message


def test_what_a_query_reaches_beyond_its_table_is_restricted_too(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact=1", "prvReadSystemUser=2"])
    (row,) = eve.rows("contacts?$select=lastname&$expand=createdby($select=fullname)")
    assert row["createdby"] is None  # the administrator belongs to the root, not to North
    answer = eve.get("contacts?$select=lastname&$filter=parentcustomerid_account/name eq 'Fabrikam'")
    assert code(answer) == (403, "0x80040220")
    assert "prvReadAccount" in answer.json()["error"]["message"]
    assert code(eve.get(f"accounts({FABRIKAM})/contact_customer_accounts")) == (403, "0x80040220")


def test_a_row_out_of_reach_is_named(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact=2"])
    answer = eve.get(f"contacts({ELSEWHERE})")
    assert code(answer) == (403, "0x80048306")
    assert ELSEWHERE in answer.json()["error"]["message"]
    assert code(eve.get("contacts(c0000000-0000-0000-0000-0000000000ff)")) == (404, "0x80040217")


def test_reading_leaves_the_world_as_it_was(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact=1"])
    eve.rows("contacts")
    eve.get("contacts?$filter=nosuch eq 1")
    assert len(Api(eve.world).rows("contacts")) == 4


def test_changing_and_deleting_go_as_deep_as_their_own_privileges(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact", "prvWriteContact=2", "prvDeleteContact=1"])
    assert eve.patch(f"contacts({NEARBY})", {"firstname": "N"}).status_code == 204
    assert code(eve.patch(f"contacts({ELSEWHERE})", {"firstname": "E"})) == (403, "0x80048306")
    assert code(eve.delete(f"contacts({NEARBY})")) == (403, "0x80048306")
    assert eve.delete(f"contacts({HERS})").status_code == 204


def test_another_owner_wants_assign(someone: MakeSomeone) -> None:
    eve = someone(["prvWriteContact"])
    answer = eve.patch(f"contacts({HERS})", {"ownerid@odata.bind": f"/systemusers({MAX})"})
    assert code(answer) == (403, "0x80040220")
    assert "prvAssignContact" in answer.json()["error"]["message"]


def test_a_new_row_belongs_to_who_makes_it(someone: MakeSomeone) -> None:
    eve = someone(["prvCreateContact=1", "prvReadContact=1"])
    made = eve.post("contacts", {"lastname": "New"}, headers={"Prefer": "return=representation"}).json()
    assert (made["_ownerid_value"], made["_owningbusinessunit_value"]) == (EVE, NORTH)
    assert made["_createdby_value"] == EVE
    others = {"lastname": "Not hers", "ownerid@odata.bind": f"/systemusers({MAX})"}
    assert code(eve.post("contacts", others)) == (403, "0x80048306")


def test_a_lookup_wants_append_on_both_ends(someone: MakeSomeone) -> None:
    grants = ["prvCreateContact", "prvAppendContact", "prvAppendToAccount"]
    body = {"lastname": "Linked", "parentcustomerid_account@odata.bind": f"/accounts({FABRIKAM})"}
    assert someone(grants).post("contacts", body).status_code == 204
    for name in ("prvAppendContact", "prvAppendToAccount"):
        answer = someone([other for other in grants if other != name]).post("contacts", body)
        assert code(answer) == (403, "0x80040220")
        assert name in answer.json()["error"]["message"]


def test_a_creation_date_of_ones_own_wants_its_privilege(someone: MakeSomeone) -> None:
    body = {"lastname": "Old", "overriddencreatedon": "2020-01-01"}
    assert code(someone(["prvCreateContact"]).post("contacts", body)) == (403, "0x80040220")
    grants = ["prvCreateContact", "prvOverrideCreatedOnCreatedBy"]
    assert someone(grants).post("contacts", body).status_code == 204


def test_a_batch_has_the_callers_rights(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact=1"])
    body = (
        "--b\r\nContent-Type: application/http\r\n\r\nGET contacts?$select=lastname HTTP/1.1\r\n\r\n\r\n"
        "--b\r\nContent-Type: application/http\r\n\r\nGET accounts HTTP/1.1\r\n\r\n\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = eve.send("POST", "$batch", content=body, headers=headers)
    assert answer.text.count('"lastname"') == 1
    assert "0x80040220" in answer.text


@pytest.mark.parametrize(("phase", "status"), [(Phase.LIVE, 200), (Phase.HIDDEN, 200), (Phase.REMOVED, 403)])
@pytest.mark.parametrize("role", [role for role in ROLES if role.startswith("Marketing")])
def test_since_june_2026_marketing_reads_no_outbound_segments(
    someone: MakeSomeone, role: str, phase: Phase, status: int
) -> None:
    eve = someone(role=role, phase=phase)
    assert eve.get("msdyncrm_segments").status_code == status
    assert eve.get("msdynmkt_segments").status_code == 200


def test_event_planners_of_a_business_unit_see_less_since_march_2026(someone: MakeSomeone) -> None:
    def depth(phase: Phase) -> str:
        path = "Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName"
        eve = someone(role="Event Planner (BU level)", phase=phase)
        found = eve.row(f"systemusers({EVE})/{path}(PrivilegeName='prvReadmsevtmgt_Event')")
        return str(found["RolePrivileges"][0]["Depth"])

    assert [depth(phase) for phase in Phase] == ["Global", "Local", "Local"]


def test_privileges_of_a_user(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact=2", "prvReadAccount"])
    base = f"systemusers({EVE})/Microsoft.Dynamics.CRM."
    found = eve.row(f"{base}RetrieveUserPrivileges")["RolePrivileges"]
    assert {one["PrivilegeName"]: one["Depth"] for one in found} == {
        "prvReadContact": "Local",
        "prvReadAccount": "Global",
    }
    one = f"{base}RetrieveUserPrivilegeByPrivilegeName"
    assert eve.row(f"{one}(PrivilegeName='prvWriteContact')")["RolePrivileges"] == []
    assert eve.get(f"{one}(PrivilegeName='prvNosuch')").status_code == 400
    assert eve.get(f"{one}(PrivilegeName=prvReadContact)").status_code == 400


def test_access_to_one_row(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact", "prvWriteContact=2"])

    def access(row: str) -> str:
        path = f"systemusers({EVE})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)"
        found = eve.row(path, params={"@t": f"{{'@odata.id':'contacts({row})'}}"})
        return str(found["AccessRights"])

    assert access(HERS) == "ReadAccess, WriteAccess"
    assert access(ELSEWHERE) == "ReadAccess"


def test_the_administrator_has_every_privilege(api: Api) -> None:
    user = api.row("WhoAmI")["UserId"]
    path = f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"
    names = {one["PrivilegeName"]: one["Depth"] for one in api.row(path)["RolePrivileges"]}
    assert names["prvReadmsevtmgt_Event"] == names["prvActOnBehalfOfAnotherUser"] == "Global"
    assert {row["name"] for row in api.rows("roles?$select=name")} == set(ROLES)


def test_publishing_wants_create_and_write(someone: MakeSomeone) -> None:
    eve = someone(["prvWritemsdynmkt_segment"])
    answer = eve.post("msdynmkt_PublishSegmentDefinition", {"SegmentId": HERS})
    assert code(answer) == (403, "0x80040220")
    assert "prvCreatemsdynmkt_segment" in answer.json()["error"]["message"]


def test_who_acts_for_whom(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact"])
    assert eve.row("WhoAmI") | {"@odata.context": ""} == {
        "@odata.context": "",
        "UserId": EVE,
        "BusinessUnitId": NORTH,
        "OrganizationId": eve.world.organization_id,
    }
    by_object_id = eve.get("WhoAmI", headers={"CallerObjectId": EVES_OBJECT_ID, "MSCRMCallerID": PAT})
    assert by_object_id.json()["UserId"] == EVE
    for user in (PAT, ELSEWHERE, "nobody"):
        assert code(Someone(eve.world, user).get("WhoAmI")) == (403, "0x80072560")


def test_a_role_given_later_counts_at_once(someone: MakeSomeone) -> None:
    eve = someone(["prvReadContact"])
    admin = Api(eve.world)
    assert eve.get("accounts").status_code == 403
    role = {"@odata.id": f"/roles({role_id('System Administrator')})"}
    assert admin.post(f"systemusers({EVE})/systemuserroles_association/$ref", role).status_code == 204
    assert eve.get("accounts").status_code == 200
