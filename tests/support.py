"""What several folders of tests need: worlds and manifests from plain data, and the main job run on them."""

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from mig.cli.applying import Wish, carry_out
from mig.cli.main import run
from mig.cli.probing import probe
from mig.cli.session import Session, open_session
from mig.cli.verifying import compare
from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.messages import Request
from mig.engine.attempt import Stop
from mig.engine.ledger import PREFIX
from mig.engine.plan import Action, Change, Plan
from mig.engine.run import Run
from mig.model.bundled import bundled
from mig.sandbox.world import World
from mig.sandbox.worldfile import parse_world
from mig.sandbox.worlds import Worlds
from mig.segments.diagnosis import Diagnosis
from mig.segments.doctor import diagnose
from mig.segments.verification import Verification
from tests.data import dump, load
from tests.worlds import create

CASES = Path(__file__).parent / "cases"
WORLD = "w"

# Three persons who differ in all that the queries of the cases ask for.
PEOPLE = [
    {
        "contactid": "c0000000-0000-0000-0000-000000000001",
        "fullname": "Ann O'Neil",
        "emailaddress1": "ann.oneil@fabrikam.example",
        "address1_city": "Berlin",
        "jobtitle": "Buyer",
        "donotbulkemail": False,
    },
    {
        "contactid": "c0000000-0000-0000-0000-000000000002",
        "fullname": "Bob Berg",
        "emailaddress1": "bob.berg@contoso.example",
        "address1_city": "Graz",
        "jobtitle": "Chemist",
        "donotbulkemail": True,
    },
    {
        "contactid": "c0000000-0000-0000-0000-000000000003",
        "fullname": "Zoë Ångström",
        "address1_city": "Berlin",
        "donotbulkemail": False,
    },
]
SECRETS_OF_PEOPLE = ("O'Neil", "oneil", "Berg", "Ångström", "fabrikam.example", "contoso.example")

Document = Mapping[str, Any]
Edit = Mapping[str, Any]


# A world with a bit of everything and the manifest for it: `world` and `manifest`.
SMALL: Document = load(CASES / "small.yaml")


def valid(document: Any, schema: str) -> None:
    """Assert that a document is as its published schema says."""
    assert not [error.message for error in _judge(schema).iter_errors(document)]


@cache
def _judge(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(bundled("schemas", f"{schema}.schema.json").read_text("utf-8")))


def with_people(world: Document) -> dict[str, Any]:
    """A world file's content, completed with what most worlds have in common."""
    tables = {"contact": PEOPLE, **world.get("tables", {})}
    return {"version": 1, **world, "tables": tables}


def complete(manifest: Document) -> dict[str, Any]:
    """A manifest's content, completed with its head."""
    head = {"version": 1, "migration": "cases", "environments": {WORLD: {"sandbox": WORLD}}}
    return {**head, **manifest}


