"""Files that travel with the package: `schemas/` and `plans/`.

They live at the top level of the repository, where editors and people look for them. A wheel carries them
as `mig/_bundled/…`; an editable install and a checkout use the originals.
"""

from pathlib import Path
from typing import Final, Literal

_PACKAGE: Final = Path(__file__).resolve().parents[1]


def bundled(folder: Literal["schemas", "plans"], name: str) -> Path:
    """The path of a bundled file, wherever this copy of `mig` was installed from."""
    in_wheel = _PACKAGE / "_bundled" / folder / name
    return in_wheel if in_wheel.is_file() else _PACKAGE.parent / folder / name
