"""A site whose every plan is made twice: of the organisation, and of a snapshot of it."""

from pathlib import Path
from typing import Any

import yaml

from mig.cli.applying import Wish
from mig.cli.files import write_whole
from mig.cli.session import open_session
from mig.engine.plan import Plan
from mig.report.plan_json import plan_document
from tests.support import WORLD, Site, load

SNAPSHOT = "here.migsnap"
REVIEW = "review"


def reviewed(manifest: Path) -> Path:
    """The same manifest, with a snapshot among its environments."""
    content = load(manifest)
    environments = content["environments"]
    environments[REVIEW] = {key: value for key, value in environments[WORLD].items() if key == "mappings"}
    environments[REVIEW]["snapshot"] = SNAPSHOT
    path = manifest.with_name("reviewed.yaml")
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def shown(plan: Plan) -> dict[str, Any]:
    """All that must be the same: what is of a snapshot cannot be applied."""
    return {key: value for key, value in plan_document(plan).items() if key != "applyable"}


class RecordedSite(Site):
    """A site with one environment."""

    async def _plan(self, manifest: Path, wish: Wish) -> Plan:
        path = reviewed(manifest)
        async with open_session(path, WORLD, home=self.home, verbose=False) as session:
            write_whole(self.home / SNAPSHOT, (await session.recording()).packed())
            plan, _ = await wish.plan(session)
        async with open_session(path, REVIEW, home=self.home, verbose=False) as session:
            recorded, _ = await wish.plan(session)
        assert not recorded.applyable
        assert shown(recorded) == shown(plan)
        return plan
