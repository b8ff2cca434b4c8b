"""What an organisation was found to take, kept on a note beside the ledgers.

`mig doctor --probe` asks and writes it down; a plan reads it with the ledgers and asks nothing. Where public
sources leave it open what a service takes, this is the only evidence there is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from mig.engine.notes import Note, Notes, document_of, misread, note_id, of_kind, text_of

PREFIX: Final = "mig:probe"
OWN_IDS: Final = "own-ids"
"""The question whether new rows take the ids that the client gives them."""

_KIND: Final = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service said to one question.

    `message` is what it said when it refused. `at` is when, ISO 8601 in UTC; `version` is the organisation's
    then, and `organization` the id of the one that was asked: another one of that version, maybe.
    """

    accepted: bool
    at: str
    version: str
    organization: str
    message: str = ""


# What the fields of an answer are in JSON.
_KINDS: Final[Mapping[str, type]] = {
    "accepted": bool,
    "at": str,
    "version": str,
    "organization": str,
    "message": str,
}


@dataclass(frozen=True, slots=True)
class Probed:
    """The answers that count for one organisation, by question."""

    organization: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    note: Note | None = None

    @property
    def own_ids(self) -> bool | None:
        """Whether new rows take the ids that the client gives them; None when nobody asked."""
        found = self.answers.get(OWN_IDS)
        return found.accepted if found else None

    def with_answers(self, answers: Mapping[str, Answer]) -> Self:
        """The same with answers added or replaced."""
        return replace(self, answers={**self.answers, **answers})


def probed_in(notes: Iterable[Note]) -> Mapping[str, Probed]:
    """What the notes hold, by organisation: in a copied environment there are those of several.

    `NoteUnreadable` names a note that is not what `mig` writes. Other notes are passed over.
    """
    found = (_read(note) for note in notes if note.subject == PREFIX)
    return {probed.organization: probed for probed in found}


async def save_probed(notes: Notes, probed: Probed) -> Probed:
    """Write it down, if its note is as it was read."""
    note = probed.note or Note(note_id(probed.organization, "probe"), PREFIX, "")
    (note,) = await notes.write(replace(note, text=_text(probed)))
    return replace(probed, note=note)


def _text(probed: Probed) -> str:
    answers = {question: asdict(answer) for question, answer in probed.answers.items()}
    return text_of(_KIND, {"organization": probed.organization, "answers": answers})


def _read(note: Note) -> Probed:
    """Keys that a later version added are passed over."""
    document = document_of(_KIND, note)
    try:
        organization = of_kind(str, "organization", document["organization"])
        answers = of_kind(dict, "answers", document["answers"])
        return Probed(organization, {key: _answer(found) for key, found in answers.items()}, note)
    except (KeyError, TypeError) as error:
        raise misread(_KIND, note, str(error)) from error


def _answer(found: Any) -> Answer:
    return Answer(**{key: of_kind(kind, key, found[key]) for key, kind in _KINDS.items() if key in found})
