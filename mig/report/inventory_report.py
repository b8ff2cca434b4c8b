"""An inventory as a table for people, as the JSON document of `schemas/inventory.schema.json`, and as CSV."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mig.events.inventory import EventItem
from mig.journeys.usage import Journey
from mig.model.counted import counted
from mig.report.page import Page, plain
from mig.report.tabular import csv_text
from mig.segments.inventory import Item

FORMAT_VERSION: Final = 1

_TITLES: Final = ("NAME", "TYPE", "STATUS", "SIZE", "USED", "COPY", "VERDICT")
_NUMBERS: Final = frozenset({"SIZE", "USED"})
_LEAST_NAME: Final = 12


Row = Item | EventItem


def inventory_document(items: Sequence[Row]) -> dict[str, Any]:
    """All columns of all items, in the order they come in."""
    return {"format_version": FORMAT_VERSION, "items": [_document(item) for item in items]}


def _document(item: Row) -> dict[str, Any]:
    return _event(item) if isinstance(item, EventItem) else _segment(item)


def _event(item: EventItem) -> dict[str, Any]:
    """Columns that do not apply to an event, and what is not known of it, are null."""
    copy = item.copied_to
    verdict = _verdict(item.eligible)
    return {
        "address": item.address,
        "id": item.id,
        "name": item.name,
        "kind": item.kind,
        "status": item.status,
        "created": _moment(item.created),
        "modified": _moment(item.modified),
        "size": item.size,
        "size_age": None if item.size is None else 0,
        "ids_stored": None,
        "nesting": None,
        "depth": None,
        "usage": {"used": None, "journeys": []},
        "owner": item.owner,
        "business_unit": item.business_unit,
        "migrated": {"id": copy.id, "name": copy.name, "link": copy.link} if copy else None,
        "verdicts": {"documented": verdict, "extended": verdict},
        "eligible": item.eligible,
        "findings": list(item.codes),
        "link": item.link,
    }


def _segment(item: Item) -> dict[str, Any]:
    copy = item.migrated
    return {
        "address": item.address,
        "id": item.id,
        "name": item.name,
        "kind": item.kind,
        "status": item.status,
        "created": _moment(item.created),
        "modified": _moment(item.modified),
        "size": item.size,
        "size_age": item.size_age,
        "ids_stored": item.ids_stored,
        "nesting": item.nesting,
        "depth": item.depth,
        "usage": {
            "used": item.used,
            "journeys": [_journey(journey) for journey in item.journeys],
        },
        "owner": item.owner,
        "business_unit": item.business_unit,
        "migrated": {"id": copy.id, "name": copy.name, "link": copy.link} if copy else None,
        "verdicts": {"documented": _verdict(item.documented), "extended": _verdict(item.extended)},
        "eligible": item.eligible,
        "findings": list(item.codes),
        "link": item.link,
    }


def _journey(journey: Journey) -> dict[str, Any]:
    return {
        "id": journey.id,
        "name": journey.name,
        "state": journey.state,
        "outbound": journey.outbound,
    }


def inventory_csv(items: Sequence[Row]) -> str:
    """The same columns, flat: `migrated_id`, `documented`, …; codes with a blank between them."""
    documents = [_flat(_document(item)) for item in items]
    return csv_text(_COLUMNS, ([document[column] for column in _COLUMNS] for document in documents))


_COLUMNS: Final = (
    "address",
    "id",
    "name",
    "kind",
    "status",
    "created",
    "modified",
    "size",
    "size_age",
    "ids_stored",
    "nesting",
    "depth",
    "used",
    "journeys",
    "owner",
    "business_unit",
    "migrated_id",
    "migrated_name",
    "migrated_link",
    "documented",
    "extended",
    "eligible",
    "findings",
    "link",
)


def _flat(document: Mapping[str, Any]) -> dict[str, Any]:
    copy = document["migrated"] or {"id": None, "name": None, "link": None}
    return {
        **document,
        **document["verdicts"],
        "used": document["usage"]["used"],
        "journeys": len(document["usage"]["journeys"]),
        "migrated_id": copy["id"],
        "migrated_name": copy["name"],
        "migrated_link": copy["link"],
        "findings": " ".join(document["findings"]),
    }


def _moment(found: datetime | None) -> str | None:
    return found.isoformat().replace("+00:00", "Z") if found else None


def _verdict(eligible: bool) -> str:
    return "eligible" if eligible else "refused"


# --- the table --------------------------------------------------------------------------------------------


def inventory_text(items: Sequence[Row], *, width: int = 80, color: bool = False) -> str:
    """One line an item; the name gives way so that the line fits."""
    page = Page(width=width, color=color)
    rows = [_TITLES, *(_cells(item) for item in items)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    others = sum(widths[1:]) + 2 * (len(widths) - 1)
    widths[0] = min(widths[0], max(width - others, _LEAST_NAME))
    if items:
        page.line(page.paint(_line(_TITLES, widths), "bold"))
    for item, row in zip(items, rows[1:], strict=True):
        page.line(page.paint(_line(row, widths), *(("dim",) if item.eligible is False else ())))
    return str(page)


def inventory_told(items: Sequence[Row], every: Sequence[Row]) -> str:
    """How many were chosen out of all there are."""
    chosen = [item for item in items if isinstance(item, Item)]
    events = sum(isinstance(item, EventItem) for item in every)
    eligible, copied = sum(item.eligible for item in chosen), sum(item.copied for item in chosen)
    segments = counted(len(every) - events, "outbound segment")
    told = f"{len(chosen):,} of {segments}: {eligible:,} eligible, {copied:,} with a copy"
    if not events:
        return f"{told}."
    return f"{told}; {len(items) - len(chosen):,} of {counted(events, 'outbound event')}."


def _cells(item: Row) -> tuple[str, ...]:
    size = "" if item.size is None else str(item.size)
    first = (plain(item.name), item.kind, item.status, size)
    copied = "yes" if item.copied else "no"
    if isinstance(item, EventItem):
        return (*first, "", copied, " ".join(item.codes) or "both")
    return (*first, _used(item), copied, _told(item))


def _used(item: Item) -> str:
    """By how many journeys; `part`: only as a part of what they use; `?`: not known."""
    if item.journeys:
        return str(len(item.journeys))
    return {True: "part", False: "no", None: "?"}[item.used]


def _told(item: Item) -> str:
    """What may move it: both policies, or the wider one alone; else the first of what blocks it."""
    if item.eligible:
        return "both" if item.documented else "extended"
    first, *others = item.errors
    return f"{first.code} +{len(others)}" if others else first.code


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    fitted = [_fitted(cell, width) for cell, width in zip(cells, widths, strict=True)]
    placed = [
        cell.rjust(width) if title in _NUMBERS else cell.ljust(width)
        for title, cell, width in zip(_TITLES, fitted, widths, strict=True)
    ]
    return "  ".join(placed).rstrip()


def _fitted(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
