"""What the target rows of a segment should hold."""

from collections.abc import Iterator, Mapping

from mig.engine.ledger import State
from mig.manifest.model import Entry
from mig.model.findings import Finding, Severity
from mig.segments.mark import ROOM, unmarked
from mig.segments.owners import Ownership
from mig.segments.rows import (
    DESCRIPTION,
    GROUPS,
    QUERY,
    REFRESH,
    SCOPE_ORGANIZATION,
    TYPE,
    TYPE_DYNAMIC,
    TYPE_STATIC,
    SourceSegment,
)
from mig.segments.static import Members


def display_name(entry: Entry, source: SourceSegment, prefix: str) -> str:
    """The prefix, always, and the manifest's name for it or the source's."""
    return prefix + _own_name(entry, source)


def nameless(entry: Entry, source: SourceSegment) -> Iterator[Finding]:
    """A name that is the prefix alone says nothing, and there could be only one of it."""
    if not _own_name(entry, source).strip():
        yield Finding(
            code="SEG012", severity=Severity.ERROR, message="the name is empty", fix="give it a `name:`"
        )


def _own_name(entry: Entry, source: SourceSegment) -> str:
    return entry.name if entry.name is not None else source.name


def desired_state(
    source: SourceSegment,
    name: str,
    audience: str,
    query: str,
    ownership: Ownership,
    members: Members | None = None,
) -> State:
    """The columns `mig` owns, as they should be. A time zone below zero has no place in the target column.

    A static copy has `members`, and no query.
    """
    zone = source.time_zone
    return {
        "msdynmkt_displayname": name,
        DESCRIPTION: unmarked(source.description),
        "msdynmkt_baseentitylogicalname": audience,
        # What the target's column fills in where nothing is written: rows older than the source's have none.
        "msdynmkt_scope": source.scope if source.scope is not None else SCOPE_ORGANIZATION,
        TYPE: TYPE_DYNAMIC if members is None else TYPE_STATIC,
        "msdynmkt_name": name,
        QUERY: query or None,
        "msdynmkt_timezonecode": zone if zone is not None and zone >= 0 else None,
        REFRESH: source.refresh_minutes,
        GROUPS: None if members is None else members.told,
        **ownership.state,
    }


def too_long(state: State, lengths: Mapping[str, int], *, marked: bool) -> Iterator[Finding]:
    """Text that does not fit the target's columns, whose `lengths` are given by column.

    A description that is `marked` shares its column with the mark.
    """
    if marked and DESCRIPTION in lengths:
        lengths = {**lengths, DESCRIPTION: lengths[DESCRIPTION] - ROOM}
    for columns, code, what, fix in (
        (("msdynmkt_displayname", "msdynmkt_name"), "SEG011", "the name", "give it a shorter `name:`"),
        ((DESCRIPTION,), "SEG014", "the description", "shorten the outbound description"),
        (("msdynmkt_segmentquery",), "SEG026", "the query", "split the segment in two"),
    ):
        limit = min((lengths[column] for column in columns if column in lengths), default=None)
        length = len(state[columns[0]] or "")
        if limit is not None and length > limit:
            yield Finding(
                code=code,
                severity=Severity.ERROR,
                message=f"{what} is {length} characters long; the target's column takes {limit}",
                fix=fix,
            )
