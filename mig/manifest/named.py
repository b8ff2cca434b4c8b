"""Which outbound row a name or an id means. What cannot be told apart is a finding with the candidates."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

from mig.manifest.complaints import Complaints
from mig.manifest.words import did_you_mean, nearest
from mig.model.address import Address
from mig.model.findings import Place

# Looking for near misses takes milliseconds a name: enough for mistyped ones, not for a wrong environment.
_MOST_NEAR_MISSES: Final = 20
_MOST_CANDIDATES: Final = 5


class Named(Protocol):
    """What is needed to know of an outbound row; its status in the manifest's words."""

    @property
    def id(self) -> str:
        """The row's id, in lower case."""

    @property
    def name(self) -> str:
        """Its display name; not unique."""

    @property
    def status(self) -> str:
        """draft, live, …"""


class Naming(Protocol):
    """An entry that names its source, by name or by id."""

    @property
    def source_name(self) -> str | None:
        """The name."""

    @property
    def source_id(self) -> str | None:
        """The id, in lower case."""

    @property
    def place(self) -> Place:
        """Where the entry stands."""

    def address(self, source_name: str | None = None) -> Address | None:
        """Its address, as far as it is known without the source."""


_Row = TypeVar("_Row", bound=Named)
_Entry = TypeVar("_Entry", bound=Naming)


class NamedRows(Generic[_Row, _Entry]):
    """All outbound rows of a kind, which `noun` calls.

    `complaints` are about what is not there, `unclear` about what cannot be told apart, where the entry has
    an address to say so under. `perhaps` has, by id, the rows that could be meant by one of those entries.
    """

    def __init__(self, noun: str, rows: Sequence[_Row]) -> None:
        self.complaints = Complaints()
        self.unclear = Complaints()
        self.perhaps: dict[str, _Entry] = {}
        self._noun = noun
        self._rows = rows
        self._by_id = {row.id.lower(): row for row in rows}
        self._by_name: dict[str, list[_Row]] = defaultdict(list)
        self._by_fold: dict[str, list[_Row]] = defaultdict(list)
        for row in rows:
            self._by_name[row.name].append(row)
            self._by_fold[folded(row.name)].append(row)
        self._misses = 0

    def called(self, name: str) -> Sequence[_Row]:
        """The rows of that name; where there are none, those that differ in case only."""
        return self._by_name.get(name) or self._by_fold.get(folded(name)) or ()

    def one(self, entry: _Entry) -> _Row | None:
        """The one row an entry means; a finding for none or several."""
        if entry.source_id:
            row = self._by_id.get(entry.source_id)
            if row is None:
                fix = "check the id; `source` also takes the name"
                self._missing(entry, f"no outbound {self._noun} has the id {entry.source_id}", fix)
            return row
        name = entry.source_name or ""
        rows = self.called(name)
        if not rows:
            self._missing(entry, f"no outbound {self._noun} is called `{name}`", self._near(name))
        if len(rows) > 1:
            self._ambiguous(entry, name, rows)
        return rows[0] if len(rows) == 1 else None

    def _missing(self, entry: _Entry, what: str, fix: str) -> None:
        self.complaints.error("MAN013", what, entry.place, fix, address=entry.address())

    def _near(self, name: str) -> str:
        self._misses += 1
        names = (row.name for row in self._rows) if self._misses <= _MOST_NEAR_MISSES else ()
        near = did_you_mean(nearest(name, names, most=3))
        return near or "check the name, and that this is the environment that has it"

    def _ambiguous(self, entry: _Entry, name: str, rows: Sequence[_Row]) -> None:
        for row in rows:
            self.perhaps.setdefault(row.id, entry)
        shown = [f"{row.id} ({row.status})" for row in rows[:_MOST_CANDIDATES]]
        shown += ["…"] if len(rows) > _MOST_CANDIDATES else []
        what = f"{len(rows)} outbound {self._noun}s are called `{name}`: {', '.join(shown)}"
        fix = "name the one that is meant by its id: `source: {id: …}`"
        address = entry.address()
        told = self.unclear if address else self.complaints  # without one nothing else can show it
        told.error("MAN014", what, entry.place, fix, address=address)


def folded(name: str) -> str:
    """A name as it is compared where case does not count."""
    return name.strip().casefold()
