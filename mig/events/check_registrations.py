"""C2 to C5 and C10: the registrations themselves. Facts: reference/events-and-transition.md 2.3. Pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from mig.events.labels import meaning_of
from mig.events.matching import same_badge
from mig.events.reconciliation import BY_ID, Check, Difference, Differing, Explained, Grade
from mig.events.rows import Registration
from mig.events.sides import Sides, judged
from mig.events.tables import REGISTRATION
from mig.model.counted import counted

_ADDED: Final = "`mig apply` adds them"
_WRITTEN: Final = "`mig apply` writes them"

_OF_LIVE: Final = frozenset({"cancelled", "status"})
"""What changes by itself once people use an event."""


def missing(sides: Sides) -> Check:
    """C2: registrations without a copy; those that came late are C10's."""
    lost = [row for row in sides.matching.registrations.missing if not sides.late(row)]
    differing = [
        Differing(REGISTRATION.table, Difference.MISSING, row.id, None, row.id, fixable=sides.certain(row.id))
        for row in lost
    ]
    cancelled = sum(row.cancelled for row in lost)
    told = f"{counted(len(lost), 'registration')} of {len(sides.source.registrations):,} missing"
    if cancelled:
        told += f", {cancelled:,} of them cancelled"
    return judged(
        "C2",
        differing,
        told=told,
        fine="every registration has its copy",
        fix=_ADDED,
        by_hand="several registrations of a contact cannot be told apart; add what is missing by hand",
        counts={"cancelled": cancelled},
    )


def surplus(sides: Sides) -> Check:
    """C3: registrations of the target that are nobody's copy; new ones are expected once it is live."""
    differing = [
        Differing(
            REGISTRATION.table, Difference.SURPLUS, None, row.id, row.id, explained=_explained(sides, row)
        )
        for row in sides.matching.registrations.surplus
    ]
    return judged(
        "C3",
        differing,
        told=f"{counted(len(differing), 'registration')} of the target without an origin in the source",
        fine="no registration too many",
        by_hand=BY_ID,
    )


def _explained(sides: Sides, row: Registration) -> Explained | None:
    return Explained.LIVE if sides.new(row) else None


def duplicates(sides: Sides) -> Check:
    """C4: more than one copy of a registration. They go only where the manifest approves it."""
    differing = []
    for mine, row in sides.matching.duplicates:
        certain = same_badge(mine, row)
        differing.append(
            Differing(
                REGISTRATION.table,
                Difference.DUPLICATE,
                mine.id,
                row.id,
                mine.id,
                fixable=certain and sides.approved,
                explained=None if certain else _explained(sides, row),
            )
        )
    return judged(
        "C4",
        differing,
        told=f"{counted(len(differing), 'registration')} of the target more than once",
        fine="no registration is there twice",
        fix="`mig apply` removes them, as `repair.duplicates: remove` approves",
        by_hand=f"{BY_ID}; `repair.duplicates: remove` has those of one registration id or QR code removed",
    )


def attributes(sides: Sides) -> Check:
    """C5: what a registration and its copy say differently."""
    differing = list(_drifted(sides))
    by_column = Counter(column for one in differing for column in one.columns)
    told = f"{counted(len(differing), 'registration')} unlike the source"
    if by_column:
        told += f" ({', '.join(f'{column}: {count:,}' for column, count in sorted(by_column.items()))})"
    if by_column["name"]:
        told += "; where the registration id differs, badges cannot be checked in"
    return judged(
        "C5",
        differing,
        told=told,
        fine="every copy says what its registration says",
        fix=_WRITTEN,
        by_hand=BY_ID,
        counts=by_column,
    )


def _drifted(sides: Sides) -> Iterator[Differing]:
    for mine, row in sides.matching.registrations.pairs:
        columns = tuple(_unlike(sides, mine, row))
        if columns:
            by_people = sides.live and _OF_LIVE.issuperset(columns) and (row.cancelled or not mine.cancelled)
            yield Differing(
                REGISTRATION.table,
                Difference.DIFFERS,
                mine.id,
                row.id,
                mine.id,
                columns,
                fixable=not sides.live and sides.certain(mine.id) and "contact" not in columns,
                explained=Explained.LIVE if by_people else None,
            )


def _unlike(sides: Sides, mine: Registration, row: Registration) -> Iterator[str]:
    if mine.contact != row.contact:
        yield "contact"
    if mine.name != row.name:
        yield "name"
    if mine.qr != row.qr:
        yield "qr"
    if mine.role != row.role:
        yield "role"
    if mine.registered_by != row.registered_by:
        yield "registered_by"
    if mine.cancelled != row.cancelled:
        yield "cancelled"
    if meaning_of(sides.source, mine) != meaning_of(sides.target, row):
        yield "status"
    for column, value in mine.own.items():
        if row.own.get(column) != value:
            yield column


def late(sides: Sides) -> Check:
    """C10: registrations made after the move began; a job never takes them."""
    if sides.started is None:
        return Check(name="C10", grade=Grade.NOTED, told="nobody recorded when the move began")
    differing = [
        Differing(REGISTRATION.table, Difference.MISSING, row.id, None, row.id, fixable=True)
        for row in sides.matching.registrations.missing
        if sides.late(row)
    ]
    came = sum(sides.late(row) for row in sides.source.registrations)
    return judged(
        "C10",
        differing,
        told=f"{counted(len(differing), 'registration')} came after the move began and not over",
        fine=f"{counted(came, 'registration')} came after the move began, and over"
        if came
        else "no registration came late",
        fix=_ADDED,
        counts={"late": came},
    )
