"""Who is in a static segment: those that somebody claims, as far as the target has them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, Self, TypeVar

from mig.dataverse import odata
from mig.dataverse.cells import row_key
from mig.dataverse.client import Client
from mig.dataverse.errors import RequestFailed
from mig.dataverse.particulars import Wanted, read_particulars
from mig.engine.ledger import State
from mig.manifest.model import Entry, MembersFile, MembersList
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.model.tables import Table, bundled_schema
from mig.model.typed_json import UNSAVED
from mig.segments.claims import STORED, Claimed, from_file
from mig.segments.groups import told_of
from mig.segments.ids import NOBODY, Ids
from mig.segments.member_list import named
from mig.segments.member_rows import MAIL, address_in
from mig.segments.rows import SourceSegment
from mig.segments.service_lists import ids_in
from mig.segments.stored import STORED_TABLE

_Item = TypeVar("_Item")
Owners = Mapping[str, Set[str]]

_IDS: Final = 100  # in one question
_QUESTIONS: Final = 100  # in one batch
_FEW: Final = 20_000  # two batches; beyond, a page of the table tells of as many ids as fifty questions
_UNKNOWN_SHARE: Final = 0.1  # people are deleted; more than a tenth is another organisation, or a mistake


@dataclass(frozen=True, slots=True)
class Members:
    """Ids in lower case, all of rows of `table` that the target has; what is said of them; whence they come.

    `taken` is when they were written down where they come from; None for just now. Without any, who the
    members are is not known. Of a snapshot there are no ids, but their number and digest are `recorded`.
    """

    ids: Ids = field(default=NOBODY, metadata=UNSAVED)
    findings: tuple[Finding, ...] = ()
    evidence: str = STORED
    table: str = STORED_TABLE
    taken: datetime | None = None
    recorded: State | None = None

    @classmethod
    def of(cls, claimed: Claimed, ids: Ids, findings: tuple[Finding, ...]) -> Self:
        """Those of the claimed ones that are there."""
        return cls(ids, findings, claimed.evidence, claimed.table, claimed.taken)

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.ids) if self.recorded is None else int(self.recorded["members"])

    @property
    def told(self) -> State:
        """Number and digest."""
        return told_of(self.ids) if self.recorded is None else self.recorded


class Claims(Protocol):
    """Where static members are claimed: the source of the move."""

    async def claimed(self, sources: Sequence[SourceSegment]) -> Mapping[str, Claimed]:
        """The members that static segments have, by source id."""

    async def listed(self, wanted: Collection[MembersList]) -> Mapping[MembersList, Claimed]:
        """The members of marketing lists."""


class Knows(Protocol):
    """Where members are to be: the target of the move."""

    async def known(self, claims: Sequence[Claimed]) -> Sequence[Members]:
        """Those that it has, claim by claim."""


async def read_members(
    resources: Iterable[Resource],
    sources: Mapping[str, SourceSegment],
    audiences: Mapping[str, str | None],
    manifest: Path,
    source: Claims,
    target: Knows,
) -> Mapping[str, Members]:
    """By source id, of what is static and of what the manifest gives members for.

    `audiences` has the table that each outbound query finds rows of.
    """
    files: dict[str, MembersFile] = {}
    lists: dict[str, MembersList] = {}
    static: list[SourceSegment] = []
    for resource in resources:
        match resource.entry.members:
            case MembersFile() as wanted:
                files[resource.source_id] = wanted
            case MembersList() as wanted:
                lists[resource.source_id] = wanted
            case None if sources[resource.source_id].static and _as_stored(resource.entry):
                static.append(sources[resource.source_id])
    listed = await source.listed(frozenset(lists.values()))
    claimed = {
        **{key: from_file(wanted, manifest, audiences.get(key)) for key, wanted in files.items()},
        **{key: listed[wanted] for key, wanted in lists.items()},
        **await source.claimed(static),
    }
    return dict(zip(claimed, await target.known(tuple(claimed.values())), strict=True))


def _as_stored(entry: Entry) -> bool:
    """Whether nobody answers for the segment otherwise."""
    return entry.query is None and entry.retire is None and entry.rebuilt_as is None


async def known_members(client: Client, claims: Sequence[Claimed]) -> Sequence[Members]:
    """Those of the claimed members that the target has; it is asked once for all claims of a table."""
    asked = [claim for claim in claims if not claim.findings]
    gone = {
        table.name: await _gone(client, table, Ids.together(map(Ids.of, keys)))
        for table, keys in _by_table(asked, by_mail=False)
    }
    owners = {
        table.name: await _owners(client, table, sorted(frozenset[str]().union(*keys)))
        for table, keys in _by_table(asked, by_mail=True)
    }
    return [_known(claim, gone.get(claim.table, NOBODY), owners.get(claim.table, {})) for claim in claims]


def _by_table(claims: Sequence[Claimed], *, by_mail: bool) -> Iterator[tuple[Table, Sequence[Set[str]]]]:
    """By table, the keys that the claims have."""
    keys: dict[str, list[Set[str]]] = {}
    for claim in claims:
        if claim.by_mail is by_mail and claim.keys:
            keys.setdefault(claim.table, []).append(claim.keys)
    return ((bundled_schema()[name], several) for name, several in keys.items())


def _known(claim: Claimed, gone: Ids, owners: Owners) -> Members:
    if claim.findings:
        return Members.of(claim, NOBODY, claim.findings)
    table, keys = bundled_schema()[claim.table], claim.keys
    if not keys:
        return by_number_only(claim)
    if claim.by_mail:
        found = named(sorted(keys), owners)
        return Members.of(claim, found.ids, tuple(_unknown(found.left, len(keys), table)))
    ids = Ids.of(keys)
    there = ids - gone
    return Members.of(claim, there, tuple(_unknown(len(ids) - len(there), len(keys), table)))


def by_number_only(claimed: Claimed) -> Members:
    """A snapshot on either side has no ids: which of the members the target has cannot be told."""
    finding = Finding(
        code="SEG060",
        severity=Severity.ERROR,
        message="which of its static members the target has is not known: a snapshot tells no more than "
        f"their number, {claimed.told['members']}, and digest",
        fix="plan between the environments themselves",
    )
    return Members.of(claimed, NOBODY, (finding,))


async def _gone(client: Client, table: Table, ids: Set[str]) -> Ids:
    """Those that no row has. What the target does not tell is taken to be there."""
    if len(ids) > _FEW:
        try:
            return Ids.of(ids) - await _all(client, table)
        except RequestFailed:
            return NOBODY
    told = (await read_particulars(client, Wanted(ids=[(table, ids)]))).ids
    return Ids.of(one for one in ids if told.get((table.name, one)) is False)


async def _all(client: Client, table: Table) -> Ids:
    """The ids of all its rows, packed page by page."""
    pages = client.pages(odata.query(table.entity_set, select=(table.primary_id,)))
    return Ids.together([ids_in(row_key(row, table.primary_id) for row in page) async for page in pages])


async def _owners(client: Client, table: Table, addresses: Sequence[str]) -> Owners:
    """The rows that have them, by address."""
    owners: dict[str, set[str]] = {}
    select = (table.primary_id, MAIL)
    questions = [
        odata.query(table.entity_set, select=select, where=odata.any_of(MAIL, some))
        for some in _parts(addresses, _IDS)
    ]
    for some in _parts(questions, _QUESTIONS):
        for rows in await client.listings(some):
            for row in rows:
                address = address_in(str(row.get(MAIL) or ""))
                owners.setdefault(address, set()).add(row_key(row, table.primary_id))
    return owners


def _unknown(count: int, of: int, table: Table) -> Iterator[Finding]:
    if count:
        match, left_out = ("matches", "it is") if count == 1 else ("match", "they are")
        yield Finding(
            code="SEG034",
            severity=Severity.ERROR if count > of * _UNKNOWN_SHARE else Severity.WARNING,
            message=f"{count} of its {of} members {match} no {table.name} of the target, or more than one; "
            f"{left_out} left out",
            fix="see whether they belong to this environment; waive it where they are meant to be gone",
        )


def _parts(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
