"""What is sent again, what is read back, and what then counts as done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, DataverseError, Dropped, OutcomeUnknown, OutOfTime, RequestFailed
from mig.dataverse.line import Patience
from mig.dataverse.messages import ChangeSet, Part, Request
from mig.model.outcome import Exit
from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.world import World
from tests.data import load
from tests.dataverse.apps import Reply, Scripted, Talk, all_rows
from tests.support import CASES

ANN = "c0000000-0000-0000-0000-000000000001"
NEW = "c0000000-0000-0000-0000-0000000000aa"
OTHER = "c0000000-0000-0000-0000-0000000000bb"

# --- the table --------------------------------------------------------------------------------------------

MARK = {"x-case": "this one"}
ROW = f"contacts({NEW})"
READ = Request("GET", "contacts", headers=MARK)
UPDATE = Request("PATCH", ROW, {"lastname": "Berg"}, MARK)
CREATE = Request("POST", "contacts", {"lastname": "Berg"}, MARK, creates=ROW)
BLIND = Request("POST", "contacts", {"lastname": "Berg"}, MARK)
KINDS: Mapping[str, Request | Sequence[Part]] = {
    "read": READ,
    "update": UPDATE,
    "delete": Request("DELETE", ROW, headers=MARK),
    "create": CREATE,
    "blind": BLIND,
    "action": Request("POST", "msdynmkt_PublishSegmentDefinition", {"SegmentId": NEW}, MARK),
    "set": [ChangeSet((CREATE, UPDATE))],
    "blind set": [ChangeSet((CREATE, BLIND))],
    "reads": [READ, READ],
}
TABLE = [
    pytest.param(row["ends"], kind, row[kind], id=f"{kind}-{row['ends']}")
    for row in load(CASES / "client" / "replay.yaml")
    for kind in KINDS
]


@dataclass
class Failing:
    """Every try of the case ends so; anything else goes well, and the row reads back as another one."""

    ends: str
    asked: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        is_case = b"this one" in body or (b"x-case", b"this one") in scope["headers"]
        reply = self._ending() if is_case else self._other()
        await Scripted([reply])(scope, receive, send)

    def _other(self) -> Reply:
        return Reply(200, {"UserId": "1", "lastname": "somebody else's"})

    def _ending(self) -> Reply:
        self.asked += 1
        match self.ends:
            case "broken":
                raise ConnectionResetError
            case "late":
                raise TimeoutError
            case "refused":
                raise httpx.ConnectError("refused")
            case "deadlock":
                return Reply(500, {"error": {"code": "0x80044150", "message": "deadlock"}})
        return Reply(int(self.ends), {"error": {"code": "", "message": "no"}})


@pytest.mark.parametrize(("ends", "kind", "times"), TABLE)
def test_the_table(ends: Any, kind: str, times: int) -> None:
    app = Failing(str(ends))

    async def job(client: Client) -> None:
        await client.get("WhoAmI")
        what = KINDS[kind]
        await (client.send(what) if isinstance(what, Request) else client.batch(what))

    with pytest.raises(DataverseError) as raised:
        Talk(app)(job, writable=True)
    assert app.asked == times
    writes = kind not in ("read", "reads")
    assert isinstance(raised.value, OutcomeUnknown) == (writes and ends in ("late", "broken"))
    assert raised.value.exit is (Exit.DENIED if ends in (401, 403) else Exit.FAILED)


def test_a_name_that_never_answered_is_asked_once() -> None:
    app = Failing("refused")
    with pytest.raises(DataverseError, match="cannot be reached"):
        Talk(app)(lambda client: client.send(READ))
    assert app.asked == 1


def test_what_is_given_up_says_what_is_not_known() -> None:
    with pytest.raises(
        OutcomeUnknown, match="whether POST msdynmkt_PublishSegmentDefinition was carried out"
    ):
        Talk(Failing("broken"))(lambda client: client.send(KINDS["action"]), writable=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("patience", [Patience(request=10), Patience(run=10)])
def test_a_deadline_ends_repeating(patience: Patience) -> None:
    talk = Talk(Failing("504"), patience=patience)
    with pytest.raises(RequestFailed, match="504"):
        talk(lambda client: client.send(READ))
    assert talk.waits == [2.0, 4.0]  # the next would be over


def test_after_the_deadline_of_the_run_nothing_is_sent() -> None:
    talk = Talk(Scripted([Reply(204)]), patience=Patience(run=10))

    async def job(client: Client) -> None:
        await client.get("WhoAmI")
        await client.pause(10)
        await client.get("WhoAmI")

    with pytest.raises(OutOfTime, match="GET WhoAmI was given up") as raised:
        talk(job)
    assert (len(talk.log), raised.value.code) == (1, "ENV017")


# --- read back, on a sandbox ------------------------------------------------------------------------------

AFTER = [Deed.DROP_RESPONSE_AFTER_COMMIT, Deed.TIMEOUT_AFTER_COMMIT]


def creating(key: str, **columns: Any) -> Request:
    return Request("POST", "contacts", {"contactid": key, **columns}, creates=f"contacts({key})")


def version(talk: Talk, key: str = ANN) -> str:
    return str(talk(lambda client: client.get(f"contacts({key})"))["@odata.etag"])


def changing(talk: Talk, **columns: Any) -> Request:
    return Request("PATCH", f"contacts({ANN})", columns, {"If-Match": version(talk)})


def people(talk: Talk) -> list[tuple[Any, Any]]:
    path = "contacts?$select=contactid,lastname&$orderby=contactid"
    return [(row["contactid"], row["lastname"]) for row in talk(lambda client: all_rows(client, path))]


def send(talk: Talk, request: Request) -> Any:
    return talk(lambda client: client.send(request), writable=True)


@pytest.mark.parametrize("deed", [*AFTER, Deed.ERROR_5XX, Deed.RESET_BEFORE])
def test_a_write_is_done_once_whatever_becomes_of_its_answer(talk: Talk, world: World, deed: Deed) -> None:
    for on in ("POST contacts", "PATCH contacts*", "DELETE contacts*"):
        faults.add(world, Fault(on, deed, nth=1))
    columns = {"birthdate": "1990-02-01", "creditlimit": 12.5, "new_tier": 1, "jobtitle": None}
    send(talk, creating(NEW, lastname="Berg", **columns))
    assert people(talk)[-1] == (NEW, "Berg")
    send(talk, changing(talk, lastname="Ann"))
    assert people(talk)[0] == (ANN, "Ann")
    send(talk, Request("DELETE", f"contacts({NEW})", headers={"If-Match": version(talk, NEW)}))
    assert NEW not in dict(people(talk))
    assert all(fault.struck == 1 for fault in faults.kept(world))


@pytest.mark.parametrize("deed", AFTER)
def test_a_row_that_must_be_absent_is_ours_when_it_reads_as_sent(
    talk: Talk, world: World, deed: Deed
) -> None:
    faults.add(world, Fault("PATCH contacts*", deed, nth=1))
    headers = {"If-None-Match": "*", "Prefer": "return=representation"}
    answer = send(talk, Request("PATCH", f"contacts({NEW})?$select=lastname", {"lastname": "Berg"}, headers))
    assert answer.body["lastname"] == "Berg"
    assert answer.body["@odata.etag"] == version(talk, NEW)


def test_a_row_that_somebody_changed_meanwhile_is_a_conflict(talk: Talk, world: World) -> None:
    request = changing(talk, lastname="ours")
    faults.add(world, Fault("PATCH contacts*", Deed.RESET_BEFORE, nth=1))
    theirs = "UPDATE contact SET lastname = 'theirs', versionnumber = versionnumber + 1 WHERE contactid = ?"
    talk.pass_time = lambda seconds: world.connection.execute(theirs, (ANN,)) and None
    with pytest.raises(RequestFailed, match="412"):
        send(talk, request)
    assert people(talk)[0] == (ANN, "theirs")


def test_a_row_of_somebody_else_under_our_id_is_no_success(talk: Talk, world: World) -> None:
    send(talk, creating(NEW, lastname="theirs"))
    faults.add(world, Fault("POST contacts", Deed.RESET_BEFORE, nth=1))
    with pytest.raises(RequestFailed, match="0x80040237"):
        send(talk, creating(NEW, lastname="ours"))


@pytest.mark.parametrize("deed", [*AFTER, Deed.ERROR_5XX, Deed.RESET_BEFORE])
def test_a_batch_is_done_once_whatever_becomes_of_its_answer(talk: Talk, world: World, deed: Deed) -> None:
    faults.add(world, Fault("POST *$batch", deed, nth=1))
    sets: list[Part] = [
        ChangeSet((creating(NEW, lastname="one"), changing(talk, lastname="Ann"))),
        ChangeSet((creating(OTHER, lastname="two"), creating(ANN, lastname="taken"))),
    ]
    first, second = talk(lambda client: client.batch(sets), writable=True)
    assert [answer.failed for answer in first] == [False, False]
    assert [answer.failed for answer in second] == [True]
    assert [name for _, name in people(talk)] == ["Ann", None, "one"]


@pytest.mark.parametrize("deed", AFTER)
def test_a_batch_that_is_never_answered_is_told_by_its_rows(talk: Talk, world: World, deed: Deed) -> None:
    for number in range(1, 6):
        faults.add(world, Fault("POST *$batch", deed, nth=number))
    done: list[Part] = [ChangeSet((creating(NEW, lastname="one"),))]
    [[answer]] = talk(lambda client: client.batch(done), writable=True)
    assert not answer.failed
    faults.clear(world)
    for number in range(1, 6):
        faults.add(world, Fault("POST *$batch", Deed.RESET_BEFORE, nth=number))
    undone: list[Part] = [ChangeSet((creating(OTHER, lastname="two"),))]
    with pytest.raises(OutcomeUnknown, match=r"whether POST \$batch was carried out"):
        talk(lambda client: client.batch(undone), writable=True)


def test_a_write_without_an_id_is_left_in_doubt(talk: Talk, world: World) -> None:
    faults.add(world, Fault("POST contacts", Deed.DROP_RESPONSE_AFTER_COMMIT, nth=1))
    with pytest.raises(Dropped, match="not known") as raised:
        send(talk, Request("POST", "contacts", {"lastname": "Berg"}))
    assert raised.value.code == "ENV016"
    assert len(people(talk)) == 3


def test_a_part_that_was_throttled_comes_again_alone(talk: Talk, world: World) -> None:
    faults.add(world, Fault("POST *$batch", Deed.THROTTLE_LAST_PART, nth=1))
    sets: list[Part] = [ChangeSet((creating(key, lastname="one"),)) for key in (NEW, OTHER)]
    answers = talk(lambda client: client.batch(sets), writable=True)
    assert [[answer.status for answer in part] for part in answers] == [[204], [204]]
    assert (len(people(talk)), len(talk.waits)) == (4, 1)


@pytest.mark.parametrize(
    ("deed", "told"),
    [(Deed.FOREIGN_NEXT_LINK, "another host"), (Deed.REPEATED_NEXT_LINK, "same next page twice")],
)
def test_a_next_link_that_leads_astray(talk: Talk, world: World, deed: Deed, told: str) -> None:
    faults.add(world, Fault("GET contacts*", deed))

    async def job(client: Client) -> list[Any]:
        return [row async for row in client.rows("contacts?$select=fullname", page=1)]

    with pytest.raises(BadAnswer, match=told):
        talk(job)
