"""The manifest as values: what people asked for, with every default filled in. Knows nothing of YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, auto
from fnmatch import fnmatchcase
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from mig.manifest.environment_variables import Expanded
from mig.model.address import Address, key_of
from mig.model.findings import Finding, Place


class Limits(StrEnum):
    """What may move: all that is proven equivalent, or what the official tool accepted."""

    EXTENDED = "extended"
    DOCUMENTED = "documented"


class OnDrift(StrEnum):
    """What to do with a copy that was changed in the target since it was applied."""

    FAIL = "fail"
    OVERWRITE = "overwrite"
    KEEP = "keep"


class OnLive(StrEnum):
    """What to do with a live copy that would have to change."""

    FAIL = "fail"
    REPUBLISH = "republish"


class Publish(StrEnum):
    """Whether a copy is made live, and whether it is kept so."""

    NO = "no"
    ONCE = "once"
    KEEP = "keep"


class Adopt(StrEnum):
    """Whose version of a copy that was edited by hand counts."""

    OURS = "ours"
    THEIRS = "theirs"


class AuthMethod(StrEnum):
    """The ways to sign in, spelled with `-` in the manifest."""

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name.lower().replace("_", "-")

    CLIENT_SECRET = auto()
    CERTIFICATE = auto()
    FEDERATED = auto()
    INTERACTIVE = auto()
    DEVICE_CODE = auto()
    MANAGED_IDENTITY = auto()
    AZURE_CLI = auto()
    TOKEN = auto()


class LedgerStore(StrEnum):
    """Where the ledger is kept."""

    ENVIRONMENT = "environment"
    FILE = "file"


class Duplicates(StrEnum):
    """What becomes of registrations that the target has more than once: removing them takes approval."""

    SHOW = "show"
    REMOVE = "remove"


class Waitlist(StrEnum):
    """What becomes of an event's waitlist."""

    EXPORT = "export"
    RECREATE = "recreate"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or a share of something in percent: `30%` is `Amount(Decimal(30), percent=True)`."""

    number: Decimal
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.number}{'%' if self.percent else ''}"


SNAPSHOT_SUFFIX: Final = ".migsnap"

# --- environments -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Auth:
    """How to sign in; no method means: client-secret if its variables are set, else azure-cli."""

    method: AuthMethod | None = None
    token: Expanded | None = None


@dataclass(frozen=True, slots=True)
class EventsService:
    """Where the events service of an environment answers, and the token of a web application there.

    `origin` is the one the web application is registered for; None: that of the environment's url.
    """

    endpoint: Expanded
    token: Expanded
    origin: Expanded | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the ledger is kept; `path` for a file."""

    store: LedgerStore = LedgerStore.ENVIRONMENT
    path: Expanded | None = None


@dataclass(frozen=True, slots=True)
class NaturalKey:
    """The rows of an entity set whose columns hold these values; values are OData literals, as written."""

    entity_set: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MappedId:
    """What takes the place of an id of the source: an id of the target (lower case), or the row a key finds.

    `text` is what the manifest says, and `place` where.
    """

    to: str | NaturalKey
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class MappedName:
    """What takes the place of an owner or a business unit of the source, in words of the target; and where
    the manifest says so.
    """

    to: str
    place: Place


@dataclass(frozen=True, slots=True)
class Mappings:
    """What differs between source and target, by the source's word for it; ids are in lower case."""

    ids: Mapping[str, MappedId] = field(default_factory=dict)
    owners: Mapping[str, MappedName] = field(default_factory=dict)
    business_units: Mapping[str, MappedName] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One Dataverse organisation: exactly one of `sandbox`, `url` and `snapshot` is set.

    `source` is another environment's name or a .migsnap file, where outbound rows are read from elsewhere.
    """

    name: str
    place: Place
    sandbox: str | None = None
    url: Expanded | None = None
    snapshot: str | None = None
    organization: Expanded | None = None
    auth: Auth = Auth()
    events: EventsService | None = None
    ledger: Ledger = Ledger()
    mappings: Mappings = Mappings()
    source: str | None = None


# --- policy -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Brakes:
    """Above these, a plan is refused until the brake is released."""

    updates: Amount = Amount(Decimal(30), percent=True)
    deletes: Amount = Amount(Decimal(0))
    publishes: Amount = Amount(Decimal(500))
    people: Amount = Amount(Decimal(30), percent=True)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that somebody accepts, and why. The key of `on` may be a pattern: `segment.emea_*`."""

    finding: str
    on: Address
    because: str
    place: Place

    def covers(self, address: Address) -> bool:
        """Whether it speaks of this resource."""
        return address.kind == self.on.kind and fnmatchcase(address.key, self.on.key)


