"""Worlds, each made once by a process and then copied: to make one takes longer than most tests."""

import pickle
import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mig.sandbox.spec import WorldSpec
from mig.sandbox.worlds import Worlds

_MADE: Final = TemporaryDirectory(prefix="mig-worlds-")


def create(home: Path, name: str, spec: WorldSpec) -> None:
    """What `Worlds(home).create` makes; equal ones have the same tokens."""
    made = Path(_MADE.name, sha256(pickle.dumps((name, spec))).hexdigest())
    world = home / "worlds" / f"{name}.world"
    assert not world.exists()
    if made.exists():
        world.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, world)
        return
    Worlds(home).create(name, spec)
    shutil.copyfile(world, made)
