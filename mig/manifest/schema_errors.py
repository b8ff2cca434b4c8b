"""What `jsonschema` finds, as findings: one for each mistake, at its place, with the word that was meant.

`jsonschema` stays the judge of what is wrong; this module only says it. A path that was found wrong is kept,
so that later checks treat what stands there as absent instead of stumbling over it again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from mig.manifest.nodes import Document, Mapping, Node, Path, follow
from mig.manifest.shape import Json, SchemaPart, Shape
from mig.manifest.words import did_you_mean, nearest, one_of, shown
from mig.model.findings import Finding, Severity

_NOUNS: Final = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping (keys and values)",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the schema found; `wrong` are the paths to what must not be read any further."""

    findings: tuple[Finding, ...]
    wrong: frozenset[Path]


@dataclass(frozen=True, slots=True)
class _Mistake:
    path: Path
    finding: Finding


def judge(document: Document, data: Json, schema: SchemaPart) -> Verdict:
    """Check the typed data of a document against the schema."""
    if document.root is None:
        return Verdict((), frozenset())
    teller = _Teller(document, document.root, Shape.of(schema, schema))
    found: dict[tuple[Path, str], _Mistake] = {}
    for error in Draft202012Validator(schema).iter_errors(data):
        for mistake in teller.tell(error):
            found.setdefault((mistake.path, mistake.finding.message), mistake)
    findings = tuple(mistake.finding for mistake in found.values() if not teller.is_echo(mistake))
    return Verdict(findings, frozenset(path for path, _ in found))


class _Teller:
    """Turns one validation error into mistakes, by the keyword that failed."""

    def __init__(self, document: Document, root: Node, shape: Shape) -> None:
        self._document = document
        self._root = root
        self._shape = shape
        self._meant: set[tuple[Path, str]] = set()

    def tell(self, error: ValidationError) -> Iterator[_Mistake]:
        """The mistakes in one error; several only for several unknown keys."""
        path: Path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            yield from self._unknown_keys(path, error)
        elif error.validator in ("required", "anyOf"):
            yield from self._missing(path, error)
        elif "propertyNames" in error.absolute_schema_path:
            yield self._key_form(path, error)
        else:
            yield self._value(path, error)

    def is_echo(self, mistake: _Mistake) -> bool:
        """Whether another finding already says it: a key missing because it is misspelt, a refused value."""
        finding = mistake.finding
        if finding.code == "MAN006":
            return any((mistake.path, key) in self._meant for key in _quoted(finding.message))
        node = follow(self._root, mistake.path)
        return (node.line, node.column) in self._document.refused

    # --- by keyword ---------------------------------------------------------------------------------------

    def _unknown_keys(self, path: Path, error: ValidationError) -> Iterator[_Mistake]:
        known = list(_schema(error)["properties"])
        present = _mapping(error.instance)
        for key in present:
            if key in known:
                continue
            meant = nearest(key, [word for word in known if word not in present])
            self._meant.update((path, word) for word in meant)
            fix = did_you_mean(meant) or f"the keys here are {one_of(known, 'and')}"
            yield self._mistake("MAN005", (*path, key), f"unknown key `{shown(key)}`", fix, at_key=True)

    def _missing(self, path: Path, error: ValidationError) -> Iterator[_Mistake]:
        """One key of `required` at a time; of `anyOf`, which this schema has for keys only, all at once."""
        part, present = _schema(error), _mapping(error.instance)
        if error.validator == "anyOf":
            missing = [[branch["required"] for branch in part["anyOf"]]]
        else:
            missing = [[[key]] for key in part["required"] if key not in present]
        for ways in missing:
            name = one_of([one_of([f"`{key}`" for key in keys], "and") for keys in ways], "or")
            first = ways[0][0]
            purpose = self._shape_at((*path, first)).description
            fix = f"add `{first}:` ({purpose[:1].lower()}{purpose[1:]})"
            yield self._mistake("MAN006", path, f"{name} is missing", fix)

    def _key_form(self, path: Path, error: ValidationError) -> _Mistake:
        key = str(error.instance)
        message = f"the key `{shown(key)}` must be {_form(error)}"
        return self._mistake("MAN009", (*path, key), message, f"write {_form(error)}", at_key=True)

    def _value(self, path: Path, error: ValidationError) -> _Mistake:
        value, name = error.instance, self._name(path)
        words = [shown(word) for word in self._shape_at(path).words]
        if value is None:
            fix = f"write {self._expected(path, words)}"
            return self._mistake("MAN007", path, f"{name} has no value", fix)
        if error.validator == "type" or (error.validator == "enum" and isinstance(value, list | dict)):
            expected = self._expected(path, words)
            return self._mistake(
                "MAN007", path, f"{name} must be {expected}", f"write {expected}", shown(value)
            )
        if error.validator in ("enum", "const"):
            fix = did_you_mean(nearest(str(value), words)) or f"write {one_of(words, 'or')}"
            return self._mistake("MAN008", path, f"{name} must be {one_of(words, 'or')}", fix, shown(value))
        form = _form(error)
        return self._mistake("MAN009", path, f"{name} must be {form}", f"write {form}", shown(value))

    # --- help ---------------------------------------------------------------------------------------------

    def _mistake(
        self, code: str, path: Path, message: str, fix: str, found: str = "", *, at_key: bool = False
    ) -> _Mistake:
        place = self._document.place(self._key(path) if at_key else follow(self._root, path))
        finding = Finding(
            code=code, severity=Severity.ERROR, message=message, fix=fix, found=found, place=place
        )
        return _Mistake(path, finding)

    def _key(self, path: Path) -> Node:
        parent = follow(self._root, path[:-1])
        return parent.entries[str(path[-1])][0] if isinstance(parent, Mapping) else parent

    def _shape_at(self, path: Path) -> Shape:
        shape = self._shape
        for step in path:
            shape = shape.child(step)
        return shape

    def _expected(self, path: Path, words: Sequence[str]) -> str:
        """What may stand at a path: its words, or the nouns of its types."""
        types = self._shape_at(path).types
        containers = [_NOUNS[name] for name in ("array", "object") if name in types]
        if words:
            return one_of([*words, *containers], "or")
        nouns = [noun for name, noun in _NOUNS.items() if name in types]
        return one_of([noun for noun in nouns if not (noun == "a whole number" and "number" in types)], "or")

    def _name(self, path: Path) -> str:
        """How people call the value: by its key, an item of a list by the list's key."""
        if not path:
            return "the manifest"
        if isinstance(path[-1], str):
            return f"`{path[-1]}`"
        return f"every item of `{path[-2]}`" if len(path) > 1 else "every item"


def _quoted(message: str) -> list[str]:
    return re.findall(r"`([^`]+)`", message)


def _schema(error: ValidationError) -> SchemaPart:
    return error.schema if isinstance(error.schema, dict) else {}


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _form(error: ValidationError) -> str:
    """The form a value must have, in words."""
    limit = error.validator_value
    forms = {
        "pattern": _schema(error).get("patternErrorMessage", ""),
        "minimum": f"{limit} or more",
        "minItems": f"a list of at least {limit}",
        "maxItems": f"a list of at most {limit}",
        "minProperties": "a mapping with at least one key",
        "maxProperties": "a mapping with one key",
    }
    return forms.get(str(error.validator)) or "of another form"
