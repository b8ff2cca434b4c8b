"""What an organisation has beyond the bundled tables: columns, in the format of `--schema` files."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mig.model.tables import Column, ColumnType, Relationship, Schema, read_column
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Node, Pairs, Scalar, is_name, plain_data, whole_number
from mig.sandbox.worldfile.relationships import Relationships

# Facts about a column, each with the kinds of plain data that it may be.
_FACTS: Final[dict[str, tuple[type, ...]]] = {
    "type": (str,),
    "options": (dict,),
    "max_length": (int,),
    "min": (int, float),
    "max": (int, float),
    "target": (str, list),
    "nav": (str, dict),
    "relationship": (str, dict),
    "format": (str,),
    "behavior": (str,),
    "read_only": (bool,),
    "computed": (bool, str),
    "required": (str,),
    "default": (int, float, str, bool),
}


@dataclass(frozen=True, slots=True)
class Own:
    """The declared columns by table, and the relationships that the lookups among them make."""

    columns: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    relationships: tuple[Relationship, ...] = ()


def read_columns(node: Node, schema: Schema, mistakes: Mistakes) -> Own:
    """The declared columns."""
    if not isinstance(node, Pairs):
        mistakes.add(node, "`columns` takes table names with their columns", _EXAMPLE)
        return Own()
    columns: dict[str, tuple[Column, ...]] = {}
    relationships = Relationships(schema, mistakes)
    for key, value in node:
        if key.text not in schema.tables:
            mistakes.unknown(key, "table", key.text, schema.tables)
        elif not isinstance(value, Pairs):
            mistakes.add(value, f"`{key.text}` takes column names with their type", _EXAMPLE)
        else:
            read = [_column(key.text, name, body, schema, relationships, mistakes) for name, body in value]
            columns[key.text] = tuple(column for column in read if column is not None)
    return Own(columns, tuple(relationships.found))


_EXAMPLE: Final = "columns: {contact: {new_tier: {type: Picklist, options: {1: Gold}}}}"


def _column(
    table: str, name: Scalar, body: Node, schema: Schema, relationships: Relationships, mistakes: Mistakes
) -> Column | None:
    if not is_name(name.text):
        mistakes.add(name, f"`{name.text}` is no column name", "letters, digits and _ only")
        return None
    if not isinstance(body, Pairs) or "type" not in body.values:
        mistakes.add(body, f"the column `{name.text}` has no type", f"{name.text}: {{type: String}}")
        return None
    sound = [_is_sound(name.text, key, value, schema, mistakes) for key, value in body]
    facts = plain_data(body)
    if not all(sound) or not isinstance(facts, dict):
        return None
    column = _with_navigation(read_column(name.text, facts))
    relationships.add(table, column, name, body.values.get("relationship"))
    return column


def _with_navigation(column: Column) -> Column:
    """Where none is stated, the navigation property is called after the column, and the target if several."""
    several = len(column.targets) > 1
    usual = {target: f"{column.name}_{target}" if several else column.name for target in column.targets}
    return replace(column, nav={**usual, **column.nav})


def _is_sound(column: str, key: Scalar, value: Node, schema: Schema, mistakes: Mistakes) -> bool:
    """Whether one fact about a column can be read; if not, the mistake is noted."""
    data = plain_data(value)
    if key.text not in _FACTS:
        mistakes.unknown(key, "key", key.text, _FACTS, of=column)
    elif type(data) not in _FACTS[key.text]:
        mistakes.add(value, f"`{key.text}` of `{column}` cannot be this", _wanted(key.text))
    elif key.text == "type" and data not in list(ColumnType):
        mistakes.unknown(value, "column type", str(data), ColumnType)
    elif key.text == "options" and isinstance(value, Pairs):
        return _options_are_sound(column, value, mistakes)
    elif key.text == "target" and (unknown := _unknown_targets(data, schema)):
        mistakes.unknown(value, "table", unknown[0], schema.tables)
    else:
        return True
    return False


def _options_are_sound(column: str, options: Pairs, mistakes: Mistakes) -> bool:
    wrong = [key for key, _ in options if whole_number(key.text) is None]
    for key in wrong:
        mistakes.add(key, f"`{key.text}` is no option number of `{column}`", "options: {1: Gold, 2: Silver}")
    return not wrong


def _unknown_targets(data: object, schema: Schema) -> list[str]:
    names = data if isinstance(data, list) else [data]
    return [str(name) for name in names if str(name) not in schema.tables]


def _wanted(fact: str) -> str:
    words = {str: "a word", dict: "a mapping", int: "a whole number", float: "a number", list: "a list"}
    return " or ".join(words.get(kind, "true or false") for kind in _FACTS[fact])