DEFAULT_PREFIX: Final = "Migrated – "


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rules for every entry that does not say otherwise. `quota` counts segments."""

    limits: Limits = Limits.EXTENDED
    quota: int = 2000
    prefix: str = DEFAULT_PREFIX
    on_drift: OnDrift = OnDrift.FAIL
    on_live: OnLive = OnLive.FAIL
    brakes: Brakes = Brakes()
    tolerance_dynamic: Amount = Amount(Decimal("0.5"), percent=True)
    tolerance_static: Amount = Amount(Decimal(0))
    waive: tuple[Waiver, ...] = ()


# --- segments ---------------------------------------------------------------------------------------------

_ALONE: Final = uuid5(NAMESPACE_DNS, "mig.segments.alone")


@dataclass(frozen=True, slots=True)
class MembersFile:
    """Static members from a CSV file; `key` is the column that tells who is meant."""

    file: str
    key: str


@dataclass(frozen=True, slots=True)
class MembersList:
    """Static members from a marketing list of the source, by its name or its id; one of the two is set."""

    name: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A member list taken on a day, to compare with."""

    file: str
    key: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What a single entry and a selection can both say. None leaves it to the policy."""

    place: Place
    publish: Publish = Publish.NO
    owner: str | None = None
    business_unit: str | None = None
    limits: Limits | None = None
    on_drift: OnDrift | None = None
    on_live: OnLive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Flags):
    """One outbound segment, by name or by id (lower case); one of the two is set.

    None is for a person's query that no outbound segment stands behind: it has `name` and `query`.
    """

    source_name: str | None = None
    source_id: str | None = None
    key: str | None = None
    name: str | None = None
    target_id: str | None = None
    adopt: Adopt | None = None
    query: str | None = None
    retire: str | None = None
    rebuilt_as: str | None = None
    members: MembersFile | MembersList | None = None
    evidence: Evidence | None = None
    expect_members: tuple[int, int] | None = None

    def address(self, source_name: str | None = None) -> Address | None:
        """Its address; an entry by id without a key has one only once its source's name is known."""
        name = self.source_name if source_name is None else source_name
        name = self.name if self.alone else name
        key = self.key or (key_of(name) if name is not None else None)
        return Address("segment", key) if key else None

    @property
    def alone(self) -> bool:
        """Whether no outbound segment stands behind it."""
        return self.source_name is None and self.source_id is None

    @property
    def own_id(self) -> str:
        """Takes the place of an outbound row's id where there is none.

        It is made of the address alone: neither a new text nor a new name makes another segment of it.
        """
        return str(uuid5(_ALONE, str(self.address())))

    @property
    def moves(self) -> bool:
        """Whether it asks for a copy: it is neither rebuilt by hand nor retired."""
        return self.rebuilt_as is None and self.retire is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(Flags):
    """All outbound segments that have something in common; empty `types` and `statuses` mean any.

    `name` is a glob (`*`, `?`); `modified_after` is aware.
    """

    name: str | None = None
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    used: bool | None = None
    modified_after: datetime | None = None


# --- events -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """One outbound event, by name or by id; exactly one of the two is set."""

    place: Place
    source_name: str | None = None
    source_id: str | None = None
    key: str | None = None
    target_name: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    publish: bool = False
    waitlist: Waitlist = Waitlist.EXPORT
    repair_few: int = 25
    repair_share: Amount = Amount(Decimal(2), percent=True)
    duplicates: Duplicates = Duplicates.SHOW
    columns: Mapping[str, str] = field(default_factory=dict)

    def address(self, source_name: str | None = None) -> Address | None:
        """Its address; an entry by id without a key has one only once its source's name is known."""
        name = self.source_name if source_name is None else source_name
        key = self.key or (key_of(name) if name is not None else None)
        return Address("event", key) if key else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that a manifest file says. `findings` holds warnings only.

    `digest` (SHA-256, hexadecimal) covers what the file says, with variables by name: reformatting,
    comments and secrets do not change it.
    """

    file: str
    migration: str
    environments: Mapping[str, Environment]
    policy: Policy
    segments: tuple[Entry | Selection, ...]
    events: tuple[EventEntry, ...]
    digest: str
    findings: tuple[Finding, ...] = ()
