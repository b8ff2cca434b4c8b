"""One read as a value: what rows of a table, in what order, with which columns and related rows.

expand  = item { "," item }
item    = navigation [ "(" option { ";" option } ")" ]
option  = "$select=…" | "$filter=…" | "$orderby=…" | "$top=…" | "$expand=" expand
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mig.model.tables import Column
from mig.sandbox.errors import bad_syntax, bad_url, not_emulated
from mig.sandbox.odata import options as read
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.navigation import Linked, Navigation, ToOne, navigation
from mig.sandbox.odata.options import Order
from mig.sandbox.odata.scope import Scope, root
from mig.sandbox.odata.url import Options
from mig.sandbox.odata.where import condition
from mig.sandbox.odata.words import has_alias, split

_MOST: Final = 15  # $expand options in a query (dataverse-web-api.md 3.1)
_IN_EXPAND: Final = frozenset({"$select", "$filter", "$orderby", "$top", "$expand"})
_PLAIN: Final = frozenset({"$select", "$filter", "$expand"})


@dataclass(frozen=True, slots=True)
class Query:
    """What to read of `scope`'s table. `selected` are the names in `$select` as written."""

    scope: Scope
    selected: tuple[str, ...]
    columns: tuple[Column, ...]
    where: Sql
    orders: tuple[Order, ...]
    top: int | None = None
    expands: tuple["Expand", ...] = ()

    @property
    def shape(self) -> str:
        """The part of `@odata.context` that tells columns and related rows."""
        expanded = (f"{expand.name}{expand.query.shape or '()'}" for expand in self.expands)
        parts = ",".join([*self.selected, *expanded])
        return f"({parts})" if parts else ""


@dataclass(frozen=True, slots=True)
class Expand:
    """Related rows, to come along under `name`; `options` are what its brackets hold."""

    name: str
    link: Navigation
    query: Query
    options: Options

    @property
    def plain(self) -> bool:
        """Whether it is neither sorted nor cut off."""
        return _PLAIN.issuperset(self.options)


def read_query(options: Options, scope: Scope) -> Query:
    """The query that options describe; the service's error for the first that cannot be read."""
    query = _query(options, scope, depth=0)
    _check(query.expands)
    return query


def read_where(options: Options, scope: Scope) -> Sql:
    """`$filter` as a condition that holds for every row without it."""
    text = options.get("$filter")
    return condition(read_filter(text, read.aliases_of(options)), scope) if text is not None else ("1", [])


def nests(expands: Iterable[Expand]) -> bool:
    """Whether there is an expand inside an expand; then collections are paged too (§3.1)."""
    return any(expand.query.expands for expand in expands)


def _query(options: Options, scope: Scope, depth: int) -> Query:
    if depth > _MOST:
        raise _too_many(depth)
    expands = split(options["$expand"], ",") if "$expand" in options else []
    return Query(
        scope=scope,
        selected=tuple(read.selected(options)),
        columns=read.read_select(options, scope.table),
        where=read_where(options, scope),
        orders=read.read_order(options, scope),
        top=read.read_top(options),
        expands=tuple(_item(item.strip(), scope, depth + 1) for item in expands),
    )


def _item(item: str, scope: Scope, depth: int) -> Expand:
    name, bracket, inside = item.partition("(")
    if name.endswith("/$ref"):
        raise not_emulated(f"$expand={name}")
    if bracket and not inside.endswith(")"):
        raise bad_syntax(f"Syntax error in $expand at '{item}'.")
    link = navigation(scope.reader.schema, scope.table, name.strip())
    options = _options(inside[:-1]) if bracket else {}
    far = root(scope.reader, link.table)
    expand = Expand(name.strip(), link, _query(options, far, depth), options)
    if isinstance(link, ToOne) and not expand.plain:
        raise _only_select_and_filter()
    return expand


def _options(text: str) -> Options:
    options: Options = {}
    for part in filter(str.strip, split(text, ";")):
        name, equals, value = part.strip().partition("=")
        if not equals or name in options:
            raise bad_syntax(f"Syntax error in $expand at '{part.strip()}'.")
        read.check_options({name: value}, _IN_EXPAND)
        if name in ("$filter", "$orderby") and has_alias(value):
            raise bad_url("Parameter aliases are not supported inside $expand.")
        options[name] = value
    return options


def _check(expands: tuple[Expand, ...]) -> None:
    """What may not stand together (§3.1, and the table of relationship types in the documentation)."""
    everything = list(_all(expands))
    if len(everything) > _MOST:
        raise _too_many(len(everything))
    if nests(everything) and not all(one.plain for one in everything):
        raise _only_select_and_filter()
    linked = sum(isinstance(one.link, Linked) for one in everything)
    if linked and (linked < len(everything) or nests(everything)):
        raise bad_url("Expanding a many-to-many relationship does not combine with other expands.")


def _all(expands: Iterable[Expand]) -> Iterable[Expand]:
    for expand in expands:
        yield expand
        yield from _all(expand.query.expands)


def _too_many(count: int) -> Exception:
    return bad_url(f"The query has {count} expand options; the most allowed is {_MOST}.")


def _only_select_and_filter() -> Exception:
    return bad_url(
        "Only $select and $filter clause can be provided while doing $expand on many-to-one relationship "
        "or nested one-to-many relationship."
    )
