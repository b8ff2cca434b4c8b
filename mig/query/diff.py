"""What changed from one query to another, by meaning and in words.

Both are brought into the form that equal queries share, so that what is found is never a matter of spelling.
A difference is told at the smallest part that has one: a condition, a relation, an operand.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from mig.model.tables import Schema, bundled_schema
from mig.query.audience import Rows, Sets, columns_in
from mig.query.meaning import meaning
from mig.query.pairing import Leftovers
from mig.query.printer import node_text, to_text
from mig.query.tree import And, Compare, Condition, Dialect, Match, NullTest, Or, Query, SetOp, Value
from mig.query.words.outline import Outline
from mig.query.words.phrases import Phrases

_LABEL: Final = 60
"""Characters of what a change is said to be in; it need only be recognised."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in words: `before` is None for what was added, `after` for what was removed.

    `where` says which part of the query it is about, when that is not the whole.
    """

    before: str | None
    after: str | None
    where: str = ""

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What happened to it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def __str__(self) -> str:
        told = " → ".join(side for side in (self.before, self.after) if side is not None)
        return f"{self.kind}{f' in {self.where}' if self.where else ''}: {told}"


def diff(one: Query, other: Query, dialect: Dialect, schema: Schema) -> tuple[Change, ...]:
    """What became of `one` in `other`; empty exactly if they mean the same as far as their text shows it."""
    before, after = meaning(one, schema), meaning(other, schema)
    if before == after:
        return ()
    outline = Outline(Phrases(schema, (before, after)))
    found = tuple(_Differ(outline, dialect).sets(before, after, ""))
    # Where words cannot tell two things apart, the texts can.
    return found or (Change(to_text(one, dialect), to_text(other, dialect)),)


def same(one: Query, other: Query) -> bool:
    """Whether `diff` would find nothing, whatever the dialect; by the bundled tables."""
    return meaning(one, bundled_schema()) == meaning(other, bundled_schema())


# --- operands in order ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Term:
    """An operand at its place.

    `op` says what it does: for the first that of its neighbours, with which it commutes, or None for a start.
    `role` is `op`, or where that is None what the first operand of the other query does.
    """

    at: int
    op: SetOp | None
    role: SetOp | None
    rows: Rows

    @property
    def head(self) -> Hashable:
        """What two operands share that are the same operand, changed."""
        source = self.rows.source
        return self.role, self.rows.table, type(source) if isinstance(source, Sets | Rows) else source


def _terms(sets: Sets, other: Sets) -> list[_Term]:
    """The operands of `sets`, to be compared with those of the other."""
    first = _Term(0, _lead(sets), _lead(sets) or _lead(other), sets.first)
    return [first, *(_Term(at, op, op, rows) for at, (op, rows) in enumerate(sets.rest, start=1))]


def _lead(sets: Sets) -> SetOp | None:
    op = sets.rest[0][0] if sets.rest else None
    return None if op is SetOp.EXCEPT else op


def _unmatched(before: Sequence[_Term], after: Sequence[_Term]) -> Leftovers[_Term]:
    """The operands outside the stretches that both have in the same order."""
    one, other = ([(term.role, term.rows) for term in terms] for terms in (before, after))
    blocks = SequenceMatcher(None, one, other).get_matching_blocks()
    kept = {block.a + step for block in blocks for step in range(block.size)}
    still = {block.b + step for block in blocks for step in range(block.size)}
    return Leftovers(
        [term for term in before if term.at not in kept], [term for term in after if term.at not in still]
    )


# --- walking ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Differ:
    """Walks two audiences at once; `where` is the part that both have come to."""

    outline: Outline
    dialect: Dialect

    # --- operands -----------------------------------------------------------------------------------------

    def sets(self, one: Sets, other: Sets, where: str) -> Iterator[Change]:
        """Operands in both in the same order are kept; the rest was moved, changed, removed, added."""
        if not one.rest and not other.rest:
            yield from self.rows(one.first, other.first, where)
            return
        after = _terms(other, one)
        left = _unmatched(_terms(one, other), after)
        for old, new in left.pairs(lambda term: [term.rows]):
            yield from self.moved(old, new, where)
        for old, new in left.pairs(lambda term: [term.head]):
            place = f"step {new.at + 1} ({_short(self.outline.called(new.op, new.rows))})"
            yield from self.rows(old.rows, new.rows, _within(where, place))
        yield from (Change(self.step(term), None, where) for term in left.removed)
        ordered = len({term.op for term in after} - {None}) > 1
        yield from (Change(None, self.step(term, placed=ordered), where) for term in left.added)

    def moved(self, before: _Term, after: _Term, where: str) -> Iterator[Change]:
        """The same rows, at another place or for another purpose."""
        if before.role is after.role:
            yield Change(self.step(before, placed=True), f"as step {after.at + 1}", where)
        elif before.at or after.at:
            # Of two first ones the others tell it: one operator joins them all.
            yield Change(self.step(before), self.step(after, placed=after.at != before.at), where)

    def step(self, term: _Term, *, placed: bool = False) -> str:
        """What an operand does; `placed`: and when."""
        place = f" as step {term.at + 1}" if placed and term.op else ""
        return f"{self.outline.step(term.op, term.rows)}{place}"

    # --- rows ---------------------------------------------------------------------------------------------

    def rows(self, one: Rows, other: Rows, where: str) -> Iterator[Change]:
        """Where the rows come from, and everything that must hold for them."""
        yield from self.source(one, other, where)
        yield from self.conditions(one.conditions, other.conditions, (one, other), where)
        yield from self.links(one, other, where)
        if one.having != other.having:
            yield Change(self.counted(one), self.counted(other), where)
        if one.listing != other.listing:
            yield Change(self.listed(one), self.listed(other), where)

    def counted(self, rows: Rows) -> str | None:
        return self.outline.having(rows.having, rows) if rows.having else None

    def listed(self, rows: Rows) -> str | None:
        return f"listed {self.outline.listed_as(rows)}" if rows.listing else None

    def source(self, one: Rows, other: Rows, where: str) -> Iterator[Change]:
        if isinstance(one.source, Sets) and isinstance(other.source, Sets):
            yield from self.sets(one.source, other.source, where or "the group")
        elif isinstance(one.source, Rows) and isinstance(other.source, Rows):
            yield from self.rows(one.source, other.source, _within(where, "the list"))
        elif (one.table, one.source) != (other.table, other.source):
            yield Change(self.outline.origin(one), self.outline.origin(other), where)

    # --- conditions ---------------------------------------------------------------------------------------

    def conditions(
        self, one: Sequence[Condition], other: Sequence[Condition], rows: tuple[Rows, Rows], where: str
    ) -> Iterator[Change]:
        """Of what is not in both, conditions on the same columns are taken for changed ones."""
        left = Leftovers.of(one, other)
        for keys in (_subject_and_operator, _subject, _items, _columns):
            for old, new in left.pairs(keys):
                yield from self.changed(old, new, rows, where)
        yield from (Change(self.told(condition, rows[0]), None, where) for condition in left.removed)
        yield from (Change(None, self.told(condition, rows[1]), where) for condition in left.added)

    def changed(
        self, old: Condition, new: Condition, rows: tuple[Rows, Rows], where: str
    ) -> Iterator[Change]:
        """Of two lists only the items that differ."""
        if isinstance(old, And | Or) and isinstance(new, And | Or) and _told_apart(old, new):
            label = _within(where, _short(self.told(old, rows[0])))
            yield from self.conditions(old.items, new.items, rows, label)
            return
        before, after = self.told(old, rows[0]), self.told(new, rows[1])
        if before == after:
            before, after = (node_text(condition, self.dialect) for condition in (old, new))
        yield Change(before, after, where)

    def told(self, condition: Condition, rows: Rows) -> str:
        return str(self.outline.condition(condition, rows))

    # --- links --------------------------------------------------------------------------------------------

    def links(self, one: Rows, other: Rows, where: str) -> Iterator[Change]:
        """Of what is not in both, links by one relationship are taken for changed ones."""
        left = Leftovers.of(one.links, other.links)
        for old, new in left.pairs(lambda link: [link.relationship]):
            noun, new_noun = self.outline.linked(old, one), self.outline.linked(new, other)
            if noun != new_noun:
                yield Change(noun, new_noun, where)
            place = _within(where, _short(new_noun))
            yield from self.conditions(old.edges, new.edges, (old.rows, new.rows), _within(place, "TRAVERSE"))
            yield from self.rows(old.rows, new.rows, place)
        yield from (Change(str(self.outline.link(link, one)), None, where) for link in left.removed)
        yield from (Change(None, str(self.outline.link(link, other)), where) for link in left.added)


# --- what makes conditions belong together ----------------------------------------------------------------


def _subject(condition: Condition) -> list[Value]:
    """The value that a single condition is about; an OR of equalities on one column is about that column."""
    if isinstance(condition, Compare):
        return [condition.left]
    if isinstance(condition, NullTest | Match):
        return [condition.field]
    if isinstance(condition, Or) and all(isinstance(item, Compare) for item in condition.items):
        subjects = {item.left for item in condition.items if isinstance(item, Compare)}
        return list(subjects) if len(subjects) == 1 else []
    return []


def _subject_and_operator(condition: Condition) -> list[Hashable]:
    return [(subject, getattr(condition, "op", None)) for subject in _subject(condition)]


def _items(condition: Condition) -> list[Hashable]:
    """Of two lists of one kind, one item in common is enough."""
    return [(type(condition), item) for item in condition.items] if isinstance(condition, And | Or) else []


def _columns(condition: Condition) -> list[Hashable]:
    return [(type(condition), frozenset(columns_in(condition)))]


def _told_apart(old: And | Or, new: And | Or) -> bool:
    """Whether the items can be told one by one: not where the whole list is told as one condition."""
    return not (_subject(old) or _subject(new)) and not set(_items(old)).isdisjoint(_items(new))


# --- words ------------------------------------------------------------------------------------------------


def _within(where: str, place: str) -> str:
    return f"{where}, {place}" if where else place


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
