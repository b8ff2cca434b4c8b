"""Who is in a static segment, as somebody says: outbound's row or service, a file, a marketing list.

Nobody asked the target yet. What is stored is read only of static segments that are asked for.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.engine.ledger import State
from mig.manifest.model import MembersFile, MembersList
from mig.model.counted import counted
from mig.model.findings import Finding, Severity
from mig.model.tables import bundled_schema
from mig.model.typed_json import UNSAVED
from mig.segments.groups import MOST_MEMBERS, told_of
from mig.segments.ids import NOBODY, Ids
from mig.segments.marketing_lists import MarketingList, meant, read_lists
from mig.segments.member_list import UnusableList, read_member_list
from mig.segments.member_rows import MAIL
from mig.segments.rows import SourceSegment
from mig.segments.service_lists import outbound_answer, outbound_question
from mig.segments.stored import STORED_TABLE, Stored, read_stored

STORED: Final = "the member ids stored in the outbound segment"
LISTED: Final = "the outbound service's own list, as it is now"
FROM_FILE: Final = "the manifest's file of members"
_QUESTIONS: Final = 25  # in one batch, which the service carries out in sequence


@dataclass(frozen=True, slots=True)
class Claimed:
    """Ids, or addresses where `by_mail`, of rows of `table`; where they come from, and when they were written
    down there, if not just now. Of a snapshot there are no keys, but their number and digest are `recorded`.
    """

    keys: Set[str] = field(default=NOBODY, repr=False, metadata=UNSAVED)
    table: str = STORED_TABLE
    by_mail: bool = False
    findings: tuple[Finding, ...] = ()
    evidence: str = STORED
    taken: datetime | None = None
    recorded: State | None = None

    @property
    def told(self) -> State:
        """Number and digest."""
        return told_of(self.keys) if self.recorded is None else self.recorded

    @property
    def question(self) -> str:
        """Stands for the question whom of them the table has."""
        return f"{self.table} {self.told['sha256']}"


def no_ids(why: str) -> Finding:
    """Nobody says who they are."""
    return Finding(
        code="SEG033",
        severity=Severity.ERROR,
        message=f"a static segment, and who its members are is not known: {why}",
        fix="give them with `members: {from: csv, …}` or `members: {from: list, …}`, or leave it out",
    )


def too_many(count: int) -> Finding:
    """More than the groups of a segment hold."""
    return Finding(
        code="SEG032",
        severity=Severity.ERROR,
        message=f"static with {count} members; a real-time segment holds ten groups of 200,000",
        fix="split it into several segments",
    )


def _claimed(claim: Claimed, nobody: str) -> Claimed:
    """The same, unless there are too few or too many."""
    return replace(claim, findings=tuple(_unfit(len(claim.keys), nobody)))


def _unfit(count: int, nobody: str) -> Iterator[Finding]:
    if count == 0:
        yield no_ids(nobody)
    if count > MOST_MEMBERS:
        yield too_many(count)


# --- what a person gives ----------------------------------------------------------------------------------


def from_file(wanted: MembersFile, manifest: Path, audience: str | None) -> Claimed:
    """A name that is not absolute is looked for beside the manifest.

    An id's column tells whose ids they are; addresses are those of the `audience` of the outbound query.
    """
    tables = {bundled_schema()[table].primary_id: table for table in ("contact", "lead")}
    try:
        keys = read_member_list(manifest.parent / wanted.file, wanted.key, tables)
    except UnusableList as error:
        return Claimed(findings=(error.finding(wanted.file),), evidence=FROM_FILE)
    by_mail = wanted.key == MAIL
    table = tables[wanted.key] if not by_mail else "lead" if audience == "lead" else STORED_TABLE
    return _claimed(Claimed(keys, table, by_mail, evidence=FROM_FILE), "the file names nobody")


async def from_lists(client: Client, wanted: Collection[MembersList]) -> Mapping[MembersList, Claimed]:
    """Members of marketing lists."""
    if not wanted:
        return {}
    try:
        lists = await read_lists(client)
        found = {one: meant(one, lists) for one in wanted}
        used = {one.id: one for one in found.values() if isinstance(one, MarketingList)}
        members = {key: await one.members(client) for key, one in used.items()}
    except RequestFailed as error:
        refused = no_ids(f"the marketing lists of the source cannot be read: {error}")
        return dict.fromkeys(wanted, Claimed(findings=(refused,)))
    return {
        key: Claimed(findings=(one,)) if isinstance(one, Finding) else _of_list(one, members[one.id])
        for key, one in found.items()
    }


def _of_list(found: MarketingList, ids: Ids) -> Claimed:
    told = f"the marketing list {found.name!r}, as it is now"
    return _claimed(Claimed(ids, found.table, evidence=told), f"the marketing list {found.name!r} is empty")


# --- what outbound has ------------------------------------------------------------------------------------


async def from_outbound(client: Client, sources: Sequence[SourceSegment]) -> Mapping[str, Claimed]:
    """What static segments store, else what outbound's service lists, while it answers; by source id.

    Rows may lack the ids: Microsoft's own templates stopped reading them (reference/segment-queries.md A.1).
    """
    stored: dict[str, Stored | None] = {source.id: Stored() for source in sources}
    stored |= {key: found async for key, found in read_stored(client, list(stored))}
    without = [source for source in sources if (found := stored[source.id]) is not None and not found.count]
    listed = await _listed(client, without)
    return {
        source.id: _of_service(listed[source.id])
        if source.id in listed
        else _of_row(stored[source.id], source.modified)
        for source in sources
    }


def _of_row(stored: Stored | None, modified: datetime | None) -> Claimed:
    """Nothing tells when the ids were stored, but it was not after the row was last modified."""
    if stored is None:
        return Claimed(findings=(no_ids("what is stored is not a list of ids"),))
    if stored.wrong:
        wrong = "is not an id" if stored.wrong == 1 else "are not ids"
        told = f"{stored.wrong:,} of its {counted(stored.count, 'stored id')} {wrong}"
        return Claimed(findings=(no_ids(told),))
    return _claimed(Claimed(stored.ids, taken=modified), "outbound stores no ids for it")


def _of_service(ids: Ids) -> Claimed:
    return _claimed(
        Claimed(ids, evidence=LISTED), "outbound stores no ids for it, and its service lists none"
    )


async def _listed(client: Client, sources: Collection[SourceSegment]) -> Mapping[str, Ids]:
    """What outbound lists, of those it answers for; once it answers for none of a batch, it is gone."""
    waiting, found = list(sources), dict[str, Ids]()
    while waiting:
        some, waiting = waiting[:_QUESTIONS], waiting[_QUESTIONS:]
        answers = await client.batch([outbound_question(source) for source in some])
        told = {source.id: answer for source, (answer, *_) in zip(some, answers, strict=True)}
        for key, answer in told.items():
            try:
                found |= {key: outbound_answer(answer.body)} if not answer.failed else {}
            except BadAnswer:  # its form is not public
                continue
        if all(answer.failed for answer in told.values()):
            break
    return found
