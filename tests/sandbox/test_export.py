import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mig.model.tables import Column, ColumnType, Relationship
from mig.sandbox.export import export
from mig.sandbox.maker import make_world
from mig.sandbox.spec import Deed, Fault, Phase, WorldSpec
from mig.sandbox.switches import Switches
from mig.sandbox.worldfile import parse_world
from mig.sandbox.worlds import Worlds
from tests.sandbox.conftest import ANN, BOB, FABRIKAM, Api, spec
from tests.support import SMALL, valid, with_people

TEAM = "d0000000-0000-0000-0000-000000000001"
# Text that is easily taken for something else, and signs that YAML does not allow, or folds.
AWKWARD = ("null", "no", "00123", "12:30", "'", '"', "# x", " a ", "a: b", "\\u0041", "", "{}", "\t", "\r\n")
SIGNS = "".join(map(chr, (0, 7, 27, 0x7F, 0x85, 0x9F, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, 0x1F600)))


@pytest.fixture
def worlds(tmp_path: Path) -> Worlds:
    return Worlds(tmp_path)


def exported(worlds: Worlds, name: str) -> str:
    with worlds.open(name) as world:
        return "".join(export(world))


def again(worlds: Worlds, text: str) -> str:
    """Made from its file, and exported under another name."""
    worlds.create("again", parse_world(text, "again.json"))
    return exported(worlds, "again")


def rich() -> WorldSpec:
    """A world that uses all that a world can state."""
    columns = {
        "contact": (
            Column(name="new_tier", type=ColumnType.PICKLIST, options={1: "Gold", 2: "Silver"}, default=1),
            Column(name="new_score", type=ColumnType.DECIMAL, minimum=0.5, maximum=100),
            Column(name="new_day", type=ColumnType.DATE_TIME, date_only=True),
            Column(name="new_tags", type=ColumnType.MULTI_SELECT, options={1: "One", 2: "Two"}),
            Column(
                name="new_sponsor",
                type=ColumnType.LOOKUP,
                targets=("account", "lead"),
                nav={"account": "new_Sponsor_account", "lead": "new_Sponsor_lead"},
            ),
            Column(
                name="new_code", type=ColumnType.STRING, max_length=20, required="application", read_only=True
            ),
        )
    }
    relationships = tuple(
        Relationship(
            name=f"new_{target}_sponsor",
            referencing_table="contact",
            referencing_column="new_sponsor",
            referenced_table=target,
        )
        for target in ("account", "lead")
    )
    contacts: list[dict[str, object]] = [
        {
            "contactid": ANN,
            "lastname": SIGNS,
            "new_sponsor": FABRIKAM,
            "new_sponsor@type": "account",
            "new_score": 12.25,
            "new_day": "2024-02-29",
            "new_tags": "1,2",
            "donotemail": 1,
            "ownerid": TEAM,
            "ownerid@type": "team",
        },
        {"contactid": BOB, "createdon": None, "statuscode": None, "ownerid": None, "new_code": "x"},
        *(
            {"contactid": f"c0000000-0000-0000-0000-0000000001{number:02}", "lastname": text}
            for number, text in enumerate(AWKWARD)
        ),
    ]
    return spec(
        phase=Phase.HIDDEN,
        rows={
            "contact": contacts,
            "account": [{"accountid": FABRIKAM, "name": "Fabrikam", "revenue": 1e17}],
            "team": [{"teamid": TEAM, "name": "Marketing"}],
        },
        columns=columns,
        relationships=relationships,
        keys={"contact": {"new_code_key": ("new_code",)}},
        faults=(
            Fault("GET *", Deed.THROTTLE, every=3),
            Fault("POST *", Deed.TRUNCATE, probability=0.25, seed=5),
        ),
        switches=Switches(nesting=2, refuse=("dates",)),
    )


MAKE = """
import sys
from pathlib import Path
from mig.sandbox.export import export
from mig.sandbox.maker import make_world
from mig.sandbox.worlds import Worlds
worlds = Worlds(Path(sys.argv[1]))
worlds.create("other", make_world(contacts=500, segments=170, events=2, seed=7))
with worlds.open("other") as world:
    sys.stdout.buffer.writelines(part.encode() for part in export(world))
"""


def test_a_seed_gives_the_same_bytes_in_every_process(worlds: Worlds, tmp_path: Path) -> None:
    worlds.create("one", make_world(contacts=500, segments=170, events=2, seed=7))
    command = [sys.executable, "-c", MAKE, str(tmp_path)]
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    assert exported(worlds, "one").encode() == done.stdout


def test_a_made_world_comes_back_from_its_export(worlds: Worlds) -> None:
    worlds.create("made", make_world(contacts=120, segments=150, events=2, phase=Phase.LIVE))
    text = exported(worlds, "made")
    valid(json.loads(text), "world")
    assert again(worlds, text) == text


def test_all_that_a_world_can_state_comes_back_from_its_export(worlds: Worlds) -> None:
    given = rich()
    worlds.create("rich", given)
    text = exported(worlds, "rich")
    valid(json.loads(text), "world")
    read = parse_world(text, "rich.json")
    assert (read.phase, read.now, read.faults, read.switches) == (
        given.phase,
        given.now,
        given.faults,
        given.switches,
    )
    assert (read.columns, read.relationships, read.keys) == (given.columns, given.relationships, given.keys)
    assert {row["contactid"]: row.get("lastname") for row in read.rows["contact"]} == {
        row["contactid"]: row.get("lastname") for row in given.rows["contact"]
    }
    assert again(worlds, text) == text


def test_a_cases_world_comes_back_from_its_export(worlds: Worlds) -> None:
    worlds.create("small", parse_world(json.dumps(with_people(SMALL["world"])), "small.json"))
    text = exported(worlds, "small")
    assert again(worlds, text) == text


def test_what_was_written_since_is_in_the_export(worlds: Worlds) -> None:
    worlds.create("lived", spec())
    with worlds.open("lived") as world:
        api = Api(world)
        assert api.patch(f"contacts({ANN})", {"lastname": "Renamed"}).status_code == 204
        world.clock.advance(timedelta(days=1).total_seconds())
    text = exported(worlds, "lived")
    document = json.loads(text)
    (ann,) = [row for row in document["tables"]["contact"] if row["contactid"] == ANN]
    assert (ann["lastname"], document["now"]) == ("Renamed", "2026-11-23T09:00:01Z")
    assert again(worlds, text) == text


def test_rows_that_every_organisation_has_and_tokens_are_not_in_it(worlds: Worlds) -> None:
    worlds.create("empty", WorldSpec(Phase.REMOVED, spec().now, {}, {}))
    text = exported(worlds, "empty")
    assert json.loads(text)["tables"] == {}
    with worlds.open("empty") as world:
        ids: list[Any] = [world.token, world.events_token, world.organization_id, world.administrator]
    assert not [one for one in ids if one in text]
