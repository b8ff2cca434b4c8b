"""The changes of an event for people: what is made, what is copied, how much of it."""

from collections.abc import Mapping

from mig.engine.diff import differences
from mig.engine.ledger import State
from mig.engine.plan import Action, Change
from mig.report.page import Page

_TOLD = (Action.CREATE, Action.UPDATE, Action.ADOPT, Action.MIGRATE_REGISTRATIONS)


def add_event_change(page: Page, change: Change) -> None:
    """Why, and for registrations the numbers by kind and by status."""
    if change.action in _TOLD:
        page.wrapped("", change.reason, indent=6)
    if change.action is Action.CREATE and change.after:
        page.wrapped("", f"from {_time(change.after, 'start')} to {_time(change.after, 'end')}", indent=6)
    if change.action is Action.UPDATE:
        for found in differences(change.before or {}, change.after or {}):
            page.wrapped(f"{found.path}  ", found.told, indent=8)
    if change.action is Action.MIGRATE_REGISTRATIONS:
        before, after = change.before or {}, change.after or {}
        page.wrapped("", _numbers(before, after, "rows"), indent=8)
        page.wrapped("registrations by status: ", _numbers(before, after, "registrations"), indent=8)


def _time(state: State, side: str) -> str:
    """`2027-05-04 09:00`, as the clock on site shows it: the column has no time zone, though it is written
    with one.
    """
    found = state.get(f"msevtmgt_event{side}date")
    return str(found).replace("T", " ").removesuffix(":00Z") if found else "not known"


def _numbers(before: State, after: State, name: str) -> str:
    """`sessions 7, registrations 400 → 402`: what grows is shown with what it was, if that was anything."""
    was: Mapping[str, int] = before.get(name) or {}
    now: Mapping[str, int] = after.get(name) or {}
    return "; ".join(f"{kind} {_number(was.get(kind, 0), count)}" for kind, count in now.items()) or "none"


def _number(was: int, now: int) -> str:
    return f"{was:,} → {now:,}" if was and was != now else f"{now:,}"
