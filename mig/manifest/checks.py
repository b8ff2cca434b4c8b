"""Checks across entries: two that mean one row, two that would have one address."""

from collections.abc import Hashable, Iterable
from typing import Protocol

from mig.manifest.complaints import Complaints
from mig.manifest.model import Entry, Manifest
from mig.model.address import Address
from mig.model.findings import Place


class _Named(Protocol):
    """A segment entry or an event entry."""

    @property
    def place(self) -> Place: ...
    @property
    def source_name(self) -> str | None: ...
    @property
    def source_id(self) -> str | None: ...
    def address(self) -> Address | None: ...


def check_sources_and_addresses(manifest: Manifest, complaints: Complaints) -> None:
    """As far as it can be told without the source's rows; `resolve` checks again with them."""
    _check([entry for entry in manifest.segments if isinstance(entry, Entry)], complaints)
    _check(manifest.events, complaints)


def _check(entries: Iterable[_Named], complaints: Complaints) -> None:
    sources: dict[Hashable, _Named] = {}
    addresses: dict[Address, _Named] = {}
    for entry in entries:
        source = (entry.source_name, entry.source_id)
        first = sources.setdefault(source, entry) if any(source) else entry
        address = entry.address()
        if first is not entry:
            what = f"`{entry.source_name or entry.source_id}` is already brought over by another entry"
            complaints.twice("MAN017", what, entry.place, first.place, "take one of the two out")
        elif address and (first := addresses.setdefault(address, entry)) is not entry:
            what = f"two entries have the address {address}"
            fix = "give one of them a `key` of its own"
            complaints.twice("MAN010", what, entry.place, first.place, fix, address)
