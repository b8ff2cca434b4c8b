"""Writing a first manifest from the command line."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mig.cli.session import Session
from mig.cli.showing import show_findings
from mig.cli.stocktaking import Stock, take_stock
from mig.events.gather import outbound_events
from mig.manifest.model import Entry
from mig.model.counted import counted
from mig.model.findings import Place
from mig.report.first_manifest import first_manifest
from mig.segments.choosing import in_order
from mig.segments.duplicates import duplicates
from mig.segments.inventory import Item
from mig.segments.meanings import Meanings
from mig.segments.ranking import ranked


def environment_of(
    sandbox: str | None, url: str | None, snapshot: Path | None, folder: Path, variables: Mapping[str, str]
) -> tuple[str, Mapping[str, Any]]:
    """A name for the environment, and how the manifest in this folder will reach it.

    An organisation by MIG_TOKEN where that is set, else as signing in goes by itself.
    """
    if [sandbox, url, snapshot].count(None) != 2:
        raise click.UsageError("Give one of --sandbox NAME, --url URL and --snapshot FILE.")
    if snapshot is not None:
        return _word(snapshot.stem), {"snapshot": Path(os.path.relpath(snapshot, folder)).as_posix()}
    if sandbox is not None:
        return _word(sandbox), {"sandbox": sandbox}
    given = {"auth": {"method": "token", "token": "${MIG_TOKEN}"}} if variables.get("MIG_TOKEN") else {}
    return _word(_host(url or "")), {"url": url, **given}


def _host(url: str) -> str:
    """The first word of the host; whether the url is one at all is for the manifest to judge."""
    try:
        return (urlsplit(url).hostname or "").partition(".")[0]
    except ValueError:
        return ""


def _word(text: str) -> str:
    """A name that a manifest takes, with a letter in front."""
    return re.sub(r"^[^A-Za-z]+|[^A-Za-z0-9._-]", "", text)[:100] or "first"


async def write_first(session: Session, head: str) -> tuple[str, str]:
    """The manifest, and what is in it in a few words."""
    stock = await take_stock(session)
    show_findings(stock.findings, session.terminal)
    items = _settled(stock)
    chosen = {item.id: item for item in items if item.eligible}
    ranks = ranked({key: item.merit for key, item in chosen.items()}, Meanings(stock.rows).web(chosen))
    groups = [
        (use, [chosen[rank.key] for rank in of_use])
        for use, of_use in groupby(ranks, key=lambda rank: rank.merit.use)
    ]
    blocked = in_order((item for item in items if not item.eligible), "name")
    found = await outbound_events(session.source)
    show_findings(found.findings, session.terminal)
    events = in_order(stock.events(found), "name")
    text = first_manifest(head, groups, blocked, duplicates(stock.rows), events)
    told = f"{len(chosen):,} of {counted(len(items), 'outbound segment')} can be brought over"
    movable = sum(event.eligible for event in events)
    return text, f"{told}, and {movable:,} of {counted(len(events), 'event')}" if events else told


def _settled(stock: Stock) -> Sequence[Item]:
    """All items, the eligible ones as they are when nothing else is asked for.

    A segment may need one that is blocked and yet there; without that one in the manifest it cannot move.
    """
    items = stock.items()
    place = Place(stock.manifest.file, 1, 1)
    eligible = (item for item in items if item.eligible)
    entries = tuple(Entry(place=place, source_id=item.id, key=item.key) for item in eligible)
    alone = {item.id: item for item in stock.items(replace(stock.manifest, segments=entries))}
    return [alone.get(item.id, item) for item in items]
