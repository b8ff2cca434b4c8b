"""The authority's own answers, case by case, without a socket."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from mig.sandbox.authority import Authority, client_secret
from mig.sandbox.signin import tenant
from mig.sandbox.switches import Switches
from mig.sandbox.wire import WireRequest
from mig.sandbox.world import World
from tests.sandbox.conftest import MakeWorld

CLIENT = "0f000000-0000-0000-0000-0000000000aa"
SCOPE = "https://sandbox/.default"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def ask(world: World, what: str, *, method: str = "POST", **form: Any) -> tuple[int, dict[str, Any]]:
    body = urlencode(form).encode()
    request = WireRequest(method, f"/{tenant(world)}/{what}", body=body, scheme="https")
    answer = Authority(world, lambda: 0.0).answer(request)
    assert answer is not None
    return answer.status, json.loads(answer.body)


def token(world: World, **form: Any) -> tuple[int, dict[str, Any]]:
    return ask(world, "oauth2/v2.0/token", **{"client_id": CLIENT, "scope": SCOPE, **form})


def test_a_person_takes_a_while(make_world: MakeWorld) -> None:
    world = make_world(switches=Switches(sign_in_seconds=30, token_seconds=60))
    _, flow = ask(world, "oauth2/v2.0/devicecode", client_id=CLIENT, scope=f"{SCOPE} openid")
    given = {"grant_type": DEVICE, "device_code": flow["device_code"]}
    assert token(world, **given)[1]["error"] == "authorization_pending"
    world.clock.advance(30)
    status, told = token(world, **given)
    assert (status, told["expires_in"], told["scope"]) == (200, 60, "https://sandbox/user_impersonation")
    other = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    assert token(world, **other, scope="https://other/.default")[1]["scope"].startswith("https://other/")


def test_a_device_code_ends(make_world: MakeWorld) -> None:
    world = make_world()
    _, flow = ask(world, "oauth2/v2.0/devicecode", client_id=CLIENT, scope=SCOPE)
    world.clock.advance(900)
    assert token(world, grant_type=DEVICE, device_code=flow["device_code"])[1]["error"] == "expired_token"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_secret": "SECRET", "scope": "x"}, "invalid_scope"),
        (
            {
                "grant_type": "client_credentials",
                "client_secret": "SECRET",
                "scope": "https://sandbox/user_impersonation",
            },
            "invalid_scope",
        ),
        (
            {"grant_type": "client_credentials", "client_secret": "SECRET", "client_id": "me"},
            "unauthorized_client",
        ),
        ({"grant_type": "client_credentials", "client_assertion": "a.b.c"}, "invalid_request"),
        ({"grant_type": DEVICE, "device_code": "guess"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "guess"}, "invalid_grant"),
    ],
)
def test_refusals(world: World, form: dict[str, str], error: str) -> None:
    secret = {"client_secret": client_secret(world)} if "client_secret" in form else {}
    status, told = token(world, **{**form, **secret})
    assert (status in (400, 401), told["error"]) == (True, error)
    assert told["error_description"].startswith("AADSTS")


def test_its_addresses(world: World) -> None:
    _, told = ask(world, "v2.0/.well-known/openid-configuration", method="GET")
    assert told["issuer"] == f"https://localhost/{tenant(world)}/v2.0"
    assert told["token_endpoint"] == f"https://localhost/{tenant(world)}/oauth2/v2.0/token"
    assert ask(world, "oauth2/v2.0/token", method="GET")[0] == 405
    elsewhere = WireRequest("GET", "/api/data/v9.2/WhoAmI")
    assert Authority(world, lambda: 0.0).answer(elsewhere) is None
