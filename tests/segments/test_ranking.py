"""What holds for any ranking: it is complete, stable, and any number from the top can stand by itself."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mig.segments.ranking import InUse, Merit, ranked

START = datetime(2024, 1, 1, tzinfo=UTC)
KEYS = "abcdefgh"
MANY = settings(max_examples=200, derandomize=True, deadline=None)

Merits = Mapping[str, Merit]
Needs = Mapping[str, Sequence[str]]


def merit(use: InUse = InUse.NOT_USED, day: int = 0) -> Merit:
    return Merit(use, START + timedelta(days=day))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Merits, Needs]:
    """Some segments; each is made of some before it, or of ones that are not to be ranked."""
    keys = list(KEYS[: draw(st.integers(0, len(KEYS)))])
    names = {key: f"{draw(st.integers(0, 3))}{key}" for key in keys}  # so that names tell nothing of needs
    uses = st.sampled_from(list(InUse))
    merits = {names[key]: merit(draw(uses), draw(st.integers(0, 3))) for key in keys}
    needs = {
        names[key]: [names[other] for other in keys[:position] if draw(st.booleans())] + ["elsewhere"]
        for position, key in enumerate(keys)
    }
    return merits, needs


@MANY
@given(situations())
def test_whatever_is_needed_has_a_better_place(situation: tuple[Merits, Needs]) -> None:
    merits, needs = situation
    places = {rank.key: rank.place for rank in ranked(merits, needs)}
    assert sorted(places) == sorted(merits)
    assert sorted(places.values()) == list(range(1, len(merits) + 1))
    assert all(places[need] < places[key] for key in merits for need in needs[key] if need in merits)


@MANY
@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_changes_nothing(
    situation: tuple[Merits, Needs], dice: random.Random
) -> None:
    merits, needs = situation
    keys = list(merits)
    dice.shuffle(keys)
    shuffled = {key: dice.sample(list(needs[key]), len(needs[key])) for key in keys}
    assert ranked({key: merits[key] for key in keys}, shuffled) == ranked(merits, needs)


@MANY
@given(situations())
def test_nothing_stands_before_what_has_more_merit_and_what_that_needs(
    situation: tuple[Merits, Needs],
) -> None:
    ranks = ranked(*situation)
    assert all(before.merit >= after.merit for before, after in pairwise(ranks))
    for rank in ranks:
        assert rank.merit == situation[0][rank.through] >= situation[0][rank.key]


def test_use_comes_before_age_and_parts_rank_with_what_is_made_of_them() -> None:
    merits = {
        "new": merit(day=9),
        "unknown": merit(InUse.UNKNOWN),
        "used": merit(InUse.USED, 1),
        "part": merit(),
        "live": merit(InUse.LIVE),
    }
    ranks = ranked(merits, {"live": ["part"]})
    assert [rank.key for rank in ranks] == ["part", "live", "used", "unknown", "new"]
    assert [rank.through for rank in ranks[:2]] == ["live", "live"]
    assert str(ranks[0].merit) == "used by a live journey, last touched 2024-01-01"
