"""The published schema: valid, self-explaining, and made so that every mistake has one message."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mig.manifest.load import manifest_schema
from mig.manifest.model import Adopt, AuthMethod, LedgerStore, Limits, OnDrift, OnLive, Waitlist


def _parts(part: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """All but conditions: what stands under `if` only tells alternatives apart."""
    if isinstance(part, dict):
        yield path, part
        for key, below in part.items():
            if key != "if":
                yield from _parts(below, f"{path}/{key}")
    elif isinstance(part, list):
        for position, below in enumerate(part):
            yield from _parts(below, f"{path}/{position}")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(manifest_schema())
    assert {"$schema", "title", "description"} <= manifest_schema().keys()


def test_every_property_is_described() -> None:
    whole = manifest_schema()
    for path, part in _parts(whole):
        for name, below in part.get("properties", {}).items():
            meant = whole["$defs"].get(below.get("$ref", "").rpartition("/")[2], {})
            assert "description" in below or "description" in meant, f"{path}/properties/{name}"


def test_no_object_takes_keys_it_does_not_know() -> None:
    for path, part in _parts(manifest_schema()):
        if "properties" in part and not path.endswith("properties"):
            assert part.get("additionalProperties") is False, path


def test_alternatives_are_told_apart_without_any_of() -> None:
    found = [path for path, part in _parts(manifest_schema()) if {"anyOf", "oneOf", "allOf"} & part.keys()]
    assert found == ["#/$defs/segment"]


def test_every_pattern_is_said_in_words() -> None:
    for path, part in _parts(manifest_schema()):
        if "pattern" in part:
            assert "patternErrorMessage" in part, path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("limits", Limits),
        ("on_drift", OnDrift),
        ("on_live", OnLive),
        ("auth/properties/method", AuthMethod),
        ("ledger/properties/store", LedgerStore),
        ("segment/properties/adopt", Adopt),
        ("event/properties/waitlist", Waitlist),
    ],
)
def test_closed_sets_are_the_same_in_schema_and_model(name: str, words: type[StrEnum]) -> None:
    part: Any = manifest_schema()["$defs"]
    for step in name.split("/"):
        part = part[step]
    assert part["enum"] == [word.value for word in words]
