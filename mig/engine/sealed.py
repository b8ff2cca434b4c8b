"""Documents that are kept in files: a kind, a version, and a digest that tells when somebody edited one."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from mig.dataverse.errors import DataverseError

_SEAL: Final = "sha256"


class FileUnusable(DataverseError):
    """A file of ours that is damaged, edited, of another kind, or newer than this version."""

    code = "ENV022"

    def __init__(self, name: str, why: str, fix: str) -> None:
        super().__init__(f"{name}: {why}")
        self.why = why
        self.fix = fix


class TooNew(FileUnusable):
    """One that a newer version wrote."""


def sealed(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document, which states its `format_version`, with its kind and digest."""
    document = {**body, "saved": kind}
    return {**document, _SEAL: _digest(document)}


def opened(document: Any, kind: str, version: int, name: str) -> Mapping[str, Any]:
    """The document, when it is as it was written; `FileUnusable` says why not.

    `version` is the greatest that can be read, `name` the file's.
    """
    if not isinstance(document, dict) or document.get("saved") != kind:
        raise FileUnusable(name, f"it is no saved {kind}", f"name a file that holds a {kind}")
    readable(document, version, name)
    rest = {key: value for key, value in document.items() if key != _SEAL}
    if document.get(_SEAL) != _digest(rest):
        raise FileUnusable(name, "it was edited after mig wrote it, or damaged", f"make the {kind} anew")
    return document


def readable(document: Mapping[str, Any], version: int, name: str) -> None:
    """`TooNew` for a document that a newer version wrote."""
    stated = document.get("format_version")
    if not isinstance(stated, int) or stated > version:
        told = f"it has format version {stated}, and this mig reads up to {version}"
        raise TooNew(name, told, "install a newer mig")


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
