import pytest

from mig.model.tables import Column, ColumnType
from tests.sandbox.conftest import ABSENT, ANN, BASE, BOB, FABRIKAM, Api, MakeWorld, code, spec
from tests.sandbox.test_batch import answers, batch, change_set, part, send
from tests.sandbox.test_rows import PATCH_MATRIX, outcome

COLUMNS = (
    Column(name="new_code", type=ColumnType.STRING, max_length=20),
    Column(name="new_number", type=ColumnType.INTEGER),
    Column(name="new_rate", type=ColumnType.DECIMAL),
    Column(name="new_day", type=ColumnType.DATE_TIME, date_only=True),
)
KEYS = {
    "contact": {
        "new_code_key": ("new_code",),
        "new_number_key": ("new_number", "new_code"),
        "new_rate_key": ("new_rate",),
        "new_day_key": ("new_day",),
        "new_account_key": ("msa_managingpartnerid",),
    }
}


@pytest.fixture
def api(make_world: MakeWorld) -> Api:
    columns = {"contact": (*spec().columns["contact"], *COLUMNS)}
    api = Api(make_world(columns=columns, keys=KEYS))
    body = {"new_code": "A-1", "new_number": 7, "new_rate": 1.5, "new_day": "2026-05-01"}
    nav = "msa_managingpartnerid@odata.bind"
    assert api.patch(f"contacts({ANN})", {**body, nav: f"/accounts({FABRIKAM})"}).status_code == 204
    return api


@pytest.mark.parametrize(
    "key",
    [
        "new_code='A-1'",
        "new_code=%27a-1%27",
        "new_code='A-1',new_number=7",
        "new_number=7, new_code='A-1'",
        "new_rate=1.5",
        "new_day=2026-05-01",
        f"_msa_managingpartnerid_value={FABRIKAM.upper()}",
    ],
)
def test_a_row_by_its_key(api: Api, key: str) -> None:
    assert api.row(f"contacts({key})?$select=fullname")["contactid"] == ANN
    assert api.row(f"contacts({key})/fullname")["value"] == "Ann O'Neil"
    assert api.patch(f"contacts({key})", {"jobtitle": "Boss"}, headers={"If-Match": "*"}).status_code == 204
    assert api.send("PUT", f"contacts({key})/lastname", json={"value": "Ann"}).status_code == 204
    assert api.row(f"contacts({ANN})?$select=jobtitle,lastname")["jobtitle"] == "Boss"
    assert api.delete(f"contacts({key})").status_code == 204
    assert code(api.get(f"contacts({key})")) == (404, "0x80060891")


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("new_code='nosuch'", (404, "0x80060891")),
        ("fullname='Ann'", (400, "0x80060890")),
        ("new_number=7", (400, "0x80060890")),
        ("new_code='a',new_code='b'", (400, "0x80060890")),
        ("nosuch='x'", (400, "0x80060888")),
        ("msa_managingpartnerid=" + FABRIKAM, (400, "0x80060888")),
        ("new_code='A-1',", (400, "0x80060888")),
        ("new_code=A-1", (400, "0x8006088a")),
        ("new_rate='1.5'", (400, "0x8006088a")),
        ("new_rate=nan", (400, "0x8006088a")),
        ("new_rate=null", (400, "0x8006088a")),
        ("new_number=1.5,new_code='A-1'", (400, "0x8006088a")),
        ("new_day=yesterday", (400, "0x80048d19")),
        ("new_code='" + "x" * 21 + "'", (400, "0x80044331")),
        *((f"new_code='a{one}b'", (400, "0x80060888")) for one in ("/", "%3C", "*", "%25", "%26", ":", "+")),
        *((f"new_code='{one}'", (400, "0x80060888")) for one in ("%5C", "%3F", "A/B''1")),
    ],
)
def test_keys_that_find_no_row(api: Api, key: str, refusal: tuple[int, str]) -> None:
    assert code(api.get(f"contacts({key})")) == refusal
    assert code(api.delete(f"contacts({key})")) == refusal


