"""Rows that name each other's ids, in organisations that take ours, refuse them, or pass them over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Answer
from mig.engine.identity import Identity
from mig.engine.plan import Change
from mig.engine.progress import Event
from mig.engine.run import Fate
from mig.engine.steps import Operation, Record, Write
from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.world import World
from mig.sandbox.worldfile import parse_world
from mig.sandbox.worlds import Worlds
from tests.engine.conftest import Place, change, entry, fates
from tests.worlds import create

DEFINITIONS, SEGMENTS = "msdynmkt_segmentdefinitions", "msdynmkt_segments"
SWITCHES: dict[str, dict[str, Any]] = {
    "taken": {},
    "refused": {"own_ids": False, "untaken_ids": "refused"},
    "ignored": {"own_ids": False, "untaken_ids": "ignored"},
}


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    switches = SWITCHES[getattr(request, "param", "taken")]
    create(tmp_path, "small", parse_world(json.dumps({"version": 1, "switches": switches}), "world.yaml"))
    with Worlds(tmp_path).open("small") as opened:
        yield opened


def planned(kind: int, number: int) -> str:
    return f"d{kind}000000-0000-0000-0000-{number:012}"


def pair(number: int, claim: str | None = None) -> Change:
    """A definition and the segment that names it, recorded under the ids that the plan knows."""
    definition, segment = planned(0, number), planned(1, number)
    name = f"n{number}"
    first = Operation(
        "POST",
        DEFINITIONS,
        definition,
        {"msdynmkt_name": name},
        id_column="msdynmkt_segmentdefinitionid",
        mark={"msdynmkt_name": claim or f"claim {number}"},
    )
    second = Operation(
        "POST",
        SEGMENTS,
        segment,
        {"msdynmkt_displayname": name, "msdynmkt_sourcesegmentuid": definition},
        id_column="msdynmkt_segmentid",
        mark={"msdynmkt_description": f"mark {number}"},
    )
    ids = {"msdynmkt_segment": segment, "msdynmkt_segmentdefinition": definition}
    text = {"query": f"SEGMENT(SEGMENT_CJO_ID_{segment.replace('-', '').upper()})"}
    recorded = entry(name, target=ids, desired=text, applied=text)
    write = Write((first, second), claim={})
    return change(name, steps=[write, Record(recorded)])


def rows(place: Place) -> dict[str, tuple[str, str, str | None]]:
    """By name: the ids of segment and definition, and the mark."""
    found = place.world.connection.execute(
        "SELECT d.msdynmkt_name, s.msdynmkt_segmentid, d.msdynmkt_segmentdefinitionid, s.msdynmkt_description"
        " FROM msdynmkt_segmentdefinition d LEFT JOIN msdynmkt_segment s"
        " ON s.msdynmkt_sourcesegmentuid = d.msdynmkt_segmentdefinitionid"
    )
    return {name: tuple(rest) for name, *rest in found}


def sent(place: Place) -> int:
    return sum(exchange.request == "POST $batch" for exchange in place.talk.log)


def test_where_ours_are_taken_one_is_made_ahead_to_ask(place: Place) -> None:
    assert set(fates(place.apply(*map(pair, range(40)))).values()) == {Fate.DONE}
    assert rows(place) == {f"n{one}": (planned(1, one), planned(0, one), None) for one in range(40)}
    assert sent(place) == 5  # the question, and a batch for each worker


@pytest.mark.parametrize("world", ["refused", "ignored"], indirect=True)
def test_where_they_are_not_all_are_made_ahead_and_known_by_their_own(place: Place) -> None:
    assert set(fates(place.apply(*map(pair, range(40)))).values()) == {Fate.DONE}
    found, recorded = rows(place), place.ledgers().own.entries
    assert len(found) == 40
    for number in range(40):
        segment, definition, mark = found[f"n{number}"]
        assert mark == f"mark {number}"
        assert not {segment, definition} & {planned(0, number), planned(1, number)}
        own = recorded[f"source-n{number}"]
        assert own.target == {"msdynmkt_segment": segment, "msdynmkt_segmentdefinition": definition}
        assert own.applied == {"query": f"SEGMENT(SEGMENT_CJO_ID_{segment.replace('-', '')})"}


@pytest.mark.parametrize("world", ["taken", "refused", "ignored"], indirect=True)
def test_a_row_that_is_refused_for_another_reason_is_one_change_s_matter(place: Place) -> None:
    run = place.apply(pair(1, claim="x" * 101), pair(2), pair(3, claim="x" * 101), pair(4))
    done, failed = Fate.DONE, Fate.FAILED
    assert fates(run)["n1"] is failed
    assert [fates(run)[key] for key in ("n2", "n4")] == [done, done]
    assert rows(place).keys() == {f"n{key[1:]}" for key, fate in fates(run).items() if fate is done}


@pytest.mark.parametrize("world", ["taken", "refused", "ignored"], indirect=True)
@pytest.mark.parametrize("deed", [Deed.DROP_RESPONSE_AFTER_COMMIT, Deed.TIMEOUT_AFTER_COMMIT])
@pytest.mark.parametrize("nth", range(1, 7))
def test_an_answer_that_is_lost_is_read_back(nth: int, deed: Deed, place: Place) -> None:
    faults.add(place.world, Fault("POST *$batch", deed, nth=nth))
    assert set(fates(place.apply(pair(1), pair(2))).values()) == {Fate.DONE}
    assert place.world.connection.execute("SELECT count(*) FROM msdynmkt_segment").fetchone() == (2,)
    assert place.world.connection.execute("SELECT count(*) FROM msdynmkt_segmentdefinition").fetchone() == (
        2,
    )


@pytest.mark.parametrize("world", ["taken", "refused", "ignored"], indirect=True)
def test_a_claim_that_did_not_arrive_is_made_again(place: Place) -> None:
    faults.add(place.world, Fault("POST *$batch", Deed.RESET_BEFORE, nth=1))
    assert set(fates(place.apply(pair(1), pair(2))).values()) == {Fate.DONE}
    assert rows(place).keys() == {"n1", "n2"}


@pytest.mark.parametrize("world", ["ignored"], indirect=True)
def test_a_claim_that_never_arrives_fails_its_change(place: Place) -> None:
    def listen(event: Event) -> None:
        if event.event == "run-started":
            faults.add(place.world, Fault("POST *$batch", Deed.RESET_BEFORE, every=1))

    assert set(fates(place.apply(pair(1), listen=listen)).values()) == {Fate.FAILED}


def test_where_a_probe_found_ours_taken_nothing_is_asked(place: Place) -> None:
    assert set(fates(place.apply(*map(pair, range(40)), own_ids=True)).values()) == {Fate.DONE}
    assert sent(place) == 4


@pytest.mark.parametrize("world", ["ignored"], indirect=True)
def test_a_probe_that_does_not_hold_any_longer_is_told(place: Place) -> None:
    run = place.apply(pair(1), own_ids=True)
    assert fates(run) == {"n1": Fate.FAILED}
    assert "run `mig doctor --probe`" in (run.results[0].error or "")


def test_a_row_of_an_unknown_id_is_no_good() -> None:
    operation = Operation("POST", "things", planned(0, 1), {})
    with pytest.raises(BadAnswer, match="a row of things was made, and its id is not told"):
        Identity().learn(operation, Answer(204, {}))
