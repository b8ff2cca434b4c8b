"""Which outbound row each entry means, given the rows of the source. Pure.

A person's query that stands alone means none: an id that is made up for it takes the place. Entries come
first; a selection then brings in what no entry names. What cannot be told apart is a finding with the
candidates, never a guess.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Protocol

from mig.manifest.complaints import in_order
from mig.manifest.model import Entry, Manifest, Selection
from mig.manifest.named import Named, NamedRows, folded
from mig.model.address import Address, key_of
from mig.model.findings import Finding, Severity


class SourceRow(Named, Protocol):
    """What is needed to know of an outbound segment; `type` and `status` in the manifest's words."""

    @property
    def type(self) -> str:
        """dynamic, static or compound."""

    @property
    def modified(self) -> datetime | None:
        """When it was last modified; aware."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One outbound segment, or query that stands alone; `selected` when only a selection brought it in."""

    address: Address
    entry: Entry
    source_id: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a manifest asks for in one source, by address.

    `unclear` has a finding for each entry that several rows could be meant by: those are `perhaps` meant.
    """

    resources: tuple[Resource, ...]
    findings: tuple[Finding, ...]
    unclear: tuple[Finding, ...] = ()
    perhaps: frozenset[str] = frozenset()


def resolve(
    manifest: Manifest, sources: Sequence[SourceRow], used: Mapping[str, bool] = MappingProxyType({})
) -> Resolution:
    """Find the row of every entry, and the rows that selections bring in.

    `used` tells by id whether a row is used; one that is not in it is brought in neither by `used: true` nor
    by `used: false`.
    """
    return _Resolver(sources, used).resolve(manifest.segments)


class _Resolver:
    """`_taken` holds the ids that entries name, with the entry; no selection brings them in, nor what an
    entry could mean."""

    def __init__(self, sources: Sequence[SourceRow], used: Mapping[str, bool]) -> None:
        self._used = used
        self._sources = sorted(sources, key=lambda row: row.id)
        self._rows: NamedRows[SourceRow, Entry] = NamedRows("segment", self._sources)
        self._complaints = self._rows.complaints
        self._taken: dict[str, Entry] = {}

    def resolve(self, segments: Sequence[Entry | Selection]) -> Resolution:
        named = list(self._named(segment for segment in segments if isinstance(segment, Entry)))
        addresses = {resource.address for resource in named}
        selected = list(self._selected(segment for segment in segments if isinstance(segment, Selection)))
        resources = [*named, *_addressed(selected, addresses)]
        resources.sort(key=lambda resource: resource.address)
        return Resolution(
            tuple(resources),
            in_order(self._complaints.findings),
            in_order(self._rows.unclear.findings),
            frozenset(self._rows.perhaps),
        )

    # --- entries ------------------------------------------------------------------------------------------

    def _named(self, entries: Iterable[Entry]) -> Iterator[Resource]:
        by_address: dict[Address, Entry] = {}
        for entry in entries:
            row_id, name = self._meant(entry)
            address = entry.address(name)
            if row_id is None or address is None:
                continue
            first = self._taken.setdefault(row_id, self._rows.perhaps.get(row_id, entry))
            if first is not entry:
                what = f"`{name}` is already brought over by another entry"
                fix = "take one of the two out"
                self._complaints.twice("MAN017", what, entry.place, first.place, fix, address)
            elif (other := by_address.setdefault(address, entry)) is not entry:
                what = f"two entries have the address {address}"
                fix = "give one of them a `key` of its own"
                self._complaints.twice("MAN010", what, entry.place, other.place, fix, address)
            else:
                yield Resource(address, entry, row_id, selected=False)

    def _meant(self, entry: Entry) -> tuple[str | None, str | None]:
        """Id and name of the row."""
        if entry.alone:
            return entry.own_id, entry.name
        row = self._rows.one(entry)
        return (row.id, row.name) if row else (None, None)

    # --- selections ---------------------------------------------------------------------------------------

    def _selected(self, selections: Iterable[Selection]) -> Iterator[tuple[SourceRow, Entry]]:
        for selection in selections:
            matching = [row for row in self._sources if _matches(selection, row, self._used.get(row.id))]
            fresh = [row for row in matching if not self._is_named(row)]
            if not fresh:
                self._brings_nothing(selection, len(matching))
            for row in fresh:
                entry = _entry_of(selection, row)
                self._taken[row.id] = entry
                yield row, entry

    def _is_named(self, row: SourceRow) -> bool:
        return row.id in self._taken or row.id in self._rows.perhaps

    def _brings_nothing(self, selection: Selection, matching: int) -> None:
        why = f"all {matching} it matches are asked for elsewhere" if matching else "it matches none"
        self._complaints.findings.append(
            Finding(
                code="MAN015",
                severity=Severity.INFO if matching else Severity.WARNING,
                message=f"the selection brings in no outbound segment: {why}",
                fix="take it out" if matching else "widen it, or take it out",
                place=selection.place,
            )
        )


def _matches(selection: Selection, row: SourceRow, used: bool | None) -> bool:
    since = selection.modified_after
    glob = folded(selection.name or "*").replace("[", "[[]")  # only * and ? are special here
    return (
        fnmatchcase(folded(row.name), glob)
        and (not selection.types or row.type in selection.types)
        and (not selection.statuses or row.status in selection.statuses)
        and (selection.used is None or selection.used is used)
        and (since is None or (row.modified is not None and row.modified > since))
    )


def _entry_of(selection: Selection, row: SourceRow) -> Entry:
    """The entry that a person would have written for this row; its place is the selection's."""
    return Entry(
        place=selection.place,
        source_id=row.id,
        publish=selection.publish,
        owner=selection.owner,
        business_unit=selection.business_unit,
        limits=selection.limits,
        on_drift=selection.on_drift,
        on_live=selection.on_live,
    )


def _addressed(selected: Sequence[tuple[SourceRow, Entry]], addresses: set[Address]) -> Iterator[Resource]:
    """Give selected rows their addresses.

    Where several would have one, or an entry has it, the first 8 digits of the row's id are added to each of
    them, so that an address depends neither on the order of rows nor on which selection came first.
    """
    derived = Counter(key_of(row.name) for row, _ in selected)
    derived.update(address.key for address in addresses)
    short = Counter(key_of(f"{row.name} {row.id[:8]}") for row, _ in selected)
    short.update(derived.keys())
    for row, entry in selected:
        key = key_of(row.name)
        if derived[key] > 1:
            key = key_of(f"{row.name} {row.id[:8]}")
            if short[key] > 1:
                key = key_of(f"{row.name} {row.id.replace('-', '')}")
        yield Resource(Address("segment", key), entry, row.id, selected=True)