@pytest.mark.parametrize(("headers", "exists", "absent"), PATCH_MATRIX, ids=str)
def test_patch_matrix_by_key(
    api: Api, headers: dict[str, str], exists: tuple[int, str | None], absent: tuple[int, str | None]
) -> None:
    missing = (404, "0x80060891") if absent[0] == 404 else absent
    assert outcome(api.patch("contacts(new_code='A-1')", {"jobtitle": "x"}, headers=headers)) == exists
    assert outcome(api.patch("contacts(new_code='B-2')", {"jobtitle": "x"}, headers=headers)) == missing


@pytest.mark.parametrize("value", ["A-1", "O''Neil (2)", "Zoë", "a,b=c"])
def test_an_upsert_by_key_answers_in_the_form_of_the_key(api: Api, value: str) -> None:
    answer = api.patch(f"contacts(new_code='{value}')", {"lastname": "New"})
    url = answer.headers["odata-entityid"]
    assert url == answer.headers["location"]
    assert url == f"{BASE}contacts(new_code='{value.replace('ë', '%C3%AB').replace(' ', '%20')}')"
    row = api.row(url)
    assert (row["new_code"], row["lastname"]) == (value.replace("''", "'"), "New")


def test_the_body_repeats_a_key(api: Api) -> None:
    wants = {"Prefer": "return=representation"}
    changed = api.patch("contacts(new_code='A-1')", {"new_code": "B-2"}, headers=wants)
    assert (changed.status_code, changed.json()["new_code"]) == (200, "A-1")
    created = api.patch("contacts(new_code='C-3')", {"new_code": "D-4"}, headers=wants)
    assert (created.status_code, created.json()["new_code"]) == (201, "D-4")
    other = {"msa_managingpartnerid@odata.bind": None}
    assert code(api.patch("contacts(new_code='A-1')", other)) == (400, "0x80048d19")
    assert code(api.patch("contacts(new_code='A-1')", {"contactid": BOB})) == (400, "0x80048d19")


@pytest.mark.parametrize("taken", ["A-1", "a-1"])
def test_no_two_rows_have_one_key(api: Api, taken: str) -> None:
    created = api.post("contacts", {"new_code": taken})
    assert code(created) == (412, "0x80060892")
    assert "new_code_key" in created.json()["error"]["message"]
    assert code(api.patch(f"contacts({BOB})", {"new_code": taken})) == (412, "0x80060892")
    assert code(api.post("contacts", {"contactid": ANN, "new_code": "B"})) == (412, "0x80040237")
    assert api.post("contacts", {"new_code": None}).status_code == 204
    assert api.post("contacts", {"new_code": None}).status_code == 204


@pytest.mark.parametrize("target", ["/contacts(new_code='A-1')", f"{BASE}contacts(new_code=%27a-1%27)"])
def test_binding_by_key(api: Api, target: str) -> None:
    answer = api.patch(f"contacts({BOB})", {"parentcustomerid_contact@odata.bind": target})
    assert answer.status_code == 204
    assert api.row(f"contacts({BOB})")["_parentcustomerid_value"] == ANN


def test_binding_to_a_key_without_a_row(api: Api) -> None:
    nav = "parentcustomerid_contact@odata.bind"
    body = {nav: "/contacts(new_code='none')"}
    assert code(api.patch(f"contacts({BOB})", body)) == (404, "0x80060891")


def test_a_key_in_a_batch(api: Api) -> None:
    nav = "parentcustomerid_contact@odata.bind"
    text = batch(
        change_set(
            part("PATCH", "contacts(new_code='N-1')", {"lastname": "New"}, "1"),
            part("POST", "contacts", {"contactid": ABSENT, nav: "$1"}, "2"),
            part("PATCH", "$1", {"jobtitle": "Boss"}, "3"),
        )
    )
    assert [answer.status for answer in answers(send(api, text))] == [204, 204, 204]
    boss = api.row("contacts(new_code='N-1')")
    assert boss["jobtitle"] == "Boss"
    assert api.row(f"contacts({ABSENT})")["_parentcustomerid_value"] == boss["contactid"]


def test_an_opened_world_knows_its_keys(api: Api) -> None:
    assert api.world.schema["contact"].keys == KEYS["contact"]
