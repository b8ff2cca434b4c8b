"""A set of ids behaves as Python's own sets do."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig.segments.ids import NOBODY, Ids

# Few ids, alike at either end, so that sets of them overlap.
ONES = st.sampled_from([str(UUID(int=high << 120 | low)) for high in (0, 1, 255) for low in range(4)])
ID = "c0000000-0000-0000-0000-000000000000"
SETS = st.frozensets(ONES)


@given(one=SETS, other=SETS)
def test_operations_are_those_of_sets(one: frozenset[str], other: frozenset[str]) -> None:
    here, there = Ids.of(one), Ids.of(other)
    assert (here & there, here | there, here - there) == (one & other, one | other, one - other)
    assert (here == there, here != one, here == Ids.of(sorted(one))) == (one == other, False, True)
    assert here.apart(there) == (one - other, other - one)
    assert Ids.together([here, there, NOBODY]) == one | other
    assert (len(here), list(here), bool(here)) == (len(one), sorted(one), bool(one))
    assert [text in here for text in other] == [text in one for text in other]


@pytest.mark.parametrize(
    "text",
    [
        "C0000000-0000-0000-0000-00000000000A",
        "{c0000000-0000-0000-0000-00000000000a}",
        "c000000000000000000000000000000a",
    ],
)
def test_spellings_of_one_id(text: str) -> None:
    plain = "c0000000-0000-0000-0000-00000000000a"
    assert list(Ids.of([plain, text, plain])) == [plain]
    assert text in Ids.of([plain])


@pytest.mark.parametrize(
    "texts",
    [
        ["ann@contoso.example"],
        ["c0000000-0000-0000-0000-00000000000"],
        ["c0000000-0000-0000-0000-0000000000 0"],
        ["c0000000-0000-0000-0000-00000000000", "0c0000000-0000-0000-0000-000000000000"],
        ["c0000000-0000-0000-0000-00000000000g"],
        [f"{ID}\n"],
        [f"{ID}\n{ID}"],
        [f"{ID}\n{ID}", "", ID[1:]],
    ],
)
def test_what_is_no_id(texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"UUID|hexadecimal"):
        Ids.of(texts)
    assert texts[0] not in Ids.of([])


def test_nobody_s_id_is_shown() -> None:
    assert repr(Ids.of([str(UUID(int=1))])) == "<1 ids>"


def test_many_are_equal_in_any_order() -> None:
    ids = [str(UUID(int=number << 108 | number)) for number in range(100_000)]
    assert Ids.of(ids) == Ids.of(reversed(ids))
    assert Ids.of(ids) != Ids.of([*ids[1:], str(UUID(int=1))])
