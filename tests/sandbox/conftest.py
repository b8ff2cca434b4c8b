"""A small world and a client for it: httpx over the ASGI application, as `mig` uses it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mig.model.tables import Column, ColumnType
from mig.sandbox.app import create_app
from mig.sandbox.spec import Phase, WorldSpec
from mig.sandbox.world import World
from mig.sandbox.worlds import Worlds
from tests.worlds import create

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BASE = "http://sandbox/api/data/v9.2/"

FABRIKAM = "a0000000-0000-0000-0000-000000000001"
ANN = "c0000000-0000-0000-0000-000000000001"
BOB = "c0000000-0000-0000-0000-000000000002"
ZOE = "c0000000-0000-0000-0000-000000000003"
ABSENT = "c0000000-0000-0000-0000-0000000000ff"

CONTACTS: list[dict[str, object]] = [
    {
        "contactid": ANN,
        "fullname": "Ann O'Neil",
        "lastname": "O'Neil",
        "emailaddress1": "ann@fabrikam.example",
        "donotemail": 0,
        "numberofchildren": 2,
        "parentcustomerid": FABRIKAM,
        "parentcustomerid@type": "account",
        "statecode": 0,
        "statuscode": 1,
        "new_tier": 1,
        "new_tags": "1,2",
        "new_called": "2026-11-21T23:00:00Z",
        "birthdate": "1990-02-28",
        "createdon": "2024-05-01T08:00:00Z",
    },
    {
        "contactid": BOB,
        "fullname": "bob 100%",
        "lastname": "Berg",
        "donotemail": 1,
        "numberofchildren": 0,
        "statecode": 1,
        "statuscode": 2,
        "new_tier": 2,
        "new_tags": "2",
        "new_called": "2026-11-23T12:00:00Z",
    },
    {"contactid": ZOE, "fullname": "Zoë Ångström", "lastname": "berg", "statecode": 0, "statuscode": 1},
]


Tables = dict[str, list[dict[str, Any]]]


def tables(spec: WorldSpec) -> Tables:
    """All rows of a world to be, by table."""
    return {table: [dict(row) for row in rows] for table, rows in spec.rows.items()}


def spec(**changes: Any) -> WorldSpec:
    facts: dict[str, Any] = {
        "phase": Phase.REMOVED,
        "now": NOW,
        "rows": {
            "account": [{"accountid": FABRIKAM, "name": "Fabrikam", "industrycode": 16}],
            "contact": CONTACTS,
        },
        "columns": {
            "contact": (
                Column(name="new_tier", type=ColumnType.PICKLIST, options={1: "Gold", 2: "Silver"}),
                Column(name="new_tags", type=ColumnType.MULTI_SELECT, options={1: "One", 2: "Two"}),
                Column(name="new_called", type=ColumnType.DATE_TIME),
                Column(name="new_score", type=ColumnType.DECIMAL, minimum=0, maximum=100),
            )
        },
    }
    return WorldSpec(**{**facts, **changes})


@dataclass
class Api:
    """Requests to a world; paths are relative to the service root."""

    world: World

    @property
    def app(self) -> Any:
        return create_app(self.world)

    def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        return asyncio.run(self._send(method, path, token or self.world.token, options))

    async def _send(self, method: str, path: str, token: str, options: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.send("POST", path, json=body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.send("PATCH", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.send("DELETE", path, **options)

    def rows(self, path: str, **options: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    def row(self, path: str, **options: Any) -> dict[str, Any]:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    opened: list[World] = []

    def make(name: str = "small", **changes: Any) -> World:
        create(tmp_path, name, spec(**changes))
        opened.append(Worlds(tmp_path).open(name))
        return opened[-1]

    yield make
    for world in opened:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)
