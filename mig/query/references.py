"""What stands behind SEGMENT(…): the queries of other segments, as far as somebody knows them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mig.query.tree import Interaction, Query, Segment
from mig.query.walk import operands

Lookup = Callable[[str], Query | None]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the segments hold that a query refers to, directly or through others.

    `behavioral`: an interaction, in the query or behind a reference (segment-queries.md C.3, trap 9).
    `segments`: all sub-segments, each once. `nesting`: 0 without a reference, 1 with one, 2 when what
    is referred to has one itself; a circle is gone round once. `circles`: each as the names that lead back to
    the first. `unknown`: names that nobody knows.
    """

    behavioral: bool
    segments: tuple[str, ...]
    nesting: int
    circles: tuple[tuple[str, ...], ...]
    unknown: tuple[str, ...]


def resolve_references(query: Query, lookup: Lookup) -> Resolved:
    """Follow all references of a query; `lookup` gives the query of a segment by its name, as written."""
    web = _Web()
    web.spin(query, lookup)
    nesting, circles = _climb(web.references)
    return Resolved(
        behavioral=web.behavioral,
        segments=tuple(web.names.values()),
        nesting=nesting,
        circles=tuple(tuple(web.names[name] for name in circle) for circle in circles),
        unknown=tuple(web.names[name] for name in web.names if name not in web.references),
    )


_QUERY = ""
"""The query itself among the names of segments."""


class _Web:
    """Which segment names which. Names compare in lower case; `names` has each as it was first written."""

    def __init__(self) -> None:
        self.references: dict[str, tuple[str, ...]] = {}
        self.names: dict[str, str] = {}
        self.behavioral = False

    def spin(self, query: Query, lookup: Lookup) -> None:
        """Read the query, and each segment it leads to once; without recursion, as circles may be long."""
        waiting: list[tuple[str, Query]] = [(_QUERY, query)]
        while waiting:
            name, found = waiting.pop()
            self.references[name] = tuple(dict.fromkeys(map(str.lower, self.named(found))))
            for other in self.references[name]:
                inner = None if other in self.references else lookup(self.names[other])
                if inner is not None:
                    self.references[other] = ()
                    waiting.append((other, inner))

    def named(self, query: Query) -> Iterator[str]:
        """The segments a query names; notes interactions on the way."""
        for operand in operands(query):
            if isinstance(operand.source, Interaction):
                self.behavioral = True
            elif isinstance(operand.source, Segment):
                self.names.setdefault(operand.source.name.lower(), operand.source.name)
                yield operand.source.name


def _climb(references: Mapping[str, tuple[str, ...]]) -> tuple[int, list[tuple[str, ...]]]:
    """The longest chain of references that starts at the query, and the circles met; depth first."""
    heights: dict[str, int] = {}
    circles: dict[frozenset[str], tuple[str, ...]] = {}
    path: dict[str, Iterator[str]] = {_QUERY: iter(references[_QUERY])}
    while path:
        name, rest = next(reversed(path.items()))
        step = next(rest, None)
        if step is None:
            del path[name]
            heights[name] = max((1 + heights.get(other, 0) for other in references[name]), default=0)
        elif step in path:
            walked = list(path)
            circle = tuple(walked[walked.index(step) :])
            circles.setdefault(frozenset(circle), circle)
        elif step in references and step not in heights:
            path[step] = iter(references[step])
    return heights[_QUERY], list(circles.values())
