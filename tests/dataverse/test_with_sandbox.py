"""The client and the embedded sandbox, which share no code: what one writes the other reads."""

import pytest

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import Dropped, Unreachable
from mig.dataverse.messages import ChangeSet, Request
from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.world import World
from tests.dataverse.apps import Talk, all_rows

ANN = "c0000000-0000-0000-0000-000000000001"
NEW = "c0000000-0000-0000-0000-0000000000aa"
NEWER = "c0000000-0000-0000-0000-0000000000bb"


def creating(key: str, **columns: object) -> Request:
    return Request("POST", "contacts", {"contactid": key, **columns})


def names(talk: Talk) -> set[str | None]:
    return {row["lastname"] for row in talk(lambda client: all_rows(client, "contacts?$select=lastname"))}


def test_rows_come_page_by_page(talk: Talk) -> None:
    async def job(client: Client) -> list[str]:
        path = "contacts?$select=fullname&$orderby=fullname"
        return [row["fullname"] async for row in client.rows(path, page=1)]

    assert talk(job) == ["Ann O'Neil + 100% #1", "Bob & Söhne"]
    assert len(talk.log) >= 2


def test_labels_come_along_when_asked_for(talk: Talk) -> None:
    async def job(client: Client) -> list[object]:
        path = "contacts?$select=statuscode"
        label = "statuscode@OData.Community.Display.V1.FormattedValue"
        return [row.get(label) async for row in client.rows(path, annotations=True)]

    assert talk(job) == ["Active", "Active"]


def test_change_sets_go_through_or_leave_nothing(talk: Talk) -> None:
    text = "O\u2019Neil \u2013 “Zoë”\r\n--boundary"
    parts: list[Request | ChangeSet] = [
        ChangeSet((creating(NEW, lastname=text), Request("PATCH", f"contacts({ANN})", {"lastname": "Ann"}))),
        ChangeSet((creating(NEWER, lastname="lost"), creating(ANN, lastname="taken"))),
        Request("GET", odata.query("contacts", where="fullname eq 'nobody'")),
        Request("GET", "nosuchset"),
    ]
    answers = talk(lambda client: client.batch(parts), writable=True)
    assert [[answer.failed for answer in part] for part in answers] == [
        [False, False],
        [True],
        [False],
        [True],
    ]
    assert answers[2][0].body["value"] == []
    assert all(answer.request_id for part in answers for answer in part)
    assert names(talk) == {text, "Ann", None}


def test_a_batch_that_only_reads_may_leave_while_planning(talk: Talk, world: World) -> None:
    before = world.version()
    answers = talk(lambda client: client.batch([Request("GET", "WhoAmI"), Request("GET", "contacts")]))
    assert [part[0].status for part in answers] == [200, 200]
    assert world.version() == before


def test_connections_that_break_in_this_process_too(talk: Talk, world: World) -> None:
    faults.add(world, Fault("GET contacts", Deed.RESET_BEFORE, nth=1))
    faults.add(world, Fault("POST contacts", Deed.DROP_RESPONSE_AFTER_COMMIT, nth=1))
    faults.add(world, Fault("POST contacts", Deed.TIMEOUT_AFTER_COMMIT, nth=2))
    assert len(talk(all_rows)) == 2  # read again
    for key, error in ((NEW, Dropped), (NEWER, Unreachable)):
        request = creating(key, lastname="Berg")
        with pytest.raises(error):
            talk(lambda client, request=request: client.send(request), writable=True)
    assert len(talk(all_rows)) == 4
