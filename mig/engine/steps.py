"""The small records a plan consists of. One interpreter runs them (`apply`), another explains them (here)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.messages import Request
from mig.engine.jobs import Job
from mig.engine.ledger import Entry, State
from mig.model.typed_json import UNSAVED

# Publishing takes minutes; a segment of millions was seen to take hours. Beyond this it is called stuck.
PATIENCE_SECONDS: Final = 3600.0

_AHEAD: Final = "the first ahead, nearly empty, where such ids are not taken or to find out"


@dataclass(frozen=True, slots=True)
class Operation:
    """One write of one row. `etag` guards an update; a create finds its id taken or not.

    Where the change waited for the row before, the version it came to then takes the place of `etag`.
    A create is sent with `row_id` in `id_column`, if the organisation takes our ids (`taken`; None before
    that is known). Where it does not, `row_id` is only what the rest of the plan calls the row. `mark` is
    what a row without our id holds besides: it is found by that when nobody heard which id it got.
    """

    method: Literal["POST", "PATCH", "DELETE"]
    entity_set: str
    row_id: str
    body: Mapping[str, Any]
    etag: str | None = None
    id_column: str = ""
    taken: bool | None = True
    mark: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        """Whether a create makes the row under `row_id`, for certain."""
        return bool(self.id_column and self.taken)

    def request(self) -> Request:
        """As it goes over the wire. An update of a row that is gone must not create it: If-Match always."""
        path = odata.row(self.entity_set, self.row_id)
        if self.method == "POST":
            given = {self.id_column: self.row_id} if self.id_column and self.taken is not False else {}
            creates = path if self.named else None
            return Request("POST", self.entity_set, {**given, **self.body}, creates=creates)
        body = self.body if self.method == "PATCH" else None
        return Request(self.method, path, body, {"If-Match": self.etag or "*"})

    def asking(self) -> "Operation":
        """The same create where nobody knows yet whether our id is taken: it must not be repeated unheard."""
        return replace(self, taken=None)

    def unnamed(self) -> "Operation":
        """The same create where the organisation does not take our id."""
        return replace(self, taken=False, body={**self.body, **self.mark})

    @property
    def search(self) -> str | None:
        """The query that finds the row by its mark; None where its id is ours, or it has none."""
        if self.method != "POST" or self.named or not self.mark:
            return None
        where = " and ".join(f"{column} eq {odata.literal(text)}" for column, text in self.mark.items())
        return odata.query(self.entity_set, select=[self.id_column], where=where)


@dataclass(frozen=True, slots=True)
class Write:
    """Operations that happen together or not at all.

    `claim` is for new rows that name the id of the first one. Where the organisation gives ids of its own,
    that one is made ahead of the others, holding its mark, the claim and nothing else; it gets the rest
    together with them. The mark says what the row is for: whoever finds it takes it up instead of making
    another.
    """

    operations: tuple[Operation, ...]
    claim: Mapping[str, Any] | None = None

    @property
    def alone(self) -> bool:
        """One row by itself: made ahead, it may be sent again when it is not there."""
        return len(self.operations) == 1

    @property
    def ahead(self) -> Operation | None:
        """The first operation as it is made ahead, if it may have to be."""
        if self.claim is None:
            return None
        first = self.operations[0]
        return replace(first, body={**self.claim, **first.mark})


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An answer of 200 that tells inside what came of it: a list of results, each a flag and words."""

    results: str
    flag: str
    words: tuple[str, ...]

    def refusal(self, body: Any) -> str | None:
        """Why one of the results is a refusal; None for none, and for an answer of another shape."""
        results = body.get(self.results) if isinstance(body, dict) else None
        for result in results if isinstance(results, list) else ():
            if isinstance(result, dict) and result.get(self.flag) is False:
                told = (f"{word}: {result[word]}" for word in self.words if result.get(word))
                return "; ".join(told) or "it was refused without a reason"
        return None


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call of an action that starts work on the server."""

    action: str
    body: Mapping[str, Any]
    confirmation: Confirmation | None = None


async def _not_saved(client: Client) -> Iterable[Request]:
    raise NotImplementedError(
        "what is left to be sent is known to a plan just made, not to one that was kept"
    )


@dataclass(frozen=True, slots=True)
class Converge:
    """Bring about what is too much for a plan: ask what is missing, send it, until nothing is.

    `missing` reads the target and gives the requests that are left, each made when its turn comes, safe in
    any order and when they are sent twice; `in_order` are sent one after the other. So a run that died is
    taken up where it ended, and what was sent is read back. `told` says what is brought about; the requests
    are not shown. `about` is plain data that tells it apart. What is sent stands in no file: of a plan that
    was saved `missing` has no answer. As a dataclass, `missing` gets the ids that rows really have, as any
    step does.
    """

    told: str
    about: State = field(default_factory=dict)
    missing: Callable[[Client], Awaitable[Iterable[Request]]] = field(
        default=_not_saved, repr=False, compare=False, metadata=UNSAVED
    )
    in_order: bool = False


async def _not_judged(client: Client) -> str | None:
    raise NotImplementedError("what is checked is known to a plan just made, not to one that was kept")


@dataclass(frozen=True, slots=True)
class Check:
    """See that what the change brought about is as it should be; `problem` says what is wrong with it.

    A problem fails the change. `told` says what is looked at, `about` is plain data that tells it apart. As
    of `Converge`, what it takes to look stands in no file.
    """

    told: str
    about: State = field(default_factory=dict)
    problem: Callable[[Client], Awaitable[str | None]] = field(
        default=_not_judged, repr=False, compare=False, metadata=UNSAVED
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """A choice column of a row that must come to one of `done`, by way of `waiting`.

    Any other value is a failure; `problems` has words for those that are known.
    """

    entity_set: str
    id_column: str
    row_id: str
    column: str
    done: frozenset[int]
    waiting: frozenset[int]
    problems: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Await:
    """Poll until every row is as expected."""

    rows: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Write down in the ledger what was applied."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Forget:
    """Take what was applied out of the ledger."""

    source_id: str
    address: str


Step = Write | Converge | Invoke | Await | Job | Check | Record | Forget


def explain(step: Step) -> str:
    """What a step does, in one line."""
    match step:
        case Write(operations, claim):
            parts = [
                f"{operation.method} {operation.entity_set}({operation.row_id})" for operation in operations
            ]
            told = "write together: " + ", ".join(parts) if len(parts) > 1 else "write: " + parts[0]
            return told if claim is None else f"{told}; {_AHEAD}"
        case Converge(told):
            return f"bring about: {told}"
        case Invoke(action, body):
            return f"call {action} {dict(body)}"
        case Await(rows):
            return "wait until " + " and ".join(
                f"{row.entity_set}({row.row_id}) {row.column} is {'/'.join(map(str, sorted(row.done)))}"
                for row in rows
            )
        case Job(told):
            return f"have the service do, and wait until it has: {told}"
        case Check(told):
            return f"check: {told}"
        case Record(entry):
            return f"record {entry.address} in the ledger"
        case Forget(address=address):
            return f"take {address} out of the ledger"
