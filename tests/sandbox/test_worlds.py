import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Timer

import pytest

from mig.sandbox.clock import Clock
from mig.sandbox.faults import kept
from mig.sandbox.home import default_home
from mig.sandbox.spec import Deed, Fault, Lazy, Phase, WorldSpec
from mig.sandbox.world import FORMAT, World
from mig.sandbox.worlds import WorldError, Worlds
from tests.sandbox.conftest import ANN, NOW, Api, MakeWorld, spec


@pytest.fixture
def worlds(tmp_path: Path) -> Worlds:
    return Worlds(tmp_path)


def file_of(tmp_path: Path, name: str) -> Path:
    return tmp_path / "worlds" / f"{name}.world"


def test_home_is_mig_home_or_the_systems_place(tmp_path: Path) -> None:
    assert default_home({"MIG_HOME": str(tmp_path)}) == tmp_path
    assert default_home({"MIG_HOME": ""}).name == "mig"


def test_worlds_come_and_go(worlds: Worlds) -> None:
    assert worlds.names() == []
    worlds.create("demo", spec())
    worlds.create("a.b-c_1", spec())
    assert worlds.names() == ["a.b-c_1", "demo"]
    assert worlds.exists("demo")
    worlds.remove("demo")
    assert not worlds.exists("demo")
    for refused in (worlds.open, worlds.remove):
        with pytest.raises(WorldError, match="there is no sandbox named 'demo'"):
            refused("demo")


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a b", "é", "x" * 65, "a\\b", "a\n"])
def test_a_name_that_cannot_be(worlds: Worlds, name: str) -> None:
    for refused in (worlds.open, worlds.remove, worlds.exists):
        with pytest.raises(WorldError, match="cannot name a sandbox"):
            refused(name)


def test_a_taken_name(worlds: Worlds) -> None:
    worlds.create("demo", spec())
    with pytest.raises(WorldError, match="exists already"):
        worlds.create("demo", spec())


def test_a_world_remembers_what_it_was_made_of(worlds: Worlds) -> None:
    given = spec(phase=Phase.HIDDEN, faults=(Fault("GET *", Deed.THROTTLE, nth=3),))
    worlds.create("demo", given)
    with worlds.open("demo") as world:
        assert (world.phase, world.clock.now()) == (given.phase, NOW)
        assert tuple(one.fault for one in kept(world)) == given.faults
        column = world.schema["contact"].columns["new_tier"]
        assert column == given.columns["contact"][0]
        token, organization = world.token, world.organization_id
    with worlds.open("demo") as again:
        assert (again.token, again.organization_id) == (token, organization)


def test_the_organization_id_is_given_or_follows_the_name(worlds: Worlds) -> None:
    given = "0f000000-0000-0000-0000-000000000001"
    worlds.create("one", spec(organization_id=given.upper()))
    worlds.create("two", spec())
    with worlds.open("one") as one, worlds.open("two") as two:
        assert one.organization_id == given
        assert Api(one).row("WhoAmI")["OrganizationId"] == given
        assert two.organization_id != given
        assert [row["organizationid"] for row in Api(two).rows("organizations")] == [two.organization_id]


def test_every_world_has_an_organization_a_unit_a_caller_and_a_team(worlds: Worlds) -> None:
    worlds.create("empty", WorldSpec(Phase.LIVE, NOW, {}, {}))
    with worlds.open("empty") as world:
        api = Api(world)
        me = api.row("WhoAmI")
        assert [row["businessunitid"] for row in api.rows("businessunits")] == [me["BusinessUnitId"]]
        assert api.row(f"systemusers({me['UserId']})")["_businessunitid_value"] == me["BusinessUnitId"]
        assert api.rows("teams")[0]["isdefault"] is True
        assert api.rows("contacts") == []


def test_given_rows_get_what_the_platform_adds(world: World) -> None:
    row = Api(world).row(f"contacts({ANN})")
    assert row["createdon"] == "2024-05-01T08:00:00Z"
    assert row["modifiedon"] == "2026-11-22T09:00:00Z"
    assert row["_ownerid_value"] == row["_createdby_value"] == world.caller


