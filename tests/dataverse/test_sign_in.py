"""Every way to sign in that a machine can try, against a sandbox served with TLS and its authority."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from mig.cli.signing_in import way_of
from mig.dataverse.calls import Exchange
from mig.dataverse.client import Client, connect
from mig.dataverse.errors import NotAMember, SettingMissing, SignInFailed, Unreachable
from mig.dataverse.sign_in.application import with_secret
from mig.dataverse.sign_in.asked import Asked
from mig.dataverse.sign_in.ways import WAYS, usual
from mig.manifest.environment_variables import Expanded
from mig.manifest.model import Auth, AuthMethod
from mig.model.outcome import Exit
from mig.sandbox.world import World
from mig.sandbox.worlds import Worlds
from tests.dataverse.identity_service import identity_service
from tests.sandbox.conftest import spec
from tests.sandbox.served import served
from tests.sandbox.test_signin import KEY, LEAVER, STRANGER, USERS, certificate, jwt
from tests.support import mig

WRONG = {"AZURE_CLIENT_SECRET": "canary-of-a-secret"}


@dataclass(frozen=True)
class Site:
    """A served sandbox, and its world as another process sees it."""

    told: dict[str, Any]
    world: World
    log: list[Exchange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """What a machine has that trusts it; without who signs in."""
        sign_in = self.told["sign_in"]
        return {
            "AZURE_AUTHORITY_HOST": sign_in["authority"],
            "AZURE_TENANT_ID": sign_in["tenant"],
            "AZURE_CLIENT_ID": sign_in["client_id"],
            "SSL_CERT_FILE": self.told["ca"],
            "PATH": os.environ["PATH"],
        }

    @property
    def secret(self) -> dict[str, str]:
        return {"AZURE_CLIENT_SECRET": self.told["sign_in"]["client_secret"]}

    def talk(self, method: str | None, job: Any, **variables: str) -> Any:
        """A conversation of somebody who signs in so."""
        url = Expanded.of("${URL}", "${URL}", {"URL": self.told["url"]})
        auth = Auth(AuthMethod(method) if method else None)
        self.log.clear()
        self.notes.clear()

        async def work() -> Any:
            way = way_of(auth, url, self.variables | variables, self.notes.append)
            async with connect(url.reveal(), way, shown_as=str(url), log=self.log.append) as client:
                return await job(client)

        return asyncio.run(work())

    def user(self, method: str | None, **variables: str) -> str:
        """The id of the user that somebody is in the organisation."""
        return str(self.talk(method, who, **variables)["UserId"])

    @property
    def application_user(self) -> str:
        query = "SELECT systemuserid FROM systemuser WHERE applicationid = ?"
        return str(self.world.connection.execute(query, (self.told["sign_in"]["client_id"],)).fetchone()[0])


async def who(client: Client) -> Any:
    return await client.get("WhoAmI")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("signin")
    worlds = Worlds(home)
    given = spec()
    worlds.create("w", spec(rows={**given.rows, "systemuser": USERS}))
    with worlds.open("w") as world, served(home, "w", "--tls") as told:
        yield Site(told, world)


@pytest.fixture(autouse=True)
def trust(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable for the Web API and for signing in."""
    monkeypatch.setenv("SSL_CERT_FILE", site.told["ca"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())  # not asked where the other is set


def test_every_method_of_the_manifest_has_its_way() -> None:
    assert {*WAYS, "token"} == {*AuthMethod}


# --- applications -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client-secret", None])
def test_a_client_secret(site: Site, method: str | None) -> None:
    assert site.user(method, **site.secret) == site.application_user


@pytest.mark.parametrize("missing", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"])
def test_a_variable_that_is_not_set(site: Site, missing: str) -> None:
    with pytest.raises(SettingMissing, match=f"{missing} is not set") as raised:
        site.user("client-secret", **{**site.secret, missing: ""})
    assert (raised.value.code, raised.value.exit, site.log) == ("ENV015", Exit.DENIED, [])


def test_a_wrong_secret_is_refused_and_not_shown(site: Site) -> None:
    with pytest.raises(SignInFailed, match=r"`client-secret` failed: AADSTS7000215") as raised:
        site.user("client-secret", **WRONG)
    assert (raised.value.code, raised.value.exit) == ("ENV003", Exit.DENIED)
    shown = f"{raised.value} {raised.value!r} {raised.value.fix} {raised.value.__context__!r}"
    assert "canary" not in shown


def test_an_unknown_tenant(site: Site) -> None:
    with pytest.raises(SignInFailed, match="Unable to get authority configuration") as raised:
        site.user("client-secret", **site.secret, AZURE_TENANT_ID="contoso.example")
    assert "docs/sign-in.md" in raised.value.fix


def test_an_authority_that_nobody_trusts(site: Site) -> None:
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        site.user("client-secret", **site.secret, SSL_CERT_FILE="")


@pytest.mark.parametrize("client", [STRANGER, LEAVER])
def test_an_application_that_is_no_user(site: Site, client: str) -> None:
    with pytest.raises(NotAMember, match=rf"the application {client} can sign in, but is no user") as raised:
        site.user("client-secret", **site.secret, AZURE_CLIENT_ID=client)
    assert (raised.value.code, raised.value.exit) == ("ENV003", Exit.DENIED)
    assert f"add the application {client} as a user of ${{URL}}" in raised.value.fix


def files(folder: Path, password: bytes | None = None) -> dict[str, Path]:
    """The certificate of the tests in both forms."""
    cert = certificate(KEY)
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    pem, pfx = folder / "cert.pem", folder / "cert.pfx"
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    pem.write_bytes(key + cert.public_bytes(Encoding.PEM))
    pfx.write_bytes(pkcs12.serialize_key_and_certificates(b"mig", KEY, cert, None, lock))
    return {"pem": pem, "pfx": pfx}


@pytest.mark.parametrize("form", ["pem", "pfx"])
@pytest.mark.parametrize("password", ["", "open sesame"])
@pytest.mark.parametrize("sent", ["", "true"])
def test_a_certificate(site: Site, form: str, password: str, sent: str, tmp_path: Path) -> None:
    path = files(tmp_path, password.encode() or None)[form]
    variables = {
        "AZURE_CLIENT_CERTIFICATE_PATH": str(path),
        "AZURE_CLIENT_CERTIFICATE_PASSWORD": password,
        "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": sent,
    }
    assert site.user("certificate", **variables) == site.application_user


@pytest.mark.parametrize("form", ["pem", "pfx"])
def test_a_certificate_with_another_password(site: Site, form: str, tmp_path: Path) -> None:
    path = files(tmp_path, b"open sesame")[form]
    password = {"AZURE_CLIENT_CERTIFICATE_PASSWORD": "canary-of-a-password"}
    with pytest.raises(SignInFailed, match="`certificate` failed") as raised:
        site.user("certificate", AZURE_CLIENT_CERTIFICATE_PATH=str(path), **password)
    assert "canary" not in f"{raised.value} {raised.value.fix} {raised.value.__cause__}"


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN nothing", b"\x00\x01"])
def test_a_certificate_that_is_none(site: Site, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "cert"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SignInFailed, match="`certificate` failed"):
        site.user("certificate", AZURE_CLIENT_CERTIFICATE_PATH=str(path))


def test_a_folder_is_no_certificate(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match="a file cannot be read"):
        site.user("certificate", AZURE_CLIENT_CERTIFICATE_PATH=str(tmp_path))


def test_who_signs_in_is_not_there(site: Site) -> None:
    """What the library says of it names the whole url, and an address in memory."""
    nobody = "https://127.0.0.1:9"
    with pytest.raises(Unreachable, match=f"{nobody} cannot be reached") as raised:
        site.user("client-secret", **site.secret, AZURE_AUTHORITY_HOST=nobody)
    assert site.told["sign_in"]["tenant"] not in str(raised.value)
    assert " object at 0x" not in str(raised.value)


def test_a_federated_assertion_is_read_for_each_token(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    file.write_text(jwt() + "\n", encoding="utf-8")

    async def twice(client: Client) -> list[Any]:
        first = await who(client)
        file.write_text(jwt(exp=1), encoding="utf-8")
        second = await who(client)  # the token of the first is still good
        site.world.clock.advance(3601)
        with pytest.raises(SignInFailed, match="has expired"):
            await who(client)
        file.write_text(jwt(), encoding="utf-8")
        return [first, second, await who(client)]

    users = site.talk("federated", twice, AZURE_FEDERATED_TOKEN_FILE=str(file))
    assert {user["UserId"] for user in users} == {site.application_user}


def test_a_federated_assertion_that_is_not_there(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match="a file cannot be read"):
        site.user("federated", AZURE_FEDERATED_TOKEN_FILE=str(tmp_path / "nowhere"))


def test_a_job_of_github_actions_asks_for_its_own_assertion(site: Site) -> None:
    with identity_service(jwt()) as service:
        assert site.user("federated", **service.variables_of_a_job) == site.application_user
    assert service.asked == [{"api-version": ["2"], "audience": ["api://AzureADTokenExchange"]}]


def test_a_job_that_may_not_ask(site: Site) -> None:
    with identity_service(None) as service, pytest.raises(SignInFailed, match="answered 400") as raised:
        site.user("federated", **service.variables_of_a_job)
    assert "id-token: write" in raised.value.fix


def test_nobody_who_would_assert_anything(site: Site) -> None:
    with pytest.raises(SettingMissing, match="AZURE_FEDERATED_TOKEN_FILE is not set"):
        site.user("federated")


def test_a_token_that_ended_is_had_anew_once(site: Site) -> None:
    async def across_the_end(client: Client) -> None:
        await who(client)
        site.world.clock.advance(3601)
        await who(client)

    site.talk("client-secret", across_the_end, **site.secret)
    assert [exchange.status for exchange in site.log] == [200, 401, 200]


# --- people -----------------------------------------------------------------------------------------------


def test_a_device_code_and_what_is_kept_of_it(site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "tokens.json"
    assert site.user("device-code", MIG_TOKEN_CACHE=str(kept)) == site.world.administrator
    assert site.notes == ["The sandbox's administrator signs in by itself; there is no page to open."]
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert site.user("device-code", MIG_TOKEN_CACHE=str(kept)) == site.world.administrator
    assert site.notes == []  # nobody was asked


# What a browser does on the page to sign in on: send the form, to where it says.
BROWSER = """
import html, re, sys
from urllib.parse import urlencode
from urllib.request import urlopen
page = urlopen(sys.argv[1]).read().decode()
action = html.unescape(re.search('action="([^"]+)"', page)[1])
fields = {name: html.unescape(value) for name, value in re.findall('name="([^"]+)" value="([^"]*)"', page)}
CHANGED
urlopen(action, urlencode(fields).encode())
"""


@pytest.mark.skipif(os.name != "posix", reason="a browser is named by a command line elsewhere")
@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ("", 0, "A browser opens"),
        ("fields['code'] = fields['code'][1:]", 8, "AADSTS9002313"),
        ("fields = {'error': 'access_denied', 'state': fields['state']}", 8, "access_denied"),
    ],
)
def test_a_browser(site: Site, changed: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "browser.py").write_text(BROWSER.replace("CHANGED", changed), encoding="utf-8")
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\n"{sys.executable}" "{tmp_path}/browser.py" "$1" &\n', encoding="utf-8")
    browser.chmod(0o755)
    manifest = tmp_path / "mig.yaml"
    there = f"{{url: '{site.told['url']}', auth: {{method: interactive}}}}"
    manifest.write_text(f"version: 1\nmigration: m\nenvironments: {{a: {there}}}\n", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "mig", "inventory", "-f", manifest, "--home", tmp_path],
        env={**os.environ, **site.variables, "BROWSER": str(browser)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ran.returncode, said in ran.stderr) == (code, True), ran.stderr
    assert "Traceback" not in ran.stderr


def test_nothing_is_kept_unasked(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    site.user("device-code")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="files have no such mode there")
def test_a_kept_sign_in_that_others_may_read_is_refused(site: Site, tmp_path: Path) -> None:
    kept = tmp_path / "tokens.json"
    kept.write_text("{}", encoding="utf-8")
    kept.chmod(0o640)
    with pytest.raises(SignInFailed, match="others may read") as raised:
        site.user("device-code", MIG_TOKEN_CACHE=str(kept))
    assert raised.value.fix == f"chmod 600 {kept}"


# --- identities that others look after --------------------------------------------------------------------


def test_a_managed_identity(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with identity_service(site.told["token"]) as service:
        for name, value in service.variables.items():
            monkeypatch.setenv(name, value)
        assert site.user("managed-identity", AZURE_CLIENT_ID="") == site.world.administrator
        assert service.asked == [{"resource": [site.told["url"]], "api-version": ["2019-08-01"]}]
        assert site.user("managed-identity") == site.world.administrator
        assert service.asked[1]["client_id"] == [site.told["sign_in"]["client_id"]]


def test_a_managed_identity_that_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with identity_service(None) as service:
        for name, value in service.variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SignInFailed, match="`managed-identity` failed"):
            site.user("managed-identity")


def az(folder: Path, program: str) -> str:
    """A folder with a command `az` that runs a program; PATH with it in front."""
    script = folder / "az.py"
    script.write_text(program, encoding="utf-8")
    if os.name == "nt":
        (folder / "az.cmd").write_text(f'@"{sys.executable}" "{script}" %*\n', encoding="utf-8")
    else:
        command = folder / "az"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_the_azure_cli(site: Site, tmp_path: Path) -> None:
    ends = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    answer = json.dumps({"accessToken": site.told["token"], "expires_on": ends, "tokenType": "Bearer"})
    program = (
        f"import sys; print({answer!r}); print(sys.argv[1:], file=open({str(tmp_path / 'asked')!r}, 'w'))"
    )
    assert site.user("azure-cli", PATH=az(tmp_path, program)) == site.world.administrator
    asked = (tmp_path / "asked").read_text(encoding="utf-8")
    expected = ["account", "get-access-token", "--output", "json", "--resource", site.told["url"]]
    assert asked.strip() == str([*expected, "--tenant", site.told["sign_in"]["tenant"]])


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (
            "import sys; print('WARNING: old', file=sys.stderr);"
            "sys.exit('ERROR: Please run \\'az login\\' to setup account.')",
            "`az` says: Please run 'az login'",
        ),
        ("import sys; sys.exit(1)", "it does not say why"),
        ("print('canary-of-a-token')", "`az` answered without a token"),
        ("print('{}')", "`az` answered without a token"),
    ],
)
def test_an_azure_cli_that_is_not_signed_in(site: Site, program: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match=told) as raised:
        site.user("azure-cli", PATH=az(tmp_path, program))
    assert raised.value.fix == f"run `az login --tenant {site.told['sign_in']['tenant']}`"
    assert "canary" not in str(raised.value)


