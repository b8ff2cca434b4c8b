"""What `mig query` answers: for each query a document for machines and a text for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from mig.cli.query_texts import Source
from mig.model.counted import counted
from mig.model.outcome import Exit
from mig.model.tables import Schema, bundled_schema
from mig.query import explain as explaining
from mig.query import translate as translating
from mig.query.diff import diff
from mig.query.errors import QueryError
from mig.query.names import unknown_names
from mig.query.parser import parse
from mig.query.pieces import piece
from mig.query.printer import format_text
from mig.query.tree import Dialect, Query
from mig.report import explanation_report as words
from mig.report import query_report as report


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is the result for people; `problem` is why there is none."""

    document: Mapping[str, Any]
    text: str = ""
    problem: str = ""
    good: bool = True


Teller = Callable[[str], Answer]


def give(sources: Sequence[Source], output: str, tell: Teller) -> int:
    """Answer every query: one document, or a list of documents with ids for several."""
    if len(sources) == 1 and sources[0].id is None:
        return give_one(tell(sources[0].text), output)
    answers = [(source.id, tell(source.text)) for source in sources]
    if output == "json":
        _print([{"id": name, **answer.document} for name, answer in answers])
    else:
        for name, answer in answers:
            click.echo(f"{name}\n{_indented(answer.text or answer.problem)}\n")
    return Exit.DONE if all(answer.good for _, answer in answers) else Exit.FAILED


def give_one(answer: Answer, output: str) -> int:
    """Answer the only query; without a result, people read on standard error why."""
    if output == "json":
        _print(answer.document)
    elif answer.problem:
        raise click.ClickException(answer.problem)
    else:
        click.echo(answer.text)
    return Exit.DONE if answer.good else Exit.FAILED


def check(dialect: str) -> Teller:
    """Does it parse, and what is it about?"""

    def tell(text: str) -> Answer:
        found = _parsed(text, dialect)
        good = not isinstance(found, QueryError)
        return Answer(report.check_document(found), report.check_text(found), good=good)

    return tell


def layout(dialect: str) -> Teller:
    """The query, for reading."""

    def tell(text: str) -> Answer:
        query = _parsed(text, dialect)
        if isinstance(query, QueryError):
            return _unread(report.format_document(None, query), query)
        shown = format_text(query, Dialect(dialect))
        return Answer(report.format_document(shown), shown)

    return tell


def explain(dialect: str, schema: Schema) -> Teller:
    """Who is in the segment, and for outbound queries what becomes of it."""

    def tell(text: str) -> Answer:
        query = _parsed(text, dialect)
        if isinstance(query, QueryError):
            return _unread(words.explanation_document(None, None, query), query)
        found = explaining.explain(query, schema, Dialect(dialect))
        moved = _moved(text, query, schema) if dialect == Dialect.OUTBOUND else None
        return Answer(words.explanation_document(found, moved), words.explanation_text(found, moved))

    return tell


def translate(schema: Schema) -> Teller:
    """The real-time query, and how it came about."""

    def tell(text: str) -> Answer:
        query = _parsed(text, Dialect.OUTBOUND)
        if isinstance(query, QueryError):
            return _unread(report.untranslated_document(query), query)
        found = translating.translate(query, schema, lambda name: None)
        found = replace(found, findings=(*found.findings, *unknown_names(query, schema)))
        document, shown = report.translation_document(found), report.translation_text(found)
        return Answer(document, shown, good=found.text is not None)

    return tell


def compare(one: str, other: str, dialect: str) -> Answer:
    """What changes from one to the other."""
    query, another = _parsed(one, dialect), _parsed(other, dialect)
    if isinstance(query, QueryError) or isinstance(another, QueryError):
        errors = {
            name: error
            for name, error in (("one", query), ("other", another))
            if isinstance(error, QueryError)
        }
        problem = "\n".join(f"{name.upper()}: {report.pointed(error)}" for name, error in errors.items())
        return Answer(words.diff_document(None, errors), problem=problem, good=False)
    changes = diff(query, another, Dialect(dialect), bundled_schema())
    return Answer(words.diff_document(changes), words.diff_text(changes))


def run(text: str, dialect: str, world: str, home: Path | None) -> Answer:
    """Who it picks from the rows of a sandbox, and the range where the public sources are silent."""
    from mig.cli.session import home_of
    from mig.query.evaluate import NotEvaluated, alternatives
    from mig.sandbox.segmentation import members_of
    from mig.sandbox.worlds import Worlds

    query = _parsed(text, dialect)
    if isinstance(query, QueryError):
        raise click.ClickException(report.pointed(query))
    try:
        with Worlds(home_of(home)).open(world) as opened:
            table, ids = members_of(opened, query, Dialect(dialect))
            others = [members_of(opened, query, Dialect(dialect), one)[1] for one in alternatives()]
    except NotEvaluated as error:
        raise click.ClickException(report.unevaluated(error, text)) from error
    counts = sorted({len(ids), *map(len, others)})
    least, most = counts[0], counts[-1]
    document = {
        "format_version": 1,
        "member_table": table,
        "count": len(ids),
        "range": {"least": least, "most": most},
        "ids": ids,
    }
    told = f"{counted(len(ids), 'row')} of {table or 'an unknown table'}"
    if least < most:
        told += f"; {least:,} to {most:,} by how empty columns, case and inactive rows count (D-7, D-8, D-9)"
    return Answer(document, told)


def _parsed(text: str, dialect: str) -> Query | QueryError:
    try:
        return parse(text, Dialect(dialect))
    except QueryError as error:
        return error


def _moved(text: str, query: Query, schema: Schema) -> words.Moved:
    translation = translating.translate(query, schema, lambda name: None)
    after = format_text(translation.query, Dialect.RTM) if translation.query else None
    pieces = tuple(piece(text, rule) for rule in translation.rules)
    return words.Moved(format_text(query, Dialect.OUTBOUND), after, translation, pieces)


def _unread(document: Mapping[str, Any], error: QueryError) -> Answer:
    return Answer(document, problem=report.pointed(error), good=False)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


def _print(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))
