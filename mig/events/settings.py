"""What an event is set to, and no move carries over: compared, column by column, for a person to set again.

The target is made with name, start and end only, and neither the official job nor our own copy brings the
rest (reference/events-and-transition.md 1.3, 2.3 C13). Counters, states the service keeps for itself, and the
outbound checklists of planning an event are no settings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from mig.dataverse.messages import Row
from mig.events.rows import Event
from mig.model.tables import Column, ColumnType, bundled_schema

NOT_SET: Final = "not set"
_SET: Final = "set"
_OTHERWISE: Final = "set otherwise"


@dataclass(frozen=True, slots=True)
class Setting:
    """A column of `msevtmgt_event`, and what people know it as.

    `hidden`: only whether it is set may be told: the address of a stream may hold what lets people in, and
    long texts say nothing in a line.
    """

    column: str
    label: str
    hidden: bool = False

    @property
    def answered(self) -> str:
        """Its name in a row of the Web API."""
        return f"_{self.column}_value" if _column(self.column).type is ColumnType.LOOKUP else self.column


SETTINGS: Final = (
    # --- how many may come ------------------------------------------------------------------------
    Setting("msevtmgt_maximumeventcapacity", "maximum event capacity"),
    Setting("msevtmgt_waitlistthisevent", "waitlist this event"),
    Setting("msevtmgt_showwaitlist", "waitlist shown"),
    Setting("msevtmgt_autoregisterwaitlistitems", "automatically register waitlisted people"),
    Setting("msevtmgt_numberofinvitations", "waitlist invitations per free slot"),
    Setting("msevtmgt_waitliststartingpoint", "waitlist starting point"),
    # --- when and where ---------------------------------------------------------------------------
    Setting("msevtmgt_eventtimezone", "time zone"),
    Setting("msevtmgt_isrecurringevent", "recurring event"),
    Setting("msevtmgt_eventformat", "format"),
    Setting("msevtmgt_building", "location: building"),
    Setting("msevtmgt_room", "location: room"),
    Setting("msevtmgt_layout", "location: layout"),
    Setting("msevtmgt_primaryvenue", "venue"),
    # --- streaming --------------------------------------------------------------------------------
    Setting("msevtmgt_streamingenabled", "stream this event"),
    Setting("msevtmgt_streamingprovider", "streaming provider"),
    Setting("msevtmgt_webinarurl", "stream URL", hidden=True),
    Setting("msevtmgt_attendeeurl", "Teams join link", hidden=True),
    Setting("msevtmgt_presentationmanagerurl", "presenter link", hidden=True),
    Setting("msdynmkt_linkedvirtualeventid", "Teams virtual event", hidden=True),
    Setting("msevtmgt_teamsinvitationhtml", "Teams invitation", hidden=True),
    Setting("msevtmgt_streamowner", "stream owner"),
    Setting("msevtmgt_webinarconfigurationid", "webinar configuration"),
    Setting("msevtmgt_webinartype", "webinar type"),
    Setting("msevtmgt_language", "webinar language"),
    Setting("msevtmgt_autoadmittedusers", "Teams: who bypasses the lobby"),
    Setting("msevtmgt_allowpstnsserstobypasslobby", "Teams: callers bypass the lobby"),
    Setting("msevtmgt_allowmeetingchat", "Teams: meeting chat"),
    Setting("msevtmgt_allowattendeestounmute", "Teams: attendees may unmute"),
    Setting("msevtmgt_allowcameraforattendees", "Teams: attendees may use cameras"),
    Setting("msevtmgt_allowteamsmeetingreactions", "Teams: reactions"),
    Setting("msevtmgt_allowexternalpresenters", "Teams: external presenters"),
    Setting("msevtmgt_autorecordingenabled", "Teams: record automatically"),
    Setting("msevtmgt_recordingforattendees", "Teams: recording for attendees"),
    Setting("msevtmgt_recordingforproducersandspeakers", "Teams: recording for producers and speakers"),
    Setting("msevtmgt_attendeeengagementreport", "Teams: attendee engagement report"),
    Setting("msevtmgt_entryexitannouncementsenabled", "Teams: announce callers"),
    Setting("msevtmgt_qna", "Teams: Q&A"),
    # --- registration -----------------------------------------------------------------------------
    Setting("msevtmgt_websitepreference", "where registration lives"),
    Setting("msevtmgt_publiceventurl", "event URL"),
    Setting("msevtmgt_customeventurl", "custom event URL"),
    Setting("msevtmgt_embedregistrationform", "embed the registration form"),
    Setting("msevtmgt_websitemessage", "message once registration is closed", hidden=True),
    Setting("msevtmgt_setregistrationsenddate", "registration has an end"),
    Setting("msevtmgt_stopwebsiteregistrationson", "end of registration"),
    Setting("msevtmgt_maxnumberofregistrations", "maximum number of registrations"),
    Setting("msevtmgt_allowcustomagenda", "attendees register for sessions"),
    Setting("msevtmgt_allowanonymousregistrations", "anonymous registrations"),
    Setting("msevtmgt_enablemultiattendeeregistration", "several attendees in one registration"),
    Setting("msevtmgt_enablecaptcha", "captcha"),
    Setting("msevtmgt_createleadsforeventregistrations", "create leads for registrations"),
    Setting("msevtmgt_transactioncurrencyid", "currency of passes"),
    Setting("msevtmgt_earlybirdcutoffdate", "end of early-bird prices"),
    # --- what is shown of it ----------------------------------------------------------------------
    Setting("msevtmgt_eventtype", "type"),
    Setting("msevtmgt_description", "description", hidden=True),
    Setting("msevtmgt_eventimage", "image"),
    Setting("msdynmkt_bannerimageid", "banner"),
    Setting("msdynmkt_logoimageid", "logo"),
    Setting("msevtmgt_calendarcontent", "calendar entry", hidden=True),
    Setting("msevtmgt_producer", "producer"),
    # --- goals and money --------------------------------------------------------------------------
    Setting("msevtmgt_primarygoal", "primary goal"),
    Setting("msevtmgt_expectedoutcome", "expected outcome", hidden=True),
    Setting("msevtmgt_registrationstarget", "target: registrations"),
    Setting("msevtmgt_targetrevenue", "target: revenue"),
    Setting("msevtmgt_budgetallocated", "budget allocated"),
    Setting("msevtmgt_eventvenuecost", "cost of the venue"),
    Setting("msevtmgt_miscellaneouscosts", "miscellaneous costs"),
)

_MADE_WITH: Final = {"msevtmgt_createleadsforeventregistrations": False}

FORM: Final = "_msevtmgt_marketingformid_value"
"""The real-time form of an event. Kept beside the settings, not compared: outbound's forms are others."""


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """A setting that the two events differ in, as both may be told."""

    column: str
    label: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.label}: {self.source} in the source, {self.target} in the target"


