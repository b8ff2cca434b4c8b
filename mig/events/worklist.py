"""What a person has to do about an event that moves, because no move does it: a list with stable codes.

It is told in the plan and after an apply, as findings that hold up nothing. What cannot be moved and why:
reference/events-and-transition.md 1.3, 1.5, 1.8, 3.4. It is made from numbers, names of journeys and what
the two events are set to; nothing of persons is in it. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from mig.events.left import Left, unlistable, without_status
from mig.events.rows import Event
from mig.events.settings import FORM, set_in, settings_diff
from mig.events.waitlist import BY_HAND
from mig.journeys.triggers import Triggers, to_rearm, to_repoint
from mig.journeys.usage import Journey
from mig.manifest.model import EventEntry, Waitlist
from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding, Severity

_STREAMED: Final = (
    "msevtmgt_streamingenabled",
    "msevtmgt_webinarurl",
    "msevtmgt_attendeeurl",
    "msdynmkt_linkedvirtualeventid",
)
_RECURRING: Final = "msevtmgt_isrecurringevent"

# By schema name, as real-time queries have it; who has cancelled gets no mail about the event. The blanks let
# a screen break it where that does no harm.
_ATTENDEES: Final = (
    "PROFILE(contact)"
    " .RELATE(msevtmgt_contact_msevtmgt_eventregistration_Contact, msevtmgt_eventregistration_1)"
    " .FILTER(msevtmgt_eventregistration_1.msevtmgt_eventid == '{event}'"
    " && msevtmgt_eventregistration_1.msevtmgt_iscanceled == false)"
)
_ENDLESS: Final = 1 << 20  # a width at which the YAML library never breaks a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a worklist is made of.

    `target_id` is the target's id though it may not be there yet. `uncarried` are own columns of rows
    that hold something and stay behind. `unseen`: it was published, and does not read back so.
    """

    entry: EventEntry
    source: Event
    target: Event | None
    target_id: str
    left: Left
    triggers: Triggers
    uncarried: tuple[str, ...] = ()
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do: why, and what. `paste` is text for a manifest."""

    code: str
    why: str
    to_do: str
    found: str = ""
    paste: str = ""

    def finding(self, address: Address) -> Finding:
        """As a plan tells it."""
        return Finding(
            code=self.code,
            severity=Severity.INFO,
            message=self.why,
            fix=f"{self.to_do}: {self.paste}" if self.paste else self.to_do,
            found=self.found,
            address=address,
        )


def worklist(around: Surroundings) -> tuple[Item, ...]:
    """In the order in which it is best done."""
    return tuple(item for part in _PARTS for item in part(around))


def attendees_query(event_id: str) -> str:
    """The real-time query for contacts with a registration for an event that is not cancelled."""
    return _ATTENDEES.format(event=event_id)


def attendees_entry(around: Surroundings) -> str:
    """An entry of a manifest for who attends the target. A screen may break it at any of its blanks.

    The name is that of the event with single blanks, since more of them do not outlast a break.
    """
    event = around.target.name if around.target else around.entry.target_name or around.source.name
    name = " ".join(f"Attendees of {event}".split())
    quoted = yaml.safe_dump(name, default_style='"', allow_unicode=name.isprintable(), width=_ENDLESS)
    query = attendees_query(around.target_id)
    return f'- {{name: {quoted.strip()}, query: "{query}", publish: true}}'


# --- what hangs on the event ------------------------------------------------------------------------------


def _stream(around: Surroundings) -> Iterator[Item]:
    if any(around.source.settings.get(column) for column in _STREAMED):
        yield Item(
            "EVT061",
            "people have a link to the old stream or Teams meeting, and no move carries that over",
            "set up streaming in the target event, then mail the new link to its attendees; these are they, "
            "as an entry below `segments`",
            paste=attendees_entry(around),
        )


def _settings(around: Surroundings) -> Iterator[Item]:
    if around.target is None:
        found = list(set_in(around.source))
    else:
        found = [str(one) for one in settings_diff(around.source, around.target)]
    if found:
        yield Item(
            "EVT070",
            f"{counted(len(found), 'setting')} of the event to be set by hand",
            "set them in the target event, capacity first: it must not be below that of any session",
            found="; ".join(found),
        )


def _form(around: Surroundings) -> Iterator[Item]:
    if around.target is None or not around.target.settings.get(FORM):
        yield Item(
            "EVT071",
            "the target has no registration form yet, and pages with the old one register nobody for it",
            "choose a real-time form in the target event, and change the website where people register",
        )


def _recurring(around: Surroundings) -> Iterator[Item]:
    if around.source.settings.get(_RECURRING):
        yield Item(
            "EVT069",
            "the source is one of a series, and real-time journeys have no recurring events",
            "list each occurrence that is still to come as an event of its own",
        )


def _publishing(around: Surroundings) -> Iterator[Item]:
    if around.unseen:
        yield Item(
            "EVT072",
            "the target was published, but does not read back as live",
            "open it in real-time journeys and publish it there",
        )
    elif not around.entry.publish and not (around.target and around.target.live):
        yield Item(
            "EVT072",
            "the target stays a draft, and takes no registrations as long as it is one",
            "publish it when all is as it should be, in real-time journeys or by `publish: true` here",
        )


# --- journeys ---------------------------------------------------------------------------------------------


def _rearm(around: Surroundings) -> Iterator[Item]:
    found = to_rearm(around.triggers, around.source.id, around.target_id)
    if found:
        yield Item(
            "EVT062",
            f"{counted(len(found), 'journey')} started by registrations must not run during the move",
            "publish a duplicate of each once the event is reconciled: a stopped one is not started again",
            found=_named(found),
        )


def _repoint(around: Surroundings) -> Iterator[Item]:
    found = to_repoint(around.triggers, around.source.id)
    if found:
        yield Item(
            "EVT063",
            f"{counted(len(found), 'journey')} with the source event in a condition",
            f"name the target event there ({around.target_id}) before they run again",
            found=_named(found),
        )


# --- people -----------------------------------------------------------------------------------------------


def _waitlist(around: Surroundings) -> Iterator[Item]:
    waiting = around.left.waiting
    queue = waiting.get("waiting", 0)
    if queue and around.entry.waitlist is Waitlist.EXPORT:
        yield Item(
            "EVT065",
            f"{counted(queue, 'person', 'people')} on the waitlist, which is not written to the target",
            "list them by `mig verify --waitlist FILE`, add them in that order; or say `waitlist: recreate`",
        )
    elif stranded := unlistable(around.entry, around.left):
        yield Item("EVT066", without_status(stranded), BY_HAND)
    others = {what: count for what, count in waiting.items() if what != "waiting" and count}
    if others:
        yield Item(
            "EVT066",
            f"{counted(sum(others.values()), 'entry', 'entries')} of the waitlist that no move can write",
            "list them by `mig verify --waitlist FILE`, and see to the target by hand",
            found=", ".join(f"{count:,} {what}" for what, count in others.items()),
        )


def _answers(around: Surroundings) -> Iterator[Item]:
    if around.left.answers:
        yield Item(
            "EVT064",
            f"{counted(around.left.answers, 'answer')} to questions of the form: where real-time journeys "
            "keep theirs is not public, so they may not show what is copied",
            "look at one in the target; where it is not shown, read them in msevtmgt_registrationresponse",
        )


def _own_columns(around: Surroundings) -> Iterator[Item]:
    if around.uncarried:
        yield Item(
            "EVT073",
            f"{counted(len(around.uncarried), 'column')} of your own with something in these registrations, "
            "and no copy gets it",
            "name those that matter under `columns:` of the entry, each with its name in the copy",
            found=", ".join(around.uncarried),
        )


def _paid(around: Surroundings) -> Iterator[Item]:
    if around.left.paid_passes:
        yield Item(
            "EVT067",
            f"{counted(around.left.paid_passes, 'pass', 'passes')} with a price: payments do not move",
            "set up the payment gateway for the target, and keep the old purchases for your accounts",
        )


def _checkins(around: Surroundings) -> Iterator[Item]:
    if around.left.checkins:
        yield Item(
            "EVT068",
            f"{counted(around.left.checkins, 'check-in')} left at the source",
            "look them up there; segments and journeys that ask who attended have to name both events",
        )


_PARTS: Final = (
    _rearm,
    _repoint,
    _settings,
    _form,
    _stream,
    _waitlist,
    _answers,
    _own_columns,
    _paid,
    _checkins,
    _recurring,
    _publishing,
)


def _named(journeys: Iterable[Journey]) -> str:
    return ", ".join(str(journey) for journey in journeys)
