"""A site whose every plan is made twice: of the organisations, and of snapshots of them."""

import json
import re
from pathlib import Path
from typing import Any

from mig.cli.applying import Wish
from mig.cli.session import open_session
from mig.engine.files import write_whole
from mig.engine.plan import Plan
from mig.report.plan_json import plan_document
from tests.data import dump, load
from tests.support import WORLD, Site

SNAPSHOT = "here.migsnap"
SOURCE_SNAPSHOT = "there.migsnap"
REVIEW = "review"


def reviewed(manifest: Path) -> Path:
    """The same manifest, with a snapshot among its environments, whose source is a snapshot too."""
    content = load(manifest)
    environments = content["environments"]
    environments[REVIEW] = {key: value for key, value in environments[WORLD].items() if key == "mappings"}
    environments[REVIEW]["snapshot"] = SNAPSHOT
    if "source" in environments[WORLD]:
        environments[REVIEW]["source"] = SOURCE_SNAPSHOT
    path = manifest.with_name("reviewed.yaml")
    path.write_text(dump(content), encoding="utf-8")
    return path


def shown(plan: Plan) -> Any:
    """All that must be the same: what is of a snapshot cannot be applied, and has another name; and it was
    read by requests of its own."""
    document = {key: value for key, value in plan_document(plan).items() if key != "applyable"}
    told = json.dumps(document).replace(f"the environment {REVIEW}", f"the environment {WORLD}")
    told = re.sub(r"\(request [-0-9a-f]+\)", "", told)
    return json.loads(told.replace(f"in {SOURCE_SNAPSHOT} it is", "in source it is"))


class RecordedSite(Site):
    """A site with one environment, or with another one called `source` beside it."""

    async def _plan(self, manifest: Path, wish: Wish) -> Plan:
        path = reviewed(manifest)
        if "source" in load(path)["environments"]:
            async with open_session(path, "source", home=self.home, verbose=False) as session:
                write_whole(self.home / SOURCE_SNAPSHOT, (await session.recording()).packed())
        async with open_session(path, WORLD, home=self.home, verbose=False) as session:
            write_whole(self.home / SNAPSHOT, (await session.recording()).packed())
            plan, _ = await wish.plan(session)
        async with open_session(path, REVIEW, home=self.home, verbose=False) as session:
            recorded, _ = await wish.plan(session)
        assert not recorded.applyable
        assert shown(recorded) == shown(plan)
        return plan
