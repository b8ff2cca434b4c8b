"""A body becomes a row, with the rows nested in it, or changes one (dataverse-web-api.md §5)."""

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.changes import Changes, Document, bound, read_body
from mig.sandbox.keys import Key, named_row
from mig.sandbox.layout import Layout, type_column
from mig.sandbox.linking import Collection, Row, link, members_table
from mig.sandbox.writing import insert_row, update_row


def add(call: Call, layout: Layout, document: Document, key: Key | None = None) -> str:
    """Create what a body says; its id. An upsert's `key` gives the id, or columns that the body may lack."""
    body = read_body(call, layout, document, creating=True)
    values = body.changes
    if key is not None:  # an id in the URL counts for more than one in the body, an alternate key for less
        values = {**key.columns, **values} if key.alternate else {**values, **key.columns}
    for nav, parent in body.parents.items():
        values.update(_new_parent(call, layout, nav, parent))
    row = insert_row(call.world, layout, values)
    for name, members in body.members.items():
        collection = call.world.schema.collections[layout.name][name]
        for member in members:
            link(call.world, collection, (layout.name, row), _member(call, layout, collection, member))
    return row


def edit(call: Call, layout: Layout, row: str, document: Document, key: Key) -> None:
    """Change a row as a body says. Of an alternate `key`, the columns in the body are ignored (§5.2)."""
    changes = read_body(call, layout, document, creating=False).changes
    if key.alternate:
        for name in key.columns:
            changes.pop(name, None)
            changes.pop(type_column(layout.table.columns[name]) or name, None)
    if changes.pop(layout.table.primary_id, row) != row:
        raise errors.bad_payload("the id in the body is not the id in the URL.")
    update_row(call.world, layout, row, changes)


def _new_parent(call: Call, layout: Layout, nav: str, parent: Document) -> Changes:
    """A new row for a lookup; which table it belongs to must be plain."""
    _, targets = layout.links[nav]
    table = _named_type(parent) or (targets[0] if len(targets) == 1 else None)
    if table not in targets:
        raise errors.bad_payload(f"'{nav}' needs a row of {' or '.join(targets)}: name it by '@odata.type'.")
    return bound(layout, nav, table, add(call, _layout(call, table), parent))


def _member(call: Call, layout: Layout, collection: Collection, member: Document | str) -> Row:
    """A row of a collection: one that is there, or a new one."""
    if isinstance(member, str):
        return named_row(call, member)
    table = members_table(collection, layout.name)
    return table, add(call, _layout(call, table), member)


def _layout(call: Call, table: str) -> Layout:
    if table not in call.world.layouts:
        raise errors.not_emulated(f"the table {table}")
    return call.world.layouts[table]


def _named_type(document: Document) -> str | None:
    """The table that a nested row says it belongs to."""
    kind = document.get("@odata.type")
    return kind.removeprefix("#").removeprefix(errors.TYPE) if isinstance(kind, str) else None
