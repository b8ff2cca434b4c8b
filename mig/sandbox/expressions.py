"""QueryExpression as JSON, the little of it that BulkDelete gets from clients, as a condition over one table.

    {"EntityName": t, "ColumnSet": …, "Criteria": {"FilterOperator": "And", "Conditions": [], "Filters": []}}
    condition = {"AttributeName": column, "Operator": "In", "Values": [{"Value": v, "Type": "System.Guid"}]}

Values may also stand bare. What is not read is named, never passed over.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from mig.model.tables import CHOICES, FRACTIONS, WHOLE_NUMBERS, Column, Table
from mig.sandbox import errors
from mig.sandbox.layout import holds_id, key_part, quoted
from mig.sandbox.odata.url import is_guid
from mig.sandbox.values import Stored, number_in, to_stored
from mig.sandbox.world import World

# The names that are read, or have no effect on which rows are found.
_EXPRESSION: Final = {"EntityName", "ColumnSet", "Criteria", "Orders", "Distinct", "NoLock", "PageInfo"}
_FILTER: Final = {"FilterOperator", "Conditions", "Filters"}
_CONDITION: Final = {"AttributeName", "Operator", "Values"}
_WORDS: Final = {"And": " AND ", "Or": " OR "}

Expression = Mapping[str, Any]
Sql = tuple[str, list[Stored]]


def matching(world: World, expression: Expression) -> tuple[str, list[str]]:
    """The table that an expression is about, and the ids of the rows that it finds now."""
    _check_names(expression, _EXPRESSION)
    table = _table(world, expression)
    where, values = _filter(table, _object(expression.get("Criteria") or {}))
    primary = quoted(table.primary_id)
    sql = f"SELECT {primary} FROM {quoted(table.name)} WHERE {where} ORDER BY {primary}"
    return table.name, [found[0] for found in world.connection.execute(sql, values)]


def _table(world: World, expression: Expression) -> Table:
    entity = expression.get("EntityName")
    table = world.schema.tables.get(entity) if isinstance(entity, str) else None
    if table is None:
        raise errors.bad_payload(f"the entity '{entity}' of the QueryExpression does not exist.")
    return table


def _filter(table: Table, criteria: Expression) -> Sql:
    """A FilterExpression; an empty one finds all."""
    _check_names(criteria, _FILTER)
    operator = criteria.get("FilterOperator", "And")
    if operator not in _WORDS:
        raise errors.bad_payload(f"'{operator}' is no FilterOperator.")
    parts = [_condition(table, one) for one in _objects(criteria, "Conditions")]
    parts += [_filter(table, one) for one in _objects(criteria, "Filters")]
    if not parts:
        return "1", []
    return f"({_WORDS[operator].join(sql for sql, _ in parts)})", [one for _, some in parts for one in some]


def _condition(table: Table, one: Expression) -> Sql:
    _check_names(one, _CONDITION)
    column = table.columns.get(str(one.get("AttributeName")))
    if column is None:
        raise errors.unknown_column(str(one.get("AttributeName")), table.name)
    values = [_value(table, column, value) for value in _list(one, "Values")]
    operator, count = one.get("Operator"), len(values)
    negated = "NOT " if operator in ("NotIn", "NotEqual") else ""
    match operator:
        case "In" | "NotIn" if values:
            among = "(SELECT value FROM json_each(?))"  # SQLite has a limit for parameters, clients have not
            return f"{negated}ifnull({key_part(column)} IN {among}, 0)", [json.dumps(values)]
        case "Equal" | "NotEqual" if count == 1:
            return f"{negated}ifnull({key_part(column)} = ?, 0)", values
        case "Null" | "NotNull" if not values:
            return f"{quoted(column.name)} IS {'NULL' if operator == 'Null' else 'NOT NULL'}", []
        case "In" | "NotIn" | "Equal" | "NotEqual" | "Null" | "NotNull":
            raise errors.bad_payload(f"the condition operator '{operator}' does not take {count} values.")
    raise errors.not_emulated(f"the condition operator {operator}")


def _value(table: Table, column: Column, value: object) -> Stored:
    """A value as rows store it; numbers may come as text."""
    bare = value.get("Value") if isinstance(value, dict) else value
    if holds_id(column):
        if not isinstance(bare, str) or not is_guid(bare):
            raise errors.incompatible("Edm.Guid", "Edm.String")
        return bare.lower()
    if column.type not in FRACTIONS | WHOLE_NUMBERS | CHOICES:
        return to_stored(table, column, bare)
    number = number_in(str(bare), column)
    if number is None:
        raise errors.bad_payload(f"'{bare}' is no number for '{column.name}'.")
    return number


def _objects(of: Expression, name: str) -> list[Expression]:
    return [_object(one) for one in _list(of, name)]


def _object(value: object) -> Expression:
    if not isinstance(value, dict):
        raise errors.bad_payload("a part of a QueryExpression is not an object.")
    return value


def _list(of: Expression, name: str) -> list[Any]:
    found = of.get(name) or []
    if not isinstance(found, list):
        raise errors.bad_payload(f"'{name}' of a QueryExpression is not a list.")
    return found


def _check_names(of: Expression, known: Collection[str]) -> None:
    """A name that is not read could mean fewer rows: what is empty may be there, nothing else."""
    for name, value in of.items():
        if name not in known and name != "@odata.type" and value not in (None, [], {}, False):
            raise errors.not_emulated(f"{name} of a QueryExpression")
