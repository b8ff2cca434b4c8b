"""Builds the event entries of a manifest, and checks each by itself."""

from collections.abc import Iterator

from mig.manifest.complaints import Complaints
from mig.manifest.model import Duplicates, EventEntry, Waitlist
from mig.manifest.moments import moment_under
from mig.manifest.segments import key_under, source_of
from mig.manifest.view import View


def build_events(view: View | None, complaints: Complaints) -> Iterator[EventEntry]:
    """Event entries in the order of the file, without those the schema refused as a whole."""
    for item in view.items() if view else ():
        if entry := _event(item, complaints):
            yield entry


def _event(view: View, complaints: Complaints) -> EventEntry | None:
    name, row_id = source_of(view)
    key = key_under(view, complaints)
    if not (name or row_id):
        return None
    blank = EventEntry(place=view.place)
    target, repair = view.child("target"), view.child("repair")
    start = moment_under(target, "start", complaints) if target else None
    end = moment_under(target, "end", complaints) if target else None
    if target and start and end and end < start:
        what = "the event ends before it starts"
        complaints.error("MAN009", what, target.place_of("end"), "put `end` after `start`")
    few = repair.whole("few") if repair else None
    return EventEntry(
        place=view.place,
        source_name=name,
        source_id=row_id,
        key=key,
        target_name=target.text("name") if target else None,
        start=start,
        end=end,
        publish=bool(view.flag("publish")),
        waitlist=view.word("waitlist", Waitlist) or blank.waitlist,
        repair_few=blank.repair_few if few is None else few,
        repair_share=repair.amount("share", blank.repair_share) if repair else blank.repair_share,
        duplicates=(repair.word("duplicates", Duplicates) if repair else None) or blank.duplicates,
        columns=view.texts("columns"),
    )
