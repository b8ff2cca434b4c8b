"""What the platform itself writes into rows: defaults, states, owners, stamps."""

from typing import Final

from mig.model.tables import Column, Table
from mig.sandbox.changes import Changes
from mig.sandbox.clock import stored_time
from mig.sandbox.errors import forbidden_move, own_id, state_misfit
from mig.sandbox.layout import Layout, quoted
from mig.sandbox.values import Stored
from mig.sandbox.world import World

_SEGMENTS: Final = ("msdynmkt_segment", "msdynmkt_segmentdefinition")
_FIRST: Final = 0  # the state of a new row, where none is given and its status has none of its own
State = tuple[int | None, int | None]  # statecode and statuscode of a row


def complete_new(world: World, layout: Layout, values: Changes) -> None:
    """Fill in what a new row has beside what the client gave."""
    columns = layout.table.columns
    if not world.switches.own_ids and layout.name in _SEGMENTS:
        _take_no_id(world, layout, values)
    for column in columns.values():
        if column.default is not None:
            values.setdefault(column.name, _default(column))
    if "statuscode" in columns:
        _fit_state(layout.table, values, _FIRST)
    if "ownerid" in columns:
        values.setdefault("ownerid", world.caller)
        values.setdefault("ownerid@type", "systemuser")
        _follow_owner(world, layout, values)
    now = stored_time(world.clock.now())
    created = values.get("overriddencreatedon")
    values["createdon"] = f"{created}T00:00:00Z" if created else now
    values["createdby"] = world.caller
    _stamp(world, values, now)


def complete_edit(world: World, layout: Layout, changes: Changes, present: State) -> None:
    """Fill in what changes with an edit; `present` is how the row stands."""
    if "statecode" in changes or "statuscode" in changes:
        state, status = present
        if changes.get("statecode") == state and state is not None:
            changes.setdefault("statuscode", status)
        _fit_state(layout.table, changes, state)
        _check_move(layout.table, status, changes["statuscode"])
    if "ownerid" in changes:
        _follow_owner(world, layout, changes)
    _stamp(world, changes, stored_time(world.clock.now()))


def default_status(table: Table, state: Stored) -> int | None:
    """The status reason a row gets with a state: its Draft if it has one, else the first."""
    status = table.columns["statuscode"]
    fitting = [number for number, of in status.state_of.items() if of == state]
    drafts = [number for number in fitting if status.options.get(number) == "Draft"]
    return min(drafts or fitting, default=None)


def _take_no_id(world: World, layout: Layout, values: Changes) -> None:
    """The service makes the ids of these rows itself; one given by the client is refused, or passed over."""
    given = values.pop(layout.table.primary_id, None)
    if given is not None and world.switches.untaken_ids == "refused":
        raise own_id(layout.name)


def _stamp(world: World, values: Changes, now: str) -> None:
    values["modifiedon"] = now
    values["modifiedby"] = world.caller
    values["versionnumber"] = world.next_version()


def _default(column: Column) -> Stored:
    return int(column.default) if isinstance(column.default, bool) else column.default


def _fit_state(table: Table, values: Changes, present: Stored) -> None:
    """A status brings its state, a state its default status; both together must fit."""
    state, status = values.get("statecode"), values.get("statuscode")
    state_of = table.columns["statuscode"].state_of
    if status is None:
        values["statecode"] = present if state is None else state
        values["statuscode"] = default_status(table, values["statecode"])
        return
    belongs = state_of.get(int(status))  # the state of some statuses is not public; they fit any
    if state is None:
        values["statecode"] = present if belongs is None else belongs
    elif belongs not in (None, state):
        raise state_misfit(int(status), int(state), table.name)


def _check_move(table: Table, present: Stored, status: Stored) -> None:
    """Where the metadata lists the moves between statuses, the others are refused."""
    if table.status_moves is None or present is None or status in (None, present):
        return
    if int(status) not in table.status_moves.get(int(present), ()):
        raise forbidden_move(int(present), int(status), table.name)


def _follow_owner(world: World, layout: Layout, values: Changes) -> None:
    """An owner brings the owning user or team, and its business unit unless one was bound."""
    owner, kind = values["ownerid"], str(values["ownerid@type"])
    columns = layout.table.columns
    for name, of in (("owninguser", "systemuser"), ("owningteam", "team")):
        if name in columns:
            values[name] = owner if of == kind else None
    if "owningbusinessunit" in columns:
        table = world.schema[kind]
        sql = f"SELECT businessunitid FROM {quoted(kind)} WHERE {quoted(table.primary_id)} = ?"
        found = world.connection.execute(sql, (owner,)).fetchone()
        values.setdefault("owningbusinessunit", found[0] if found else world.business_unit)
