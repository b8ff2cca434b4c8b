"""Builds the mappings of an environment: what differs between it and its source.

`ids` names a row of the target by its id, or by what some of its columns hold: `accounts(name='Fabrikam')`,
an entity set and OData literals (reference/dataverse-web-api.md 5.3). No alternate key has to exist for it:
the columns are asked for as a filter.
"""

import re
from collections.abc import Iterator
from typing import Final

from mig.manifest.complaints import Complaints
from mig.manifest.model import MappedId, MappedName, Mappings, NaturalKey
from mig.manifest.view import View

_NAME: Final = r"[A-Za-z_]\w*"
_HEX: Final = "[0-9A-Fa-f]"
_GUID: Final = rf"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
_MOMENT: Final = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?"
_LITERAL: Final = rf"'(?:[^']|'')*'|{_GUID}|{_MOMENT}|-?\d+(?:\.\d+)?|true|false"
_PART: Final = rf"\s*({_NAME})\s*=\s*({_LITERAL})\s*"
_KEY: Final = re.compile(rf"\s*({_NAME})\s*\(({_PART}(?:,{_PART})*)\)\s*")
_NEXT: Final = re.compile(rf"{_PART}(?:,|$)")


def build_mappings(view: View | None, complaints: Complaints) -> Mappings:
    """The mappings; an id that leads to something else than a row is an error."""
    if view is None:
        return Mappings()
    ids = view.child("ids")
    mapped = dict(_mapped_ids(ids, complaints)) if ids else {}
    return Mappings(mapped, _mapped_names(view.child("owners")), _mapped_names(view.child("business_units")))


def _mapped_names(view: View | None) -> dict[str, MappedName]:
    if view is None:
        return {}
    return {name: MappedName(view.text(name) or "", view.key_place(name)) for name in view.names()}


def _mapped_ids(view: View, complaints: Complaints) -> Iterator[tuple[str, MappedId]]:
    for source in view.names():
        text = view.text(source) or ""
        to = text.lower() if re.fullmatch(_GUID, text) else _natural_key(text)
        if to is not None:
            yield source.lower(), MappedId(to, text, view.key_place(source))
            continue
        what = f"what stands for {source} must be an id, or a row by what its columns hold"
        fix = "write it like accounts(name='Fabrikam'), with text in single quotes"
        complaints.error("MAN009", what, view.place_of(source), fix, found=text)


def _natural_key(text: str) -> NaturalKey | None:
    """The row that a text names; None for a text of another form."""
    found = _KEY.fullmatch(text)
    if found is None:
        return None
    return NaturalKey(found[1], tuple((part[1].lower(), part[2]) for part in _NEXT.finditer(found[2])))


def written_key(entity_set: str, column: str, value: str) -> str:
    """The text that names a row by what one of its columns holds."""
    doubled = value.replace("'", "''")
    return f"{entity_set}({column}='{doubled}')"
