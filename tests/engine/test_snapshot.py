"""Who answers, and how far outbound marketing has been removed there."""

from pathlib import Path
from typing import Any

import pytest

from mig.engine.environment_notes import EnvironmentNotes
from mig.engine.snapshot import Endpoint, WrongOrganization, identify
from mig.manifest.environment_variables import Expanded
from mig.model.outcome import Exit
from mig.sandbox.app import create_app
from mig.sandbox.worldfile import parse_world
from mig.sandbox.worlds import Worlds
from tests.dataverse.apps import Reply, Scripted, Talk
from tests.engine.conftest import Place

ID = "6F1C0A52-0F0E-4A55-9A61-3D3A3A6D0A11"


def asked(talk: Talk, pinned: str | None = None) -> Any:
    pin = pinned and Expanded(pinned, pinned)
    return talk(lambda client: identify(Endpoint("prod", client, EnvironmentNotes(client), pin)))


@pytest.mark.parametrize("phase", ["live", "hidden", "removed"])
def test_the_phase_is_found_out(tmp_path: Path, phase: str) -> None:
    worlds = Worlds(tmp_path)
    worlds.create("one", parse_world(f"version: 1\nphase: {phase}\n", "world.yaml"))
    with worlds.open("one") as world:
        found = asked(Talk(create_app(world), token=world.token))
    assert (found.name, found.url, found.phase) == ("prod", "the test organisation", phase)
    assert found.organization_id == world.organization_id
    assert "msdyncrm_ValidateSegment answers" in found.evidence


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        (400, "hidden"),
        (404, "removed"),
        (410, "removed"),
        *((status, "unknown") for status in (401, 403, 405, 429, 500, 501, 503)),
    ],
)
def test_the_phase_is_told_by_how_the_service_refuses(status: int, phase: str) -> None:
    talk = Talk(Scripted([Reply(200, {"OrganizationId": ID}), Reply(status)]))
    found = asked(talk)
    assert (found.phase, found.organization_id) == (phase, ID.lower())
    assert found.evidence == f"msdyncrm_ValidateSegment answers {status}"


@pytest.mark.parametrize("pin", [str.upper, str.lower])
def test_a_pin_is_compared_without_case(place: Place, pin: Any) -> None:
    assert asked(place.talk, pin(place.organization)).organization_id == place.organization


def test_another_organisation_is_refused_before_anything_is_read(place: Place) -> None:
    with pytest.raises(
        WrongOrganization, match=f"pinned to organisation {ID}, but {place.organization}"
    ) as raised:
        asked(place.talk, ID)
    assert (raised.value.code, raised.value.exit) == ("ENV002", Exit.FAILED)
    assert [exchange.request for exchange in place.talk.log] == ["GET WhoAmI"]
