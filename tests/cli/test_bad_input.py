"""What a bad day sends, or a well-meant edit leaves: refused with the reason, and nothing is written."""

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from mig.report.saved_plan import saved_plan_document, saved_plan_of
from tests.sockets import behind_socket
from tests.support import SMALL, Ran, Site, mig

FEW = {"segments": [{"source": "Berlin"}, {"source": "Graz"}]}
API = "/api/data/v9.2/"


def apply(*arguments: str | Path) -> Ran:
    ran = mig("apply", *arguments)
    assert "Traceback" not in ran.text
    return ran


def said(ran: Ran) -> str:
    return " ".join(ran.err.split())


# --- answers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What takes the place of an answer."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


def elsewhere(body: bytes) -> Answer:
    document = {**json.loads(body), "@odata.nextLink": "https://elsewhere.example/api/data/v9.2/next"}
    return Answer(json.dumps(document).encode())


def sign_in_page(body: bytes) -> Answer:
    return Answer(b"<html><title>Sign in</title></html>", {"content-type": "text/html; charset=utf-8"})


def half(body: bytes) -> Answer:
    return Answer(body[: len(body) // 2])


def bomb(body: bytes) -> Answer:
    """Some 250 KB that unpack to more than 256 MB."""
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    blank = b" " * (1 << 20)
    packed = b"".join(packer.compress(blank) for _ in range(257)) + packer.flush()
    return Answer(packed, {"content-type": "application/json", "content-encoding": "gzip"})


SPOILED: dict[str, tuple[Callable[[bytes], Answer], str]] = {
    "a nextLink to another host": (
        elsewhere,
        "the next page is on another host: elsewhere.example",
    ),
    "a page to sign in": (sign_in_page, "came as text/html; charset=utf-8 instead of JSON: a web page"),
    "a body cut in half": (half, "is cut or not JSON"),
    "a gzip bomb": (bomb, "larger than 268,435,456 bytes"),
}


class Between:
    """Spoils what the world answers to one path, and tells a time that is some hours off."""

    def __init__(self) -> None:
        self.spoil: Callable[[bytes], Answer] | None = None
        self.off = timedelta()

    def __call__(self, app: Any) -> Any:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            spoils = scope["path"] == f"{API}msdyncrm_segments" and self.spoil
            start: dict[str, Any] = {}
            body = b""

            async def keep(message: Mapping[str, Any]) -> None:
                nonlocal body
                if message["type"] == "http.response.start":
                    start.update(message)
                else:
                    body += message.get("body", b"")

            await app(scope, receive, keep)
            date = format_datetime(datetime.now(UTC) + self.off, usegmt=True)
            headers = [*start["headers"], (b"date", date.encode())]
            if spoils:
                spoiled = spoils(body)
                body = spoiled.body
                given = {"content-length": f"{len(body)}", **spoiled.headers, "date": date}
                headers = [(name.encode(), value.encode()) for name, value in given.items()]
            await send({**start, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        return answer


@dataclass(frozen=True)
class Far:
    """An organisation at a URL, what stands between, and a plan of it that was saved while all was well."""

    site: Site
    manifest: Path
    plan: Path
    between: Between
    notes: Callable[[], list[Any]]
    rows: Callable[[], int]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    site = Site(tmp_path_factory.mktemp("far"))
    site.make(SMALL["world"])
    between = Between()
    with pytest.MonkeyPatch.context() as patch, site.open() as world, behind_socket(world, between) as url:
        patch.setenv("MIG_TEST_TOKEN", world.token)
        environment = {"url": url, "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"}}
        manifest = site.manifest({"environments": {"far": environment}, **FEW})
        plan = site.home / "plan.json"
        assert mig("plan", "-f", manifest, "--out", plan, "--home", site.home).code == 0

        def count(table: str) -> int:
            return int(world.connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])

        yield Far(
            site,
            manifest,
            plan,
            between,
            lambda: world.connection.execute("SELECT * FROM annotation").fetchall(),
            lambda: count("msdynmkt_segment"),
        )


@pytest.fixture
def far(served: Far) -> Iterator[Far]:
    before = (served.notes(), served.rows())
    yield served
    assert (served.notes(), served.rows()) == before
    served.between.spoil, served.between.off = None, timedelta()


@pytest.mark.parametrize("what", SPOILED)
def test_an_answer_that_is_none(far: Far, what: str) -> None:
    """It comes after the lock was taken, which is given back."""
    far.between.spoil, told = SPOILED[what]
    ran = apply(far.plan, "-f", far.manifest, "--home", far.site.home)
    assert ran.code == 1
    assert "error[ENV005]" in said(ran)
    assert told in said(ran)


@pytest.mark.parametrize(("hours", "side"), [(1, "behind"), (-1, "ahead of")])
def test_a_clock_that_is_an_hour_off(far: Far, hours: int, side: str) -> None:
    far.between.off = timedelta(hours=hours)
    for ran in (
        apply(far.plan, "-f", far.manifest, "--home", far.site.home),
        apply("--auto-approve", "-f", far.manifest, "--home", far.site.home),
        mig("doctor", "-f", far.manifest, "--home", far.site.home),
    ):
        assert ran.code == 1
        assert f"error[ENV038] the clock of this machine is 60 minutes {side} that of" in " ".join(
            ran.text.split()
        )
    assert mig("plan", "-f", far.manifest, "--home", far.site.home).code == 0


# --- files and notes --------------------------------------------------------------------------------------


@pytest.fixture
def saved(site: Site) -> tuple[Path, Path]:
    """A manifest, and a plan that was saved for it."""
    manifest = site.manifest(FEW)
    plan = site.home / "plan.json"
    assert mig("plan", "-f", manifest, "--out", plan).code == 0
    return manifest, plan


def by_hand(text: str) -> str:
    return text.replace("address1_city == 'Berlin'", "address1_city == 'Bonn'")


def newer_format(text: str) -> str:
    return text.replace('"format_version": 1', '"format_version": 2', 1)


def another_version(text: str) -> str:
    found = saved_plan_of(json.loads(text), "plan")
    return json.dumps(saved_plan_document(replace(found, plan=replace(found.plan, tool="mig 0.0.7"))))


PLANS: dict[str, tuple[Callable[[str], str], str]] = {
    "edited by hand": (by_hand, "it was edited after mig wrote it, or damaged"),
    "of a newer format": (newer_format, "it has format version 2, and this mig reads up to 1"),
    "of another version": (another_version, "mig 0.0.7 made it, and this is mig"),
}


@pytest.mark.parametrize("what", PLANS)
def test_a_plan(site: Site, saved: tuple[Path, Path], what: str) -> None:
    manifest, plan = saved
    before, text = site.everything(), plan.read_text("utf-8")
    change, told = PLANS[what]
    assert change(text) != text
    plan.write_text(change(text), "utf-8")
    ran = apply(plan, "-f", manifest)
    assert (ran.code, ran.out) == (1, "")
    assert "error[ENV022]" in said(ran)
    assert told in said(ran)
    assert site.everything() == before


def test_a_plan_of_another_version_can_be_shown(saved: tuple[Path, Path]) -> None:
    _, plan = saved
    before = mig("show", plan).out
    plan.write_text(another_version(plan.read_text("utf-8")), "utf-8")
    assert (mig("show", plan).code, mig("show", plan).out) == (0, before)


@pytest.mark.parametrize("subject", ["mig:ledger:cases", "mig:runs:cases"])
def test_a_note_that_was_edited_by_hand(site: Site, saved: tuple[Path, Path], subject: str) -> None:
    manifest, _ = saved
    assert apply("--auto-approve", "-f", manifest).code == 0
    site.sql(
        "UPDATE annotation SET notetext = replace(notetext, ?, ?) WHERE subject = ?", "Be", "Bo", subject
    )
    site.sql("UPDATE annotation SET notetext = replace(notetext, 'done', 'dome') WHERE subject = ?", subject)
    site.sql("UPDATE msdyncrm_segment SET msdyncrm_description = 'other'")
    before = site.everything()
    ran = apply("--auto-approve", "-f", manifest)
    assert ran.code == 1
    assert re.search(
        r"error\[ENV007\] the (ledger|history) note \S+ does not hold what mig writes:", said(ran)
    )
    assert site.everything() == before
