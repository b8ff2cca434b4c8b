"""Which environment a command works on: phases of outbound marketing, rows read from elsewhere."""

import os
from pathlib import Path

import pytest

from tests.support import SMALL, WORLD, Site, mig


@pytest.mark.parametrize("phase", ["live", "hidden", "removed"])
def test_the_job_is_the_same_in_every_phase(phase: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make({"phase": phase, **SMALL["world"]})
    manifest = site.manifest(SMALL["manifest"])
    home = ("--home", str(tmp_path))
    planned = mig("plan", "-f", manifest, "--format", "json", *home).document
    assert (planned["source"]["phase"], planned["summary"]["create"]) == (phase, 4)
    assert mig("apply", "-f", manifest, "--auto-approve", *home).code == 0
    assert mig("verify", "-f", manifest, *home).code == 0


def test_a_promotion_reads_there_and_writes_here(site: Site) -> None:
    site.make({}, "prod")
    manifest = site.manifest(
        {
            "environments": {"test": {"sandbox": "w"}, "prod": {"sandbox": "prod", "source": "test"}},
            "segments": [{"source": "Berlin", "publish": True}, {"source": "Graz"}, {"source": "Cities"}],
        }
    )
    before = site.everything()
    planned = mig("plan", "-f", manifest, "--env", "prod", "--format", "json").document
    assert planned["source"]["organization_id"] != planned["target"]["organization_id"]
    assert mig("apply", "-f", manifest, "--env", "prod", "--auto-approve").code == 0
    assert mig("verify", "-f", manifest, "--env", "prod").code == 0
    assert mig("plan", "-f", manifest, "--env", "prod", "--detailed-exitcode").code == 0
    assert [len(rows) for rows in site.everything("prod").values()] == [
        3,
        3,
        2,
        0,
    ]  # the ledger and the past runs
    assert site.everything() == before


def test_a_sandbox_that_does_not_exist_yet_is_made(tmp_path: Path) -> None:
    site = Site(tmp_path)
    environments = {"fresh": {"sandbox": "fresh"}}
    manifest = site.manifest(
        {"environments": environments, "segments": [{"source": "Newsletter subscribers"}]}
    )
    ran = mig("plan", "-f", manifest, "--home", tmp_path)
    assert (ran.code, "Making the sandbox 'fresh'" in ran.err) == (0, True)
    assert mig("sandbox", "list", "--home", tmp_path).out == "fresh\n"


FAR = {"url": "https://contoso.example", "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "socks5://somebody:secret@127.0.0.1:9"),
        ("https_proxy", "ftp://127.0.0.1:9"),
        ("ALL_PROXY", "http://a\nb"),
        ("SSL_CERT_FILE", "/nowhere/authorities.pem"),
        ("SSL_CERT_FILE", os.devnull),
    ],
)
def test_a_variable_that_nobody_can_connect_with(
    name: str, value: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_TEST_TOKEN", "a-token")
    monkeypatch.setenv(name, value)
    ran = mig("plan", "-f", site.manifest({"environments": {"far": FAR}, "segments": []}))
    assert (ran.code, "ENV040" in ran.err, name in ran.err) == (1, True, True)
    assert value not in ran.text
    assert "secret" not in ran.text


def test_a_host_that_is_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_TEST_TOKEN", "a-token")
    far = {**FAR, "url": "https://xn--a"}
    ran = mig("plan", "-f", site.manifest({"environments": {"far": far}, "segments": []}))
    assert (ran.code, "ENV001" in ran.err, "not valid" in ran.err) == (1, True, True)


@pytest.mark.parametrize("command", ["plan", "validate"])
def test_an_environment_that_the_manifest_does_not_have(command: str, manifest: Path) -> None:
    ran = mig(command, "-f", manifest, "--env", "nope")
    assert (ran.code, ran.out, "MAN011" in ran.err) == (64, "", True)


def test_validate_for_one_environment(manifest: Path) -> None:
    assert mig("validate", "-f", manifest, "--env", WORLD).code == 0


@pytest.mark.parametrize(
    ("name", "code"), [("_a-b.c", 0), (".a", 1), ("a/b", 1), ("x" * 64, 0), ("x" * 65, 1)]
)
def test_a_sandbox_is_named_as_worlds_are(name: str, code: int, site: Site) -> None:
    manifest = site.manifest({"environments": {"one": {"sandbox": name}}}, "named.yaml")
    ran = mig("validate", "-f", manifest)
    assert (ran.code, "MAN009" in ran.text) == (code, code == 1)
