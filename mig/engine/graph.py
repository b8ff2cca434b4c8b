"""Order from dependencies."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def levels(dependencies: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Nodes in waves: each depends only on earlier waves; sorted within a wave. `CycleError` on a circle.

    A dependency that is not itself a node is taken as met.
    """
    sorter = TopologicalSorter(
        {node: [other for other in others if other in dependencies] for node, others in dependencies.items()}
    )
    sorter.prepare()
    waves = []
    while sorter.is_active():
        wave = sorted(sorter.get_ready())
        waves.append(wave)
        sorter.done(*wave)
    return waves


def reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """All that can be reached along the edges, the start included."""
    found, waiting = set(start), list(start)
    while waiting:
        new = set(edges.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def inverted(edges: Mapping[str, Iterable[str]]) -> Mapping[str, set[str]]:
    """The same edges, from their ends: of dependencies, what depends on each."""
    found: dict[str, set[str]] = {}
    for node, others in edges.items():
        for other in others:
            found.setdefault(other, set()).add(node)
    return found


def circles(dependencies: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Every circle found: from its smallest node, each followed by one it depends on. Empty for none."""
    remaining = {
        node: {other for other in others if other in dependencies} for node, others in dependencies.items()
    }
    found = []
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            circle = error.args[1][:0:-1]  # it comes with each before what depends on it, and closed
            start = circle.index(min(circle))
            found.append(circle[start:] + circle[:start])
            for node in circle:
                remaining.pop(node)
            remaining = {node: others - set(circle) for node, others in remaining.items()}
        else:
            return sorted(found)
