from graphlib import CycleError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.engine.graph import circles, inverted, levels, reached

NODES = st.sampled_from("abcdefg")
GRAPHS = st.dictionaries(NODES, st.sets(NODES | st.just("outside"), max_size=3))
ACYCLIC = st.dictionaries(NODES, st.sets(NODES, max_size=3)).map(
    lambda graph: {node: {other for other in others if other < node} for node, others in graph.items()}
)
QUICK = settings(max_examples=200, derandomize=True)


@QUICK
@given(ACYCLIC)
def test_a_node_comes_right_after_what_it_depends_on(graph: dict[str, set[str]]) -> None:
    waves = levels(graph)
    number = {node: count for count, wave in enumerate(waves) for node in wave}
    assert set(number) == set(graph)
    for node, others in graph.items():
        assert number[node] == max((number[other] + 1 for other in others if other in graph), default=0)
    assert all(wave == sorted(wave) for wave in waves)
    assert circles(graph) == []


@QUICK
@given(GRAPHS)
def test_every_circle_is_one_and_none_is_left(graph: dict[str, set[str]]) -> None:
    found = circles(graph)
    for circle in found:
        assert circle[0] == min(circle)
        for node, following in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert following in graph[node], "each depends on the next"
    inside = {node for circle in found for node in circle}
    levels({node: others - inside for node, others in graph.items() if node not in inside})
    assert found == sorted(found)


@QUICK
@given(GRAPHS)
def test_there_are_levels_where_there_is_no_circle(graph: dict[str, set[str]]) -> None:
    if circles(graph):
        with pytest.raises(CycleError):
            levels(graph)
    else:
        assert sorted(node for wave in levels(graph) for node in wave) == sorted(graph)


@QUICK
@given(GRAPHS, st.sets(NODES))
def test_what_is_reached_is_closed_and_no_more(graph: dict[str, set[str]], start: set[str]) -> None:
    found = reached(start, graph)
    assert start <= found
    assert all(graph.get(node, set()) <= found for node in found)
    back = inverted(graph)
    assert all(node in start or back[node] & found for node in found)
    assert {(node, other) for node in graph for other in graph[node]} == {
        (node, other) for other in back for node in back[other]
    }


def test_two_circles_are_both_found() -> None:
    graph = {"b": ["a"], "a": ["c"], "c": ["b"], "y": ["z"], "z": ["y"], "x": ["a", "y"], "own": ["own"]}
    assert circles(graph) == [["a", "c", "b"], ["own"], ["y", "z"]]


def test_what_is_no_node_counts_as_met() -> None:
    assert levels({"b": ["a", "elsewhere"], "a": ["elsewhere"]}) == [["a"], ["b"]]
    assert levels({}) == []
