"""BulkDelete: a system job that takes its time (dataverse-web-api.md §11).

    waiting for resources  --start-->  in progress  --later-->  succeeded

Which rows go is decided when the job starts; they go when it ends, each for itself: a row that another one
forbids to delete stays, and the others go all the same.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.changes import Changes
from mig.sandbox.clock import EPOCH, microseconds, stored_time
from mig.sandbox.deleting import remove
from mig.sandbox.expressions import matching
from mig.sandbox.odata.options import check_options
from mig.sandbox.security.checks import check_everywhere
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World
from mig.sandbox.writing import insert_row, write

JOBS: Final = "asyncoperation"
WAITING: Final = timedelta(seconds=5)  # until a job starts; ours, as is the next
DELETING: Final = timedelta(seconds=10)
_BULK_DELETE: Final = 13  # asyncoperation.operationtype
_LATER: Final = ("RecurrencePattern", "SendEmailNotification", "SourceImportId", "RunNow")
_PARAMETERS: Final = ("JobName", "QuerySet", "StartDateTime", "ToRecipients", "CCRecipients", *_LATER)
_DUE: Final = "SELECT job, step, due, work FROM _bulk_deletes WHERE due <= ? ORDER BY due, job LIMIT 1"


def bulk_delete(call: Call) -> WireResponse:
    """`BulkDelete`: 200 with the job's id. The queries are checked now, and run when the job starts."""
    check_options(call.options, ())
    world = call.world
    name, queries, start = _parameters(call.parameters(_PARAMETERS))
    for query in queries:
        table, _ = matching(world, query)
        if world.schema[table].ownership == "virtual":
            raise errors.not_emulated(f"writing to the virtual table {table}")
        check_everywhere(world, "Delete", world.schema[table])
    now = world.clock.now()
    job = _new_job(world, name)
    due = microseconds(max(start, now + WAITING))
    world.connection.execute("INSERT INTO _bulk_deletes VALUES (?, 0, ?, ?)", (job, due, json.dumps(queries)))
    context = f"{call.base}$metadata#{errors.TYPE}BulkDeleteResponse"
    return json_response(200, {"@odata.context": context, "JobId": job})


def settle(world: World) -> None:
    """Do what has become due since the last request."""
    now = microseconds(world.clock.now())
    while world.connection.execute(_DUE, (now,)).fetchone() is not None:
        with world.transaction():
            row = world.connection.execute(_DUE, (now,)).fetchone()
            if row is not None:  # another process may have been quicker
                _step(world, row[0], row[1], EPOCH + timedelta(microseconds=row[2]), json.loads(row[3]))


def _step(world: World, job: str, step: int, moment: datetime, work: Any) -> None:
    world.connection.execute("DELETE FROM _bulk_deletes WHERE job = ?", (job,))
    if step == 0:
        doomed = [matching(world, query) for query in work]
        due = microseconds(moment + DELETING)
        world.connection.execute(
            "INSERT INTO _bulk_deletes VALUES (?, 1, ?, ?)", (job, due, json.dumps(doomed))
        )
        _set(world, job, moment, {"statecode": 2, "statuscode": 20, "startedon": stored_time(moment)})
        return
    kept = sum(not _remove(world, table, row) for table, rows in work for row in rows)
    outcome: Changes = {"statecode": 3, "statuscode": 30, "completedon": stored_time(moment)}
    if kept:
        outcome["message"] = f"{kept} rows could not be deleted."
    _set(world, job, moment, outcome)


def _remove(world: World, table: str, row: str) -> bool:
    """Whether the row is gone."""
    world.connection.execute("SAVEPOINT doomed")
    try:
        remove(world, world.layouts[table], row)
    except errors.ODataError:
        world.connection.execute("ROLLBACK TO doomed")
        return False
    finally:
        world.connection.execute("RELEASE doomed")
    return True


def _new_job(world: World, name: str) -> str:
    layout = world.layouts[JOBS]
    values: Changes = {"name": name, "operationtype": _BULK_DELETE, "statecode": 0, "statuscode": 0}
    return insert_row(world.trusted, layout, values)


def _set(world: World, job: str, moment: datetime, changes: Changes) -> None:
    stamped = {**changes, "modifiedon": stored_time(moment), "versionnumber": world.next_version()}
    write(world.connection, world.layouts[JOBS], job, stamped)


def _parameters(document: dict[str, Any]) -> tuple[str, list[dict[str, Any]], datetime]:
    name, queries = document.get("JobName"), document.get("QuerySet")
    if not isinstance(name, str):
        raise errors.missing_parameter("JobName", "a text")
    if not isinstance(queries, list) or not queries or not all(isinstance(one, dict) for one in queries):
        raise errors.missing_parameter("QuerySet", "a list of QueryExpressions")
    for parameter in _LATER:
        if document.get(parameter):
            raise errors.not_emulated(f"{parameter} of BulkDelete")
    return name, queries, _moment(document.get("StartDateTime"))


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise errors.missing_parameter("StartDateTime", "a date and time")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
