"""Which outbound segments a manifest asks for."""

from mig.manifest.model import Manifest, Selection
from mig.manifest.resolve import Resolution, resolve
from mig.segments.users import Users


def asked_for(manifest: Manifest, users: Users) -> Resolution:
    """Its entries and what its selections bring in; uses are looked into only when a selection asks."""
    by_use = any(isinstance(one, Selection) and one.used is not None for one in manifest.segments)
    return resolve(manifest, users.rows.sources, users.used() if by_use else {})
