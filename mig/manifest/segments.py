"""Builds the segment entries and selections of a manifest, and checks each by itself."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final, TypedDict

from mig.manifest.complaints import Complaints
from mig.manifest.model import (
    Adopt,
    Entry,
    Evidence,
    Limits,
    MembersFile,
    MembersList,
    OnDrift,
    OnLive,
    Publish,
    Selection,
)
from mig.manifest.moments import date_under, moment_under
from mig.manifest.view import View
from mig.model.address import key_of
from mig.model.findings import Place

# Each of these answers for the segment in place of the translation; one is enough.
_ANSWERS: Final = ("query", "retire", "rebuilt_as", "members")
# What says that nothing is written, and what only makes sense where something is.
_NOT_MOVED: Final = ("retire", "rebuilt_as")
_ONLY_MOVED: Final = ("publish", "target", "adopt")
_ONLY_SINGLE: Final = ("source", "key", "name", "target", "adopt", "expect", "evidence", *_ANSWERS)


class _Flags(TypedDict):
    """What `model.Flags` takes."""

    place: Place
    publish: Publish
    owner: str | None
    business_unit: str | None
    limits: Limits | None
    on_drift: OnDrift | None
    on_live: OnLive | None


def build_segments(view: View | None, complaints: Complaints) -> Iterator[Entry | Selection]:
    """Entries and selections in the order of the file, without those the schema refused as a whole."""
    for item in view.items() if view else ():
        built = _selection(item, complaints) if item.states("select") else _entry(item, complaints)
        if built:
            yield built


def source_of(view: View) -> tuple[str | None, str | None]:
    """Name and id of an entry's source."""
    return named_under(view, "source")


def named_under(view: View, key: str) -> tuple[str | None, str | None]:
    """Name and id of a row; one of them, or none where the schema refused it."""
    child = view.child(key)
    return (view.text(key) or child.text("name"), child.guid("id")) if child else (None, None)


def key_under(view: View, complaints: Complaints) -> str | None:
    """The entry's own key, if it has the form of one."""
    key = view.text("key")
    if key is not None and key_of(key) != key:
        what = f"`key` must be lower-case letters and digits, joined by `_`, not `{key}`"
        complaints.error("MAN009", what, view.place_of("key"), f"write `{key_of(key)}`")
    return key


# --- single entries ---------------------------------------------------------------------------------------


def _entry(view: View, complaints: Complaints) -> Entry | None:
    name, row_id = source_of(view)
    _check_exclusions(view, complaints)
    entry = Entry(
        **_flags(view),
        source_name=name,
        source_id=row_id,
        key=key_under(view, complaints),
        name=view.text("name"),
        target_id=_row(view, "target"),
        adopt=view.word("adopt", Adopt),
        query=view.text("query"),
        retire=view.text("retire"),
        rebuilt_as=_row(view, "rebuilt_as"),
        members=_members(view.child("members"), complaints),
        evidence=_evidence(view.child("evidence"), complaints),
        expect_members=_expected(view.child("expect"), complaints),
    )
    alone = not view.states("source") and entry.name and entry.query
    return entry if name or row_id or alone else None


def _check_exclusions(view: View, complaints: Complaints) -> None:
    pairs = [*combinations(_ANSWERS, 2), *((a, b) for a in _NOT_MOVED for b in _ONLY_MOVED)]
    for first, second in pairs:
        if view.states(first) and view.states(second):
            what = f"`{first}` and `{second}` exclude each other"
            complaints.error("MAN016", what, view.key_place(second), "keep one of them")


def _row(view: View, key: str) -> str | None:
    child = view.child(key)
    return child.guid("id") if child else None


def _members(view: View | None, complaints: Complaints) -> MembersFile | MembersList | None:
    if view is None:
        return None
    file, key = view.text("file"), view.text("key")
    if not view.states("list"):
        return MembersFile(file, key) if file and key else None
    for other in ("file", "key"):
        if view.states(other):
            what = f"`list` and `{other}` exclude each other"
            complaints.error("MAN016", what, view.key_place(other), "keep one of them")
    if view.text("from") == "csv":
        complaints.error(
            "MAN016", "`list` and `from: csv` exclude each other", view.place_of("from"), "write `from: list`"
        )
    name, row_id = named_under(view, "list")
    return MembersList(name, row_id) if name or row_id else None


def _evidence(view: View | None, complaints: Complaints) -> Evidence | None:
    if view is None:
        return None
    file, key, as_of = view.text("file"), view.text("key"), date_under(view, "as_of", complaints)
    return Evidence(file, key, as_of) if file and key and as_of else None


def _expected(view: View | None, complaints: Complaints) -> tuple[int, int] | None:
    members = view.child("members") if view else None
    numbers = [item.data for item in members.items()] if members else []
    match numbers:
        case [int(fewest), int(most)] if members:
            if fewest > most:
                what = f"`members` must be the fewest, then the most; {fewest} is more than {most}"
                complaints.error("MAN009", what, members.place, f"write [{most}, {fewest}]")
            return fewest, most
        case _:
            return None


# --- selections -------------------------------------------------------------------------------------------


def _selection(view: View, complaints: Complaints) -> Selection | None:
    for key in _ONLY_SINGLE:
        if view.states(key):
            fix = "take it out, or name one segment with `source`"
            complaints.error("MAN016", f"`{key}` cannot stand beside `select`", view.key_place(key), fix)
    criteria = view.child("select")
    if criteria is None:
        return None
    return Selection(
        **_flags(view),
        name=criteria.text("name"),
        types=tuple(_texts(criteria.child("type"))),
        statuses=tuple(_texts(criteria.child("status"))),
        used=criteria.flag("used"),
        modified_after=moment_under(criteria, "modified_after", complaints),
    )


def _texts(view: View | None) -> Iterator[str]:
    for item in view.items() if view else ():
        if isinstance(item.data, str):
            yield item.data


# --- both -------------------------------------------------------------------------------------------------


def _flags(view: View) -> _Flags:
    return _Flags(
        place=view.place,
        publish=_publish(view),
        owner=view.text("owner"),
        business_unit=view.text("business_unit"),
        limits=view.word("limits", Limits),
        on_drift=view.word("on_drift", OnDrift),
        on_live=view.word("on_live", OnLive),
    )


def _publish(view: View) -> Publish:
    if view.text("publish") == Publish.KEEP:
        return Publish.KEEP
    return Publish.ONCE if view.flag("publish") else Publish.NO
