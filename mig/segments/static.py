"""Who is in a static segment: the ids that outbound stores, or those of a file that a person gives.

What is stored is read only of static segments that are asked for. Members of either kind are contacts.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from mig.dataverse import odata
from mig.dataverse.client import Client, failed
from mig.dataverse.messages import Request
from mig.dataverse.particulars import Wanted, read_particulars
from mig.engine.snapshot import Endpoint
from mig.manifest.model import Entry, MembersFile
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.model.tables import bundled_schema
from mig.segments.cells import row_key
from mig.segments.groups import MOST_MEMBERS
from mig.segments.member_list import UnusableList, guid_in, named, read_member_list
from mig.segments.member_rows import MAIL, address_in
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

    Without any, who the members are is not known.
    """

    ids: Set[str] = field(default=frozenset(), repr=False)
    findings: tuple[Finding, ...] = ()
    evidence: str = STORED


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Members as they are claimed, before anybody asked the target."""

    keys: Set[str] = field(repr=False)
    by_mail: bool = False
    findings: tuple[Finding, ...] = ()
    evidence: str = STORED


async def read_members(
    resources: Iterable[Resource],
    sources: Mapping[str, SourceSegment],
    manifest: Path,
    source: Endpoint,
    target: Endpoint,
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
    claimed |= await _from_rows(source.client, stored)
    found = await asyncio.gather(*(_known(target.client, claim) for claim in claimed.values()))
    return dict(zip(claimed, found, strict=True))


# --- what is claimed --------------------------------------------------------------------------------------


def _from_file(wanted: MembersFile, manifest: Path) -> _Claimed:
    """A name that is not absolute is looked for beside the manifest."""
    try:
        keys = read_member_list(
            manifest.parent / wanted.file, wanted.key, [bundled_schema()[AUDIENCE].primary_id]
        )
    except UnusableList as error:
        return _Claimed(frozenset(), findings=(error.finding(wanted.file),), evidence=FROM_FILE)
    findings = tuple(_unfit(len(keys), "the file names nobody"))
    return _Claimed(keys, wanted.key == MAIL, findings, FROM_FILE)


async def _from_rows(client: Client, source_ids: Sequence[str]) -> Mapping[str, _Claimed]:
    found = {key: ids async for key, ids in read_stored(client, source_ids)}
    return {key: _of_row(found.get(key, ())) for key in source_ids}


def _of_row(stored: Stored | None) -> _Claimed:
    if stored is None:
        return _Claimed(frozenset(), findings=(_no_ids("what is stored is not a list of ids"),))
    ids = [guid_in(one) for one in stored]
    if None in ids:
        told = f"{ids.count(None)} of its {len(ids)} stored ids are none"
        return _Claimed(frozenset(), findings=(_no_ids(told),))
    found = frozenset(filter(None, ids))
    return _Claimed(found, findings=tuple(_unfit(len(found), "outbound stores no ids for it")))


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


async def _known(client: Client, claimed: _Claimed) -> Members:
    if claimed.findings:
        return Members(findings=claimed.findings, evidence=claimed.evidence)
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
    """Ids of those that one row has alone, and how many none or several have."""
    table = bundled_schema()[AUDIENCE]
    owners: dict[str, set[str]] = {}
    questions = [
        Request("GET", odata.query(table.entity_set, select=columns, where=odata.any_of(MAIL, some)))
        for columns in [(table.primary_id, MAIL)]
        for some in _parts(addresses, _IDS)
    ]
    for batch in _parts(questions, _QUESTIONS):
        for question, (answer, *_) in zip(batch, await client.batch(batch), strict=True):
            if answer.failed:
                raise failed(question, answer)
            for row in answer.body["value"]:
                address = address_in(str(row.get(MAIL) or ""))
                owners.setdefault(address, set()).add(row_key(row, table.primary_id))
    found = named(addresses, owners)
    return found.ids, found.left


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
