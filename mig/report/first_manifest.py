"""A first manifest as text: what can move as entries, everything else as comments that say why.

Names come from rows. An entry is written by the YAML library, whatever its name holds; a comment is one line
of printable characters, so that nothing in it can end it.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from mig.events.inventory import EventItem
from mig.model.address import key_of
from mig.model.counted import counted
from mig.model.findings import Finding
from mig.segments.inventory import Item
from mig.segments.ranking import InUse

_HEADINGS: Final = {
    InUse.LIVE: "Used by live journeys, or part of what they use; the last changed first, here and below.",
    InUse.USED: "Used by journeys that are not live, or part of what they use.",
    InUse.UNKNOWN: "Whether anything uses these is not known.",
    InUse.NOT_USED: "Used by no journey.",
}
_WIDTH: Final = 110
_ENDLESS: Final = 1 << 20
"""A width at which the library never breaks a line."""


def manifest_head(name: str, environment: Mapping[str, Any]) -> str:
    """Everything above the segments: one environment, after which the migration is called too."""
    head = {"version": 1, "migration": name, "environments": {name: dict(environment)}}
    return _yaml(head)


def first_manifest(
    head: str,
    groups: Sequence[tuple[InUse, Sequence[Item]]],
    blocked: Sequence[Item],
    alike: Mapping[str, Collection[str]],
    events: Sequence[EventItem] = (),
) -> str:
    """The head, then what can move by use, then the rest; `alike` has by id what means the same.

    Events come last, those that are no drafts as comments.
    """
    items = [*(item for _, group in groups for item in group), *blocked]
    told = (
        f"Written by `mig init`: {len(items) - len(blocked):,} of {counted(len(items), 'outbound segment')} "
        "can be brought over. Take out what is no longer wanted, add `publish: true` where a copy is to be "
        "made live, and see what `mig plan` says."
    )
    entries = _Entries(items, alike)
    lines = [*_comment(told), *head.splitlines(), "", "segments:" if groups else "segments: []"]
    for use, group in groups:
        lines += [*_comment(_HEADINGS[use], indent=2)]
        lines += [*(line for item in group for line in entries.entry(item)), ""]
    if blocked:
        lines += [*_comment("These cannot be brought over as they are:", indent=2), ""]
        lines += [line for item in blocked for line in entries.refusal(item)]
    if events:
        lines += ["", *_events(events)]
    return "\n".join(lines).rstrip() + "\n"


def _events(events: Sequence[EventItem]) -> Iterator[str]:
    shared = _shared(events)
    yield "events:" if any(event.eligible for event in events) else "events: []"
    for event in events:
        lines = [f"  {line}" for line in _entry(event, shared)]
        if event.eligible:
            yield from lines
        else:
            yield from _comment(f"{' '.join(event.codes)}: {event.status}; make it a draft first", indent=2)
            yield from (f"  # {line.removeprefix('  ')}" for line in lines)


class _Entries:
    """Writes items one by one, and knows which of their names are unique."""

    def __init__(self, items: Iterable[Item], alike: Mapping[str, Collection[str]]) -> None:
        self._alike = alike
        self._shared = _shared(items)
        self._told: dict[str, str] = {}

    def entry(self, item: Item) -> Iterator[str]:
        """The entry, below what is worth knowing of it."""
        yield from (line for told in self._notes(item) for line in _comment(told, indent=2))
        self._told[item.id] = item.name
        yield from (f"  {line}" for line in _entry(item, self._shared))

    def refusal(self, item: Item) -> Iterator[str]:
        """The entry as a comment, below why it is one."""
        if item.journeys:
            yield from _comment(f"Used by journeys: {len(item.journeys)}.", indent=2)
        for told in dict.fromkeys(map(_told, item.errors)):
            yield from _comment(told, indent=2)
        yield from (f"  # {line}" for line in _entry(item, self._shared))
        yield ""

    def _notes(self, item: Item) -> Iterator[str]:
        if item.name in self._shared:
            yield item.name
        above = next((self._told[key] for key in self._alike.get(item.id, ()) if key in self._told), None)
        if above is not None:
            yield f"Means the same as {above!r} above."


def _shared(items: Iterable[Item | EventItem]) -> Collection[str]:
    """The names that several have."""
    names = Counter(item.name for item in items)
    return {name for name, count in names.items() if count > 1}


def _entry(item: Item | EventItem, shared: Collection[str]) -> Sequence[str]:
    by_id = item.name in shared or not item.name.strip()
    entry: dict[str, Any] = {"source": {"id": item.id} if by_id else item.name}
    if item.key != key_of(item.name):
        entry["key"] = item.key
    return _yaml([entry], escaped=not item.name.isprintable()).splitlines()


def _told(finding: Finding) -> str:
    return f"{finding.code}: {finding.message}{'; ' if finding.fix else ''}{finding.fix}"


def _yaml(value: object, *, escaped: bool = False) -> str:
    """Block style; `escaped` for text with signs that end lines, turn them around, or are not seen."""
    style = '"' if escaped else None
    text = yaml.safe_dump(
        value, allow_unicode=not escaped, default_style=style, sort_keys=False, width=_ENDLESS
    )
    return str(text)


def _comment(text: str, *, indent: int = 0) -> Iterable[str]:
    printable = "".join(character if character.isprintable() else " " for character in text)
    before = f"{' ' * indent}# "
    return textwrap.wrap(
        " ".join(printable.split()),
        _WIDTH,
        initial_indent=before,
        subsequent_indent=before,
        break_on_hyphens=False,
    )
