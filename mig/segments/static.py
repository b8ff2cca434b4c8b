"""Who is in a static segment: the ids that outbound stores, or those of a file that a person gives.

What is stored is read only of static segments that are asked for. Members of either kind are contacts.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self, TypeVar

from mig.dataverse import odata
from mig.dataverse.cells import row_key
from mig.dataverse.client import Client, failed
from mig.dataverse.messages import Request
from mig.dataverse.particulars import Wanted, read_particulars
from mig.engine.ledger import State
from mig.manifest.model import Entry, MembersFile
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.model.tables import bundled_schema
from mig.model.typed_json import UNSAVED
from mig.segments.groups import MOST_MEMBERS, told_of
from mig.segments.members_file import BY_MAIL, guid_in, read_members_file
from mig.segments.rows import SourceSegment
from mig.segments.stored import STORED_TABLE, Stored, read_stored

_Item = TypeVar("_Item")

AUDIENCE: Final = STORED_TABLE
STORED: Final = "the member ids stored in the outbound segment"
FROM_FILE: Final = "the manifest's file of members"
_IDS: Final = 100  # in one question
_QUESTIONS: Final = 100  # in one batch
_UNKNOWN_SHARE: Final = 0.1  # people are deleted; more than a tenth is another organisation, or a mistake


@dataclass(frozen=True, slots=True)
class Members:
    """Ids in lower case, all of rows that the target has; what is said of them; where they come from.

    Without any, who the members are is not known. Of a snapshot there are no ids, but their number and digest
    are `recorded`.
    """

    ids: Set[str] = field(default=frozenset(), repr=False, metadata=UNSAVED)
    findings: tuple[Finding, ...] = ()
    evidence: str = STORED
    recorded: State | None = None

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.ids) if self.recorded is None else int(self.recorded["members"])

    @property
    def told(self) -> State:
        """Number and digest."""
        return told_of(self.ids) if self.recorded is None else self.recorded


@dataclass(frozen=True, slots=True)
class Claimed:
    """Members as they are claimed, before anybody asked the target. Of a snapshot there are no keys.

    `told` is their number and digest.
    """

    told: State
    keys: Set[str] = field(default=frozenset(), repr=False, metadata=UNSAVED)
    by_mail: bool = False
    findings: tuple[Finding, ...] = ()
    evidence: str = STORED

    @classmethod
    def of(
        cls,
        keys: Set[str] = frozenset(),
        *,
        by_mail: bool = False,
        findings: tuple[Finding, ...] = (),
        evidence: str = STORED,
    ) -> Self:
        """Of these keys."""
        return cls(told_of(keys), keys, by_mail, findings, evidence)


class Claims(Protocol):
    """Where static members are claimed: the source of the move."""

    async def claimed(self, source_ids: Sequence[str]) -> Mapping[str, Claimed]:
        """The members that static segments store."""


class Knows(Protocol):
    """Where members are to be: the target of the move."""

    async def known(self, claimed: Claimed) -> Members:
        """Those that it has."""


async def read_members(
    resources: Iterable[Resource],
    sources: Mapping[str, SourceSegment],
    manifest: Path,
    source: Claims,
    target: Knows,
) -> Mapping[str, Members]:
    """By source id, of what is static and of what the manifest gives members for."""
    files: dict[str, MembersFile] = {}
    stored: list[str] = []
    for resource in resources:
        if resource.entry.members is not None:
            files[resource.source_id] = resource.entry.members
        elif sources[resource.source_id].static and _as_stored(resource.entry):
            stored.append(resource.source_id)
    claimed = {key: _from_file(wanted, manifest) for key, wanted in files.items()}
    claimed |= await source.claimed(stored)
    found = await asyncio.gather(*(target.known(claim) for claim in claimed.values()))
    return dict(zip(claimed, found, strict=True))


# --- what is claimed --------------------------------------------------------------------------------------


def _from_file(wanted: MembersFile, manifest: Path) -> Claimed:
    read = read_members_file(wanted, manifest)
    findings = read.findings or tuple(_unfit(len(read.keys), "the file names nobody"))
    return Claimed.of(read.keys, by_mail=wanted.key == BY_MAIL, findings=findings, evidence=FROM_FILE)


async def claimed_by_rows(client: Client, source_ids: Sequence[str]) -> Mapping[str, Claimed]:
    """What static segments store."""
    found = {key: ids async for key, ids in read_stored(client, source_ids)}
    return {key: _of_row(found.get(key, ())) for key in source_ids}


def _of_row(stored: Stored | None) -> Claimed:
    if stored is None:
        return Claimed.of(findings=(_no_ids("what is stored is not a list of ids"),))
    ids = [guid_in(one) for one in stored]
    if None in ids:
        told = f"{ids.count(None)} of its {len(ids)} stored ids are none"
        return Claimed.of(findings=(_no_ids(told),))
    found = frozenset(filter(None, ids))
    return Claimed.of(found, findings=tuple(_unfit(len(found), "outbound stores no ids for it")))


def _unfit(count: int, none: str) -> Iterator[Finding]:
    if count == 0:
        yield _no_ids(none)
    if count > MOST_MEMBERS:
        yield too_many(count)


def _no_ids(why: str) -> Finding:
    return Finding(
        code="SEG033",
        severity=Severity.ERROR,
        message=f"a static segment, and who its members are is not known: {why}",
        fix="give them with `members: {from: csv, …}`, or leave it out",
    )


def too_many(count: int) -> Finding:
    """More than the groups of a segment hold."""
    return Finding(
        code="SEG032",
        severity=Severity.ERROR,
        message=f"static with {count} members; a real-time segment holds ten groups of 200,000",
        fix="split it into several segments",
    )


# --- what the target has ----------------------------------------------------------------------------------


async def known_members(client: Client, claimed: Claimed) -> Members:
    """Those of the claimed members that the target has."""
    if claimed.findings:
        return Members(findings=claimed.findings, evidence=claimed.evidence)
    if not claimed.keys:
        return by_number_only(claimed)
    if claimed.by_mail:
        ids, without = await _ids_of_addresses(client, sorted(claimed.keys))
    else:
        ids = await _existing(client, sorted(claimed.keys))
        without = len(claimed.keys) - len(ids)
    return Members(ids, tuple(_unknown(without, len(claimed.keys))), claimed.evidence)


async def _existing(client: Client, ids: Sequence[str]) -> Set[str]:
    """Those that a row has. What the target does not tell is taken to be there."""
    table = bundled_schema()[AUDIENCE]
    kept: set[str] = set()
    for some in _parts(ids, _IDS * _QUESTIONS):
        told = (await read_particulars(client, Wanted(ids=[(table, some)]))).ids
        kept.update(one for one in some if told.get((AUDIENCE, one)) is not False)
    return kept


async def _ids_of_addresses(client: Client, addresses: Sequence[str]) -> tuple[Set[str], int]:
    """Ids of those that one row has, and how many none or several have."""
    table = bundled_schema()[AUDIENCE]
    owners: dict[str, set[str]] = {}
    questions = [
        Request("GET", odata.query(table.entity_set, select=columns, where=odata.any_of(BY_MAIL, some)))
        for columns in [(table.primary_id, BY_MAIL)]
        for some in _parts(addresses, _IDS)
    ]
    for batch in _parts(questions, _QUESTIONS):
        for question, (answer, *_) in zip(batch, await client.batch(batch), strict=True):
            if answer.failed:
                raise failed(question, answer)
            for row in answer.body["value"]:
                address = str(row.get(BY_MAIL) or "").strip().lower()
                owners.setdefault(address, set()).add(row_key(row, table.primary_id))
    single = [owners[one] for one in addresses if len(owners.get(one, ())) == 1]
    return frozenset(one for owner in single for one in owner), len(addresses) - len(single)


def by_number_only(claimed: Claimed) -> Members:
    """A snapshot on either side has no ids: which of the members the target has cannot be told."""
    finding = Finding(
        code="SEG060",
        severity=Severity.ERROR,
        message="which of its static members the target has is not known: a snapshot tells no more than "
        f"their number, {claimed.told['members']}, and digest",
        fix="plan between the environments themselves",
    )
    return Members(findings=(finding,), evidence=claimed.evidence)


def _unknown(count: int, of: int) -> Iterator[Finding]:
    if count:
        yield Finding(
            code="SEG034",
            severity=Severity.ERROR if count > of * _UNKNOWN_SHARE else Severity.WARNING,
            message=f"{count} of its {of} members are no contact of the target, or not one alone; "
            "they are left out",
            fix="see whether they belong to this environment; waive it where they are meant to be gone",
        )


def _as_stored(entry: Entry) -> bool:
    """Whether nobody answers for the segment otherwise."""
    return entry.query is None and entry.retire is None and entry.rebuilt_as is None


def _parts(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
