"""The small records a plan consists of. One interpreter runs them (`apply`), another explains them (here)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.messages import Request
from mig.engine.ledger import Entry, State
from mig.model.typed_json import UNSAVED

# Publishing takes minutes; a segment of millions was seen to take hours. Beyond this it is called stuck.
PATIENCE_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Operation:
    """One write of one row. `etag` guards an update; a create finds its id taken or not.

    Where the change waited for the row before, the version it came to then takes the place of `etag`.
    """

    method: Literal["POST", "PATCH", "DELETE"]
    entity_set: str
    row_id: str
    body: Mapping[str, Any]
    etag: str | None = None

    def request(self) -> Request:
        """As it goes over the wire. An update of a row that is gone must not create it: If-Match always."""
        path = odata.row(self.entity_set, self.row_id)
        if self.method == "POST":
            return Request("POST", self.entity_set, self.body, creates=path)
        body = self.body if self.method == "PATCH" else None
        return Request(self.method, path, body, {"If-Match": self.etag or "*"})


@dataclass(frozen=True, slots=True)
class Write:
    """Operations that happen together or not at all."""

    operations: tuple[Operation, ...]


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
    any order and when they are sent twice. So a run that died is taken up where it ended, and what was sent
    is read back. `told` says what is brought about; the requests are not shown. `about` is plain data that
    tells it apart. What is sent stands in no file: of a plan that was saved `missing` has no answer.
    """

    told: str
    about: State = field(default_factory=dict)
    missing: Callable[[Client], Awaitable[Iterable[Request]]] = field(
        default=_not_saved, repr=False, compare=False, metadata=UNSAVED
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


Step = Write | Converge | Invoke | Await | Record | Forget


def explain(step: Step) -> str:
    """What a step does, in one line."""
    match step:
        case Write(operations):
            parts = [
                f"{operation.method} {operation.entity_set}({operation.row_id})" for operation in operations
            ]
            return "write together: " + ", ".join(parts) if len(parts) > 1 else "write: " + parts[0]
        case Converge(told):
            return f"bring about: {told}"
        case Invoke(action, body):
            return f"call {action} {dict(body)}"
        case Await(rows):
            return "wait until " + " and ".join(
                f"{row.entity_set}({row.row_id}) {row.column} is {'/'.join(map(str, sorted(row.done)))}"
                for row in rows
            )
        case Record(entry):
            return f"record {entry.address} in the ledger"
        case Forget(address=address):
            return f"take {address} out of the ledger"
