"""Any query over a world's rows: who would be its members."""

from mig.query.evaluate import SERVICE, Semantics
from mig.query.tree import Dialect, Query
from mig.sandbox.segmentation.references import select
from mig.sandbox.segmentation.settling import settle
from mig.sandbox.world import World


def members_of(
    world: World, query: Query, dialect: Dialect, semantics: Semantics = SERVICE
) -> tuple[str | None, list[str]]:
    """The table that a query's members are rows of, and their ids, sorted; raises `NotEvaluated`."""
    settle(world)
    selection = select(world, query, dialect, semantics)
    found = world.connection.execute(selection.sql, selection.parameters)
    return selection.table, sorted({member for (member,) in found if member is not None})
