"""Names a query uses that the metadata does not have, each with the nearest one that it has.

Says nothing about what it cannot know: columns of tables whose columns are only partly listed, edges of
TRAVERSE, and pseudo columns (consent, `<lookup>_LogicalName`: reference/segment-queries.md B.2).
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sized
from functools import lru_cache
from typing import Final

from mig.model.findings import Finding, Severity
from mig.model.tables import CHOICES, Column, Schema
from mig.query.compared import compared_in
from mig.query.scope import Scope, scoped
from mig.query.tree import (
    Field,
    Number,
    Operand,
    Profile,
    Query,
    Span,
    Step,
    Text,
    Traverse,
    Value,
)
from mig.query.walk import fields, operands

_PSEUDO: Final = re.compile(r"(compliance_profile|consent_topic|consent_purpose)_\w+|\w+_logicalname")
_OPTION: Final = re.compile(r"[0-9]{1,10}\Z")
_SHOWN: Final = 10

SUGGESTIONS: Final = 20
"""A long text may hold thousands of unknown names; looking for near misses of all would take its time."""


def unknown_names(query: Query, schema: Schema) -> tuple[Finding, ...]:
    """Unknown tables (QRY010), columns (QRY011), option values (QRY012) and aliases (QRY013), each once."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in _all(query, schema, found):
        found.setdefault((finding.code, finding.message), finding)
    return tuple(found.values())


def unknown_alias(field: Field, known: Iterable[str], found: Sized) -> Finding:
    """A column whose alias its operand does not give (QRY013); after many `found`, without a suggestion."""
    return _unknown("QRY013", "alias", field.alias or "", field.span, known, found)


def _all(query: Query, schema: Schema, found: Sized) -> Iterator[Finding]:
    for operand in operands(query):
        yield from _tables(operand, schema, found)
        for step, scope in scoped(operand, schema):
            if not isinstance(step, Traverse):
                yield from _columns(step, scope, schema, found)
                yield from _options(step, scope, schema)


def _tables(operand: Operand, schema: Schema, found: Sized) -> Iterator[Finding]:
    source = operand.source
    if isinstance(source, Profile) and not schema.get(source.table):
        yield _unknown("QRY010", "table", source.table, source.span, schema.tables, found)


def _columns(step: Step, scope: Scope, schema: Schema, found: Sized) -> Iterator[Finding]:
    for field in fields(step):
        if field.alias and not scope.defines(field.alias):
            yield unknown_alias(field, scope.aliases, found)
            continue
        table = schema.get(scope.table_of(field) or "")
        name = field.name.lower()
        if table and table.known_whole and name not in table.columns and not _PSEUDO.fullmatch(name):
            what = f"column of {table.name}:"
            yield _unknown("QRY011", what, field.name, field.span, table.columns, found)


def _options(step: Step, scope: Scope, schema: Schema) -> Iterator[Finding]:
    for found in compared_in(step, scope, schema):
        if found.column.type in CHOICES and found.column.options:
            yield from _unknown_options(found.column, found.values)


def _unknown_options(column: Column, literals: Iterable[Value]) -> Iterator[Finding]:
    for literal in literals:
        if not isinstance(literal, Number | Text):
            continue
        written = literal.value if isinstance(literal, Text) else f"{literal.value:f}"
        if not _OPTION.match(written) or int(written) not in column.options:
            yield Finding(
                code="QRY012",
                severity=Severity.ERROR,
                message=f"{column.name} has no option {written}",
                fix=f"use one of {_listed(column)}",
                start=literal.span.start,
                end=literal.span.end,
            )


def _listed(column: Column) -> str:
    shown = [f"{number} {label}" for number, label in column.options.items()]
    return ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")


def _unknown(code: str, what: str, name: str, span: Span, known: Iterable[str], found: Sized) -> Finding:
    noun = what.split()[0]
    article = "an" if noun[0] in "aeiou" else "a"
    near = _nearest(name.lower(), tuple(known)) if len(found) < SUGGESTIONS else None
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=f"unknown {what} {name}",
        fix=f"did you mean {near}?" if near else f"use {article} {noun} that exists",
        start=span.start,
        end=span.end,
    )


@lru_cache(maxsize=1_000)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name most like this one. A long query may ask for one name thousands of times."""
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)