def test_no_azure_cli_at_all(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match="`az` is not there") as raised:
        site.user(None, PATH=str(tmp_path))
    assert "install the Azure CLI" in raised.value.fix


def test_an_azure_cli_that_lies_beside_the_manifest_is_not_run(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SignInFailed, match="`az` is not there"):
        site.user("azure-cli", PATH=az(tmp_path, "print('{}')"))


def test_nothing_strange_reaches_the_command_line(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match="do not belong there"):
        site.user("azure-cli", PATH=az(tmp_path, ""), AZURE_TENANT_ID="a & calc")


# --- all the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({}, 0, ""),
        (WRONG, 8, "ENV003"),
        ({"AZURE_CLIENT_ID": STRANGER}, 8, "as a user of"),
        ({"AZURE_TENANT_ID": ""}, 8, "az"),
    ],
)
def test_a_command_signs_in_as_the_manifest_says(
    site: Site,
    changed: dict[str, str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {**site.variables, **site.secret, **changed, "PATH": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    manifest = tmp_path / "mig.yaml"
    manifest.write_text(
        f"version: 1\nmigration: m\nenvironments:\n  there: {{url: '{site.told['url']}'}}\n", encoding="utf-8"
    )
    ran = mig("inventory", "-f", manifest, "--home", tmp_path)
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert "canary" not in ran.text
    assert "Traceback" not in ran.text


def test_the_usual_method() -> None:
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    assert usual(dict.fromkeys(names, "x")) == "client-secret"
    assert {usual(dict.fromkeys(names[:2], "x")), usual({}), usual(dict.fromkeys(names, ""))} == {"azure-cli"}


def test_what_is_known_of_who_signs_in_is_not_shown() -> None:
    secret = {"AZURE_CLIENT_SECRET": "canary", "AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t"}
    asked = Asked("client-secret", "there", "https://x", secret, print, lambda: 0.0)
    assert "canary" not in f"{asked!r} {with_secret(asked)!r}"
