"""Names of copies: `Migrated – Newsletter`."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"migrated\s*(.)\s*(.*)", re.IGNORECASE | re.DOTALL)


def copied_name(name: str) -> str | None:
    """The source's name in the name of a copy: `Migrated`, any dash, any blanks, the name; None for others.

    The official tool wrote an en dash; people retype names with whatever dash they have.
    """
    found = _WORD.fullmatch(name.strip())
    if found is None or not _is_dash(found[1]):
        return None
    return found[2].strip()


def _is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character == "\N{MINUS SIGN}"
