"""How far the clocks are apart, by what answers tell."""

from datetime import UTC, datetime, timedelta

import pytest

from mig.dataverse.skew import Skew

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def heard(*dates: str | None) -> timedelta | None:
    skew = Skew(lambda: NOON)
    for date in dates:
        skew.hear({} if date is None else {"date": date})
    return skew.ahead


@pytest.mark.parametrize(
    ("dates", "minutes"),
    [
        (["Sun, 22 Nov 2026 12:00:00 GMT"], 0),
        (["Sun, 22 Nov 2026 13:00:00 GMT"], 60),
        (["Sun, 22 Nov 2026 11:30:00 GMT"], -30),
        (["Sun, 22 Nov 2026 12:30:00 -0000"], 30),
        (["Sun, 22 Nov 2026 12:30:00 +0100"], -30),
        (["Sun, 22 Nov 2026 13:00:00 GMT", "Sun, 22 Nov 2026 12:01:00 GMT"], 1),
        (["Sun, 22 Nov 2026 13:00:00 GMT", None, "soon", "Sun, 99 Nov 2026 12:01:00 GMT"], 60),
        ([None], 0),
    ],
)
def test_the_last_date_that_can_be_read_counts(dates: list[str | None], minutes: int) -> None:
    assert heard(*dates) == timedelta(minutes=minutes)


def test_before_any_answer_nothing_is_known() -> None:
    assert heard() is None
