"""One query over one world, asked of everybody: two readers, two evaluators, before and after translation."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from mig.model.tables import bundled_schema
from mig.query.evaluate import NotEvaluated, Selection, compile_query, register
from mig.query.parser import parse
from mig.query.translate import Translation, translate
from mig.query.tree import Dialect, Query
from tests.oracle.convert import converted
from tests.oracle.evaluate import evaluate
from tests.oracle.reader import Refused, Tree, read
from tests.oracle.truth import Unanswered
from tests.oracle.world import NESTED, NOW, SEGMENTS, TABLES, World

SCHEMA = bundled_schema()
INNER = {name: parse(text) for name, text in NESTED.items()}
INNER_TREES = {name: read(text, "outbound") for name, text in NESTED.items()}
RTM_NAMES = {f"SEGMENT_CJO_ID_{new}": name for name, new in SEGMENTS.items()}

Ask = Callable[[Query], "set[str] | None"]


@dataclass(frozen=True)
class Trial:
    """What came of it: `complaint` is empty when all agree; members that nobody computed are None."""

    complaint: str = ""
    expected: set[str] | None = None
    found: set[str] | None = None
    translation: Translation | None = None


@contextmanager
def stored(world: World) -> Iterator[Ask]:
    """The world in SQLite, and mig's way to ask for members; None is what it does not evaluate."""
    connection = sqlite3.connect(":memory:")
    register(connection)
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        rows = [[row[column] for column in columns] for row in world.rows[table]]
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    yield partial(_ask, connection, world)
    connection.close()


def _ask(connection: sqlite3.Connection, world: World, query: Query) -> set[str] | None:
    def named(name: str) -> Selection | None:
        if name in INNER:
            return compile_query(INNER[name], SCHEMA, members=named, now=NOW)
        members = world.segments.get(RTM_NAMES.get(name, name))
        if members is None:
            return None
        marks = ", ".join("?" * len(members))
        return Selection(
            f"SELECT contactid FROM contact WHERE contactid IN ({marks})", tuple(members), "contact"
        )

    try:
        found = compile_query(query, SCHEMA, members=named, now=NOW)
    except NotEvaluated:
        return None
    return {key for (key,) in connection.execute(found.sql, found.parameters)}


def expected(tree: Tree, world: World) -> set[str] | None:
    """Who is a member, by the oracle; None when it does not say."""
    by_any_name = {**world.segments, **{new: world.segments[old] for new, old in RTM_NAMES.items()}}
    known = World(world.rows, by_any_name)
    try:
        nested = {name: sorted(evaluate(inner, known)) for name, inner in INNER_TREES.items()}
        return evaluate(tree, World(world.rows, {**by_any_name, **nested}))
    except Unanswered:
        return None


def translated(query: Query) -> Translation:
    """The translation, with the segments of `world` migrated, and those of `NESTED` inlined."""
    return translate(query, SCHEMA, SEGMENTS.get, INNER.get)


def tried(text: str, world: World, ask: Ask) -> Trial:
    """Everybody's answer to an outbound text."""
    query, tree = parse(text), read(text, "outbound")
    if converted(query) != tree:
        return Trial("the outbound text is read differently")
    sought, found = expected(tree, world), ask(query)
    if found is not None and sought is not None and found != sought:
        return Trial(f"outbound: {_difference(sought, found)}", sought, found)
    translation = translated(query)
    if translation.text is None:
        return Trial("", sought, found, translation)
    return Trial(after(translation.text, sought, world, ask), sought, found, translation)


def after(text: str, sought: set[str] | None, world: World, ask: Ask) -> str:
    """What is wrong with a real-time text that ought to have these members; empty if nothing is."""
    try:
        tree = read(text, "rtm")
    except Refused as error:
        return f"the real-time text is not read: {error}"
    query = parse(text, Dialect.RTM)
    if converted(query) != tree:
        return "the real-time text is read differently"
    members = expected(tree, world)
    if members != sought:
        return f"translated, by the oracle: {_difference(sought, members)}"
    answer = ask(query)
    if answer is not None and answer != sought:
        return f"translated, by mig: {_difference(sought, answer)}"
    return ""


def _difference(sought: set[str] | None, found: set[str] | None) -> str:
    return f"{_short(sought)} expected, {_short(found)} found"


def _short(members: set[str] | None) -> str:
    return "no answer" if members is None else f"{{{', '.join(sorted(key[0] + key[-1] for key in members))}}}"
