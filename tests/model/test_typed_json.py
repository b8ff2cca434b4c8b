"""Values to JSON and back by their types; what does not fit is told by its place."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig.model.typed_json import UNSAVED, Misfit, from_json, to_json


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Circle:
    radius: float = 1.0


@dataclass(frozen=True, slots=True)
class Square:
    side: int


@dataclass(frozen=True, kw_only=True)
class Whole:
    word: Literal["a", "b"]
    shape: Circle | Square | None
    colours: frozenset[Colour]
    numbers: Set[int]
    pair: tuple[str, int]
    many: tuple[Square, ...]
    listed: Sequence[str]
    named: Mapping[str, Circle]
    numbered: Mapping[int, str]
    paired: Mapping[tuple[str, str], bool | None]
    anything: Mapping[str, Any]
    loose: float | str | bool | None
    at: datetime | None
    on: date
    exact: Decimal
    hidden: int = field(default=7, metadata=UNSAVED)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
SQUARES = st.builds(Square, st.integers())
CIRCLES = st.builds(Circle, st.floats(allow_nan=False))
WHOLES = st.builds(
    Whole,
    word=st.sampled_from(["a", "b"]),
    shape=st.none() | SQUARES | CIRCLES,
    colours=st.frozensets(st.sampled_from(Colour)),
    numbers=st.frozensets(st.integers(), max_size=3),
    pair=st.tuples(TEXT, st.integers()),
    many=st.lists(SQUARES, max_size=3).map(tuple),
    listed=st.lists(TEXT, max_size=3).map(tuple),
    named=st.dictionaries(TEXT, CIRCLES, max_size=2),
    numbered=st.dictionaries(st.integers(), TEXT, max_size=2),
    paired=st.dictionaries(st.tuples(TEXT, TEXT), st.none() | st.booleans(), max_size=2),
    anything=st.dictionaries(TEXT, PLAIN, max_size=2),
    loose=st.none() | st.booleans() | TEXT | st.integers() | st.floats(allow_nan=False),
    at=st.none() | st.datetimes(),
    on=st.dates(),
    exact=st.decimals(allow_nan=False),
)
ONE = Whole(
    word="a",
    shape=Square(2),
    colours=frozenset({Colour.RED}),
    numbers=frozenset({2, 1}),
    pair=("x", 1),
    many=(),
    listed=(),
    named={},
    numbered={1: "one"},
    paired={},
    anything={},
    loose=None,
    at=None,
    on=date(2026, 11, 22),
    exact=Decimal("0.5"),
)


@given(WHOLES)
def test_what_is_written_is_read_back(value: Whole) -> None:
    assert from_json(Whole, json.loads(json.dumps(to_json(Whole, value)))) == value


def test_how_it_is_written() -> None:
    written = to_json(Whole, ONE)
    assert written["shape"] == {"is": "Square", "side": 2}
    assert (written["numbers"], written["numbered"], written["exact"]) == ([1, 2], [[1, "one"]], "0.5")
    assert "hidden" not in written
    assert to_json(Circle, Circle()) == {}


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("word", "c"),
        ("shape", {"is": "Triangle"}),
        ("shape", 3),
        ("colours", ["green"]),
        ("colours", "red"),
        ("pair", ["x"]),
        ("many", [{"side": "2"}]),
        ("many", [{}]),
        ("many", [{"side": True}]),
        ("named", []),
        ("numbered", [[1]]),
        ("loose", []),
        ("at", "yesterday"),
        ("on", None),
        ("exact", "much"),
    ],
)
def test_what_does_not_fit(field_name: str, value: object) -> None:
    with pytest.raises(Misfit, match=f"Whole.{field_name}"):
        from_json(Whole, {**to_json(Whole, ONE), field_name: value})
