from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.model.outcome import Exit, gravest

# Where several apply, the first of these: design §5.
PRECEDENCE = [Exit(code) for code in (130, 8, 5, 4, 1, 6, 3, 7, 2, 0)]


@pytest.mark.parametrize(("graver", "other"), [*combinations(PRECEDENCE, 2)])
def test_the_graver_of_two_is_the_exit_code(graver: Exit, other: Exit) -> None:
    assert gravest([graver, other]) is gravest([other, graver]) is graver


def test_nothing_went_wrong() -> None:
    assert gravest([]) is Exit.DONE


@settings(max_examples=50, derandomize=True)
@given(st.lists(st.sampled_from(PRECEDENCE), min_size=1))
def test_order_and_repetition_do_not_matter(codes: list[Exit]) -> None:
    assert gravest(codes) is gravest(reversed(codes)) is min(codes, key=PRECEDENCE.index)


def test_the_numbers_are_those_that_pipelines_know() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "PENDING": 2,
        "REFUSED": 3,
        "STALE": 4,
        "LOCKED": 5,
        "PARTIAL": 6,
        "DIFFERS": 7,
        "DENIED": 8,
        "USAGE": 64,
        "INTERRUPTED": 130,
    }
