"""World files: a situation stated exactly, in YAML (design §13, `schemas/world.schema.json`).

The loader writes below the API: read-only columns may be set, lengths are not checked, lookups may lead
nowhere, so that a broken organisation can be stated. What it refuses, all at once and with the place, is what
cannot be meant: unknown tables, columns and options, values of another kind, ids given twice.
"""

from mig.sandbox.worldfile.document import MOST_BYTES, load_world_file, parse_world
from mig.sandbox.worldfile.mistakes import WorldFileError

__all__ = ["MOST_BYTES", "WorldFileError", "load_world_file", "parse_world"]
