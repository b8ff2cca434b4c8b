"""A plan in a file: the document that other tools read, and beside it the whole plan by its types.

It can be reviewed, shown, and carried out as reviewed: it holds what binds it (organisations, the manifest's
digest, the state of every row it will touch), its steps, and what was asked for. Who is in static segments is
in no plan: their step has number and digest, which whoever carries it out compares with what is read then.
"""

from dataclasses import dataclass
from typing import Any, Final

from mig.engine.plan import Plan
from mig.engine.sealed import FileUnusable, opened, sealed
from mig.model.typed_json import Misfit, from_json, to_json
from mig.report.plan_json import FORMAT_VERSION, plan_document

_KIND: Final = "plan"
_WHOLE: Final = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the plan was asked for: `only` and `leave` are addresses."""

    only: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    prune: bool = False


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, what it was asked for, and an id of its own: two plans that say the same are two."""

    plan: Plan
    asked: Asked
    id: str


def saved_plan_document(saved: SavedPlan) -> dict[str, Any]:
    """As `schemas/plan.schema.json` describes it."""
    return sealed(_KIND, {**plan_document(saved.plan), _WHOLE: to_json(SavedPlan, saved)})


def saved_plan_of(document: Any, name: str) -> SavedPlan:
    """The plan of a document; `FileUnusable` says what is wrong with it. `name` is the file's."""
    found = opened(document, _KIND, FORMAT_VERSION, name)
    try:
        return from_json(SavedPlan, found.get(_WHOLE))
    except (Misfit, ValueError) as error:
        told = f"it does not hold a plan as this version reads it: {error}"
        raise FileUnusable(name, told, "make the plan anew") from error