@dataclass(frozen=True)
class Site:
    """A home folder with the worlds and manifests of one test, and what can be done with them."""

    home: Path

    def make(self, world: Document, name: str = WORLD) -> None:
        """Make a world from a world file's content."""
        text = dump(with_people(world))
        create(self.home, name, parse_world(text, f"{name}.yaml"))

    def manifest(self, manifest: Document, name: str = "mig.yaml") -> Path:
        """Write a manifest from its content."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(complete(manifest)), encoding="utf-8")
        return path

    def open(self, name: str = WORLD) -> World:
        """The world itself, below its API."""
        return Worlds(self.home).open(name)

    def session(self, manifest: Path) -> AbstractAsyncContextManager[Session]:
        """Connections to what the manifest names."""
        return open_session(manifest, None, home=self.home, verbose=False)

    def plan(self, manifest: Path, *keep: str, prune: bool = False, stop_job: bool = False) -> Plan:
        """Plan, as `mig plan --only` does."""
        return asyncio.run(self._plan(manifest, Wish(keep, prune=prune, stop_job=stop_job)))

    async def _plan(self, manifest: Path, wish: Wish) -> Plan:
        async with self.session(manifest) as session:
            plan, _ = await wish.plan(session)
            return plan

    def apply(
        self, manifest: Path, *keep: str, prune: bool = False, stop_job: bool = False, wait: bool = True
    ) -> Run:
        """Plan and apply, as `mig apply --auto-approve --only` does."""
        return asyncio.run(self._apply(manifest, Wish(keep, prune=prune, stop_job=stop_job), wait))

    async def _apply(self, manifest: Path, wish: Wish, wait: bool) -> Run:
        async with self.session(manifest) as session:
            plan, seen = await wish.plan(session)
            return await carry_out(plan, wish, session, seen=seen, wait=wait)

    def verify(self, manifest: Path) -> Verification:
        """Compare members, as `mig verify` does."""
        return asyncio.run(self._verify(manifest))

    async def _verify(self, manifest: Path) -> Verification:
        async with self.session(manifest) as session:
            return (await compare(session)).members

    def probe(self, manifest: Path) -> Diagnosis:
        """Ask the target what it takes, as `mig doctor --probe --yes` does."""
        return asyncio.run(self._probe(manifest))

    async def _probe(self, manifest: Path) -> Diagnosis:
        async with self.session(manifest) as session:
            patient = session.patient(probing=True)
            found = await diagnose(patient, session.clock())
            return await probe(session, patient, found, Stop())

    def edit(self, manifest: Path, edits: Sequence[Edit]) -> None:
        """What people do in the organisation meanwhile, through its API.

        `{in: <entity set>, where: <filter>}` with `set: {…}` or `delete: true` for every row found;
        `{create: <entity set>, set: {…}}`; `{publish: <name>}` makes a real-time segment live and
        `{stop: <name>}` takes it out of use; `{job: [<source>, <target>]}` starts the registration job,
        instead of one that runs; `{advance: <days>}` lets time pass.
        """
        asyncio.run(self._edit(manifest, edits))

    async def _edit(self, manifest: Path, edits: Sequence[Edit]) -> None:
        async with self.session(manifest) as session:
            client = session.target.client.writable()
            for edit in edits:
                await _carry_out(client, edit)

    def rows(self, table: str, name: str = WORLD) -> list[dict[str, Any]]:
        """All rows of a table as they are stored, sorted by id."""
        with self.open(name) as world:
            key = world.schema[table].primary_id
            found = world.connection.execute(f'SELECT * FROM "{table}" ORDER BY "{key}"')
            columns = [column[0] for column in found.description]
            return [dict(zip(columns, row, strict=True)) for row in found]

    def everything(self, name: str = WORLD) -> dict[str, list[dict[str, Any]]]:
        """All rows of the tables that mig may write to."""
        tables = ("msdynmkt_segment", "msdynmkt_segmentdefinition", "annotation", "msdyncrm_segment")
        return {table: self.rows(table, name) for table in tables}

    def owned(self, name: str = WORLD) -> list[str]:
        """The addresses in the ledgers."""
        notes = [
            row["notetext"] for row in self.rows("annotation", name) if row["subject"].startswith(PREFIX)
        ]
        return sorted(entry["address"] for note in notes for entry in json.loads(note)["entries"])

    def sql(self, statement: str, *values: object, name: str = WORLD) -> None:
        """Write below the API: what no request can bring about."""
        with self.open(name) as world, world.transaction():
            world.connection.execute(statement, values)


async def _carry_out(client: Client, edit: Edit) -> None:
    if "advance" in edit:
        await client.pause(edit["advance"] * 86_400)
        return
    if "job" in edit:
        assert client.events is not None
        await client.events.start(*edit["job"], instead=True)
        return
    if "stop" in edit:
        where = f"msdynmkt_displayname eq {odata.literal(edit['stop'])}"
        (segment,) = await _found(client, "msdynmkt_segments", where)
        body = {"SegmentIdList": [segment["msdynmkt_segmentid"]]}
        await client.send(Request("POST", "msdynmkt_StopSegments", body))
        await client.pause(60)
        return
    if "publish" in edit:
        where = f"msdynmkt_displayname eq {odata.literal(edit['publish'])}"
        (segment,) = await _found(client, "msdynmkt_segments", where)
        body = {"SegmentId": segment["msdynmkt_segmentid"]}
        await client.send(Request("POST", "msdynmkt_PublishSegmentDefinition", body))
        await client.pause(60)
        return
    if "add" in edit:
        where = f"msdynmkt_displayname eq {odata.literal(edit['add'])}"
        (segment,) = await _found(client, "msdynmkt_segments", where)
        (definition,) = [row async for row in client.rows("msdynmkt_segmentdefinitions")]
        (group,) = json.loads(definition["msdynmkt_staticlistmembers"])
        ids = {"SegmentId": segment["msdynmkt_segmentid"], "GroupId": group["groupId"]}
        body = {**ids, "EntityIds": edit["members"]}
        await client.send(Request("POST", "msdynmkt_AddStaticMembers", body))
        return
    if "create" in edit:
        await client.send(Request("POST", edit["create"], edit["set"]))
        return
    rows = await _found(client, edit["in"], edit["where"])
    assert rows, f"nothing to edit: {edit}"
    for row in rows:
        path = odata.row(edit["in"], row[_KEYS[edit["in"]]])
        if edit.get("delete"):
            await client.send(Request("DELETE", path))
        else:
            await client.send(Request("PATCH", path, edit["set"], {"If-Match": "*"}))


async def _found(client: Client, entity_set: str, where: str) -> list[Mapping[str, Any]]:
    path = odata.query(entity_set, select=(_KEYS[entity_set],), where=where)
    return [row async for row in client.rows(path)]


_KEYS = {
    "msdyncrm_customerjourneys": "msdyncrm_customerjourneyid",
    "msdynmkt_journeys": "msdynmkt_journeyid",
    "msdynmkt_segmentusages": "msdynmkt_segmentusageid",
    "annotations": "annotationid",
    "contacts": "contactid",
    "msdyncrm_segments": "msdyncrm_segmentid",
    "systemusers": "systemuserid",
    "msdynmkt_segments": "msdynmkt_segmentid",
    "msdynmkt_segmentdefinitions": "msdynmkt_segmentdefinitionid",
    "msevtmgt_events": "msevtmgt_eventid",
    "msevtmgt_attendeepasses": "msevtmgt_attendeepassid",
    "msevtmgt_sessions": "msevtmgt_sessionid",
    "msevtmgt_passes": "msevtmgt_passid",
    "msevtmgt_checkins": "msevtmgt_checkinid",
    "msevtmgt_eventcustomregistrationfields": "msevtmgt_eventcustomregistrationfieldid",
    "msevtmgt_eventregistrations": "msevtmgt_eventregistrationid",
    "msevtmgt_sessionregistrations": "msevtmgt_sessionregistrationid",
    "msevtmgt_registrationresponses": "msevtmgt_registrationresponseid",
}


def told(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Address and action of each change, sorted."""
    return sorted((str(change.address), str(change.action)) for change in changes)


def work(plan: Plan) -> list[tuple[str, str]]:
    """What a plan would do."""
    return told(plan.work)


def blocked(plan: Plan) -> list[str]:
    """The addresses that a plan blocks."""
    return sorted(str(change.address) for change in plan.changes if change.action is Action.BLOCKED)


@dataclass(frozen=True)
class Ran:
    """A command that was run: its exit code and what it wrote to either stream."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it must be."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        """Both streams."""
        return self.out + self.err


def mig(*arguments: str | Path) -> Ran:
    """Run a command in this process, away from any terminal."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(int(code), out.getvalue(), err.getvalue())
