"""Members computed from the outbound query are those the service would find itself."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mig.cli.session import open_session
from mig.manifest.model import Mappings
from mig.model.tables import bundled_schema
from mig.query.evaluate import NotEvaluated
from mig.query.parser import parse
from mig.query.tree import Dialect
from mig.sandbox.maker import make_world
from mig.sandbox.segmentation import members_of
from mig.sandbox.worlds import Worlds
from mig.segments.directory import Directory
from mig.segments.ids import Ids
from mig.segments.kind import SegmentSnapshot
from mig.segments.meanings import Meanings
from mig.segments.membership import Membership, load, temporary_database
from mig.segments.owners import Owners
from mig.segments.read import SegmentRows, reading
from mig.segments.rows import SourceSegment
from tests.support import WORLD, Site

EVERYTHING = {"segments": [{"select": {"name": "*", "type": ["dynamic", "compound"]}}]}


def test_members_of_all_that_moves_are_those_the_sandbox_finds(tmp_path: Path) -> None:
    site = Site(tmp_path)
    Worlds(tmp_path).create(WORLD, make_world(contacts=400))
    manifest = site.manifest(EVERYTHING)
    movable = {change.source_id for change in site.plan(manifest).work}
    computed, queries = asyncio.run(_computed(manifest, tmp_path, movable))
    assert len(computed) >= 40
    assert len(set(map(len, computed.values()))) > 10
    with site.open() as world:
        for source_id, members in computed.items():
            table, found = members_of(world, parse(queries[source_id], Dialect.OUTBOUND), Dialect.OUTBOUND)
            assert table in {"contact", "lead"}
            assert members == frozenset(found), queries[source_id]


async def _computed(manifest: Path, home: Path, movable: set[str]) -> tuple[dict[str, Ids], dict[str, str]]:
    async with open_session(manifest, None, home=home, verbose=False) as session:
        snapshot = await session.snapshot()
        rows: SegmentRows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
        with temporary_database() as connection:
            await load(session.source.client, connection, Meanings(rows), movable)
            membership = Membership(connection, Meanings(rows), session.clock())
            found = {source_id: membership.members(source_id) for source_id in movable}
    return found, {source.id: source.query or "" for source in rows.sources}


# --- segments that refer to others ------------------------------------------------------------------------

ANN, BOB, ZOË = (f"c0000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))
PEOPLE = {ANN: "Berlin", BOB: "Graz", ZOË: "Berlin"}
BERLIN = "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')"
Ask = Callable[[Mapping[str, str | None]], Membership]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def rows_of(queries: Mapping[str, str | None]) -> SegmentRows:
    """Sources whose id is the name that queries use for them."""
    sources = tuple(
        SourceSegment.of(
            {
                "msdyncrm_segmentid": name,
                "msdyncrm_segmentname": name.upper(),
                "msdyncrm_segmentqueryname": name,
                "msdyncrm_segmentquery": text,
            }
        )
        for name, text in queries.items()
    )
    readings = {source.id: reading(source.query) for source in sources if source.query}
    nobody = Directory({}, {})
    owners = Owners(nobody, nobody, Mappings())
    return SegmentRows(sources, readings, (), frozenset(), bundled_schema(), owners)


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Asks for members over a table of three contacts."""
    with temporary_database() as connection:
        connection.execute("CREATE TABLE contact (contactid, address1_city)")
        connection.executemany("INSERT INTO contact VALUES (?, ?)", PEOPLE.items())

        def asked(queries: Mapping[str, str | None]) -> Membership:
            return Membership(connection, Meanings(rows_of(queries)), NOW)

        yield asked


def test_a_long_chain_of_references(ask: Ask) -> None:
    chain = {f"s{n}": f"SEGMENT(s{n - 1})" for n in range(1, 300)}
    assert ask({"s0": BERLIN, **chain}).members("s299") == {ANN, ZOË}


def test_references_that_double_at_each_level(ask: Ask) -> None:
    chain = {f"s{n}": f"SEGMENT(s{n - 1}) INTERSECT SEGMENT(s{n - 1})" for n in range(1, 60)}
    chain["last"] = "PROFILE(contact) EXCEPT SEGMENT(s59)"
    membership = ask({"s0": BERLIN, **chain})
    assert membership.members("last") == {BOB}
    assert membership.members("s30") == {ANN, ZOË}


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        ({"a": "SEGMENT(a)"}, "circle"),
        ({"a": "SEGMENT(b)", "b": "SEGMENT(c)", "c": "SEGMENT(b)"}, "circle"),
        ({"a": None}, "static segment"),
        ({"a": "PROFILE("}, "cannot be read"),
        ({"a": "SEGMENT(b)", "b": None}, "refers to 'B': a static segment"),
        ({"a": "SEGMENT(b)", "b": "PROFILE("}, "refers to 'B': the query cannot be read"),
        ({"a": "SEGMENT(nosuch)"}, "there is no segment nosuch"),
        ({"a": "PROFILE(account)"}, "cannot be computed: no such table: account"),
        ({"a": "SEGMENT(b)", "b": "PROFILE(account)"}, "refers to 'B': the query cannot be computed"),
    ],
)
def test_what_cannot_be_computed_says_why(ask: Ask, queries: Mapping[str, str | None], told: str) -> None:
    membership = ask(queries | {"good": BERLIN})
    with pytest.raises(NotEvaluated, match=told):
        membership.members("a")
    assert membership.members("good") == {ANN, ZOË}