def settings_of(row: Row) -> Mapping[str, Any]:
    """The settings in a row that came with all its columns, for `Event.settings`.

    What is hidden is kept as a digest only: settings go into snapshots.
    """
    kept = {setting.answered: _kept(setting, row.get(setting.answered)) for setting in SETTINGS}
    return {column: value for column, value in {**kept, FORM: row.get(FORM)}.items() if value is not None}


def set_in(event: Event) -> tuple[str, ...]:
    """The labels of what an event has set, other than to what a draft has that `mig` makes."""
    return tuple(
        setting.label
        for setting in SETTINGS
        if _plain(setting, event.settings.get(setting.answered))
        != _plain(setting, _MADE_WITH.get(setting.column))
    )


def settings_diff(source: Event, target: Event) -> tuple[SettingDifference, ...]:
    """Every setting that differs, in the order of `SETTINGS`."""
    return tuple(_differences(source.settings, target.settings))


def _differences(source: Mapping[str, Any], target: Mapping[str, Any]) -> Iterator[SettingDifference]:
    for setting in SETTINGS:
        left, right = (_plain(setting, row.get(setting.answered)) for row in (source, target))
        if left != right:
            told = _told(setting, left), _told(setting, right)
            if told[0] == told[1]:
                told = (told[0], _OTHERWISE)
            yield SettingDifference(setting.column, setting.label, *told)


def _kept(setting: Setting, value: Any) -> Any:
    if value is None or value == "":
        return None
    return value if not setting.hidden else blake2b(str(value).encode(), digest_size=16).hexdigest()


def _plain(setting: Setting, value: Any) -> Any:
    """What was never set is as in a row that was just made."""
    return _column(setting.column).default if value is None or value == "" else value


def _told(setting: Setting, value: Any) -> str:
    if value is None:
        return NOT_SET
    if setting.hidden:
        return _SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _column(setting.column).options.get(value, str(value)) if isinstance(value, int) else str(value)


def _column(name: str) -> Column:
    return bundled_schema()["msevtmgt_event"].columns[name]
