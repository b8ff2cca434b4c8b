"""Nothing secret and nobody is in what mig prints, logs or writes, whatever command runs and however it ends.

Every row, file and variable that a command reads holds words of its own (canaries), save queries and names of
segments, which are shown as written. They are looked for in everything that comes out.
"""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mig.cli.problems import report
from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from tests.sockets import behind_socket
from tests.support import Ran, Site, mig

PERSON = "c0000000-0000-0000-0000-00000000cafe"
GUEST = "c0000000-0000-0000-0000-00000000beef"
PEOPLE = [
    {
        "contactid": key,
        "fullname": f"Canary-{name}",
        "firstname": f"Canary-{name}-First",
        "lastname": f"Canary-{name}-Last",
        "emailaddress1": f"canary-{name}@birds.example",
        "telephone1": "+47 555 CANARY",
        "address1_line1": "Canary Street 1",
        "address1_city": "Berlin",
    }
    for key, name in ((PERSON, "ann"), (GUEST, "bob"))
]
USER = {
    "systemuserid": "50000000-0000-0000-0000-00000000cafe",
    "fullname": "Canary-user",
    "domainname": "canary-user@birds.example",
    "internalemailaddress": "canary-user@birds.example",
}
SEGMENTS = [
    {
        "msdyncrm_segmentname": "Berlin",
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentqueryname": "BERLIN",
        "msdyncrm_segmentquery": "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')",
        "ownerid": {"systemuser": USER["systemuserid"]},
        "createdby": USER["systemuserid"],
    },
    {
        "msdyncrm_segmentname": "Guests",
        "msdyncrm_segmenttype": 192350001,
        "statuscode": 192350001,
        "msdyncrm_segmentmemberids": json.dumps([f"crm{GUEST}"]),
    },
    {
        "msdyncrm_segmentname": "Broken",
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentquery": "PROFILE(contact).FILTER(",
    },
]
EVENTS_TOKEN = "canary-events-token"  # noqa: S105 -- a canary
PIN = "ca9a4700-ca9a-4470-8ca9-ca9a4700ca9a"
SECRETS = ("canary", "birds.example", GUEST[:-4] + "beef", EVENTS_TOKEN)
COMMANDS = (
    ("plan",),
    ("plan", "--format", "json", "-v"),
    ("plan", "--explain", "-v", "--out", "plan.json"),
    ("show", "plan.json"),
    ("inventory", "--format", "json", "-v"),
    ("inventory", "--format", "csv"),
    ("doctor", "-v"),
    ("snapshot", "--out", "all.migsnap"),
    ("apply", "--auto-approve", "-v", "--events", "events.jsonl"),
    ("apply", "--auto-approve", "--format", "json", "-v"),
    ("verify", "-v"),
    ("verify", "--format", "json"),
    ("status", "-v"),
    ("history", "--format", "json"),
    ("lock", "show", "-v"),
)
WITHOUT_MANIFEST = ("show",)


class Place:
    """A served world and a manifest that reaches it by what is in variables."""

    def __init__(self, site: Site, secrets: Sequence[str], environment: Sequence[str] = ()) -> None:
        self.site = site
        self.secrets = secrets
        self.environment = environment
        self.out = ""

    def run(self, *command: str) -> Ran:
        """Run it, keep what it printed."""
        given = [str(self.site.home / word) if "." in word else word for word in command]
        if command[0] not in WITHOUT_MANIFEST:
            given += ["-f", str(self.site.home / "mig.yaml")]
            given += self.environment if "--env" not in command else ()
        ran = mig(*given)
        self.out += ran.text
        return ran

    def told(self) -> str:
        """All that came out: streams, files, notes in the organisation."""
        files = [path for path in self.site.home.glob("*.*") if path.name not in ("mig.yaml", "guests.csv")]
        notes = [str(row["notetext"]) for row in self.site.rows("annotation")]
        return self.out + "".join(_text(path) for path in files) + "".join(notes)

    def leaks(self) -> list[str]:
        """The canaries that flew."""
        told = self.told().lower()
        return [secret for secret in (*SECRETS, *self.secrets) if secret.lower() in told]


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode("utf-8", "replace")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    site = Site(tmp_path)
    site.make({"tables": {"contact": PEOPLE, "systemuser": [USER], "msdyncrm_segment": SEGMENTS}})
    return site


@pytest.fixture
def place(site: Site) -> Place:
    """The world inside this process."""
    entries = [{"source": row["msdyncrm_segmentname"], "publish": True} for row in SEGMENTS]
    site.manifest({"segments": entries})
    with site.open() as world:
        return Place(site, (world.token,))


@pytest.fixture
def far(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The world behind a socket, and what opens it in variables. Time stands still: nothing is published."""
    with site.open() as world, behind_socket(world) as url:
        monkeypatch.setenv("MIG_TEST_TOKEN", world.token)
        monkeypatch.setenv("MIG_TEST_EVENTS", EVENTS_TOKEN)
        monkeypatch.setenv("MIG_TEST_URL", url)
        monkeypatch.setenv("MIG_TEST_ENDPOINT", f"https://events.example/{EVENTS_TOKEN}")
        monkeypatch.setenv("MIG_TEST_PIN", PIN)
        environment = {
            "url": "${MIG_TEST_URL}",
            "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"},
            "events": {"endpoint": "${MIG_TEST_ENDPOINT}", "token": "${MIG_TEST_EVENTS}"},
        }
        pinned = {**environment, "organization": "${MIG_TEST_PIN}"}
        entries = [{"source": row["msdyncrm_segmentname"]} for row in SEGMENTS]
        site.manifest({"environments": {"far": environment, "pinned": pinned}, "segments": entries})
        yield Place(site, (world.token, url, PIN), ("--env", "far"))


def test_nothing_leaks_when_all_goes_well(place: Place) -> None:
    for command in COMMANDS:
        place.run(*command)
    assert "Verified" in place.out
    assert place.leaks() == []


def test_nothing_leaks_of_an_organisation_elsewhere(far: Place) -> None:
    for command in COMMANDS:
        far.run(*command)
    assert "Berlin" in far.out
    assert far.leaks() == []


def test_a_refused_token_is_not_repeated(far: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_TEST_TOKEN", "canary-wrong-token")
    for command in (COMMANDS[1], COMMANDS[8], COMMANDS[6]):
        assert far.run(*command).code == 8
    assert far.leaks() == []


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:9/canary", "http://canary.localhost", "canary://x"])
def test_a_url_that_leads_nowhere_is_not_repeated(
    far: Place, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_TEST_URL", elsewhere)
    for command in (COMMANDS[1], COMMANDS[6]):
        assert far.run(*command).code == 1
    assert far.leaks() == []


def test_another_organisation_than_the_one_in_a_variable(far: Place) -> None:
    for command in (COMMANDS[1], COMMANDS[6]):
        ran = far.run(*command, "--env", "pinned")
        assert (ran.code, "is pinned to organisation ${MIG_TEST_PIN}" in " ".join(ran.text.split())) == (
            1,
            True,
        )
    assert far.leaks() == []


def test_a_mistake_of_ours_is_shown_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    """What an unexpected error quotes may be a row, a header, an address."""
    try:
        try:
            {}[PEOPLE[0]["emailaddress1"]]
        except KeyError as error:
            inner = ExceptionGroup("canary", [ValueError("canary"), error])
            raise TypeError(f"canary: {PEOPLE}") from inner
    except TypeError as error:
        assert report(error) == 1
    told = capsys.readouterr().err
    assert told.count("test_canaries.py") == 2
    for kind in ("builtins.TypeError", "builtins.ExceptionGroup", "builtins.ValueError", "builtins.KeyError"):
        assert kind in told
    assert [line for line in told.splitlines() if "canary-" in line or "Canary" in line] == []


def test_what_libraries_log_goes_nowhere() -> None:
    code = (
        "import logging; from mig.cli.traces import silence_libraries; silence_libraries();"
        "logging.getLogger('asyncio').error('canary')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (ran.stdout, ran.stderr) == (b"", b"")


@pytest.mark.parametrize("deed", [deed for deed in Deed if deed is not Deed.SLOW])
def test_nothing_leaks_when_something_goes_wrong(place: Place, deed: Deed) -> None:
    with place.site.open() as world:
        faults.add(world, Fault("* *", deed, every=5))
    for command in (COMMANDS[0], COMMANDS[8]):
        place.run(*command)
    assert place.leaks() == []


def test_an_entry_that_names_a_file_of_addresses(place: Place) -> None:
    (place.site.home / "guests.csv").write_text(
        "emailaddress1\ncanary-bob@birds.example\ncanary-nobody@birds.example\n,\n", encoding="utf-8"
    )
    members = {"from": "csv", "file": "guests.csv", "key": "emailaddress1"}
    text = (place.site.home / "mig.yaml").read_text("utf-8")
    (place.site.home / "mig.yaml").write_text(
        text.replace("source: Guests", f"source: Guests, members: {json.dumps(members)}"), "utf-8"
    )
    for command in (("plan", "--explain"), COMMANDS[8], ("verify", "--ids", "ids.csv")):
        place.run(*command)
    found = place.leaks()
    assert not found or found == [SECRETS[2]]  # --ids is asked to write ids
