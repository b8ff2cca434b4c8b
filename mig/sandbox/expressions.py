"""QueryExpression as JSON, the little of it that BulkDelete gets from clients, as a filter over one table.

    {"EntityName": t, "ColumnSet": …, "Criteria": {"FilterOperator": "And", "Conditions": […], "Filters": […]}}
    condition = {"AttributeName": column, "Operator": "In", "Values": [{"Value": v, "Type": "System.Guid"}]}

Values may also stand bare. What is not read is named, never passed over.
"""

from collections.abc import Mapping
from typing import Any, Final

from mig.model.tables import Column, Table
from mig.sandbox import errors
from mig.sandbox.odata.tree import Among, Both, Compare, Constant, Either, Filter, Name, Opposite
from mig.sandbox.odata.where import condition
from mig.sandbox.world import World

_READ: Final = {"@odata.type", "EntityName", "ColumnSet", "Criteria"}
_WITHOUT_EFFECT: Final = {"Orders", "Distinct", "NoLock", "PageInfo"}  # on which rows go
_NULL: Final = Constant("null", None)

Expression = Mapping[str, Any]


def matching(world: World, expression: Expression) -> tuple[str, list[str]]:
    """The table that an expression is about, and the ids of the rows that it finds now."""
    table = _table(world, expression)
    criteria = _filter(table, expression.get("Criteria") or {})
    where, values = condition(criteria, table) if criteria is not None else ("1", [])
    sql = f'SELECT "{table.primary_id}" FROM "{table.name}" WHERE {where} ORDER BY "{table.primary_id}"'
    return table.name, [found[0] for found in world.connection.execute(sql, values)]


def _table(world: World, expression: Expression) -> Table:
    for name, value in expression.items():
        if name not in _READ | _WITHOUT_EFFECT and value not in (None, [], {}):
            raise errors.not_emulated(f"{name} of a QueryExpression")
    entity = expression.get("EntityName")
    table = world.schema.tables.get(entity) if isinstance(entity, str) else None
    if table is None:
        raise errors.bad_payload(f"the entity '{entity}' of the QueryExpression does not exist.")
    return table


def _filter(table: Table, criteria: Expression) -> Filter | None:
    """A FilterExpression; None when it is empty and so finds all."""
    items = [_condition(table, one) for one in _objects(criteria, "Conditions")]
    nested = [_filter(table, one) for one in _objects(criteria, "Filters")]
    items += [one for one in nested if one is not None]
    operator = criteria.get("FilterOperator", "And")
    if operator not in ("And", "Or"):
        raise errors.bad_payload(f"'{operator}' is no FilterOperator.")
    if not items:
        return None
    return Both(tuple(items)) if operator == "And" else Either(tuple(items))


def _condition(table: Table, one: Expression) -> Filter:
    column = table.columns.get(str(one.get("AttributeName")))
    if column is None:
        raise errors.unknown_column(str(one.get("AttributeName")), table.name)
    name, operator = Name(column.read_name), one.get("Operator")
    values = tuple(_text(column, value) for value in one.get("Values") or ())
    match operator:
        case "In" | "NotIn" if values:
            among = Among(name, values)
            return among if operator == "In" else Opposite(among)
        case "Equal" | "NotEqual" if len(values) == 1:
            among = Among(name, values)
            return among if operator == "Equal" else Opposite(among)
        case "Null" | "NotNull" if not values:
            return Compare(name, "eq" if operator == "Null" else "ne", _NULL)
        case "In" | "NotIn" | "Equal" | "NotEqual" | "Null" | "NotNull":
            raise errors.bad_payload(f"the condition operator '{operator}' does not take these values.")
    raise errors.not_emulated(f"the condition operator {operator}")


def _text(column: Column, value: object) -> str:
    """A value in the form that `Among` has: text, whatever the column's type."""
    bare = value.get("Value") if isinstance(value, dict) else value
    if isinstance(bare, bool):
        return str(bare).lower()
    if not isinstance(bare, str | int | float):
        raise errors.bad_payload(f"a value for '{column.name}' is neither text, number nor yes/no.")
    return str(bare)


def _objects(of: Expression, name: str) -> list[Expression]:
    found = of.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise errors.bad_payload(f"'{name}' of a QueryExpression is a list of objects.")
    return found
