"""Which row of the target is the copy of which row of the source. Pure.

The order of keys is that of reference/events-and-transition.md 2.2: the id that a copy of ours has, a link
that names its source, the registration id, the QR code, the contact. Addresses of persons are never read, so
its last key, the e-mail address, is none here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mig.events.ids import copy_id
from mig.events.labels import meaning_of, waitlisted
from mig.events.pairing import Paired, Pairing, age
from mig.events.rows import Attendance, Pass, Question, Registration, Session, Waiting
from mig.events.tables import PASS, REGISTRATION, SESSION, WAITING
from mig.events.waitlist import queue_of

_WRONG_LINKS: Final = 20  # one in so many may disagree: contacts are merged, badges are printed anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The pairs of one event.

    `waiting` pairs the outbound waitlist with waitlisted registrations. `duplicates` are pairs too: a
    registration of the source that has its copy, and one more row of the target that has the same key.
    `links_mislead`: rows of the target name rows of the source that they are no copies of. `ours`: most
    registrations that have a copy have one of ours, by its id.
    """

    sessions: Paired[Session, Session] = field(default_factory=Paired)
    passes: Paired[Pass, Pass] = field(default_factory=Paired)
    questions: Paired[Question, Question] = field(default_factory=Paired)
    registrations: Paired[Registration, Registration] = field(default_factory=Paired)
    waiting: Paired[Waiting, Registration] = field(default_factory=Paired)
    duplicates: tuple[tuple[Registration, Registration], ...] = ()
    links_mislead: bool = False
    ours: bool = False

    @property
    def unclear(self) -> int:
        """Of how many rows of the source nobody can tell which copy is theirs."""
        every = (self.sessions, self.passes, self.questions, self.registrations, self.waiting)
        return sum(len(found.unclear) for found in every)


def match(source: Attendance, target: Attendance) -> Matching:
    """Pair everything that is compared row by row."""
    people = _People(source, target)
    return Matching(
        sessions=pair_sessions(source.sessions, target.sessions, target.event.id),
        passes=_passes(source, target),
        questions=_questions(source, target),
        registrations=people.registrations,
        waiting=people.waiting,
        duplicates=people.duplicates,
        links_mislead=people.links.mislead,
        ours=people.ours,
    )


def pair_sessions(
    source: Sequence[Session], target: Sequence[Session], target_event: str
) -> Paired[Session, Session]:
    """Each session with its copy, by id where it is ours, else by name and times."""
    pairing = Pairing(source, target)
    pairing.one_to_one(lambda row: copy_id(target_event, SESSION.table, row.id))
    pairing.in_order(_session_key, _session_key)
    return pairing.done()


def _session_key(row: Session) -> object:
    return row.name, row.start, row.end


def _passes(source: Attendance, target: Attendance) -> Paired[Pass, Pass]:
    pairing = Pairing(source.passes, target.passes)
    pairing.one_to_one(lambda row: copy_id(target.event.id, PASS.table, row.id))
    pairing.in_order(_pass_key, _pass_key)
    return pairing.done()


def _pass_key(row: Pass) -> object:
    return row.name, row.price, row.currency


def _questions(source: Attendance, target: Attendance) -> Paired[Question, Question]:
    """Several events may ask the same question, so a row may be its own copy."""
    pairing = Pairing(source.questions, target.questions)
    pairing.one_to_one(lambda row: row.id)
    pairing.in_order(_question_key, _question_key)
    return pairing.done()


def _question_key(row: Question) -> object:
    return row.text, row.kind


# --- registrations ----------------------------------------------------------------------------------------


class _Links:
    """What rows of the target say they are copies of. Nobody tells what fills these columns (2.2, 1): they
    count only where what is known of the two rows agrees."""

    def __init__(self, source: Attendance, target: Attendance) -> None:
        named = {row.name: row for row in source.registrations if row.name} if _any_links(target) else {}
        by_id = {row.id: row for row in source.registrations} if named else {}
        found = {
            row.id: (origin, row)
            for row in target.registrations
            if (origin := _named_by(row.links, by_id, named)) is not None
        }
        wrong = sum(not _agree(*pair) for pair in found.values())
        self.mislead = wrong * _WRONG_LINKS > len(found)
        self._origins = {} if self.mislead else {key: origin.id for key, (origin, _) in found.items()}

    def origin(self, row: Registration) -> str | None:
        """The id of the row that this one is a copy of, if it is told and may be believed."""
        return self._origins.get(row.id)


