"""Paging by key: a page starts after the last row of the one before, wherever that row is now.

The `$skiptoken` has the service's form: an outer cookie with the page number, and inside it, encoded once
more, a cookie with the first and last value of each order column (dataverse-web-api.md §3.2). As there, rows
that stop matching while a client pages are not missed by position.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Final
from urllib.parse import quote, unquote

from mig.model.tables import FRACTIONS
from mig.sandbox.errors import ODataError
from mig.sandbox.layout import INTEGERS, holds_id
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.literals import comparable
from mig.sandbox.odata.options import Order
from mig.sandbox.odata.url import Options

_OUTER: Final = re.compile(r'<cookie pagenumber="(\d{1,9})" pagingcookie="([^"]*)" istracking="False" />')
_ENTRY: Final = re.compile(r'<([\w.]+) (?:last="([^"]*)"|(lastnull)="1")')


@dataclass(frozen=True, slots=True)
class Caps:
    """Where answers end: rows a page has, counts tell, aggregates read, page numbers reach (§3.1, §3.3)."""

    page: int = 5_000
    count: int = 5_000
    aggregate: int = 50_000
    numbered: int = 50_000


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page starts: its number, and the values of the order columns of the row before it."""

    number: int = 1
    after: tuple[object, ...] = ()


def read_page(options: Options, orders: Sequence[Order]) -> Page:
    """The page that `$skiptoken` asks for; the first without one."""
    token = options.get("$skiptoken")
    if token is None:
        return Page()
    outer = _OUTER.fullmatch(token)
    if outer is None:
        raise malformed()
    return Page(int(outer[1]), read_cookie(unquote(outer[2]), orders))


def next_token(page: Page, orders: Sequence[Order], first: Sequence[object], last: Sequence[object]) -> str:
    """The encoded `$skiptoken` of the page after `page`."""
    inner = small_hex(quote(cookie(page, orders, first, last), safe=""))
    return quote(
        f'<cookie pagenumber="{page.number + 1}" pagingcookie="{inner}" istracking="False" />', safe="=/"
    )


def cookie(page: Page, orders: Sequence[Order], first: Sequence[object], last: Sequence[object]) -> str:
    """Where `page` begins and ends: the first and last value of each order column."""
    entries = "".join(
        f"<{order.name} {_attribute('last', order, end)} {_attribute('first', order, start)} />"
        for order, start, end in zip(orders, first, last, strict=True)
    )
    return f'<cookie page="{page.number}">{entries}</cookie>'


def read_cookie(text: str, orders: Sequence[Order]) -> tuple[object, ...]:
    """The last value of each order column in a cookie; 400 when one is missing or is none of its column's."""
    entries = {name: (value, null) for name, value, null in _ENTRY.findall(text)}
    if any(order.name not in entries for order in orders):
        raise malformed()
    return tuple(_value(order, *entries[order.name]) for order in orders)


def after(page: Page, orders: Sequence[Order]) -> Sql:
    """The condition that holds for the rows behind the last one of the page before."""
    if not page.after:
        return "1", []
    branches: list[str] = []
    values: list[object] = []
    equal = ""
    equal_values: list[object] = []
    for order, value in zip(orders, page.after, strict=True):
        column, stop = order.place.expression, comparable(order.place.column, value)
        beyond, needed = _beyond(column, stop, descending=order.descending)
        branches.append(f"({equal}{beyond})")
        values += [*equal_values, *needed]
        equal += f"{column} IS ? AND "
        equal_values = [*equal_values, stop]
    return f"({' OR '.join(branches)})", values


def order_by(orders: Sequence[Order]) -> str:
    """The ORDER BY list."""
    return ", ".join(f"{order.place.expression} {'DESC' if order.descending else 'ASC'}" for order in orders)


def _beyond(column: str, stop: object, *, descending: bool) -> Sql:
    """Empty values come first, and last when descending."""
    if stop is None:
        return ("0" if descending else f"{column} IS NOT NULL"), []
    if descending:
        return f"({column} < ? OR {column} IS NULL)", [stop]
    return f"{column} > ?", [stop]


def _attribute(end: str, order: Order, value: object) -> str:
    if value is None:
        return f'{end}null="1"'
    text = f"{{{str(value).upper()}}}" if holds_id(order.place.column) else str(value)
    return f'{end}="{escape(text)}"'


def _value(order: Order, text: str, null: str) -> object:
    if null:
        return None
    if holds_id(order.place.column):
        return text.strip("{}").lower()
    try:
        if order.place.column.type in INTEGERS:
            return _whole(text)
        return float(text) if order.place.column.type in FRACTIONS else unescape(text)
    except ValueError:
        raise malformed() from None


def _whole(text: str) -> int:
    if re.fullmatch(r"-?\d{1,18}", text) is None:
        raise malformed()
    return int(text)


def small_hex(text: str) -> str:
    """Percent codes in lower case, as the service writes its inner ones."""
    return re.sub(r"%[0-9A-F]{2}", lambda code: code.group().lower(), text)


def malformed() -> ODataError:
    """A paging cookie that cannot be read, or is of another query."""
    return ODataError(400, "0x80040203", "Malformed XML in the Paging Cookie")
