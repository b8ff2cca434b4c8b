"""Static members from marketing lists of the source: `list` and `listmember`, tables of Sales that stay.

Only static lists have members in rows; a dynamic one has a query of another kind (`type` true).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mig.dataverse import odata
from mig.dataverse.cells import code, lookup, row_key
from mig.dataverse.client import Client
from mig.dataverse.messages import Row
from mig.manifest.model import MembersList
from mig.manifest.words import did_you_mean, nearest
from mig.model.findings import Finding, Severity
from mig.segments.ids import Ids
from mig.segments.service_lists import ids_in

_LISTS: Final = "lists"
_COLUMNS: Final = ("listid", "listname", "type", "createdfromcode")
_MEMBERS: Final = "listmembers"
_KINDS: Final = {1: "account", 2: "contact", 4: "lead"}  # createdfromcode
_AUDIENCES: Final = frozenset({"contact", "lead"})
_MOST_CANDIDATES: Final = 5


@dataclass(frozen=True, slots=True)
class MarketingList:
    """A row of `list`; `table` is that of its members, empty for a kind that nobody knows."""

    id: str
    name: str
    table: str
    dynamic: bool

    @classmethod
    def of(cls, row: Row) -> "MarketingList":
        """From a Web API row."""
        kind = _KINDS.get(code(row, "createdfromcode"), "")
        return cls(row_key(row, "listid"), str(row.get("listname") or ""), kind, row.get("type") is True)

    async def members(self, client: Client) -> Ids:
        """The ids in it, page by page."""
        where = f"_listid_value eq {self.id}"
        path = odata.query(_MEMBERS, select=("_entityid_value",), where=where)
        return ids_in([one async for row in client.rows(path) if (one := lookup(row, "entityid"))])


async def read_lists(client: Client) -> Sequence[MarketingList]:
    """All of them: a name that is not found is answered by the names that are near."""
    path = odata.query(_LISTS, select=_COLUMNS, order="listid")
    return [MarketingList.of(row) async for row in client.rows(path)]


def meant(wanted: MembersList, lists: Sequence[MarketingList]) -> MarketingList | Finding:
    """The list that an entry names, or why it cannot be used."""
    named = [one for one in lists if wanted.id in (None, one.id) and wanted.name in (None, one.name)]
    if not named:
        return _missing(wanted, lists)
    return _several(wanted, named) if len(named) > 1 else next(_unfit(named[0]), named[0])


def _missing(wanted: MembersList, lists: Collection[MarketingList]) -> Finding:
    told = f"name `{wanted.name}`" if wanted.name else f"id {wanted.id}"
    near = nearest(wanted.name, (one.name for one in lists), most=3) if wanted.name else ()
    return Finding(
        code="MAN027",
        severity=Severity.ERROR,
        message=f"no marketing list of the source has the {told}",
        fix=did_you_mean(near) or "check it, and that this is the environment that has the list",
    )


def _several(wanted: MembersList, named: Sequence[MarketingList]) -> Finding:
    told = ", ".join(one.id for one in named[:_MOST_CANDIDATES])
    return Finding(
        code="MAN028",
        severity=Severity.ERROR,
        message=f"{len(named)} marketing lists of the source have the name `{wanted.name}`: {told}",
        fix="name the one that is meant by its id: `list: {id: …}`",
    )


def _unfit(found: MarketingList) -> Iterator[Finding]:
    if found.dynamic:
        yield Finding(
            code="SEG065",
            severity=Severity.ERROR,
            message=f"the marketing list {found.name!r} is dynamic: its members follow from a query",
            fix="copy it to a static list in the source, or write the segment's `query:`",
        )
    if found.table not in _AUDIENCES:
        held = f"is one of {found.table}s" if found.table else "holds rows of a table that is not known"
        yield Finding(
            code="SEG066",
            severity=Severity.ERROR,
            message=f"the marketing list {found.name!r} {held}; real-time segments hold contacts or leads",
            fix="name a list of contacts or of leads",
        )
