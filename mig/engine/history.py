"""What ran: the applies of one migration in one organisation, on a note beside its ledger.

Each is written down twice, when it begins and when it ends. One that is not said to have ended was killed,
or is under way; the lock tells which. The oldest give way when the note is full.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self, get_type_hints

from mig.engine.notes import MAX_TEXT, Note, Notes, document_of, misread, note_id, of_kind, text_of

PREFIX: Final = "mig:runs:"
_KIND: Final = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One apply. `plan` is the id of a saved plan, or else the digest; times are ISO 8601, UTC.

    The counts are of changes. `ended` and `outcome` are empty for one that has not ended.
    """

    run_id: str
    plan: str
    tool: str
    who: str
    where: str
    began: str
    ended: str = ""
    outcome: str = ""
    done: int = 0
    failed: int = 0
    skipped: int = 0
    refused: int = 0

    @property
    def counts(self) -> str:
        """How many changes came to what."""
        counts = {"done": self.done, "failed": self.failed, "skipped": self.skipped, "blocked": self.refused}
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        return told or ("nothing done" if self.ended else "not known how far it came")


_KINDS: Final = get_type_hints(Past)


@dataclass(frozen=True, slots=True)
class History:
    """The applies that are remembered, the newest last, and the note they stand on."""

    organization: str
    migration: str
    note: Note
    runs: tuple[Past, ...] = ()

    def told(self, past: Past) -> Self:
        """With one more, or with what has become of one."""
        others = tuple(one for one in self.runs if one.run_id != past.run_id)
        return replace(self, runs=(*others, past))


async def read_history(notes: Notes, organization: str, migration: str) -> History:
    """What is remembered; nothing where there is no note.

    `NoteUnreadable` for one that `mig` did not write.
    """
    row_id = note_id(organization, f"runs:{migration}")
    empty = History(organization, migration, Note(row_id, PREFIX + migration, ""))
    note = await notes.find(row_id)
    return empty if note is None else replace(empty, note=note, runs=_runs(note))


async def save_history(notes: Notes, history: History) -> History:
    """Write it, if it is as it was read."""
    runs = list(history.runs)
    while len(text := _text(history, runs)) > MAX_TEXT:
        del runs[0]
    (note,) = await notes.write(replace(history.note, text=text))
    return replace(history, note=note, runs=tuple(runs))


def _runs(note: Note) -> tuple[Past, ...]:
    document = document_of(_KIND, note)
    try:
        return tuple(_past(one) for one in document["runs"])
    except (KeyError, TypeError, AttributeError) as error:
        raise misread(_KIND, note, str(error)) from error


def _past(found: Mapping[str, Any]) -> Past:
    """Keys that a later version added are passed over."""
    known = [field for field in fields(Past) if field.name in found]
    return Past(**{field.name: of_kind(_KINDS[field.name], field.name, found[field.name]) for field in known})


def _text(history: History, runs: list[Past]) -> str:
    told = [asdict(past) for past in runs]
    body = {"organization": history.organization, "migration": history.migration, "runs": told}
    return text_of(_KIND, body)
