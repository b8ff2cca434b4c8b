"""The whole of a world file: version, phase, time, rows, own columns and keys, faults, switches."""

from datetime import datetime
from pathlib import Path
from typing import Final, TypeGuard

from mig.model.tables import bundled_schema
from mig.sandbox.maker import NOW
from mig.sandbox.spec import Phase, WorldSpec
from mig.sandbox.switches import Switches
from mig.sandbox.worldfile.columns import Own, read_columns
from mig.sandbox.worldfile.faults import read_faults
from mig.sandbox.worldfile.keys import read_keys
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Node, Pairs, Scalar, Spot, compose
from mig.sandbox.worldfile.rows import read_rows
from mig.sandbox.worldfile.switches import read_switches
from mig.sandbox.worldfile.values import moment

MOST_BYTES: Final = 50_000_000
"""The size of the largest world file that is read."""
_KEYS: Final = ("version", "phase", "now", "tables", "columns", "keys", "faults", "switches")
_TOP: Final = Spot(1, 1)


def load_world_file(path: Path) -> WorldSpec:
    """Read a world file; `WorldFileError` with everything that is wrong, places as line and column."""
    mistakes = Mistakes("", str(path))
    try:
        size = path.stat().st_size
        text = path.read_text(encoding="utf-8-sig") if size <= MOST_BYTES else ""
    except UnicodeDecodeError as error:
        mistakes.stop(_TOP, f"not UTF-8: byte {error.start} cannot be read", "save the file as UTF-8")
    except OSError as error:
        mistakes.stop(_TOP, f"the file cannot be read: {error.strerror or error}")
    if size > MOST_BYTES:
        mistakes.stop(_TOP, f"the file has {size:,} bytes; at most {MOST_BYTES:,} are read")
    return parse_world(text, str(path))


def parse_world(text: str, file: str) -> WorldSpec:
    """Read a world from text; `file` is its name in messages. `WorldFileError` with all mistakes."""
    mistakes = Mistakes(text, file)
    root = compose(text, mistakes)
    if not isinstance(root, Pairs):
        mistakes.stop(root or _TOP, "a world file is a mapping", "start with `version: 1`")
    for key, _ in root:
        if key.text not in _KEYS:
            mistakes.unknown(key, "key", key.text, _KEYS)
    _check_version(root, mistakes)
    spec = _world(root, mistakes)
    mistakes.refuse()
    return spec


def _check_version(root: Pairs, mistakes: Mistakes) -> None:
    version = root.values.get("version")
    if version is None:
        mistakes.add(root, "`version` is missing", "version: 1")
    elif not isinstance(version, Scalar) or version.text != "1":
        mistakes.add(version, "this mig reads world files of version 1", "version: 1")


def _world(root: Pairs, mistakes: Mistakes) -> WorldSpec:
    now = _now(root.values.get("now"), mistakes)
    own = _own(root.values.get("columns"), mistakes)
    schema = bundled_schema().with_columns(own.columns, own.relationships)
    tables, faults = root.values.get("tables"), root.values.get("faults")
    switches, keys = root.values.get("switches"), root.values.get("keys")
    rows = read_rows(tables, schema, now, mistakes) if _is_given(tables) else {}
    return WorldSpec(
        phase=_phase(root.values.get("phase"), mistakes),
        now=now,
        rows=rows,
        columns=own.columns,
        relationships=own.relationships,
        keys=read_keys(keys, schema, rows, mistakes) if _is_given(keys) else {},
        faults=read_faults(faults, mistakes) if _is_given(faults) else (),
        switches=read_switches(switches, mistakes) if _is_given(switches) else Switches(),
    )


def _is_given(node: Node | None) -> TypeGuard[Node]:
    return node is not None and not (isinstance(node, Scalar) and node.is_null)


def _own(node: Node | None, mistakes: Mistakes) -> Own:
    return read_columns(node, bundled_schema(), mistakes) if _is_given(node) else Own()


def _phase(node: Node | None, mistakes: Mistakes) -> Phase:
    text = node.text if isinstance(node, Scalar) else ""
    if node is not None and text not in list(Phase):
        mistakes.unknown(node, "phase", text, Phase)
    return Phase(text) if text in list(Phase) else Phase.REMOVED


def _now(node: Node | None, mistakes: Mistakes) -> datetime:
    at = moment(node.text) if isinstance(node, Scalar) else None
    if node is not None and at is None:
        mistakes.add(node, "`now` is no date-time", "now: 2026-11-22T09:00:00Z")
    return at or NOW
