from typing import Any, cast

import pytest

from tests.sandbox.conftest import ANN, FABRIKAM, Api, code

EVENT = "e0000000-0000-0000-0000-000000000001"
SESSION = "e0000000-0000-0000-0000-000000000002"
REGISTRATION = "e0000000-0000-0000-0000-000000000003"
SEATED = "e0000000-0000-0000-0000-000000000004"
CHECKIN = "e0000000-0000-0000-0000-000000000005"
SEGMENT = "e0000000-0000-0000-0000-000000000006"


def make(api: Api, table: str, row: str, **lookups: tuple[str, str]) -> None:
    """A row that points at others: by column, the table and id."""
    metadata = api.world.schema[table]
    bindings = {
        f"{metadata.columns[column].nav[target]}@odata.bind": f"/{api.world.schema[target].entity_set}({key})"
        for column, (target, key) in lookups.items()
    }
    answer = api.post(metadata.entity_set, {metadata.primary_id: row, **bindings})
    assert answer.status_code == 204, answer.text


@pytest.fixture
def event(api: Api) -> str:
    """An event with a session, a registration and a place in the session."""
    make(api, "msevtmgt_event", EVENT)
    make(api, "msevtmgt_session", SESSION, msevtmgt_event=("msevtmgt_event", EVENT))
    make(
        api,
        "msevtmgt_eventregistration",
        REGISTRATION,
        msevtmgt_eventid=("msevtmgt_event", EVENT),
        msevtmgt_contactid=("contact", ANN),
    )
    make(
        api,
        "msevtmgt_sessionregistration",
        SEATED,
        msevtmgt_registrationid=("msevtmgt_eventregistration", REGISTRATION),
        msevtmgt_sessionid=("msevtmgt_session", SESSION),
    )
    return f"msevtmgt_events({EVENT})"


def count(api: Api, *tables: str) -> list[int]:
    return [len(api.rows(api.world.schema[table].entity_set)) for table in tables]


def test_what_belongs_to_a_row_goes_with_it(api: Api, event: str) -> None:
    assert api.delete(event).status_code == 204
    tables = ("msevtmgt_event", "msevtmgt_session", "msevtmgt_eventregistration")
    assert count(api, *tables, "msevtmgt_sessionregistration", "contact") == [0, 0, 0, 0, 3]


def test_a_row_may_forbid_that_another_goes(api: Api, event: str) -> None:
    registration = ("msevtmgt_eventregistration", REGISTRATION)
    make(api, "msevtmgt_checkin", CHECKIN, msevtmgt_registrationid=registration)
    assert code(api.delete(f"msevtmgt_eventregistrations({REGISTRATION})")) == (405, "0x80040227")
    assert code(api.delete(event)) == (405, "0x80040227")
    assert count(api, "msevtmgt_session", "msevtmgt_sessionregistration") == [1, 1]
    assert api.delete(f"msevtmgt_checkins({CHECKIN})").status_code == 204
    assert api.delete(event).status_code == 204


def test_links_are_removed(api: Api, event: str) -> None:
    before = api.row(f"msevtmgt_eventregistrations({REGISTRATION})")
    assert api.delete(f"contacts({ANN})").status_code == 204
    after = api.row(f"msevtmgt_eventregistrations({REGISTRATION})")
    assert after["_msevtmgt_contactid_value"] is None
    assert after["versionnumber"] > before["versionnumber"]


def test_a_link_to_another_table_stays(api: Api) -> None:
    make(api, "contact", FABRIKAM)  # a contact with the account's id
    assert api.delete(f"contacts({FABRIKAM})").status_code == 204
    assert api.row(f"contacts({ANN})")["_parentcustomerid_value"] == FABRIKAM
    assert api.delete(f"accounts({FABRIKAM})").status_code == 204
    assert api.row(f"contacts({ANN})")["_parentcustomerid_value"] is None


# --- states and required columns --------------------------------------------------------------------------


def test_a_status_moves_only_where_the_metadata_lets_it(api: Api) -> None:
    """Outbound segments: Draft, Live, Stopped and so on, with the moves that their reference lists."""
    moves = api.world.schema["msdyncrm_segment"].status_moves
    assert moves is not None
    draft, url = 192350000, f"msdyncrm_segments({SEGMENT})"
    api.post("msdyncrm_segments", {"msdyncrm_segmentid": SEGMENT, "statuscode": draft})
    state_of = api.world.schema["msdyncrm_segment"].columns["statuscode"].state_of
    forbidden = next(status for status in state_of if status not in (draft, *moves[draft]))
    assert code(api.patch(url, {"statuscode": forbidden})) == (400, "0x80048408")
    assert api.patch(url, {"statuscode": draft}).status_code == 204
    assert api.patch(url, {"statecode": 0}).status_code == 204
    assert api.row(url)["statuscode"] == draft
    assert api.patch(url, {"statuscode": moves[draft][0]}).status_code == 204


def test_only_what_the_system_needs_is_required(api: Api) -> None:
    assert code(api.post("teams", {"name": "T"})) == (400, "0x80040203")
    unit = f"/businessunits({api.world.business_unit})"
    team = api.post("teams", {"name": "T", "businessunitid@odata.bind": unit}).headers["location"]
    assert code(api.patch(team, cast(Any, {"businessunitid": None}))) == (400, "0x80048d19")
    made = api.post("lists", {"createdfromcode": 2, "membertype": 2}).headers["location"]
    assert code(api.patch(made, {"membertype": None})) == (400, "0x80040203")
    assert api.row(made)["listname"] is None
