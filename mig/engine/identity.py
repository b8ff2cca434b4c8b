"""Which ids rows really got, while a plan runs.

A plan calls the rows it makes by ids that we choose. Whether an organisation takes those for every table is
not public (reference/events-and-transition.md 8, 6), and nothing but a create can tell. So a run asks with
the first one it makes, which is one request, unless a probe has found that they are.

Where ours are not taken, each id takes the place of the plan's as soon as it is known: in what is written,
called, waited for and recorded from then on. Rows that name the id of another cannot be made together with
it; `Write.claim` says how none of them is lost or made twice.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar
from uuid import UUID

from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Answer
from mig.engine.steps import Operation, Step, Write

_Step = TypeVar("_Step", bound=Step)

# With hyphens, or as the 32 digits that segment queries have.
_ID: Final = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}(?![0-9a-f])",
    re.IGNORECASE,
)
_IN_URL: Final = re.compile(r"\(([0-9a-f-]{36})\)\s*$", re.IGNORECASE)


class Identity:
    """What one run knows of the ids of the rows it made; `own_ids` is what a probe found."""

    def __init__(self, own_ids: bool | None = None) -> None:
        # That they are not taken is asked again: what a run does then is safe, and costs more.
        self._probed = own_ids or None
        self._made: set[str] = set()
        self._real: dict[str, str] = {}
        self._takes: dict[str, bool] = {}

    def takes(self, entity_set: str) -> bool | None:
        """Whether the organisation takes our ids for the rows of a table; None before it was asked."""
        return self._takes.get(entity_set, self._probed)

    def learn(self, operation: Operation, answer: Answer) -> None:
        """Keep in mind which id a row got. `BadAnswer` where that is not told and was not ours to choose."""
        if operation.method != "POST":
            return
        told = _IN_URL.search(answer.headers.get("odata-entityid", ""))
        if told is None and not operation.named:
            raise BadAnswer(f"a row of {operation.entity_set} was made, and its id is not told")
        real = told[1].lower() if told else operation.row_id
        self._made.add(operation.row_id)
        self._takes[operation.entity_set] = real == operation.row_id
        if real != operation.row_id:
            self._real[operation.row_id] = real

    def renamed(self, row_id: str) -> bool:
        """Whether the row that the plan calls by an id got another one."""
        return row_id in self._real

    def put_in(self, step: _Step) -> _Step:
        """The step with the ids that rows have in the place of those the plan calls them by."""
        return _put_in(step, self._real) if self._real else step

    def ready(self, write: Write) -> Write:
        """The write as it can be sent, after what had to be made ahead of it was."""
        first, *others = write.operations
        if write.claim is None:
            return self.put_in(write)
        if self.takes(first.entity_set) is False:
            others = [operation.unnamed() for operation in others]
        if first.row_id in self._made:
            left = {
                key: value for key, value in first.body.items() if (key, value) not in write.claim.items()
            }
            first = replace(first, method="PATCH", body=left)
        return self.put_in(Write((first, *others)))


def _put_in(value: Any, real: Mapping[str, str]) -> Any:
    """Any plain data; of other objects, the fields of dataclasses."""
    if isinstance(value, str):
        return _ID.sub(lambda found: _real(found[0], real), value)
    if isinstance(value, Mapping):
        return {key: _put_in(inner, real) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_put_in(inner, real) for inner in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _put_in(getattr(value, one.name), real) for one in fields(value)})
    return value


def _real(written: str, real: Mapping[str, str]) -> str:
    found = real.get(str(UUID(written)))
    if found is None:
        return written
    return found if "-" in written else found.replace("-", "")
