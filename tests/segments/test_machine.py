"""Whatever people and the service do meanwhile, in any order: an apply converges, and touches nothing else.

A machine draws what happens: sources change, copies are edited or deleted by hand, the service refreshes, the
manifest changes, applies run, with and without pruning, or are killed at any request. A few stories are told;
with `MIG_FUZZ=200` so many.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mig.dataverse.errors import DataverseError
from mig.engine.lock import LEASE
from mig.model.outcome import Exit
from tests.crash.harness import Killed, killed
from tests.support import PEOPLE, Site, work

QUOTA = 3
NAMES = ("Ash", "Birch", "Cedar", "Elm")
QUERIES = (
    "PROFILE(contact)",
    "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')",
    "PROFILE(contact, c).FILTER(ISNOTNULL(c.emailaddress1))",
    "SEGMENT(ASH) UNION SEGMENT(BIRCH)",
)
FOREIGN = {
    "msdynmkt_segmentdefinition": [
        {
            "msdynmkt_segmentdefinitionid": "de000000-0000-0000-0000-0000000000ff",
            "msdynmkt_name": "Theirs",
            "statuscode": 723270001,
            "msdynmkt_segmentquery": "PROFILE(contact)",
        }
    ],
    "msdynmkt_segment": [
        {
            "msdynmkt_segmentid": "9e000000-0000-0000-0000-0000000000ff",
            "msdynmkt_displayname": "Theirs",
            "msdynmkt_sourcesegmentuid": "de000000-0000-0000-0000-0000000000ff",
            "msdynmkt_baseentitylogicalname": "contact",
            "msdynmkt_type": 11,
            "msdynmkt_source": 12,
            "statuscode": 2,
        }
    ],
}
names = st.sampled_from(NAMES)


def _source(name: str) -> dict[str, Any]:
    return {
        "msdyncrm_segmentname": name,
        "msdyncrm_segmenttype": 192350000,
        "msdyncrm_segmentqueryname": name.upper(),
        "msdyncrm_segmentquery": QUERIES[0],
        "statuscode": 192350001,
    }


class Story(RuleBasedStateMachine):
    """One organisation and one manifest, and what happens to them."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.site = Site(self.home)
        self.listed: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    @initialize()
    def begin(self) -> None:
        self.site.make({"tables": {"msdyncrm_segment": [_source(name) for name in NAMES], **FOREIGN}})
        self.untouched = self._theirs()
        self._write()

    # --- what people and the service do -------------------------------------------------------------------

    @rule(name=names, query=st.sampled_from(QUERIES))
    def the_source_changes(self, name: str, query: str) -> None:
        where = f"msdyncrm_segmentname eq '{name}'"
        self._edit({"in": "msdyncrm_segments", "where": where, "set": {"msdyncrm_segmentquery": query}})

    @rule(name=names, what=st.sampled_from(["description", "query", "delete"]))
    def somebody_edits_the_copy(self, name: str, what: str) -> None:
        where = f"msdynmkt_displayname eq 'Migrated – {name}'"
        if what == "delete":
            self._edit({"in": "msdynmkt_segments", "where": where, "delete": True})
        elif what == "description":
            self._edit({"in": "msdynmkt_segments", "where": where, "set": {"msdynmkt_description": "mine"}})
        else:
            where = f"msdynmkt_name eq 'Migrated – {name}'"
            wanted = {"msdynmkt_segmentquery": "PROFILE(contact).FILTER(ISNULL(emailaddress1))"}
            self._edit({"in": "msdynmkt_segmentdefinitions", "where": where, "set": wanted})

    @rule(hours=st.sampled_from([1, 30, 24 * 130]))
    def the_service_refreshes(self, hours: int) -> None:
        with self.site.open() as world:
            world.clock.advance(hours * 3600)

    @rule(name=names, listed=st.booleans(), publish=st.sampled_from([False, True, "keep"]))
    def the_manifest_changes(self, name: str, listed: bool, publish: bool | str) -> None:
        self.listed.pop(name, None)
        if listed:
            self.listed[name] = {"source": name, "publish": publish}
        self._write()

    # --- what mig does ------------------------------------------------------------------------------------

    @rule(prune=st.booleans())
    def a_plan_writes_nothing(self, prune: bool) -> None:
        self.site.plan(self.manifest)  # at the next request the service does what has become due meanwhile
        before = self.site.everything()
        self.site.plan(self.manifest, prune=prune)
        assert self.site.everything() == before

    @rule(prune=st.booleans())
    def an_apply_converges(self, prune: bool) -> None:
        sources = self.site.rows("msdyncrm_segment")
        run = self.site.apply(self.manifest, prune=prune)
        assert run.outcome.exit in (Exit.DONE, Exit.REFUSED), run
        assert work(self.site.plan(self.manifest, prune=prune)) == []
        assert self.site.rows("msdyncrm_segment") == sources

    @rule(number=st.integers(1, 60), after=st.booleans(), prune=st.booleans())
    def an_apply_is_killed(self, number: int, after: bool, prune: bool) -> None:
        try:
            with killed(number, after=after):
                self.site.apply(self.manifest, prune=prune)
        except Killed:
            with self.site.open() as world:
                world.clock.advance(LEASE.total_seconds() + 1)

    # --- what always holds --------------------------------------------------------------------------------

    @invariant()
    def nothing_else_is_touched(self) -> None:
        if hasattr(self, "untouched"):
            assert self._theirs() == self.untouched

    @invariant()
    def no_copy_is_made_twice_and_the_quota_is_kept(self) -> None:
        if not hasattr(self, "untouched"):
            return
        made = [row["msdynmkt_displayname"] for row in self.site.rows("msdynmkt_segment")]
        copies = [name for name in made if name.startswith("Migrated")]
        assert len(copies) == len(set(copies)) <= QUOTA

    # --- how ----------------------------------------------------------------------------------------------

    def _write(self) -> None:
        policy = {"quota": QUOTA, "on_drift": "overwrite", "on_live": "republish"}
        self.manifest = self.site.manifest({"policy": policy, "segments": list(self.listed.values())})

    def _edit(self, edit: dict[str, Any]) -> None:
        """What the service does not allow, and what is not there, is left."""
        try:
            self.site.edit(self.manifest, [edit])
        except (DataverseError, AssertionError):
            return

    def _theirs(self) -> Any:
        """Rows that are none of ours, as far as people write them."""
        rows = [
            {name: row[name] for name in ("msdynmkt_displayname", "msdynmkt_description", "statuscode")}
            for row in self.site.rows("msdynmkt_segment")
            if row["msdynmkt_displayname"] == "Theirs"
        ]
        people = [row for row in self.site.rows("contact") if row["contactid"] in _PEOPLE]
        return rows, people


_PEOPLE = {row["contactid"] for row in PEOPLE}
Story.TestCase.settings = settings(
    max_examples=int(os.environ.get("MIG_FUZZ", "4")),
    stateful_step_count=12,
    deadline=None,
    derandomize="MIG_FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
TestStory = Story.TestCase
