"""What stands behind SEGMENT(…), and what a query is with it written out."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from mig.model.tables import bundled_schema
from mig.query.evaluate import Selection, compile_query, register
from mig.query.parser import parse
from mig.query.printer import to_text
from mig.query.references import Resolved, resolve_references
from mig.query.rewrite.inline import inline
from mig.query.translate import translate
from mig.query.tree import Dialect, Query
from mig.query.walk import operands

SEGMENTS = {
    "plain": "PROFILE(contact).FILTER(firstname == 'a')",
    "two": "SEGMENT(plain) UNION SEGMENT(Plain).EXCEPT(other)",
    "other": "PROFILE(contact).FILTER(lastname == 'b')",
    "deep": "PROFILE(contact) INTERSECT SEGMENT(two)",
    "opened": "INTERACTION(EmailOpened, link)",
    "around": "SEGMENT(about) EXCEPT SEGMENT(opened)",
    "about": "SEGMENT(around)",
    "self": "SEGMENT(self)",
    **{f"n{number}": f"SEGMENT(n{number + 1})" for number in range(3_000)},
}


def lookup(name: str) -> Query | None:
    text = SEGMENTS.get(name.lower())
    return parse(text) if text else None


RESOLVED: Mapping[str, Resolved] = {
    "PROFILE(contact)": Resolved(False, (), 0, (), ()),
    "SEGMENT(plain)": Resolved(False, ("plain",), 1, (), ()),
    "SEGMENT(PLAIN) UNION SEGMENT(plain)": Resolved(False, ("PLAIN",), 1, (), ()),
    "SEGMENT(deep)": Resolved(False, ("deep", "two", "plain", "other"), 3, (), ()),
    "SEGMENT(nobody) UNION SEGMENT(plain)": Resolved(False, ("nobody", "plain"), 1, (), ("nobody",)),
    "SEGMENT(around)": Resolved(True, ("around", "about", "opened"), 3, (("around", "about"),), ()),
    "INTERACTION(a, b)": Resolved(True, (), 0, (), ()),
    "(SEGMENT(self)).FILTER(a == 1)": Resolved(False, ("self",), 2, (("self",),), ()),
}


@pytest.mark.parametrize(("text", "expected"), RESOLVED.items(), ids=RESOLVED)
def test_references_are_followed(text: str, expected: Resolved) -> None:
    assert resolve_references(parse(text), lookup) == expected


def test_a_long_chain_of_references() -> None:
    found = resolve_references(parse("SEGMENT(n0)"), lookup)
    assert (found.nesting, len(found.segments), found.unknown) == (3_001, 3_001, ("n3000",))


INLINED = {
    "SEGMENT(plain)": "PROFILE(contact).FILTER(firstname == 'a')",
    "SEGMENT(plain).FILTER(a == 1)": "(PROFILE(contact).FILTER(firstname == 'a')).FILTER(a == 1)",
    "PROFILE(lead) EXCEPT SEGMENT(two)": (
        "PROFILE(lead) EXCEPT (PROFILE(contact).FILTER(firstname == 'a') UNION"
        " (PROFILE(contact).FILTER(firstname == 'a') EXCEPT PROFILE(contact).FILTER(lastname == 'b')))"
    ),
    "SEGMENT(nobody) UNION SEGMENT(self)": "SEGMENT(nobody) UNION SEGMENT(self)",
    "SEGMENT(about)": "SEGMENT(about) EXCEPT INTERACTION(EmailOpened, link)",
    "SEGMENT(n0)": "SEGMENT(n16)",
}


@pytest.mark.parametrize(("text", "expected"), INLINED.items(), ids=INLINED)
def test_inlining(text: str, expected: str) -> None:
    assert to_text(inline(parse(text), lookup), Dialect.OUTBOUND) == expected


def test_what_is_inlined_stands_where_the_reference_stood() -> None:
    text = "PROFILE(contact) EXCEPT SEGMENT(deep)"
    inner = list(operands(inline(parse(text), lookup)))[1:]
    assert {text[slice(*operand.span)] for operand in inner} == {"SEGMENT(deep)"}
    broken = inline(parse("SEGMENT(a) UNION SEGMENT(b)"), lambda name: parse("PROFILE(account).TAKE(5)"))
    assert [
        (one.start, one.end) for one in translate(broken, bundled_schema(), lambda name: None).findings
    ] == [
        (0, 10),
        (17, 27),
    ]


def test_inlining_does_not_grow_without_end() -> None:
    twice = {"a": "SEGMENT(b) UNION SEGMENT(b)", "b": "SEGMENT(c) UNION SEGMENT(c)"}
    many = twice | {
        chr(one): f"SEGMENT({chr(one + 1)}) EXCEPT SEGMENT({chr(one + 1)})" for one in range(99, 120)
    }
    found = inline(parse("SEGMENT(a)"), lambda name: parse(many[name]) if name in many else None)
    assert len(list(operands(found))) < 1_000


def test_inlining_keeps_the_members_of_segments_just_evaluated() -> None:
    world = sqlite3.connect(":memory:")
    register(world)
    world.execute("CREATE TABLE contact (contactid, firstname, lastname)")
    rows = [(one, "ab"[one % 2], "ab"[one // 2 % 2]) for one in range(8)]
    world.executemany("INSERT INTO contact VALUES (?, ?, ?)", rows)

    def selected(query: Query) -> Selection:
        def named(name: str) -> Selection:
            inner = lookup(name)
            assert inner is not None
            return selected(inner)

        return compile_query(query, bundled_schema(), members=named, now=datetime(2026, 1, 1, tzinfo=UTC))

    for text in ("SEGMENT(deep)", "PROFILE(contact) EXCEPT SEGMENT(two).FILTER(lastname == 'a')"):
        before, after = selected(parse(text)), selected(inline(parse(text), lookup))
        assert set(world.execute(before.sql, before.parameters)) == set(
            world.execute(after.sql, after.parameters)
        )
    world.close()
