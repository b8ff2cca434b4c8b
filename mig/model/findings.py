"""Findings: one fact about one resource, with a stable code, where it was found, and what to do.

`CODES` is the only place where a code gets its meaning; `docs/findings.md` has a paragraph for each.
A code is given once and never changes meaning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mig.model.address import Address


class Severity(StrEnum):
    """`error` blocks the resource; `warning` and `info` are shown."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text file: line and column count from 1, in code points. `text` is that line."""

    file: str
    line: int
    column: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact, for the person who must act.

    `message` says what is wrong and can be read alone; `found` shows the value or the other place it means.
    `start` and `end` are offsets (code points, end exclusive) into the resource's query. `form` is the word
    for a form of query without a public sample. `waived` is the reason that the manifest gives for accepting
    what would have been an error.
    """

    code: str
    severity: Severity
    message: str
    fix: str = ""
    address: Address | None = None
    place: Place | None = None
    start: int | None = None
    end: int | None = None
    found: str = ""
    form: str = ""
    waived: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"finding code {self.code} is not in the table")


def blocking(findings: Iterable[Finding]) -> bool:
    """Whether any of them stops its resource."""
    return any(finding.severity is Severity.ERROR for finding in findings)


CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # --- the manifest -------------------------------------------------------------------------
        "MAN001": "the file cannot be read",
        "MAN002": "not YAML",
        "MAN003": "YAML outside the accepted bounds",
        "MAN004": "a key is given twice",
        "MAN005": "unknown key",
        "MAN006": "a required key is missing",
        "MAN007": "a value has the wrong type",
        "MAN008": "a value is not one of those allowed",
        "MAN009": "a value does not have the required form",
        "MAN010": "two entries have one address",
        "MAN011": "unknown environment",
        "MAN012": "an environment variable is not set",
        "MAN013": "no segment or event has this name or id",
        "MAN014": "several have this name",
        "MAN015": "a selection brings in nothing",
        "MAN016": "keys that exclude each other",
        "MAN017": "two entries mean one row",
        "MAN018": "an address that the manifest does not have",
        "MAN019": "a waiver that waives nothing",
        "MAN020": "a finding that cannot be waived",
        "MAN021": "a list of members with mistakes",
        "MAN022": "an id that cannot be mapped",
        "MAN023": "a mapping that nothing uses",
        "MAN027": "no marketing list has this name or id",
        "MAN028": "several marketing lists have this name",
        # --- environments -------------------------------------------------------------------------
        "ENV001": "the environment cannot be reached",
        "ENV002": "another organisation answered",
        "ENV003": "sign-in failed",
        "ENV004": "a privilege is missing",
        "ENV005": "the environment's answer cannot be used",
        "ENV006": "the lock is held",
        "ENV007": "the ledger cannot be read",
        "ENV008": "the ledger came from another organisation",
        "ENV009": "no outbound segments table",
        "ENV010": "the environment refused the request",
        "ENV011": "a sandbox cannot be used",
        "ENV012": "a world file has a mistake",
        "ENV013": "the plan is stale",
        "ENV014": "this machine refused a file",
        "ENV015": "a variable that signing in needs is not set",
        "ENV016": "whether a request was carried out is not known",
        "ENV017": "the time is up",
        "ENV018": "the saved plan was applied before",
        "ENV020": "a snapshot takes no changes",
        "ENV021": "not in the snapshot",
        "ENV022": "a saved file cannot be used",
        "ENV025": "a table is missing",
        "ENV026": "the probe was not answered",
        "ENV027": "throw-away segments are left behind",
        "ENV028": "a privilege that planning takes is missing",
        "ENV029": "a privilege that applying takes is missing",
        "ENV030": "the events service refused the token",
        "ENV031": "the registration job is not offered",
        "ENV032": "the registration job was refused",
        "ENV033": "only part of the rows of a table can be read",
        "ENV034": "what this identity may do is not known",
        "ENV035": "only part of the rows of a table can be written",
        "ENV036": "a privilege that a plan can do without is missing",
        "ENV037": "notes are not guarded",
        "ENV038": "the clock of this machine is off",
        "ENV039": "another run wrote meanwhile",
        "ENV040": "a variable for connections that cannot be used",
        # --- queries ------------------------------------------------------------------------------
        "QRY001": "the query does not parse",
        "QRY002": "the query is longer than 64 KB",
        "QRY010": "unknown table",
        "QRY011": "unknown column",
        "QRY012": "unknown option value",
        "QRY013": "an alias that the query does not define",
        "QRY014": "unknown relationship",
        "QRY015": "several relationships could be meant",
        "QRY021": "no real-time form exists",
        "QRY022": "the set expression has no left-to-right form",
        "QRY023": "a referenced segment is unknown",
        "QRY030": "the real-time form has no public sample",
        "QRY031": "how the real-time language writes this character is not public",
        "QRY032": "set operators are read left to right",
        "QRY033": "a double-quoted string",
        "QRY034": "the query cannot be evaluated",
        "QRY035": "a number beyond 32 bits",
        "QRY036": "a relation in an outbound query",
        "QRY037": "an id that no row of the target has",
        "QRY038": "a column that real-time segments cannot use",
        "QRY039": "a table that does not track changes",
        "QRY045": "a form that the target refuses",
        "QRY050": "an id that the manifest maps",
        # --- segments -----------------------------------------------------------------------------
        "SEG001": "no definition",
        "SEG002": "expired",
        "SEG003": "behavioural",
        "SEG004": "static with more members than the official tool took",
        "SEG005": "several nested conditions",
        "SEG006": "the path does not start at the audience's table",
        "SEG007": "more than two tables",
        "SEG008": "refers to other segments",
        "SEG009": "a segment it refers to cannot move",
        "SEG010": "segments refer to each other in a circle",
        "SEG011": "the name is too long",
        "SEG012": "the name is empty",
        "SEG013": "the name is taken",
        "SEG014": "a text is longer than the target's column",
        "SEG015": "the audience is neither contact nor lead",
        "SEG016": "a copy was edited by hand",
        "SEG017": "several copies could be meant",
        "SEG018": "owned by another migration",
        "SEG019": "changed in the target since it was applied",
        "SEG020": "live, and would have to change",
        "SEG021": "above the quota",
        "SEG022": "only half of the pair exists",
        "SEG023": "no longer in the manifest",
        "SEG024": "a segment it refers to is not in the manifest",
        "SEG026": "the query is longer than the target's column",
        "SEG028": "the target is in a state that cannot be changed",
        "SEG029": "cannot be published before what it refers to",
        "SEG030": "several segments have the name it refers to",
        "SEG031": "segments within segments within a segment",
        "SEG032": "more static members than a segment can hold",
        "SEG033": "who the static members are is not known",
        "SEG034": "static members that the target does not have",
        "SEG040": "the target that the manifest names is not there",
        "SEG041": "the target that the manifest names is another segment's",
        "SEG042": "refers to a retired segment",
        "SEG043": "no owner in the target",
        "SEG044": "no business unit in the target",
        "SEG055": "expired in the target",
        "SEG056": "taken out of use by somebody",
        "SEG060": "static members that a snapshot tells only by number and digest",
        "SEG065": "a dynamic marketing list",
        "SEG066": "a marketing list of neither contacts nor leads",
        "SEG070": "how many people would join or leave is not known",
        "SEG071": "a copy keeps what the entry says otherwise",
        # --- journeys; the first 17 numbers are those of the lint rules ---------------------------
        "JRN013": "a journey that registrations start",
        "JRN014": "a paused journey that registrations start",
        "JRN016": "a journey that waits for what happens at the source event",
        "JRN020": "who uses which segment cannot be read",
        "JRN021": "index and journeys disagree on who uses a segment",
        "JRN022": "a journey's definition cannot be read",
        # --- events -------------------------------------------------------------------------------
        "EVT001": "events are not moved yet",
        "EVT002": "outbound events cannot be read",
        "EVT003": "the source is a real-time event",
        "EVT004": "the target is an outbound event",
        "EVT005": "the source is not a draft",
        "EVT006": "the target is not a draft",
        "EVT007": "the target has rows of its own",
        "EVT008": "several events have the target's name",
        "EVT009": "source and target are two organisations",
        "EVT010": "the target makes leads",
        "EVT011": "the target's capacity is too small",
        "EVT012": "rows that cannot be copied",
        "EVT013": "events cannot be read",
        "EVT014": "the event is another's",
        "EVT015": "no longer in the manifest",
        "EVT016": "an event that was published is a draft again",
        "EVT017": "registrations are added to a live event",
        "EVT018": "the event it was moved to is gone",
        "EVT019": "a column that cannot be carried",
        "EVT020": "rows that cannot be told apart",
        "EVT021": "numbers of rows differ",
        "EVT022": "registrations are missing",
        "EVT023": "registrations without an origin",
        "EVT024": "registrations are there twice",
        "EVT025": "registrations differ from their source",
        "EVT026": "session registrations differ",
        "EVT027": "attendee passes differ",
        "EVT028": "answers differ",
        "EVT029": "sessions, passes or questions differ",
        "EVT030": "registrations came late",
        "EVT031": "side effects of a move",
        "EVT032": "the waitlist differs",
        "EVT033": "settings of the two events differ",
        "EVT034": "too many registrations are missing to add them one by one",
        "EVT035": "a check could not be made",
        "EVT036": "links that name the wrong registrations",
        "EVT037": "a new draft lost many registrations as well",
        "EVT038": "the target is not as the manifest says",
        "EVT041": "the events service refuses the token",
        "EVT042": "the events service cannot be used",
        "EVT043": "a registration job of somebody else is running",
        "EVT044": "the official job would not end in time",
        "EVT045": "whether a registration job is running is not known",
        "EVT046": "a registration job is taken up",
        "EVT047": "no time for a second run of the official job",
        "EVT060": "which journeys registrations start is not known",
        "EVT061": "to do: mail the new stream or Teams link",
        "EVT062": "to do: start journeys again that registrations start",
        "EVT063": "to do: point journeys at the target event",
        "EVT064": "to do: see where answers are shown",
        "EVT065": "to do: enter the waitlist",
        "EVT066": "to do: see to what of the waitlist cannot be written",
        "EVT067": "to do: payments for passes",
        "EVT068": "to do: look up check-ins at the source",
        "EVT069": "to do: events of a series",
        "EVT070": "to do: settings of the event",
        "EVT071": "to do: a registration form, and the website",
        "EVT072": "to do: publish the event",
        "EVT073": "to do: name columns of your own",
    }
)

OFFICIAL: Final = frozenset({"SEG001", "SEG002", "SEG003", "SEG004", "SEG005", "SEG006", "SEG007", "SEG008"})
"""What the official tool refused. Under `limits: extended` a finding of these may be information only."""

WORKLIST: Final = frozenset(f"EVT{number:03}" for number in range(61, 74))
"""What a person has to do because no move does it; told once more when the rest is done."""

_RECONCILED: Final = frozenset({*(f"EVT0{number}" for number in range(21, 33)), "EVT035"})
_JOURNEYS: Final = frozenset({"JRN013", "JRN014", "EVT060"})

WAIVABLE: Final = frozenset({"QRY012", "QRY030", "QRY037", "SEG034"}) | _RECONCILED | _JOURNEYS
"""What a person can know better than `mig`: unproven, or unknown here. What is broken cannot be waived."""