def test_a_row_that_cannot_be_stored_leaves_no_world(worlds: Worlds, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="nosuch"):
        worlds.create("demo", spec(rows={"contact": [{"contactid": ANN, "nosuch": 1}]}))
    twice = {"contact": [{"contactid": ANN}, {"contactid": ANN}]}
    with pytest.raises(WorldError, match="cannot be written"):
        worlds.create("demo", spec(rows=twice))
    assert list((tmp_path / "worlds").iterdir()) == []


def test_a_full_disk_is_no_reason_to_give_a_world_up(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds.create("demo", spec())
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    def refuse(path: Path) -> None:
        raise full

    monkeypatch.setattr("mig.sandbox.worlds.connect", refuse)
    for job in (lambda: worlds.open("demo"), lambda: worlds.create("other", spec())):
        with pytest.raises(WorldError, match="disk is full") as raised:
            job()
        assert raised.value.fix == "see that the disk has room, and that you may read and write there"


def test_an_interruption_leaves_no_world(worlds: Worlds, tmp_path: Path) -> None:
    def interrupted() -> Iterator[dict[str, object]]:
        yield {"contactid": ANN}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worlds.create("demo", spec(rows={"contact": Lazy(interrupted)}))
    assert list((tmp_path / "worlds").iterdir()) == []


def test_a_copy_has_the_same_rows_under_another_organisation(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("one", spec())
    with worlds.open("one") as one:
        Api(one).post("contacts", {"lastname": "written"})
        worlds.copy("two", "one")
        with worlds.open("two") as two:
            me, was = Api(two).row("WhoAmI"), Api(one).row("WhoAmI")
            assert me["OrganizationId"] != was.pop("OrganizationId")
            assert me.items() >= {key: value for key, value in was.items() if key != "@odata.context"}.items()
            assert not {two.token, two.events_token} & {one.token, one.events_token}
            (organization,) = Api(two).rows("organizations")
            assert (organization["organizationid"], organization["name"]) == (me["OrganizationId"], "two")
            assert Api(two).rows("contacts") == Api(one).rows("contacts")
            assert two.clock.now() == one.clock.now()
            Api(two).post("contacts", {"lastname": "only here"})
        assert len(Api(one).rows("contacts")) == 4
    assert sorted(path.name for path in (tmp_path / "worlds").iterdir()) == ["one.world", "two.world"]


def test_what_cannot_be_copied(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("one", spec())
    worlds.create("two", spec())
    with pytest.raises(WorldError, match="'two' exists already"):
        worlds.copy("two", "one")
    with pytest.raises(WorldError, match="no sandbox named 'none'"):
        worlds.copy("three", "none")
    file_of(tmp_path, "two").write_bytes(b"damaged")
    with pytest.raises(WorldError, match="left as it is"):
        worlds.copy("three", "two")
    assert worlds.names() == ["one", "two"]


def test_a_folder_in_the_place_of_a_world(worlds: Worlds, tmp_path: Path) -> None:
    file_of(tmp_path, "demo").mkdir(parents=True)
    assert worlds.names() == []
    for refused in (worlds.open, worlds.remove, worlds.exists, lambda name: worlds.create(name, spec())):
        with pytest.raises(WorldError, match="is a folder"):
            refused("demo")


def held(path: Path) -> sqlite3.Connection:
    """Another program has the file for itself."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    return connection


@pytest.mark.parametrize("opened_before", [False, True])
def test_a_world_that_is_in_use_is_not_called_damaged(
    worlds: Worlds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened_before: bool
) -> None:
    worlds.create("demo", spec())
    if opened_before:
        worlds.open("demo").close()
    monkeypatch.setattr("mig.sandbox.world.PATIENCE", 0.01)
    with closing(held(file_of(tmp_path, "demo"))), pytest.raises(WorldError, match="'demo' is in use"):
        worlds.open("demo")
    worlds.open("demo").close()


@pytest.mark.parametrize("opened_before", [False, True])
def test_opening_waits_for_whoever_has_the_file(worlds: Worlds, tmp_path: Path, opened_before: bool) -> None:
    worlds.create("demo", spec())
    if opened_before:
        worlds.open("demo").close()
    connection = held(file_of(tmp_path, "demo"))
    timer = Timer(0.05, connection.close)
    timer.start()
    worlds.open("demo").close()
    timer.join()


def test_a_world_can_be_opened_while_another_process_writes(worlds: Worlds) -> None:
    worlds.create("demo", spec())
    with worlds.open("demo") as writing, writing.transaction():
        writing.next_version()
        with worlds.open("demo") as reading:
            assert reading.version() == writing.version() - 1


def test_files_that_are_no_worlds_stay_as_they_are(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("whole", spec())
    good = file_of(tmp_path, "whole").read_bytes()
    older, newer = (good[:60] + (FORMAT + step).to_bytes(4, "big") + good[64:] for step in (-1, 1))
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    damaged = {
        "empty": (b"", "not a sandbox"),
        "text": (b"hello\n" * 100, "not a sandbox"),
        "short": (good[:4000], "damaged"),
        "half": (good[: len(good) // 2], "damaged"),
        "holed": (good[:8192] + b"\xff" * 8192 + good[16384:], "damaged"),
        "foreign": (other.read_bytes(), "another program"),
        "newer": (newer, "newer version"),
        "older": (older, "older version"),
    }
    for name, (content, message) in damaged.items():
        path = file_of(tmp_path, name)
        path.write_bytes(content)
        with pytest.raises(WorldError, match=message):
            worlds.open(name)
        assert path.read_bytes() == content, name


def test_a_world_without_its_facts_is_damaged(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("demo", spec())
    connection = sqlite3.connect(file_of(tmp_path, "demo"))
    connection.execute("UPDATE _world SET facts = '{}'")
    connection.commit()
    connection.close()
    with pytest.raises(WorldError, match="damaged"):
        worlds.open("demo")


def test_the_clock_stands_until_it_is_moved(worlds: Worlds) -> None:
    worlds.create("demo", spec())
    with worlds.open("demo") as world:
        Api(world).get("contacts")
        assert world.clock.now() == NOW
        world.clock.advance(90.5)
        Api(world).post("contacts", {})
    with worlds.open("demo") as world:
        assert world.clock.now() == NOW + timedelta(seconds=91.5)


def test_a_running_clock_follows_real_time(make_world: MakeWorld) -> None:
    real = [100.0]
    clock = Clock(make_world().connection, monotonic=lambda: real[0])
    clock.run(speed=10)
    real[0] += 3
    assert clock.now() == NOW + timedelta(seconds=30)
    clock.tick()
    clock.advance(5)
    assert clock.now() == NOW + timedelta(seconds=35)
    clock.stop()
    real[0] += 3
    assert clock.now() == NOW + timedelta(seconds=35)


KILLED = """
import os, sys
from pathlib import Path
from mig.sandbox.service import Service
from mig.sandbox.wire import WireRequest
from mig.sandbox.worlds import Worlds

world = Worlds(Path(sys.argv[1])).open("demo")
service = Service(world)
headers = {"authorization": f"Bearer {world.token}"}
for number in range(3):
    body = b'{"lastname": "kept"}'
    answer = service.handle(WireRequest("POST", "/api/data/v9.2/contacts", "", headers, body))
    assert answer.status == 204
world.connection.execute("BEGIN IMMEDIATE")
world.connection.execute("UPDATE contact SET lastname = 'lost'")
os._exit(9)
"""


def test_what_was_answered_survives_a_kill(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("demo", spec())
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == 9
    with worlds.open("demo") as world:
        found = [row["lastname"] for row in Api(world).rows("contacts")]
        assert found.count("kept") == 3
        assert "lost" not in found


def test_a_world_made_again_after_a_kill_starts_afresh(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("demo", spec())
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    file_of(tmp_path, "demo").unlink()  # and its side files stay
    worlds.create("demo", spec())
    with worlds.open("demo") as world:
        assert len(Api(world).rows("contacts")) == 3
