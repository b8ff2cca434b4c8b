"""How far this machine's clock may be off."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mig.engine.clock import TOLERATED, ClockOff, check_clock
from mig.engine.lock import LEASE
from tests.dataverse.apps import Reply, Scripted, Talk

ID = "6f1c0a52-0f0e-4a55-9a61-3d3a3a6d0a11"
SLACK = timedelta(seconds=20)


def checked(off: timedelta) -> None:
    date = format_datetime(datetime.now(UTC) + off, usegmt=True)
    Talk(Scripted([Reply(200, {"OrganizationId": ID}, {"Date": date})]))(check_clock)


@pytest.mark.parametrize("off", [timedelta(), TOLERATED - SLACK, SLACK - TOLERATED])
def test_a_little_does_not_matter(off: timedelta) -> None:
    checked(off)


@pytest.mark.parametrize(
    ("off", "told"),
    [
        (timedelta(minutes=3), "3 minutes behind that of the test organisation"),
        (timedelta(minutes=-3), "3 minutes ahead of"),
        (timedelta(hours=1), "60 minutes behind"),
    ],
)
def test_more_is_refused(off: timedelta, told: str) -> None:
    with pytest.raises(ClockOff, match=told) as raised:
        checked(off)
    assert raised.value.code == "ENV038"


def test_an_organisation_that_does_not_tell_the_time() -> None:
    Talk(Scripted([Reply(200, {"OrganizationId": ID})]))(check_clock)


def test_what_is_tolerated_on_either_side_cannot_cost_a_lease() -> None:
    assert TOLERATED < LEASE / 2
