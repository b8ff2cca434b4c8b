"""How many cases the tests of this folder tried; `conftest` prints it at the end of a run."""

from collections import Counter
from typing import Final

TRIED: Final[Counter[str]] = Counter()
"""Cases by what they are, in the plural."""
