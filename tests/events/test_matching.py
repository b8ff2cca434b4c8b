"""What holds for any event: a copy is clean, what was lost is found exactly, order does not matter."""

import random
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mig.events.matching import match
from mig.events.reconcile import reconcile
from mig.events.reconciliation import Reconciled
from mig.events.repair import Way, decide
from mig.events.rows import Registration
from mig.manifest.model import Amount
from tests.events.made import (
    STARTED,
    Whole,
    a_registration,
    an_attendance,
    both,
    by_job,
    copied,
    repaired,
    without,
)

MANY = settings(max_examples=60, deadline=None, derandomize=True)

CONTACTS = st.sampled_from([None, "ann", "bob", "eve"])


@st.composite
def registrations(draw: st.DrawFn) -> list[Registration]:
    """Some of them of one contact, or of nobody; each with a registration id and a QR code of its own."""
    return [
        a_registration(
            number,
            contact=draw(CONTACTS),
            registered_by=draw(CONTACTS),
            cancelled=draw(st.booleans()),
            role=draw(st.sampled_from([None, 1, 2])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


def sources() -> st.SearchStrategy[Whole]:
    return st.builds(an_attendance, registrations(), st.integers(0, 3))


def copies(source: Whole, way: int) -> Whole:
    """By us; by a job that keeps ids and QR codes; by one that names its sources."""
    return (copied(source), by_job(source), by_job(source, links=True))[way]


def shuffled(side: Whole, seed: int) -> Whole:
    dice = random.Random(seed)
    tables = ("registrations", "session_registrations", "attendee_passes", "answers", "sessions", "waiting")
    return replace(
        side, **{name: tuple(dice.sample(rows := getattr(side, name), len(rows))) for name in tables}
    )


@MANY
@given(sources(), st.integers(0, 2), st.integers())
def test_a_copy_is_clean_in_any_order(source: Whole, way: int, seed: int) -> None:
    found = reconcile(both(source, shuffled(copies(source, way), seed), seed), started=STARTED)
    assert found.outcome is Reconciled.CLEAN
    assert not list(found.differing)


@MANY
@given(sources(), st.integers(0, 2), st.data())
def test_what_was_lost_is_found_exactly_and_repaired(source: Whole, way: int, data: st.DataObject) -> None:
    whole = copies(source, way)
    places = range(len(source.registrations))
    lost = data.draw(st.sets(st.sampled_from(places))) if places else set()
    target = without(whole, {whole.registrations[place].id for place in lost})
    sides = both(source, target)
    found = reconcile(sides, started=STARTED)
    assert {one.source for _, one in found.differing} == {source.registrations[place].id for place in lost}
    repair = decide(found, sides, few=25, share=Amount(0))
    assert repair.way is (Way.ROWS if lost else Way.NOTHING)
    again = reconcile(both(source, repaired(source, target, repair)), started=STARTED)
    assert again.outcome is Reconciled.CLEAN


@MANY
@given(sources(), sources(), st.integers())
def test_nobody_is_paired_twice_and_nobody_is_forgotten(one: Whole, other: Whole, seed: int) -> None:
    """Whatever the two sides are: each row of either is in one place."""
    found = match(one, shuffled(by_job(other, names=seed % 2 == 0, qr=seed % 3 == 0), seed))
    mine = [row.id for row, _ in found.registrations.pairs] + [row.id for row in found.registrations.missing]
    assert Counter(mine) == Counter(row.id for row in one.registrations)
    theirs = [
        *(row.id for _, row in found.registrations.pairs),
        *(row.id for row in found.registrations.surplus),
        *(row.id for _, row in found.duplicates),
    ]
    assert max(Counter(theirs).values(), default=1) == 1
    assert len(theirs) == len(other.registrations)
    assert {row.id for row, _ in found.duplicates} <= {row.id for row, _ in found.registrations.pairs}


@MANY
@given(sources(), st.integers())
def test_pairs_do_not_depend_on_the_order(source: Whole, seed: int) -> None:
    target = by_job(source, names=False, qr=False)
    first, second = match(source, target), match(shuffled(source, seed), shuffled(target, seed + 1))
    assert first.registrations.copies() == second.registrations.copies()
