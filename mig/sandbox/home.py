"""Where sandboxes are kept."""

from collections.abc import Mapping
from pathlib import Path

import platformdirs


def default_home(environ: Mapping[str, str]) -> Path:
    """`MIG_HOME`, or where this system keeps a user's data."""
    home = environ.get("MIG_HOME")
    return Path(home) if home else platformdirs.user_data_path("mig", appauthor=False)
