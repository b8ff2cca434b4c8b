"""How much of what is owned a plan may touch."""

from decimal import Decimal

import pytest

from mig.cli.options import BRAKES
from mig.engine.brakes import NAMES, measure, measure_again, release
from mig.engine.plan import Action, Brake, Change, People
from mig.manifest.model import Amount, Brakes
from tests.engine.conftest import change

LIMITS = Brakes()


def updates(count: int, moved: int = 0) -> list[Change]:
    people = People(now=100, then=100 + moved)
    return [change(f"s{number}", Action.UPDATE, people=people) for number in range(count)]


def held(brakes: tuple[Brake, ...]) -> list[str]:
    return [brake.name for brake in brakes if brake.held]


@pytest.mark.parametrize(
    ("count", "rows", "expected"),
    [
        (30, 100, []),
        (31, 100, ["updates"]),
        (9, 9, []),
        (10, 10, ["updates"]),
        (4, 10, ["updates"]),
        (3, 10, []),
    ],
)
def test_a_share_of_what_is_owned_and_only_from_ten_rows_up(
    count: int, rows: int, expected: list[str]
) -> None:
    assert held(measure(LIMITS, updates(count), rows, 0)) == expected


def test_numbers() -> None:
    deleted = [change("a", Action.DELETE)]
    assert held(measure(LIMITS, deleted, 10, 0)) == ["deletes"]
    assert held(measure(LIMITS, deleted, 9, 0)) == []
    live = [change(f"s{number}", Action.PUBLISH) for number in range(501)]
    assert held(measure(LIMITS, live[:500], 2000, 0)) == []
    assert held(measure(LIMITS, live, 2000, 0)) == ["publishes"]


def test_people_who_join_and_leave_add_up() -> None:
    changes = [*updates(1, moved=20), change("b", Action.UPDATE, people=People(now=50, then=39))]
    assert held(measure(LIMITS, changes, 100, 104)) == []
    assert held(measure(LIMITS, changes, 100, 103)) == ["people"]
    assert held(measure(LIMITS, updates(1, moved=1), 100, 0)) == ["people"]  # of nobody
    assert held(measure(LIMITS, [change("b", Action.UPDATE, people=People(now=None, then=9))], 100, 1)) == []


def test_the_value_is_told_as_the_limit_is() -> None:
    told = {brake.name: str(brake.value) for brake in measure(LIMITS, updates(1), 3, 0)}
    assert told == {"updates": "33.3%", "deletes": "0", "publishes": "0", "people": "0%"}


def test_what_is_released_holds_nothing_and_stays_so() -> None:
    brakes = measure(LIMITS, updates(50), 50, 0)
    free = measure_again(release(brakes, ["updates"]), updates(49))
    assert (held(brakes), held(free)) == (["updates"], [])
    assert held(measure_again(brakes, updates(5))) == []


def test_the_limit_itself_is_not_rounded() -> None:
    limits = Brakes(updates=Amount(Decimal(30), percent=True))
    assert held(measure(limits, updates(3001), 10_000, 0)) == ["updates"]


def test_the_command_line_knows_all_names() -> None:
    assert BRAKES == NAMES
