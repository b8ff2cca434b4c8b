"""A small organisation that behaves, and a way to talk to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mig.sandbox.app import create_app
from mig.sandbox.world import World
from mig.sandbox.worldfile import parse_world
from mig.sandbox.worlds import Worlds
from tests.dataverse.apps import Talk
from tests.worlds import create

WORLD = """
version: 1
now: 2026-11-22T09:00:00Z
tables:
  contact:
    - {contactid: c0000000-0000-0000-0000-000000000001, fullname: "Ann O'Neil + 100% #1"}
    - {contactid: c0000000-0000-0000-0000-000000000002, fullname: Bob & Söhne}
columns:
  contact:
    new_tier: {type: Picklist, options: {1: Gold}}
    new_sponsorid: {type: Lookup, target: account, relationship: new_sponsor}
"""
SMALL = parse_world(WORLD, "world.yaml")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    create(tmp_path, "small", SMALL)
    with Worlds(tmp_path).open("small") as opened:
        yield opened


@pytest.fixture
def talk(world: World) -> Talk:
    return Talk(create_app(world), token=world.token, pass_time=world.clock.advance)
