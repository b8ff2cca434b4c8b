"""A whole FetchXML query as a value."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mig.sandbox.fetchxml import columns, links
from mig.sandbox.fetchxml.names import Names
from mig.sandbox.fetchxml.vocabulary import check, flag, needed, positive
from mig.sandbox.fetchxml.xml import Element, read_xml
from mig.sandbox.odata.options import Order
from mig.sandbox.odata.scope import Reader, Scope
from mig.sandbox.odata.where import joined
from mig.sandbox.relational.cells import Output, etag_cell
from mig.sandbox.relational.errors import bad_fetch
from mig.sandbox.relational.select import TRUE, Select, decisive, sort
from mig.sandbox.rendering import Wanted


@dataclass(frozen=True, slots=True)
class Fetch:
    """What to select, and which page of it.

    `keyed` says whether a paging cookie can tell where a page ends: rows are not groups, and their order does
    not go by a linked table. `limit` is the query's own bound for rows to aggregate.
    """

    select: Select
    shape: str
    keyed: bool
    aggregate: bool
    limit: int | None
    top: int | None
    count: int | None
    page: int
    cookie: str | None
    counted: bool


def read_fetch(text: str, reader: Reader, wanted: Wanted) -> Fetch:
    """Read FetchXML; 400 for what it cannot be, 501 for what is not emulated."""
    fetch = read_xml(text)
    if fetch.name != "fetch":
        raise bad_fetch(f"the root is <{fetch.name}>, not <fetch>.")
    check(fetch)
    if len(fetch.children) != 1:
        raise bad_fetch("<fetch> needs one <entity>.")
    _check_paging(fetch)
    return _Reading(fetch, reader, wanted).whole()


def _check_paging(fetch: Element) -> None:
    for name in ("count", "page", "paging-cookie", "returntotalrecordcount"):
        if fetch.get("top") is not None and fetch.get(name) is not None:
            raise bad_fetch(f"The top attribute can't be specified with paging attribute {name}")


class _Reading:
    """Tables first, so that conditions and orders can name them; then all the rest."""

    def __init__(self, fetch: Element, reader: Reader, wanted: Wanted) -> None:
        (self._entity,) = fetch.children
        self._fetch = fetch
        self._wanted = wanted
        self._aggregate = flag(fetch, "aggregate")
        self._distinct = flag(fetch, "distinct") and not self._aggregate
        self._names = Names(reader, needed(self._entity, "name"))
        self._links = tuple(links.links_in(self._entity, self._root, self._names))

    @property
    def _root(self) -> Scope:
        return self._names.root

    def whole(self) -> Fetch:
        """The query."""
        fetch, outputs = self._fetch, self._outputs()
        sorts = list(self._sorts(outputs))
        keyed = not self._groups and all(scope is self._root for scope, _ in sorts)
        orders = [order for _, order in sorts]
        return Fetch(
            select=self._select(outputs, orders),
            shape=self._shape(outputs),
            keyed=keyed,
            aggregate=self._aggregate,
            limit=positive(fetch, "aggregatelimit"),
            top=positive(fetch, "top"),
            count=positive(fetch, "count"),
            page=positive(fetch, "page") or 1,
            cookie=fetch.get("paging-cookie"),
            counted=flag(fetch, "returntotalrecordcount"),
        )

    @property
    def _groups(self) -> bool:
        return self._aggregate or self._distinct

    def _outputs(self) -> list[Output]:
        if self._aggregate:
            found = _unique([*columns.grouped(self._entity, self._root), *self._grouped_links()])
            if not found:
                raise bad_fetch("an aggregate query needs an attribute.")
            return found
        outputs = [*columns.plain(self._entity, self._root, None)]
        for link in self._links:
            outputs += columns.plain(link.element, link.scope, link.alias)
        if self._distinct:
            return [output.grouping for output in _unique(outputs)]
        key = self._root.table.primary_id
        return _unique([*outputs, Output(key, self._root.place(key), self._root, own_name=True)])

    def _grouped_links(self) -> Iterator[Output]:
        for link in self._links:
            yield from columns.grouped(link.element, link.scope)

    def _sorts(self, outputs: Sequence[Output]) -> Iterator[tuple[Scope, Order]]:
        """The query's own orders come before those of its links."""
        raw = flag(self._fetch, "useraworderby")
        parts = [(self._entity, self._root), *((link.element, link.scope) for link in self._links)]
        for element, scope in parts:
            yield from columns.orders(
                element, scope, self._names, outputs, raw=raw, aggregate=self._aggregate
            )

    def _select(self, outputs: Sequence[Output], orders: Sequence[Order]) -> Select:
        conditions = links.conditions_in(self._entity, self._root, self._names)
        groups = [output.group for output in outputs if output.group]
        if self._distinct:
            groups += [order.place.expression for order in orders]
        cells = [cell for output in outputs for cell in output.cells(self._wanted)]
        return Select(
            scope=self._root,
            cells=tuple(cells if self._groups else [etag_cell(self._root), *cells]),
            orders=decisive([*orders, *self._ties(outputs)]),
            joins=tuple(link.join(self._names) for link in self._links),
            where=joined(conditions, "AND") if conditions else TRUE,
            groups=tuple(dict.fromkeys(groups)) if self._groups else None,
        )

    def _ties(self, outputs: Sequence[Output]) -> Iterator[Order]:
        """What makes the order the same on every page: the ids, or all that is grouped by."""
        if self._groups:
            yield from (Order(output.name, output.place) for output in outputs if output.group)
            return
        for scope in (self._root, *(link.scope for link in self._links)):
            yield sort(scope.place(scope.table.primary_id), scope, self._root)

    def _shape(self, outputs: Sequence[Output]) -> str:
        """Without attributes, `@odata.context` names no columns."""
        if not any(self._entity.all("attribute")):
            return ""
        return f"({','.join(output.name for output in outputs if output.own_name or self._aggregate)})"


def _unique(outputs: Iterable[Output]) -> list[Output]:
    """Each name once; 400 where it stands for two things."""
    found: dict[str, Output] = {}
    for output in outputs:
        if found.setdefault(output.name, output).place != output.place:
            raise bad_fetch(f"two attributes are called '{output.name}'.")
    return list(found.values())
