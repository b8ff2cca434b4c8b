"""MSAL signs in to a sandbox served with TLS."""

import base64
import hashlib
import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mig.sandbox.world import World
from mig.sandbox.worlds import Worlds
from tests.sandbox.conftest import code, spec
from tests.sandbox.served import served

STRANGER = "0f000000-0000-0000-0000-0000000000aa"
COLLEAGUE = "0f000000-0000-0000-0000-0000000000bb"
LEAVER = "0f000000-0000-0000-0000-0000000000cc"
USERS = [
    {"systemuserid": COLLEAGUE.replace("bb", "01"), "applicationid": COLLEAGUE, "isdisabled": 0},
    {"systemuserid": COLLEAGUE.replace("bb", "02"), "applicationid": LEAVER, "isdisabled": 1},
]


@dataclass(frozen=True)
class Site:
    """A served sandbox, and its world as another process sees it."""

    told: dict[str, Any]
    world: World

    @property
    def scope(self) -> str:
        return f"{self.told['url']}/.default"

    def app(self, credential: Any = None, client: str | None = None) -> msal.ConfidentialClientApplication:
        sign_in = self.told["sign_in"]
        return msal.ConfidentialClientApplication(
            client or sign_in["client_id"],
            client_credential=credential or sign_in["client_secret"],
            **self.authority,
        )

    def person(self) -> msal.PublicClientApplication:
        return msal.PublicClientApplication(self.told["sign_in"]["client_id"], **self.authority)

    @property
    def authority(self) -> dict[str, Any]:
        sign_in = self.told["sign_in"]
        authority = f"{sign_in['authority']}/{sign_in['tenant']}"
        return {"authority": authority, "instance_discovery": False}

    def who_am_i(self, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        trust = ssl.create_default_context(cafile=self.told["ca"])
        return httpx.get(f"{self.told['url']}/api/data/v9.2/WhoAmI", headers=headers, verify=trust)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("signin")
    worlds = Worlds(home)
    given = spec()
    worlds.create("w", spec(rows={**given.rows, "systemuser": USERS}))
    with worlds.open("w") as world:
        with served(home, "w", "--tls") as told:
            yield Site(told, world)
        assert not Path(told["ca"]).parent.exists()


@pytest.fixture(autouse=True)
def trust(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a person would tell MSAL's HTTP library, for which the environment comes first."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", site.told["ca"])


def taken(result: dict[str, Any]) -> str:
    assert "access_token" in result, result
    return str(result["access_token"])


def test_what_is_on_disk(site: Site) -> None:
    folder = Path(site.told["ca"]).parent
    assert [path.name for path in folder.iterdir()] == ["ca.pem"]
    assert b"PRIVATE" not in (folder / "ca.pem").read_bytes()


def test_a_client_secret(site: Site) -> None:
    result = site.app().acquire_token_for_client([site.scope])
    assert (result["token_type"], 3500 < result["expires_in"] <= 3600) == ("Bearer", True)
    answer = site.who_am_i(taken(result))
    users = "SELECT applicationid FROM systemuser WHERE systemuserid = ?"
    row = site.world.connection.execute(users, (answer.json()["UserId"],)).fetchone()
    assert row == (site.told["sign_in"]["client_id"],)


def test_another_application_of_the_organisation(site: Site) -> None:
    token = taken(site.app(client=COLLEAGUE).acquire_token_for_client([site.scope]))
    assert site.who_am_i(token).json()["UserId"] == USERS[0]["systemuserid"]


@pytest.mark.parametrize("client", [STRANGER, LEAVER])
def test_an_application_without_a_user_gets_a_token_that_opens_nothing(site: Site, client: str) -> None:
    token = taken(site.app(client=client).acquire_token_for_client([site.scope]))
    assert code(site.who_am_i(token)) == (403, "0x80072560")


def test_a_token_for_another_resource(site: Site) -> None:
    token = taken(site.app().acquire_token_for_client(["https://contoso.crm4.dynamics.com/.default"]))
    answer = site.who_am_i(token)
    assert code(answer) == (401, "0x8004a100")
    url, tenant = site.told["url"], site.told["sign_in"]["tenant"]
    assert answer.headers["www-authenticate"] == (
        f"Bearer authorization_uri={url}/{tenant}/oauth2/authorize, resource_id={url}/"
    )


def test_a_token_expires_by_the_worlds_clock(site: Site) -> None:
    app = site.app()
    token = taken(app.acquire_token_for_client([site.scope]))
    assert site.who_am_i(token).status_code == 200
    site.world.clock.advance(3601)
    assert code(site.who_am_i(token)) == (401, "0x8005f101")
    app.remove_tokens_for_client()
    assert site.who_am_i(taken(app.acquire_token_for_client([site.scope]))).status_code == 200


def test_a_person_with_a_device_code_and_its_renewal(site: Site) -> None:
    app, scopes = site.person(), [f"{site.told['url']}/user_impersonation"]
    flow = app.initiate_device_flow(scopes)
    token = taken(app.acquire_token_by_device_flow(flow))
    assert site.who_am_i(token).json()["UserId"] == site.world.administrator
    again = app.acquire_token_by_device_flow({**flow, "latest_attempt_at": 0, "expires_at": 0})
    assert again["error"] == "expired_token"  # it works once
    site.world.clock.advance(3601)
    assert code(site.who_am_i(token)) == (401, "0x8005f101")
    (account,) = app.get_accounts()
    assert account["username"] == "admin@sandbox.example"
    renewed = taken(app.acquire_token_silent(scopes, account, force_refresh=True))
    assert site.who_am_i(renewed).status_code == 200


# A key is slow to make; one serves all tests.
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def credential(key: rsa.RSAPrivateKey, *, sent: bool) -> dict[str, str]:
    cert = certificate(key)
    thumbprint = hashlib.sha1(cert.public_bytes(serialization.Encoding.DER), usedforsecurity=False)
    found = {"private_key": PEM, "thumbprint": thumbprint.hexdigest()}
    if sent:
        found["public_certificate"] = cert.public_bytes(serialization.Encoding.PEM).decode()
    return found


@pytest.mark.parametrize("sent", [False, True])
def test_a_certificate(site: Site, sent: bool) -> None:
    result = site.app(credential(KEY, sent=sent)).acquire_token_for_client([site.scope])
    assert site.who_am_i(taken(result)).status_code == 200


def test_a_certificate_of_somebody_else(site: Site) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    result = site.app(credential(other, sent=True)).acquire_token_for_client([site.scope])
    assert result["error"] == "invalid_client"
    assert "its signature is not that of its certificate" in result["error_description"]


def jwt(**claims: Any) -> str:
    def part(document: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    known = {
        "iss": "https://token.actions.example",
        "sub": "repo:contoso/crm",
        "aud": "api://AzureADTokenExchange",
        "exp": (datetime.now(UTC) + timedelta(minutes=5)).timestamp(),
    }
    return f"{part({'alg': 'RS256'})}.{part({**known, **claims})}.c2lnbmVk"


def test_a_federated_assertion_is_fetched_when_it_is_needed(site: Site) -> None:
    asked: list[str] = []

    def fetch() -> str:
        asked.append("once")
        return jwt()

    app = site.app({"client_assertion": fetch})
    tokens = {taken(app.acquire_token_for_client([site.scope])) for _ in range(2)}
    assert (len(tokens), asked) == (1, ["once"])
    assert site.who_am_i(tokens.pop()).status_code == 200


@pytest.mark.parametrize(
    ("assertion", "told"),
    [
        (lambda: jwt(exp=1), "has expired"),
        (lambda: jwt(exp="soon"), "no time of expiry"),
        (lambda: jwt(aud="https://elsewhere.example"), "its audience is neither"),
        (lambda: jwt(sub=""), "names no issuer or subject"),
        (lambda: "abc", "no signed token"),
        (lambda: "a.b.c", "no signed token"),
        (lambda: "W10.W10.W10", "no signed token"),
    ],
)
def test_assertions_that_are_refused(site: Site, assertion: Callable[[], str], told: str) -> None:
    result = site.app({"client_assertion": assertion}).acquire_token_for_client([site.scope])
    assert (result["error"], told in result["error_description"]) == ("invalid_client", True)


def test_a_wrong_secret(site: Site) -> None:
    result = site.app("guess").acquire_token_for_client([site.scope])
    assert (result["error"], result["error_codes"]) == ("invalid_client", [7000215])


def test_an_unknown_tenant(site: Site) -> None:
    authority = f"{site.told['url']}/contoso.example"
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        msal.PublicClientApplication(STRANGER, **{**site.authority, "authority": authority})
