"""Minutes of an organisation's time with faults; an hour: `python -m tests.crash.soak`."""

from pathlib import Path

import pytest

from tests.crash.soak import soak


@pytest.mark.parametrize("seed", [2])
def test_nothing_is_lost_in_minutes_with_faults(tmp_path: Path, seed: int) -> None:
    course = soak(tmp_path, seed, 150)
    assert course.wrong == []
    assert course.struck.total() > 1
    assert course.seconds >= 150
