"""The same small job over a socket: `mig sandbox serve` in a process of its own."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.served import served as serving
from tests.support import SMALL, Site, mig, told, valid, work

# The copies of this manifest go live in one wave, so that the client waits for the service once.
MANIFEST = {
    "segments": [
        {"source": "Berlin", "publish": True},
        {"source": "Graz", "publish": True},
        {"source": "Cities"},
        {"source": "Outdated"},
    ]
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("served")
    Site(home).make(SMALL["world"])
    return home


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "mig", "sandbox", "serve", "w", "--port", "0", "--speed", "120"]
    options = ["--format", "json", "--home", str(home)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
            assert process.poll() is None
        finally:
            process.kill()
        assert process.stdout.read() == ""


@pytest.fixture
def manifest(home: Path, served: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIG_TEST_URL", served["url"])
    monkeypatch.setenv("MIG_TEST_TOKEN", served["token"])
    far = {"url": "${MIG_TEST_URL}", "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"}}
    return Site(home).manifest({"environments": {"far": far}, **MANIFEST})


def test_the_line_it_prints(served: dict[str, Any]) -> None:
    valid(served, "served-sandbox")
    assert served["url"].startswith("http://127.0.0.1:")
    assert served["ca"] is None
    assert served["events"]["endpoint"].startswith(f"{served['url']}/api/v1.0/orgs/")
    assert served["events"]["token"] != served["token"]


def test_a_wrong_token(manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_TEST_TOKEN", "not-the-token")
    ran = mig("plan", "-f", manifest)
    assert (ran.code, ran.out, "Traceback" in ran.err) == (8, "", False)
    assert "not-the-token" not in ran.err


def test_a_first_manifest_names_the_token_and_does_not_hold_it(
    served: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_TOKEN", served["token"])
    file = tmp_path / "first.yaml"
    assert mig("init", "--url", served["url"], "--out", file).code == 0
    text = file.read_text(encoding="utf-8")
    assert ("${MIG_TOKEN}" in text, served["token"] in text) == (True, False)
    assert mig("plan", "-f", file, "--detailed-exitcode").code == 2


def test_plan_apply_verify(manifest: Path, served: dict[str, Any], tmp_path: Path) -> None:
    here = Site(tmp_path)
    here.make(SMALL["world"])
    same = here.manifest(MANIFEST)
    planned = mig("plan", "-f", manifest, "-v", "--format", "json")
    valid(planned.document, "plan")
    changes = [(change["address"], change["action"]) for change in planned.document["changes"]]
    assert sorted(changes) == told(here.plan(same).changes)
    applied = mig("apply", "-f", manifest, "-v", "--auto-approve")
    assert (applied.code, "Applied: 6 done." in applied.out) == (0, True)
    verified = mig("verify", "-f", manifest, "-v")
    assert (verified.code, "all 2 live segments" in verified.out) == (0, True)
    assert mig("plan", "-f", manifest, "--detailed-exitcode").code == 0
    here.apply(same)
    assert work(here.plan(same)) == []
    shown = "".join(ran.text for ran in (planned, applied, verified))
    assert served["token"] not in shown
    assert served["url"] not in shown  # it came from a variable


def test_a_certificate_that_nobody_here_trusts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(home, "w", "--tls") as told:
        monkeypatch.setenv("MIG_TEST_TOKEN", told["token"])
        far = {"url": told["url"], "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"}}
        manifest = Site(home).manifest({"environments": {"far": far}, **MANIFEST}, name="tls.yaml")
        ran = mig("plan", "-f", manifest)
        assert (ran.code, "ENV001" in ran.err, "SSL_CERT_FILE" in ran.err) == (1, True, True)
        monkeypatch.setenv("SSL_CERT_FILE", told["ca"])
        assert mig("plan", "-f", manifest).code == 0
        stock = mig("inventory", "-f", manifest, "--format", "json").document
        links = [item["migrated"]["link"] for item in stock["items"] if item["migrated"]]
        form = f"{told['url']}/main.aspx?pagetype=entityrecord&etn=msdynmkt_segment&id="
        assert links
        assert all(link.startswith(form) for link in links)


def test_a_port_that_is_taken(home: Path, served: dict[str, Any]) -> None:
    port = served["url"].rpartition(":")[2]
    ran = mig("sandbox", "serve", "w", "--port", port, "--home", home)
    assert (ran.code, port in ran.err, "Traceback" in ran.err) == (1, True, False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--limits", "0/30s"], "neither default, nor off, nor requests in a time"),
        (["--limits", "6/0s"], "neither default, nor off, nor requests in a time"),
        (["--limits", "6/soon"], "'soon' is no duration"),
        (["--latency", "100"], "'100' is no duration"),
        (["--dop-hint", "0"], "0 is not in the range"),
    ],
)
def test_options_that_cannot_be_meant(home: Path, options: list[str], told: str) -> None:
    ran = mig("sandbox", "serve", "w", *options, "--home", home)
    assert (ran.code, ran.out, told in ran.err) == (64, "", True)


def test_conditions_of_serving(home: Path) -> None:
    options = ["--latency", "1ms", "--row-time", "1.5ms", "--dop-hint", "16", "--limits", "2/1h"]
    with serving(home, "w", *options) as told:
        headers = {"Authorization": f"Bearer {told['token']}"}
        with httpx.Client(base_url=told["url"], headers=headers) as client:
            answers = [client.get("/api/data/v9.2/WhoAmI") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ms-dop-hint"] for answer in answers] == ["16"] * 3
    assert answers[0].headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "1"


def test_the_line_it_prints_with_tls(home: Path) -> None:
    with serving(home, "w", "--tls") as told:
        valid(told, "served-sandbox")
        assert told["url"].startswith("https://127.0.0.1:")
        assert Path(told["ca"]).read_text(encoding="ascii").startswith("-----BEGIN CERTIFICATE-----")
        assert told["sign_in"]["authority"] == told["url"]


@pytest.mark.skipif(sys.platform == "win32", reason="there, a process is ended without being asked")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_holds_up_its_end(method: str, home: Path) -> None:
    """Neither who sends half a request nor who does not fetch an answer."""
    command = [sys.executable, "-m", "mig", "sandbox", "serve", "w", "--port", "0", "--format", "json"]
    with subprocess.Popen(
        [*command, "--home", str(home)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        path = "EntityDefinitions?$expand=Attributes" if method == "GET" else "$batch"
        head = (
            f"{method} /api/data/v9.2/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {told['token']}\r\n"
        )
        length = "Content-Length: 1000\r\n" if method == "POST" else ""
        with socket.create_connection(("127.0.0.1", int(told["url"].rpartition(":")[2]))) as client:
            client.sendall(f"{head}{length}\r\n".encode())
            assert client.recv(1) if method == "GET" else True
            process.terminate()
            _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
