"""What a computation leaves in the two rows of a segment."""

from datetime import datetime

from mig.sandbox.changes import Changes
from mig.sandbox.clock import stored_time
from mig.sandbox.segmentation.pairs import (
    DEFINITION,
    SEGMENT,
    Computation,
    DefinitionStatus,
    Pair,
    SegmentStatus,
    set_row,
)
from mig.sandbox.world import World


def going_live(world: World, pair: Pair, moment: datetime) -> None:
    """Publishing was accepted."""
    set_row(world, SEGMENT, pair.segment, moment, {"statecode": 1, "statuscode": SegmentStatus.EXPORTING})
    changes: Changes = {
        "statecode": 0,
        "statuscode": DefinitionStatus.GOING_LIVE,
        "msdynmkt_computationstatus": Computation.NOT_STARTED,
        "msdynmkt_computationstartedon": None,
        "msdynmkt_computationfinishedon": None,
    }
    set_row(world, DEFINITION, pair.definition, moment, changes)


def computing(world: World, pair: Pair, moment: datetime) -> None:
    """The members are being looked for; there is no count meanwhile (dataverse-schema.md §4)."""
    status: Changes = {"statuscode": SegmentStatus.COMPUTING, "msdynmkt_membercount": None}
    set_row(world, SEGMENT, pair.segment, moment, status)
    changes: Changes = {
        "msdynmkt_computationstatus": Computation.RUNNING,
        "msdynmkt_computationstartedon": stored_time(moment),
    }
    set_row(world, DEFINITION, pair.definition, moment, changes)


def live(world: World, pair: Pair, moment: datetime, count: int, *, warnings: bool) -> None:
    """The members were found."""
    status = SegmentStatus.COMPUTED_WITH_WARNINGS if warnings else SegmentStatus.ACTIVE
    of_definition = DefinitionStatus.LIVE_WITH_WARNINGS if warnings else DefinitionStatus.LIVE
    now = stored_time(moment)
    counted: Changes = {
        "statecode": int(warnings),
        "statuscode": status,
        "msdynmkt_membercount": count,
        "msdynmkt_membercount_date": now,
        "msdynmkt_membercount_state": 1,
        "msdynmkt_lastevaluated": now,
        "msdynmkt_lastexportedat": now,
        "msdynmkt_lastupdatedon": now,
    }
    set_row(world, SEGMENT, pair.segment, moment, counted)
    finished: Changes = {
        "statecode": 0,
        "statuscode": of_definition,
        "msdynmkt_computationstatus": Computation.FINISHED,
        "msdynmkt_computationfinishedon": now,
    }
    set_row(world, DEFINITION, pair.definition, moment, finished)


def failed(world: World, pair: Pair, moment: datetime, status: SegmentStatus) -> None:
    """No members were found out; the definition falls back to draft."""
    set_row(world, SEGMENT, pair.segment, moment, {"statecode": 1, "statuscode": status})
    changes: Changes = {
        "statuscode": DefinitionStatus.DRAFT,
        "msdynmkt_computationstatus": Computation.ERROR,
    }
    set_row(world, DEFINITION, pair.definition, moment, changes)


def ended(
    world: World, pair: Pair, moment: datetime, status: SegmentStatus, definition: DefinitionStatus
) -> None:
    """It is not live any more, or soon will not be."""
    set_row(world, SEGMENT, pair.segment, moment, {"statecode": 1, "statuscode": status})
    set_row(world, DEFINITION, pair.definition, moment, {"statuscode": definition})
