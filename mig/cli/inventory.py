"""`mig inventory`."""

from pathlib import Path

import click

from mig.cli.options import manifest_options
from mig.dataverse.cells import word
from mig.events.inventory import KIND as EVENT
from mig.events.inventory import EventItem
from mig.events.rows import PublishStatus
from mig.segments.choosing import SORTABLE, Choice
from mig.segments.rows import OutboundStatus, OutboundType

_STATUSES = (
    *(word(OutboundStatus, status) for status in OutboundStatus),
    *(word(PublishStatus, status) for status in PublishStatus),
)


@click.command("inventory")
@manifest_options
@click.option("--search", default="", metavar="TEXT", help="Only those with this in their name.")
@click.option(
    "--type",
    "kinds",
    multiple=True,
    type=click.Choice([*(word(OutboundType, kind) for kind in OutboundType), EVENT]),
    help="Only this type; may be given more than once.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="STATUS",
    type=click.Choice(list(dict.fromkeys(_STATUSES))),
    help="Only this status, such as draft or live; may be given more than once.",
)
@click.option("--eligible/--blocked", default=None, help="Only what a plan would take, or would block.")
@click.option(
    "--used/--unused",
    default=None,
    help="Only what journeys use, or what a used segment is made of; or only what is known to be unused.",
)
@click.option("--migrated/--not-migrated", default=None, help="Only what has a copy, or has none.")
@click.option(
    "--sort",
    "column",
    type=click.Choice(SORTABLE),
    default="name",
    show_default=True,
    help="By this column; the latest and the greatest first.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="The table has the most telling columns; json and csv have all of them and nothing else.",
)
def command(
    *,
    manifest: Path,
    environment: str | None,
    home: Path | None,
    verbose: bool,
    search: str,
    kinds: tuple[str, ...],
    statuses: tuple[str, ...],
    eligible: bool | None,
    used: bool | None,
    migrated: bool | None,
    column: str,
    output: str,
) -> int:
    """List the outbound segments and events, and what would become of each segment.

    All of the environment's, whatever the manifest asks for: it only says where they are, and which policy
    they are judged by. SIZE: members when the service counted them last, registrations as they are now. USED:
    by how many journeys, or only as a part of what they use. VERDICT: both policies take it, only `extended`
    does, or what blocks it.
    """
    import asyncio

    from mig.cli.session import open_session
    from mig.cli.showing import show_findings, show_inventory
    from mig.cli.stocktaking import take_stock
    from mig.events.gather import outbound_events
    from mig.model.outcome import Exit
    from mig.segments.choosing import in_order
    from mig.segments.inventory import Item

    choice = Choice(
        search=search, kinds=kinds, statuses=statuses, eligible=eligible, used=used, migrated=migrated
    )

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            stock = await take_stock(session)
            events = await outbound_events(session.source)
            found: list[Item | EventItem] = [*stock.items(), *stock.events(events)]
            show_findings((*stock.findings, *events.findings), session.terminal)
            items = in_order(filter(choice.takes, found), column)
            show_inventory(items, found, session.terminal, output)
            return Exit.DONE

    return asyncio.run(work())