def _any_links(target: Attendance) -> bool:
    return any(row.links for row in target.registrations)


def _named_by(
    links: Iterable[str], by_id: Mapping[str, Registration], named: Mapping[str, Registration]
) -> Registration | None:
    for link in links:
        if found := by_id.get(link.strip("{} ").lower()) or named.get(link):
            return found
    return None


def same_badge(one: Registration, other: Registration) -> bool:
    """Whether two rows have one registration id, or one QR code."""
    return bool((one.name and one.name == other.name) or (one.qr is not None and one.qr == other.qr))


def _agree(one: Registration, other: Registration) -> bool:
    return same_badge(one, other) or (one.contact is not None and one.contact == other.contact)


class _People:
    """Registrations and the waitlist: both may be registrations in the target."""

    def __init__(self, source: Attendance, target: Attendance) -> None:
        self._source = source
        self._target = target
        self.links = _Links(source, target)
        pairing = Pairing(source.registrations, target.registrations)
        pairing.one_to_one(lambda row: copy_id(target.event.id, REGISTRATION.table, row.id))
        by_id = pairing.paired
        pairing.one_to_one(lambda row: row.id, self.links.origin)
        pairing.one_to_one(lambda row: row.name or None, lambda row: row.name or None)
        pairing.one_to_one(lambda row: row.qr, lambda row: row.qr)
        # Who waits is not there yet: a contact may hold a registration and wait with another one.
        self.waiting = self._matched_waitlist(pairing.target.values())
        pairing.leave_out(theirs for _, theirs in self.waiting.pairs)
        pairing.in_order(lambda row: _role_of(source, row), lambda row: _role_of(target, row))
        pairing.in_order(lambda row: row.contact, lambda row: row.contact)
        # What neither has a contact nor a key of its own: better a pair to look at than two strangers.
        pairing.in_order(lambda row: row.name or None, lambda row: row.name or None)
        pairing.in_order(lambda row: row.qr, lambda row: row.qr)
        found = pairing.done()
        self.ours = by_id * 2 > len(found.pairs)
        self.duplicates = tuple(self._duplicates(found))
        again = {row.id for _, row in self.duplicates}
        surplus = tuple(row for row in found.surplus if row.id not in again)
        self.registrations = Paired(found.pairs, found.missing, surplus, found.unclear)

    def _matched_waitlist(self, left: Iterable[Registration]) -> Paired[Waiting, Registration]:
        """Waiting people of the source, in order, with those who wait in the target."""
        whole = queue_of(self._source.waiting, self._source.registrations).people
        copies = {copy_id(self._target.event.id, WAITING.table, row.id) for row in whole}
        pairing = Pairing(whole, [row for row in left if row.id in copies or waitlisted(self._target, row)])
        pairing.one_to_one(lambda row: copy_id(self._target.event.id, WAITING.table, row.id))
        pairing.in_order(lambda row: row.contact, lambda row: row.contact)
        found = pairing.done()
        return Paired(tuple(sorted(found.pairs, key=lambda pair: age(pair[0]))), found.missing)

    def _duplicates(
        self, found: Paired[Registration, Registration]
    ) -> Iterator[tuple[Registration, Registration]]:
        """Rows too many that have the key of a registration which has its copy already."""
        if not found.surplus:
            return
        known: defaultdict[object, list[Registration]] = defaultdict(list)
        keys = {key for row in found.surplus for key in self._keys(row, self.links.origin(row))}
        for mine, _ in found.pairs:
            for key in self._keys(mine, mine.id):
                if key in keys:
                    known[key].append(mine)
        for row in sorted(found.surplus, key=age):
            for key in self._keys(row, self.links.origin(row)):
                if key in known:
                    yield known[key][0], row
                    break

    def _keys(self, row: Registration, origin: str | None) -> Iterator[tuple[str, object]]:
        if origin is not None:
            yield "link", origin
        if row.name:
            yield "name", row.name
        if row.qr is not None:
            yield "qr", row.qr
        if row.contact is not None:
            yield "contact", row.contact


def _role_of(attendance: Attendance, row: Registration) -> object:
    """The contact, with what tells several registrations of one contact apart."""
    if row.contact is None:
        return None
    return row.contact, row.registered_by, row.cancelled, row.role, meaning_of(attendance, row)
