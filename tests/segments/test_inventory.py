"""An inventory's links lead to the form of a segment, and are there only where that can be opened."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mig.cli.stocktaking import Stock, take_stock
from tests.support import SMALL, Site


def taken(site: Site) -> Stock:
    async def work() -> Stock:
        async with site.session(site.manifest({})) as session:
            return await take_stock(session)

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("url", "front"),
    [
        ("https://contoso.crm4.dynamics.com", "https://contoso.crm4.dynamics.com"),
        ("https://contoso.crm4.dynamics.com/", "https://contoso.crm4.dynamics.com"),
        ("${MIG_URL}", None),
        ("https://${ORG}.crm4.dynamics.com", None),
        ("http://127.0.0.1:8000", None),
        ("sandbox:w", None),
    ],
)
def test_links(url: str, front: str | None, tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(SMALL["world"])
    stock = taken(site)
    base = replace(stock.base, source=replace(stock.base.source, url=url))
    item = replace(stock, base=base).items()[0]
    form = f"/main.aspx?pagetype=entityrecord&etn=msdyncrm_segment&id={item.id}"
    assert item.link == (None if front is None else front + form)
