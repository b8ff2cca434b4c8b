"""What surrounds the rows of an answer: context, counts, applied preferences, the next page's link."""

from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import bad_url
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.scope import Scope
from mig.sandbox.reading import Source
from mig.sandbox.rendering import METADATA_VERSION, TOTAL, TOTAL_EXCEEDED, wanted_annotations
from mig.sandbox.wire import preferences

_NOT_COUNTED: Final = -1
_SIZE: Final = "odata.maxpagesize"
_ANNOTATIONS: Final = "odata.include-annotations"


def context_of(call: Call, scope: Scope, shape: str) -> str:
    """`@odata.context` of rows of `scope`; `shape` tells the columns."""
    return f"{call.base}$metadata#{scope.table.entity_set}{shape}"


def totals(call: Call, source: Source, where: Sql) -> dict[str, Any]:
    """`@odata.count`, and what annotations say of it."""
    total, more = count(call, source, where)
    return {"@odata.count": total} | _annotations(call, total, exceeded=more)


def uncounted(call: Call) -> dict[str, Any]:
    """What annotations say where nobody asked for the count (dataverse-web-api.md 3.1)."""
    return _annotations(call, _NOT_COUNTED, exceeded=False)


def count(call: Call, source: Source, where: Sql) -> tuple[int, bool]:
    """Counts stop at 5,000 without a word (3.1); whether this one did."""
    cap = call.world.caps.count
    sql = (
        f"SELECT count(*) FROM (SELECT 1 FROM {source.sql} WHERE {source.where[0]} AND {where[0]}"
        f" LIMIT {cap + 1})"
    )
    found = int(call.world.connection.execute(sql, [*source.where[1], *where[1]]).fetchone()[0])
    return min(found, cap), found > cap


def page_size(call: Call) -> int | None:
    """The page size that the client prefers; 400 when it is none."""
    text = preferences(call.headers).get(_SIZE)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise bad_url(f"Invalid value '{text}' for the preference {_SIZE}.")
    return int(text)


def applied(call: Call) -> dict[str, str]:
    """The preferences that an answer honours, repeated."""
    given = preferences(call.headers)
    honoured = [f"{_SIZE}={given[_SIZE]}"] if _SIZE in given else []
    if _ANNOTATIONS in given:
        honoured.append(f'{_ANNOTATIONS}="{given[_ANNOTATIONS]}"')
    return {"Preference-Applied": ",".join(honoured)} if honoured else {}


def next_link(call: Call, token: str) -> str:
    """This request's URL, as the client wrote it, with the next page's token."""
    kept = [
        part
        for part in call.query.split("&")
        if part and not part.startswith(("$skiptoken=", "%24skiptoken="))
    ]
    path = "/".join(
        segment.name if segment.arguments is None else f"{segment.name}({segment.arguments})"
        for segment in call.segments
    )
    return f"{call.base}{path}?{'&'.join([*kept, f'$skiptoken={token}'])}".replace(" ", "%20")


def _annotations(call: Call, total: int, *, exceeded: bool) -> dict[str, Any]:
    wanted = wanted_annotations(call.headers)
    values = {TOTAL: total, TOTAL_EXCEEDED: exceeded, METADATA_VERSION: "1"}
    return {f"@{name}": value for name, value in values.items() if wanted(name)}
