"""Annotation rows as a place to keep things, where a service answers oddly."""

from typing import Any

import pytest

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer
from mig.engine.notes import Note, read_note, read_notes, write_note
from tests.dataverse.apps import Reply, Scripted, Talk

ODD: list[Any] = [
    {},
    {"annotationid": "1"},
    {"@odata.etag": "W/1"},
    {"annotationid": 1, "@odata.etag": "W/1"},
]


async def first(client: Client) -> list[Note]:
    return [note async for note in read_notes(client, "mig:")]


@pytest.mark.parametrize("row", ODD)
def test_a_note_without_its_id_or_version(row: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="without its id or its version"):
        Talk(Scripted([Reply(body={"value": [row]})]))(first)
    with pytest.raises(BadAnswer, match="without its id or its version"):
        Talk(Scripted([Reply(body=row)]))(lambda client: read_note(client, "1"))


@pytest.mark.parametrize("body", [[], {}, {"@odata.etag": 7}])
def test_a_write_that_is_answered_without_its_version(body: Any) -> None:
    with pytest.raises(BadAnswer, match="without its version"):
        Talk(Scripted([Reply(body=body)]))(
            lambda client: write_note(client, Note("1", "mig:lock", "")), writable=True
        )
