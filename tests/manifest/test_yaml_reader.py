"""Reading YAML: bounds, positions, and texts that a case file cannot hold."""

import pytest
import yaml

from mig.manifest import nodes, yaml_reader
from mig.manifest.nodes import Document, Scalar
from mig.manifest.yaml_reader import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, read_yaml


def entries(document: Document) -> dict[str, tuple[Scalar, nodes.Node]]:
    assert isinstance(document.root, nodes.Mapping)
    return document.root.entries


def only(document: Document) -> tuple[str, int, int, str]:
    """Code, line, column and message of the only finding."""
    (finding,) = document.findings
    assert finding.place
    return finding.code, finding.place.line, finding.place.column, finding.message


def test_every_key_and_value_has_its_position() -> None:
    document = read_yaml("a: 1\nb:\n  - x\n  -  'y'\n", "f")
    key, value = entries(document)["b"]
    assert (key.line, key.column) == (2, 1)
    assert isinstance(value, nodes.Sequence)
    assert [(item.line, item.column) for item in value.items] == [(3, 5), (4, 6)]


@pytest.mark.parametrize("text", ["\ufeffa: é\r\nb: [\U0001f600, x]\r\n", "a: é\nb: [\U0001f600, x]\n"])
def test_a_byte_order_mark_and_line_ends_do_not_matter(text: str) -> None:
    document = read_yaml(text, "f")
    _, value = entries(document)["b"]
    assert isinstance(value, nodes.Sequence)
    assert (value.items[1].line, value.items[1].column) == (2, 8)
    assert document.place(value).text == "b: [\U0001f600, x]"


@pytest.mark.parametrize("text", ["no", "00123", "12:30", "2024", "true", "~", "1.50"])
def test_scalars_keep_their_text(text: str) -> None:
    _, value = entries(read_yaml(f"a: {text}", "f"))["a"]
    assert isinstance(value, Scalar)
    assert (value.text, value.plain) == (text, True)


def test_a_tab_in_the_indentation_is_named() -> None:
    assert only(read_yaml("a:\n\t- b", "f")) == ("MAN002", 2, 1, "a tab is used for indentation")


def test_a_control_character_is_named_with_its_place() -> None:
    code, line, column, message = only(read_yaml("a: b\nc: d\x07e", "f"))
    assert (code, line, column) == ("MAN002", 2, 5)
    assert "U+0007" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: '" + "x" * MAX_BYTES + "'", "bytes"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested deeper"),
        ("a: &a [" + "[" * 30 + "]" * 30 + "]\nb: " + "[" * 20 + "*a" + "]" * 20, "nested deeper"),
        ("a: &a x\nb: [" + "*a," * (MAX_ALIASES + 1) + "]", "aliases"),
        ("a: [" + "x," * yaml_reader.MAX_NODES + "]", "values"),
        (
            "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)),
            "aliases written out",
        ),
    ],
    ids=["bytes", "depth", "depth by alias", "aliases", "values", "values by alias"],
)
def test_bounds(text: str, said: str) -> None:
    document = read_yaml(text, "f")
    assert document.root is None
    code, _, _, message = only(document)
    assert code == "MAN003"
    assert said in message


def test_at_the_bounds_all_is_well() -> None:
    assert not read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f").findings
    assert not read_yaml("a: &a x\nb: [" + "*a," * MAX_ALIASES + "]", "f").findings


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert only(read_yaml("a: &a [*a]", "f"))[0] == "MAN002"


@pytest.mark.parametrize(
    "text",
    [
        "a:\n\t- b",
        "a: b: c",
        "a: 'x\n",
        "a: [1, 2\nb: 3",
        "a: {b: c",
        "a: @b",
        'a: "\\q"',
        'a: "\\UFFFFFFFF"',
        'a: "\\ud800"',
        "- a\nb: c",
        "a\nb: c\n",
        "a: 1\n  b: 2\n c: 3",
    ],
)
def test_without_libyaml_the_same_is_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = only(read_yaml(text, "f"))
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    pure = only(read_yaml(text, "f"))
    assert (pure[0], usual[0]) == ("MAN002", "MAN002")
    assert "not YAML" not in usual[3] + pure[3]
