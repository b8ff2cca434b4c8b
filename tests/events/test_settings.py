"""Which settings of two events differ, and how that is told."""

from typing import Any

import pytest

from mig.events.settings import SETTINGS, set_in, settings_diff, settings_of
from mig.model.tables import bundled_schema
from tests.data import load
from tests.events.values import TARGET, event
from tests.support import CASES

KNOWN: dict[str, Any] = load(CASES / "around" / "settings.yaml")


@pytest.mark.parametrize("name", KNOWN)
def test_difference(name: str) -> None:
    case = KNOWN[name]
    source, target = settings_of(case["source"]), settings_of(case["target"])
    found = settings_diff(event(settings=source), event(TARGET, settings=target))
    assert [str(one) for one in found] == case["told"]


def test_settings_are_columns_of_the_event_each_once() -> None:
    known = bundled_schema()["msevtmgt_event"].columns
    columns = [setting.column for setting in SETTINGS]
    assert [column for column in columns if column not in known] == []
    assert len(set(columns)) == len(columns)


def test_what_lets_people_in_is_not_kept() -> None:
    kept = settings_of(KNOWN["what lets people in is not shown"]["source"])
    assert len(kept) == 4
    assert "s3cret" not in str(kept)


def test_what_a_new_event_has_anyway_is_not_set() -> None:
    no_leads = {"msevtmgt_createleadsforeventregistrations": False}  # as in the draft that is made
    usual = {"msevtmgt_enablecaptcha": True, "msevtmgt_streamingenabled": False, "msevtmgt_qna": None}
    assert set_in(event(settings={**usual, **no_leads})) == ()
    odd = {
        **no_leads,
        "msevtmgt_enablecaptcha": False,
        "msevtmgt_streamingenabled": True,
        "msevtmgt_maximumeventcapacity": 0,
    }
    assert set_in(event(settings=odd)) == ("maximum event capacity", "stream this event", "captcha")
