"""Writing OData: paths, query options, literals. Text is always quoted and encoded here."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote


def literal(text: str) -> str:
    """A text literal of `$filter`: single quotes, doubled inside."""
    return "'" + text.replace("'", "''") + "'"


def any_of(column: str, values: Iterable[str]) -> str:
    """`column` is one of `values`, as one query function whatever their number."""
    listed = ",".join(literal(value) for value in values)
    return f"Microsoft.Dynamics.CRM.In(PropertyName={literal(column)},PropertyValues=[{listed}])"


def query(
    entity_set: str,
    *,
    select: Sequence[str] = (),
    where: str = "",
    order: str = "",
    expand: str = "",
    top: int | None = None,
) -> str:
    """A path with its query options, percent-encoded."""
    options = {
        "$select": ",".join(select),
        "$filter": where,
        "$orderby": order,
        "$expand": expand,
        "$top": "" if top is None else str(top),
    }
    # A literal plus would be read as a blank, so nothing is left unencoded but what URLs always allow.
    encoded = "&".join(f"{name}={quote(value, safe=',()$')}" for name, value in options.items() if value)
    return f"{entity_set}?{encoded}" if encoded else entity_set


def row(entity_set: str, row_id: str) -> str:
    """The path of one row."""
    return f"{entity_set}({row_id})"
