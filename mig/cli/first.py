"""Writing a first manifest from the command line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import click

from mig.cli.session import Session
from mig.cli.stocktaking import Stock, take_stock
from mig.manifest.model import Entry
from mig.model.findings import Place
from mig.report.first_manifest import first_manifest
from mig.segments.choosing import in_order
from mig.segments.duplicates import duplicates
from mig.segments.inventory import Item


def environment_of(sandbox: str | None, url: str | None) -> tuple[str, Mapping[str, Any]]:
    """A name for the environment, and how the manifest will reach it."""
    if (sandbox is None) == (url is None):
        raise click.UsageError("Give one of --sandbox NAME and --url URL.")
    if sandbox is not None:
        return _word(sandbox), {"sandbox": sandbox}
    host = urlsplit(url or "").hostname or ""
    return _word(host.partition(".")[0]), {"url": url, "auth": {"method": "token", "token": "${MIG_TOKEN}"}}


def _word(text: str) -> str:
    """A name that a manifest takes."""
    return re.sub(r"[^A-Za-z0-9._-]", "", text).lstrip("._-")[:100] or "first"


async def write_first(session: Session, head: str) -> tuple[str, str]:
    """The manifest, and what is in it in a few words."""
    stock = await take_stock(session)
    items = in_order(_settled(stock), "modified")
    eligible = sum(item.eligible for item in items)
    text = first_manifest(head, items, duplicates(stock.rows))
    return text, f"{eligible} of {len(items)} outbound segments can be brought over"


def _settled(stock: Stock) -> Sequence[Item]:
    """All items, the eligible ones as they are when nothing else is asked for.

    A segment may need one that is blocked and yet there; without that one in the manifest it cannot move.
    """
    eligible = {item.id: item for item in stock.items() if item.eligible}
    place = Place(stock.manifest.file, 1, 1)
    entries = tuple(Entry(place=place, source_id=key, key=_key(item)) for key, item in eligible.items())
    alone = {item.id: item for item in stock.items(replace(stock.manifest, segments=entries))}
    return [alone.get(item.id, item) for item in stock.items()]


def _key(item: Item) -> str:
    return item.address.removeprefix("segment.")
